"""`change_status`, as an agent drives it, on the real sandbox Kitsu, in both protocol modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest

from support.api import ask
from support.client import connected
from support.held import held_to_plan, journaled, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from mcp.client import ClientRequestContext
    from mcp.types import ElicitRequestParams, ElicitResult

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

TWELVE = [f"Robo Garden/E01/SQ01/SH{number:03d}0:Animation" for number in range(1, 13)]
LAYOUT = "Robo Garden/E01/SQ01/SH0130:Layout"


@pytest.mark.parametrize("mode", ["auto", "legacy", "channel"])
async def test_a_confirmed_change_writes_exactly_the_plan(pristine: Connection, journal: Path, mode: Mode) -> None:
    person = Person()
    with held_to_plan(pristine, journal):
        async with connected(pristine, mode=mode, on_question=person, journal=journal) as agent:
            receipt = await agent.ask("change_status", tasks=TWELVE, status="done", text="Approved, thank you.")
    assert receipt["outcome"] == "12 applied"
    assert [row[:4] for row in receipt["rows"]] == [[task, "applied", "wfa", "done"] for task in TWELVE]
    assert len(person.asked) == 1
    assert person.forms[0]["changes"] == [f"{task.rpartition('/')[2]} wfa → done" for task in TWELVE]


async def test_what_is_unticked_is_not_sent(pristine: Connection, journal: Path, era: Mode) -> None:
    person = Person(edit=lambda form: form | {"changes": form["changes"][2:]})
    with held_to_plan(pristine, journal):
        async with connected(pristine, mode=era, on_question=person, journal=journal) as agent:
            receipt = await agent.ask("change_status", tasks=TWELVE[:5], status="retake")
    assert [row[:2] for row in receipt["rows"]] == [
        *([task, "applied"] for task in TWELVE[2:5]),
        *([task, "skipped"] for task in TWELVE[:2]),
    ]


async def test_an_automation_is_in_the_plan_and_in_the_receipt(pristine: Connection, journal: Path, era: Mode) -> None:
    person = Person()
    async with connected(pristine, mode=era, on_question=Person(), journal=journal) as agent:
        await agent.ask("change_status", tasks=[LAYOUT], status="wip")
    with held_to_plan(pristine, journal):
        async with connected(pristine, mode=era, on_question=person, journal=journal) as agent:
            receipt = await agent.ask("change_status", tasks=[LAYOUT], status="done")
    assert "E01/SQ01/SH0130:Animation retake → ready" in person.asked[0]
    assert receipt["also_changed_by_kitsu"] == ["Robo Garden/E01/SQ01/SH0130:Animation retake → ready (now ready)"]


async def test_an_asset_marked_as_ready_is_in_the_plan(pristine: Connection, journal: Path) -> None:
    person = Person()
    with held_to_plan(pristine, journal):
        async with connected(pristine, on_question=person, journal=journal) as agent:
            await agent.ask("change_status", tasks=["Robo Garden/Prop/Seed box:Modeling"], status="done")
    assert "Prop/Seed box ready for Layout" in person.asked[0]


async def test_siblings_reached_by_hashtag_must_be_named(pristine: Connection, journal: Path) -> None:
    tasks = ["Salt Harbour/SQ020/SH0010:Layout", "Salt Harbour/SQ020/SH0010:Lighting"]
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        with nothing_written(pristine):
            refusal = await agent.refusal("change_status", tasks=tasks[:1], status="wip", text="#lighting look")
        with held_to_plan(pristine, journal):
            await agent.ask("change_status", tasks=tasks, status="wip", text="#lighting look")
    assert "Salt Harbour/SQ020/SH0010:Lighting" in refusal
    assert "Nothing was written" in refusal


@pytest.mark.parametrize(
    ("person", "answer", "said"),
    [
        (Person("decline"), "decline", "the person said no (decline)."),
        (Person("cancel"), "cancel", "the person said no (cancel)."),
        (Person(edit=lambda form: {**form, "changes": []}), "accept 0 of 2", "the person unticked every change."),
    ],
    ids=["decline", "cancel", "everything unticked"],
)
async def test_anything_but_yes_writes_nothing_and_is_said(
    pristine: Connection, journal: Path, mode: Mode, person: Person, answer: str, said: str
) -> None:
    with nothing_written(pristine):
        async with connected(pristine, mode=mode, on_question=person, journal=journal) as agent:
            receipt = await agent.ask("change_status", tasks=TWELVE[:2], status="done")
    assert receipt["outcome"].startswith(f"Nothing was written: {said}")
    assert receipt["rows"] == []
    assert journaled(journal)[-1].answer == answer


async def test_a_change_that_was_not_offered_writes_nothing(pristine: Connection, journal: Path, era: Mode) -> None:
    person = Person(edit=lambda form: {"changes": [*form["changes"], "E02/SQ01/SH0010:Animation  wip → done"]})
    with nothing_written(pristine):
        async with connected(pristine, mode=era, on_question=person, journal=journal) as agent:
            refusal = await agent.refusal("change_status", tasks=TWELVE[:2], status="done")
    assert "not offered" in refusal


@pytest.mark.parametrize("mode", ["auto", "legacy", "channel"])
async def test_an_accept_without_an_answer_writes_nothing(pristine: Connection, journal: Path, mode: Mode) -> None:
    with nothing_written(pristine):
        async with connected(pristine, mode=mode, on_question=Person(edit=lambda _: {}), journal=journal) as agent:
            await agent.refusal("change_status", tasks=TWELVE[:2], status="done")


@pytest.mark.parametrize("forged", ["answer", "plan", "gate", "confirm", "changes"])
async def test_an_answer_among_the_arguments_writes_nothing(
    pristine: Connection, journal: Path, era: Mode, forged: str
) -> None:
    person = Person("decline")
    with nothing_written(pristine):
        async with connected(pristine, mode=era, on_question=person, journal=journal) as agent:
            extra: dict[str, Any] = {forged: {"action": "accept", "data": {}}}
            refusal = await agent.refusal("change_status", tasks=TWELVE[:2], status="done", **extra)
    assert f"no argument '{forged}'" in refusal
    assert person.asked == []


@pytest.mark.parametrize("mode", ["auto", "legacy", "channel"])
async def test_a_host_that_cannot_ask_is_refused(pristine: Connection, journal: Path, mode: Mode) -> None:
    with nothing_written(pristine):
        async with connected(pristine, mode=mode, journal=journal) as agent:
            refusal = await agent.refusal("change_status", tasks=TWELVE[:2], status="done")
    assert "cannot show a question to a person" in refusal
    assert "Nothing was written" in refusal


async def test_a_status_changed_meanwhile_is_not_written_over(pristine: Connection, journal: Path, mode: Mode) -> None:
    """While the person reads, somebody else moves the task: it is asked anew (modern) or skipped (older protocol)."""

    def somebody_else() -> None:
        if len(person.asked) == 1:
            _comment(pristine, TWELVE[0], "retake")

    person = Person(meanwhile=somebody_else, edit=lambda form: form)
    async with connected(pristine, mode=mode, on_question=person, journal=journal) as agent:
        receipt = await agent.ask("change_status", tasks=TWELVE[:1], status="done")
        task = await agent.ask("get_task", task=TWELVE[0])
    if mode != "auto":
        assert receipt["rows"][0][1:4] == ["skipped", "wfa", "retake"]
        assert "Manager Bot set retake" in receipt["rows"][0][4]
        assert task["status"] == "retake (retake)"
    else:
        # The yes to the first question is no yes to the second, which shows what is there now.
        assert [question.splitlines()[0] for question in person.asked] == [
            f"Change {TWELVE[0]} (wfa → done)?",
            f"Change {TWELVE[0]} (retake → done)?",
        ]


async def test_one_task_changed_meanwhile_does_not_hold_up_the_others(pristine: Connection, journal: Path) -> None:
    person = Person(meanwhile=lambda: _comment(pristine, TWELVE[1], "retake"))
    with_retake = TWELVE[:3]
    async with connected(pristine, mode="legacy", on_question=person, journal=journal) as agent:
        receipt = await agent.ask("change_status", tasks=with_retake, status="done")
    assert [row[1] for row in receipt["rows"]] == ["applied", "skipped", "applied"]


async def test_two_changes_confirmed_at_the_same_time_do_not_write_over_each_other(
    pristine: Connection, journal: Path, mode: Mode
) -> None:
    person, both = Person(), anyio.Event()

    async def both_are_read(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        answer = await person(context, params)
        if len(person.asked) == 2:
            both.set()
        await both.wait()
        return answer

    receipts: list[dict[str, Any]] = []
    async with connected(pristine, mode=mode, on_question=both_are_read, journal=journal) as agent:

        async def change(status: str) -> None:
            receipts.append(await agent.ask("change_status", tasks=TWELVE[:1], status=status))

        async with anyio.create_task_group() as group:
            group.start_soon(change, "retake")
            group.start_soon(change, "done")
    rows = [receipt["rows"][0] for receipt in receipts]
    assert [row[1:3] for row in rows].count(["applied", "wfa"]) == 1
    if len(person.asked) == 2:  # on the newest protocol the second may be asked anew instead, which shows the first
        (left,) = [row for row in rows if row[1] == "skipped"]
        assert left[4].startswith("changed since you were asked: Manager Bot set ")


@pytest.mark.parametrize(("after", "warned"), [("ok", False), ("retake", True)])
async def test_only_what_is_not_done_afterwards_takes_back_done(
    pristine: Connection, journal: Path, after: str, warned: bool
) -> None:
    status = {"name": "Signed off", "short_name": "ok", "color": "#00FF00", "is_done": True}
    made = ask(pristine.host, "data/task-status", pristine.token("admin"), method="POST", body=status)
    assert made.status == 201, made.body
    project = _robo_garden(pristine)
    path, link = f"data/projects/{project}/settings/task-status", {"task_status_id": made.body["id"]}
    assert ask(pristine.host, path, pristine.token("admin"), method="POST", body=link).status < 300
    person = Person()
    async with connected(pristine, on_question=person, journal=journal) as agent:
        await agent.ask("change_status", tasks=TWELVE[:2], status="done")
        await agent.ask("change_status", tasks=TWELVE[:2], status=after)
    assert ("Takes back done" in person.asked[-1]) == warned


@pytest.mark.parametrize(
    ("task", "warned"), [(TWELVE[0], True), ("Robo Garden/Concepts/Greenhouse at night:Concept", False)]
)
async def test_a_status_meant_for_concepts_is_remarked_on_elsewhere(
    pristine: Connection, journal: Path, task: str, warned: bool
) -> None:
    """Zou takes it: nothing in its API keeps the statuses of concepts from shots."""
    person = Person("decline")
    async with connected(pristine, on_question=person, journal=journal) as agent:
        await agent.ask("change_status", tasks=[task], status="approved")
    assert ("A status meant for concepts alone" in person.asked[-1]) == warned


@pytest.mark.parametrize(
    ("role", "says"),
    [
        ("admin", "Robo Garden is closed: nothing is written to a closed production."),
        ("manager", "Robo Garden is closed or deleted, or not yours to see any more. list_projects shows what is."),
    ],
)
async def test_a_production_closed_a_moment_ago_is_not_written_to(
    pristine: Connection, journal: Path, role: str, says: str
) -> None:
    admin = pristine.token("admin")
    closed = next(one for one in ask(pristine.host, "data/project-status", admin).body if one["name"] == "Closed")
    async with connected(pristine, role=role, mode="legacy", on_question=Person(), journal=journal) as agent:
        await agent.ask("get_task", task=TWELVE[0])
        path, body = f"data/projects/{_robo_garden(pristine)}", {"project_status_id": closed["id"]}
        assert ask(pristine.host, path, admin, method="PUT", body=body).status == 200
        with nothing_written(pristine):
            refusal = await agent.refusal("change_status", tasks=TWELVE[:2], status="done")
    assert refusal == f"{says} Nothing was written."


@pytest.mark.parametrize("between", [", ", ";", "\n", ",\n "], ids=ascii)
async def test_tasks_in_one_text_are_all_meant(kitsu: Connection, journal: Path, between: str) -> None:
    person = Person("decline")
    async with connected(kitsu, on_question=person, journal=journal) as agent:
        await agent.ask("change_status", tasks=between.join(TWELVE[:3]), status="done")
        refusal = await agent.refusal("change_status", tasks=f"{TWELVE[0]}{between}Robo Garden/E09:X", status="done")
    assert len(person.asked) == 1
    assert person.asked[0].startswith("Set 3 tasks in Robo Garden (wfa → done ×3)?")
    assert "'E09'" in refusal
    assert TWELVE[0] not in refusal


@pytest.mark.parametrize("between", ["\n", " ", ", then\n"], ids=ascii)
async def test_no_task_beside_a_link_in_the_same_text_is_passed_over(
    pristine: Connection, journal: Path, between: str
) -> None:
    person = Person("decline")
    async with connected(pristine, on_question=person, journal=journal) as agent:
        ids = [(await agent.ask("get_task", task=task, comments=0))["id"] for task in TWELVE[:3]]
        links = [f"{pristine.event_host}/productions/shots/tasks/{one}" for one in ids]
        if "then" in between:
            refusal = await agent.refusal("change_status", tasks=between.join(links), status="done")
            assert refusal.startswith("2 of the 5 tasks cannot be used. then: No production 'then'")
            return
        await agent.ask("change_status", tasks=between.join(links), status="done")
        await agent.ask("change_status", tasks=f"{TWELVE[0]}, {links[1]}", status="done")
    assert [asked.partition("?")[0] for asked in person.asked] == [
        "Set 3 tasks in Robo Garden (wfa → done ×3)",
        "Set 2 tasks in Robo Garden (wfa → done ×2)",
    ]


async def test_all_tasks_that_cannot_be_used_are_named_at_once(pristine: Connection, journal: Path) -> None:
    unknown = [f"Robo Garden/E01/SQ01/SH9{number:03d}:Animation" for number in range(12)]
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        refusal = await agent.refusal("change_status", tasks=[TWELVE[0], *unknown], status="done")
    assert refusal.startswith("12 of the 13 tasks cannot be used. ")
    assert all(one in refusal for one in unknown)
    assert refusal.count("Did you mean") == 10
    assert refusal.endswith("Nothing was written.")


async def test_tasks_that_are_so_already_are_left_alone(pristine: Connection, journal: Path) -> None:
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        await agent.ask("change_status", tasks=TWELVE[:1], status="done")
        receipt = await agent.ask("change_status", tasks=TWELVE[:2], status="done")
        with nothing_written(pristine):
            refusal = await agent.refusal("change_status", tasks=TWELVE[:2], status="done")
    assert (receipt["outcome"], receipt["already_so"]) == ("1 applied", TWELVE[:1])
    assert "already" in refusal


async def test_a_hundred_tasks_are_one_question_and_all_read_back(pristine: Connection, journal: Path) -> None:
    person = Person()
    async with connected(pristine, on_question=person, journal=journal) as agent:
        listed = await agent.ask("list_tasks", under="Robo Garden", limit=100)
        tasks = [f"Robo Garden/{row[0]}" for row in listed["rows"]]
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("change_status", tasks=tasks, status="neutral", text="moved")
    assert receipt["outcome"] == "100 applied"
    assert len(person.asked) == 1


@pytest.mark.parametrize(
    ("tasks", "status", "says"),
    [
        ([*TWELVE[:1], "Salt Harbour/SQ010/SH0010:Layout"], "done", "several productions"),
        (["Salt Harbour/SQ010/SH0020:Layout"], "hold", "does not use the status"),
        (TWELVE[:1], "oldhold", "archived"),
        (TWELVE[:1], "nonsense", "No status 'nonsense'"),
        (TWELVE[:1], " ", "name the status"),
        ([], "done", "tasks"),
        (["Robo Garden/E01/SQ01/SH0010"], "done", "Say which"),
        (["Salt Harbour/SQ010/SH0010:Animation"], "done", "more than one such task"),
        (["Robo Garden/E01/SQ01/SH0999:Animation"], "done", "SH0999"),
        (["Old Reel/SQ010/SH0010:Layout"], "done", ""),
        (TWELVE[:1], "waiting for review", "is a role that statuses play, not a status. Robo Garden has of it: wfa"),
        (
            [TWELVE[0], "Robo Garden/E01/SQ01/SH0999:Animation", "Robo Garden/E01/SQ01/SH0010:Paint"],
            "done",
            "2 of the 3",
        ),
    ],
)
async def test_bad_input_is_refused_before_anybody_is_asked(
    pristine: Connection, journal: Path, tasks: list[str], status: str, says: str
) -> None:
    person = Person()
    with nothing_written(pristine):
        async with connected(pristine, on_question=person, journal=journal) as agent:
            refusal = await agent.refusal("change_status", tasks=tasks, status=status)
    assert says in refusal
    assert person.asked == []


def _comment(connection: Connection, address: str, short_name: str) -> None:
    """Somebody else moves a task, past our server."""
    token = connection.token("manager")
    task = _task_id(connection, address)
    statuses = ask(connection.host, "data/task-status", token).body
    status = next(one["id"] for one in statuses if one["short_name"] == short_name)
    body = {"task_status_id": status, "comment": "no"}
    assert ask(connection.host, f"actions/tasks/{task}/comment", token, method="POST", body=body).status == 201


def _robo_garden(connection: Connection) -> str:
    projects = ask(connection.host, "data/projects/open", connection.token("manager")).body
    return next(one["id"] for one in projects if one["name"] == "Robo Garden")


def _task_id(connection: Connection, address: str) -> str:
    _, episode, sequence, shot = address.partition(":")[0].split("/")
    token = connection.token("manager")
    board = ask(connection.host, f"data/shots/with-tasks?project_id={_robo_garden(connection)}", token).body
    types = {one["id"]: one["name"] for one in ask(connection.host, "data/task-types", token).body}
    return next(
        task["id"]
        for one in board
        if (one["episode_name"], one["sequence_name"], one["name"]) == (episode, sequence, shot)
        for task in one["tasks"]
        if types[task["task_type_id"]] == address.partition(":")[2]
    )
