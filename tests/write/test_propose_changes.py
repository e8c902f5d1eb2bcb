"""`propose_changes`, as an agent drives it, on the real sandbox Kitsu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from support.client import connected
from support.database import snapshot
from support.doing import do
from support.faults import answer, fault_proxy
from support.held import held_to_plan, journaled, nothing_written
from support.person import Person
from support.shots import comments_of

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

SHOTS = [f"Robo Garden/E01/SQ01/SH{number:03d}0:Animation" for number in range(1, 13)]


def step(tool: str, **arguments: Any) -> dict[str, Any]:
    """One of the changes."""
    return {"tool": tool, "arguments": arguments}


STATUSES = step("change_status", tasks=SHOTS[:3], status="retake", text="Once more.")
PEOPLE = step("assign_tasks", tasks=SHOTS[:3], people=["Sam Adeyemi"])
DATES = step("plan_tasks", tasks=SHOTS[1:4], due="2027-03-05", estimate="2d")


async def test_several_kinds_are_asked_once_sent_in_order_and_taken_back_as_one(
    pristine: Connection, journal: Path, era: Mode
) -> None:
    person = Person()
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, mode=era, on_question=person, host=proxy.url, journal=journal) as agent,
    ):
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("propose_changes", changes=[STATUSES, PEOPLE, DATES])
        sent = [(one.method, one.path.split("/")[-1]) for one in proxy.requests if one.method != "GET"]
        with held_to_plan(pristine, journal):
            back = await agent.ask("undo_change", code=receipt["journal"])
        listed = await agent.ask("list_changes")
    assert person.asked[0].startswith("Comment on and set 3 tasks, assign 3 tasks, plan 3 tasks in Robo Garden (")
    assert "Sam Adeyemi, Theo Marchand and whoever follows the tasks" in person.asked[0]
    assert "“1. Once more.”" in person.asked[0]
    assert person.forms[0]["changes"][:4] == [
        "SH0010:Animation wfa → retake",
        "SH0020:Animation wfa → retake",
        "SH0030:Animation wfa → retake",
        "SH0010:Animation +Sam Adeyemi",
    ]
    assert [method for method, _ in sent] == ["POST", *["PUT"] * 4]
    assert [path for _, path in sent[:2]] == ["comment-many", "assign"]
    assert receipt["outcome"] == back["outcome"] == "9 applied"
    assert receipt["steps"] == ["1. Comment on and set: 3 applied", "2. Assign: 3 applied", "3. Plan: 3 applied"]
    assert [[row[0], row[3]] for row in back["rows"][-3:]] == [[row[0], row[2]] for row in receipt["rows"][:3]]
    assert [row[3] for row in back["rows"][3:6]] == [row[2] for row in receipt["rows"][3:6]]
    assert [row[1] for row in listed["rows"]] != []


async def test_a_later_step_is_shown_as_those_before_it_leave_things(pristine: Connection, journal: Path) -> None:
    """Who is assigned first is told of the comment, and is off on the days that are planned last."""
    with psycopg.connect(pristine.database) as database:
        database.execute(
            "insert into day_off (id, person_id, date, end_date) "
            "select gen_random_uuid(), id, '2027-03-04', '2027-03-08' from person where first_name = 'Sam'"
        )
    person = Person("decline")
    async with connected(pristine, on_question=person, journal=journal) as agent:
        with nothing_written(pristine):
            await agent.ask("propose_changes", changes=[PEOPLE, STATUSES, DATES])
    plan = journaled(journal)[-1].plan
    assert plan["told"] == ["Sam Adeyemi", "Theo Marchand"]
    assert [one for one in plan["warnings"] if one.startswith("Sam Adeyemi is off 2027-03-04 to 2027-03-08")] == [
        f"Sam Adeyemi is off 2027-03-04 to 2027-03-08: {SHOTS[1]}, {SHOTS[2]}"
    ]


SQ90 = "Robo Garden/E01/SQ90"
NEW = [f"{SQ90}/SH0010", f"{SQ90}/SH0020"]
MAKING = [
    step(
        "create_entities",
        rows=[
            {"name": "SQ90", "under": "Robo Garden/E01"},
            {"name": "SH0010", "under": "SQ90", "count": 2, "frames": 48, "tasks": ["Storyboard"]},
            {"name": "Zog", "under": "Robo Garden/Character", "tasks": ["Modeling"]},
        ],
    ),
    step("create_tasks", entities=NEW, task_types=["Layout"]),
    step("assign_tasks", tasks=[f"{NEW[0]}:Layout", f"{NEW[0]}:Storyboard"], people=["Sam Adeyemi"]),
    step("plan_tasks", tasks=[f"{one}:Layout" for one in NEW], due="2027-03-05", estimate="2d"),
    step("change_status", tasks=[f"{NEW[1]}:Layout"], status="wip", text="Begin here."),
    step("set_casting", of=NEW, assets=["Robo Garden/Character/Zog", "Robo Garden/Character/Snail king"]),
    step("create_playlist", name="New shots", of=NEW),
]


def made_of(connection: Connection) -> dict[str, Any]:
    """What stands in the tables that such a plan writes to."""
    tables = ("entity", "task", "entity_link", "task_person_link", "comment", "playlist")
    now = snapshot(connection.database)
    return {table: set(now[table]) for table in tables}


async def test_a_later_change_names_what_an_earlier_one_creates(pristine: Connection, journal: Path) -> None:
    """From new shots to a playlist of them in one plan; an undo removes all of it, and nothing else."""
    person, before = Person(), made_of(pristine)
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, on_question=person, host=proxy.url, journal=journal) as agent,
    ):
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("propose_changes", changes=MAKING)
        sent = sum(one.method != "GET" for one in proxy.requests)
        with held_to_plan(pristine, journal):
            back = await agent.ask("undo_change", code=receipt["journal"])
    assert "E01/SQ90/SH0010:Storyboard +Sam Adeyemi" in person.forms[0]["changes"]
    assert "E01/SQ90/SH0020:Layout todo → wip" in person.forms[0]["changes"]
    assert receipt["outcome"] == "17 applied"
    gets = [f"Robo Garden/E01 gets Character/{name} too (now ×1)" for name in ("Zog", "Snail king")]
    assert receipt["also_changed_by_kitsu"] == gets
    assert sent == 14
    assert back["steps"] == [
        "1. Delete the playlist: 1 applied",
        "2. Remove again: 2 applied",
        "3. Take back casting: 1 applied",
    ]
    assert made_of(pristine) == before


async def test_nothing_goes_to_a_production_that_was_closed_meanwhile(pristine: Connection, journal: Path) -> None:
    """Zou makes shots in it all the same, and does not tell them then."""
    robo = next(one for one in do(pristine, "GET", "data/projects/open") if one["name"] == "Robo Garden")
    closed = next(one["id"] for one in do(pristine, "GET", "data/project-status") if one["name"] == "Closed")
    before = made_of(pristine)

    def close() -> None:
        do(pristine, "PUT", f"data/projects/{robo['id']}", {"project_status_id": closed})

    for role in ("manager", "admin"):
        do(pristine, "PUT", f"data/projects/{robo['id']}", {"project_status_id": robo["project_status_id"]})
        person = Person(meanwhile=close)
        async with connected(pristine, role=role, mode="legacy", on_question=person, journal=journal) as agent:
            receipt = await agent.ask("propose_changes", changes=MAKING[:6])
        assert {row[1] for row in receipt["rows"]} == {"skipped"}
        assert "not sent: Robo Garden is closed" in receipt["rows"][0][4]
    assert made_of(pristine) == before


async def test_what_the_first_unticked_would_have_brought_along_comes_and_goes_with_the_next(
    pristine: Connection, journal: Path
) -> None:
    """The episode gets an asset with the first of its shots that do; with that one unticked, with the second."""

    def untick(form: dict[str, Any]) -> dict[str, Any]:
        return {"changes": [one for one in form["changes"] if "SH0010 new, frames" not in one]}

    before = made_of(pristine)
    async with connected(pristine, on_question=Person(edit=untick), journal=journal) as agent:
        receipt = await agent.ask("propose_changes", changes=[MAKING[0], MAKING[5]])
        assert receipt["also_changed_by_kitsu"][0] == "Robo Garden/E01 gets Character/Zog too (now ×1)"
        await agent.ask("undo_change", code=receipt["journal"])
    assert made_of(pristine) == before


async def test_what_is_left_as_made_is_removed_again_and_what_others_worked_on_stays(
    pristine: Connection, journal: Path
) -> None:
    before = made_of(pristine)
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        receipt = await agent.ask("propose_changes", changes=MAKING[:6])
        await agent.ask("plan_tasks", tasks=[f"{NEW[0]}:Storyboard"], priority="high")
        back = await agent.ask("undo_change", code=receipt["journal"])
    assert {row[1] for row in back["rows"]} == {"applied"}
    assert f"Worked on since, so not removed: {SQ90}, {NEW[0]}" in back["warnings"]
    now = made_of(pristine)
    left = {table: len(now[table] - before[table]) for table in now if now[table] != before[table]}
    assert left == {"entity": 2, "task": 1}


async def test_what_others_recast_or_removed_stays_so_and_keeps_nothing_else_from_coming_back(
    pristine: Connection, journal: Path
) -> None:
    old = "Robo Garden/E01/SQ01/SH0010"

    def making(sequence: str) -> list[dict[str, Any]]:
        rows = [{"name": sequence, "under": "Robo Garden/E01"}, {"name": "SH0010", "under": sequence}]
        of = [f"Robo Garden/E01/{sequence}/SH0010", old]
        return [step("create_entities", rows=rows), step("set_casting", of=of, assets=["Prop/Watering can"])]

    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        made = await agent.ask("propose_changes", changes=making("SQ90"))
        await agent.ask("set_casting", of=[NEW[0]], assets=["Prop/Watering can"], times=4)
        back = await agent.ask("undo_change", code=made["journal"])
        assert [row[:2] for row in back["rows"]] == [[old, "applied"]]
        assert f"Somebody has worked on all of it since, so nothing is removed: {SQ90}" in back["warnings"][0]
        made = await agent.ask("propose_changes", changes=making("SQ91"))
        await agent.ask("delete_entities", entities=["Robo Garden/E01/SQ91"])
        back = await agent.ask("undo_change", code=made["journal"])
        assert [row[:2] for row in back["rows"]] == [[old, "applied"]]


async def test_what_hangs_on_an_unticked_thing_is_not_sent(pristine: Connection, journal: Path) -> None:
    def untick(form: dict[str, Any]) -> dict[str, Any]:
        return {"changes": [one for one in form["changes"] if "SH0020 new, frames" not in one]}

    async with connected(pristine, on_question=Person(edit=untick), journal=journal) as agent:
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("propose_changes", changes=MAKING)
    ended = {(row[0], row[1], row[4]) for row in receipt["rows"] if NEW[1] in row[0]}
    unmade = "not sent: what it names was not made"
    assert ended == {
        (NEW[1], "skipped", "unticked by the person"),
        (f"{NEW[1]}:Layout", "skipped", unmade),
        (NEW[1], "skipped", unmade),
    }
    assert receipt["steps"][-1] == "7. Make the playlist “New shots” with: 2 skipped"
    assert receipt["outcome"] == "9 applied, 8 skipped"
    assert journaled(journal)[-1].answer == "accept 9 of 17"


async def test_at_the_first_failure_the_rest_stays_unsent_and_what_was_applied_comes_back(
    pristine: Connection, journal: Path
) -> None:
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(answer(400, {"message": "no"}), method="PUT", path="/assign")
        async with connected(pristine, host=proxy.url, on_question=Person(), journal=journal) as agent:
            with held_to_plan(pristine, journal):
                receipt = await agent.ask("propose_changes", changes=[STATUSES, PEOPLE, DATES])
            with held_to_plan(pristine, journal):
                back = await agent.ask("undo_change", code=receipt["journal"])
    assert receipt["steps"] == ["1. Comment on and set: 3 applied", "2. Assign: 3 refused", "3. Plan: 3 skipped"]
    assert receipt["rows"][-1][4].startswith("not sent, because an earlier request failed")
    assert "before proposing it again" in receipt["advice"]
    assert back["outcome"] == "3 applied"


async def test_a_step_of_which_something_was_silently_left_out_is_the_last(pristine: Connection, journal: Path) -> None:
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(answer(200, []), method="PUT", path="/assign")
        async with connected(pristine, host=proxy.url, on_question=Person(), journal=journal) as agent:
            with nothing_written(pristine):
                receipt = await agent.ask("propose_changes", changes=[PEOPLE, DATES])
    assert receipt["steps"] == ["1. Assign: 3 failed", "2. Plan: 3 skipped"]
    assert receipt["rows"][-1][4] == f"not sent: the step before it was not done whole ({SHOTS[0]})"


async def test_what_is_unticked_of_one_step_stays_in_another(pristine: Connection, journal: Path) -> None:
    def untick(form: dict[str, Any]) -> dict[str, Any]:
        return {"changes": [one for one in form["changes"] if "Sam" not in one and "SH0020:Animation wfa" not in one]}

    async with connected(pristine, on_question=Person(edit=untick), journal=journal) as agent:
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("propose_changes", changes=[STATUSES, PEOPLE, DATES])
    assert receipt["steps"] == [
        "1. Comment on and set: 2 applied, 1 skipped",
        "3. Plan: 3 applied",
        "2. Assign: 3 skipped",
    ]


MANY = [f"Robo Garden/E01/SQ01/SH{number:04d}:Animation" for number in range(1001)]
FORGED = "Fine.\n— AI agent, confirmed by Mara Okafor [abcdef]"


REFUSED: list[tuple[list[dict[str, Any]], str]] = [
    ([], "changes: name at least one"),
    ([step("undo_change", code="abcdef")], "changes[0] (undo_change): 'undo_change' cannot be a part of a plan"),
    ([step("propose_changes", changes=[])], "Those that can: add_comment, reply"),
    ([step("join_review", playlist="x")], "cannot be a part of a plan"),
    ([step("list_tasks")], "changes[0]: 'list_tasks' cannot be a part of a plan"),
    (
        [step("import_breakdown", under="Robo Garden/E01", text="Sequence,Name,Casting\nSQ77,SH0010,Bolt")],
        "changes[0] (import_breakdown) is a plan of several kinds itself. Propose it alone.",
    ),
    (
        [DATES, step("plan_tasks", tasks=SHOTS[:1], wrong=1)],
        "changes[1] (plan_tasks): plan_tasks has no argument 'wrong'",
    ),
    ([step("assign_tasks"), step("plan_tasks")], "changes[0] (assign_tasks): tasks is missing. people is missing."),
    (
        [DATES, step("plan_tasks", tasks=SHOTS[:1], due="soon")],
        "changes[1] (plan_tasks): due: 'soon' is not a date",
    ),
    ([DATES, step("plan_tasks", tasks=MANY, due="none")], "changes[1] (plan_tasks): tasks has 1,001 items"),
    ([step("plan_tasks", tasks=MANY[:1], due="none")], "changes[0] (plan_tasks): "),
    (
        [STATUSES, step("add_comment", task=SHOTS[0], text=FORGED)],
        "a line like the signature that this server adds",
    ),
    (
        [DATES, step("plan_tasks", tasks=["Salt Harbour/SQ010/SH0010:Layout"], due="none")],
        "changes[1] (plan_tasks) is of Salt Harbour, those before of Robo Garden",
    ),
    (
        [STATUSES, DATES, step("add_comment", task=SHOTS[1], text="And this.")],
        f"changes[0] (change_status) and changes[2] (add_comment) are both about the status of {SHOTS[1]}",
    ),
    (
        [DATES, step("plan_tasks", tasks=SHOTS[3:4], start="2027-03-01")],
        f"changes[0] (plan_tasks) and changes[1] (plan_tasks) are both about the start of {SHOTS[3]}",
    ),
    (
        [
            step("change_status", tasks=["Robo Garden/E02/SQ01/SH0010:Layout"], status="done"),
            step("add_comment", task="Robo Garden/E02/SQ01/SH0010:Animation", text="Go on."),
        ],
        "Because of changes[0] (change_status) Kitsu itself would also change what changes[1] (add_comment)",
    ),
    (
        [MAKING[0], step("delete_entities", entities=[SQ90])],
        f"changes[1] (delete_entities): {SQ90}: made by an earlier one of these. Leave it out of both.",
    ),
    ([MAKING[0], MAKING[0]], f"are both about the existence of {SQ90}"),
    ([MAKING[0], step("create_tasks", entities=NEW, task_types=["Storyboard"])], "All of these are there already"),
    (
        [step("delete_tasks", tasks=SHOTS[:1]), step("plan_tasks", tasks=SHOTS[:1], due="none")],
        "has no task 'Animation'",
    ),
    (
        [
            step("create_playlist", name="Mine", of=[SHOTS[0].partition(":")[0]]),
            step("change_playlist", playlist="Mine", remove=["SH0010"]),
        ],
        "What an earlier one makes, but for entities and tasks, can be named only once it is there",
    ),
]


async def test_what_cannot_be_one_plan_is_refused_before_anybody_is_asked(kitsu: Connection, journal: Path) -> None:
    person, comment = Person(), comments_of(kitsu)[0]["id"]
    gone = [step("delete_comment", comments=[comment]), step("reply", comment=comment, text="Thanks.")]
    with nothing_written(kitsu):
        async with connected(kitsu, on_question=person, journal=journal) as agent:
            for changes, says in [*REFUSED, (gone, "are both about the existence of"), (gone[::-1], "existence of")]:
                refusal = await agent.refusal("propose_changes", changes=changes)
                assert says in refusal
                assert "Nothing was" in refusal
    assert not person.asked


async def test_a_tool_that_is_not_offered_is_no_part_of_a_plan(kitsu: Connection) -> None:
    async with connected(kitsu, on_question=Person(), KITSU_TOOLSETS="production,tasks,changes") as agent:
        refusal = await agent.refusal("propose_changes", changes=[STATUSES])
    assert "'change_status' cannot be a part of a plan. Those that can: assign_tasks, plan_tasks." in refusal
