"""Ways in which more could be written than a person saw, or called done that is not: each was possible once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from mcp.types import ElicitResult, InputRequiredResult

from support.api import ask
from support.client import connected
from support.faults import answer, fault_proxy
from support.held import held_to_plan, journaled, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

TASK = "Salt Harbour/SQ020/SH0010:Layout"
LAYOUT = "Robo Garden/E01/SQ01/SH0130:Layout"
ANIMATION = "Robo Garden/E01/SQ01/SH0130:Animation"


async def test_a_hashtag_spelt_with_the_kelvin_sign_is_one_too(pristine: Connection, journal: Path) -> None:
    """Zou's expression ignores case, by which U+212A is a k."""
    _rename_task_type(pristine, "Lighting", "Tracking")
    with nothing_written(pristine):
        async with connected(pristine, on_question=Person(), journal=journal) as agent:
            refusal = await agent.refusal("add_comment", task=TASK, text="see #trac\u212aing notes")
    assert "SH0010:Tracking" in refusal


@pytest.mark.parametrize("hidden", ["\u200b", "\ufeff", "\u2028", "\U000e0041", "\u200f", "\u00ad"], ids=ascii)
async def test_characters_nobody_sees_are_refused(pristine: Connection, journal: Path, hidden: str) -> None:
    person = Person()
    with nothing_written(pristine):
        async with connected(pristine, on_question=person, journal=journal) as agent:
            refusal = await agent.refusal("add_comment", task=TASK, text=f"Looks{hidden} good")
    assert f"U+{ord(hidden[0]):04X}" in refusal
    assert person.asked == []


async def test_a_long_name_does_not_push_the_code_out_of_the_question(pristine: Connection, journal: Path) -> None:
    """Without its code one question would be like the next, and an old answer would fit it."""
    name = "Maria Fernanda de la Concepcion Albuquerque y Santos Okafor"
    arguments = {"task": TASK, "text": "Once only."}
    async with connected(pristine, mode="auto", on_question=Person(), journal=journal, KITSU_USER=name) as agent:
        asked = await agent.mcp.session.call_tool("add_comment", arguments, allow_input_required=True)
        assert isinstance(asked, InputRequiredResult)
        assert asked.input_requests is not None
        answers: Any = {
            key: ElicitResult(action="accept", content={"comment": "Once only."}) for key in asked.input_requests
        }
        results = [
            await agent.mcp.session.call_tool(
                "add_comment",
                arguments,
                input_responses=answers,
                request_state=asked.request_state,
                allow_input_required=True,
            )
            for _ in range(2)
        ]
    assert [isinstance(result, InputRequiredResult) for result in results] == [False, True]


async def test_a_decision_on_a_task_that_kitsu_would_move_along_is_not_written_over(
    pristine: Connection, journal: Path
) -> None:
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        await agent.ask("change_status", tasks=[LAYOUT], status="wip")
    person = Person(meanwhile=lambda: _comment(pristine, ANIMATION, "done"))
    async with connected(pristine, mode="legacy", on_question=person, journal=journal) as agent:
        receipt = await agent.ask("change_status", tasks=[LAYOUT], status="done")
        task = await agent.ask("get_task", task=ANIMATION)
    assert receipt["rows"][0][1] == "skipped"
    assert ANIMATION in receipt["rows"][0][4]
    assert task["status"] == "done (done)"


async def test_what_our_own_first_batch_set_off_does_not_hold_up_the_second(
    pristine: Connection, journal: Path
) -> None:
    shots = [f"Robo Garden/E01/SQ01/SH{number:03d}0" for number in range(1, 13)]
    first = [*(f"{shot}:Layout" for shot in shots), *(f"{shot}:Lighting" for shot in shots[:8])]
    tasks = [*first, *(f"{shot}:Animation" for shot in shots)]
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        receipt = await agent.ask("change_status", tasks=tasks, status="done", text="All approved.")
        listed = await agent.ask("list_shots", under="Robo Garden/E01/SQ01", limit=12)
    assert receipt["outcome"] == "32 applied"
    assert {row[listed["columns"].index("Animation")] for row in listed["rows"]} == {"done"}


async def test_an_automation_made_a_moment_ago_is_foreseen(pristine: Connection, journal: Path) -> None:
    person = Person()
    async with connected(pristine, on_question=person, journal=journal) as agent:
        await agent.ask("get_task", task=TASK)
        _add_automation(pristine, "Salt Harbour", ("Layout", "done"), ("Lighting", "wip"))
        with held_to_plan(pristine, journal):
            await agent.ask("change_status", tasks=[TASK], status="done")
    assert "SH0010:Lighting" in person.asked[-1]


@pytest.mark.parametrize(
    ("tasks", "text", "untick", "why"),
    [
        (
            [("Salt Harbour/SQ020/SH0010:Layout", "wip"), ("Salt Harbour/SQ020/SH0010:Lighting", "wip")],
            "Please look #lighting",
            1,
            "The person unticked Salt Harbour/SQ020/SH0010:Lighting, but Kitsu itself would change it",
        ),
        (
            [("Salt Harbour/SQ020/SH0010:Layout", "done"), ("Salt Harbour/SQ020/SH0010:Lighting", "ready")],
            "",
            1,
            "(Salt Harbour/SQ020/SH0010:Lighting todo → wip)",
        ),
        (
            [("Salt Harbour/SQ020/SH0010:Layout", "done"), ("Salt Harbour/SQ020/SH0010:Animation", "retake")],
            "",
            0,
            "do something else than they were shown: Salt Harbour/SQ020/SH0010:Lighting todo → ready",
        ),
    ],
    ids=["by a hashtag", "by an automation", "because another is not there to do it"],
)
async def test_what_was_unticked_does_not_come_about_by_what_was_not(
    pristine: Connection, journal: Path, era: Mode, tasks: list[tuple[str, str]], text: str, untick: int, why: str
) -> None:
    _add_automation(pristine, "Salt Harbour", ("Layout", "done"), ("Lighting", "wip"))
    _add_automation(pristine, "Salt Harbour", ("Animation", "retake"), ("Lighting", "ready"))
    rows = [{"task": task, "status": status} for task, status in tasks]
    person = Person(
        edit=lambda form: form | {"changes": [one for at, one in enumerate(form["changes"]) if at != untick]}
    )
    with nothing_written(pristine):
        async with connected(pristine, mode=era, on_question=person, journal=journal) as agent:
            refusal = await agent.refusal("change_status", rows=rows, text=text)
    assert why in refusal
    assert refusal.endswith("Nothing was written.")


async def test_a_status_that_kitsu_did_not_set_is_not_called_applied(pristine: Connection, journal: Path) -> None:
    """Where the last comment is dated later than now, Zou posts a comment and leaves the status."""
    _comment(pristine, TASK, "wip", created_at="2035-12-01 10:00:00")
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        receipt = await agent.ask("change_status", tasks=[TASK], status="done")
    assert receipt["rows"][0][1:4] == ["failed", "wip", "wip"]
    assert "did not set the status" in receipt["rows"][0][4]


async def test_one_item_that_cannot_be_settled_does_not_stop_other_writes(pristine: Connection, journal: Path) -> None:
    async with fault_proxy(pristine.event_host) as proxy:
        task_id = _task_id(pristine, TASK)

        def break_its_comments() -> None:
            proxy.fault(answer(500, {"message": "broken row"}), method="GET", path=f"{task_id}/comments", times=None)

        person = Person(meanwhile=break_its_comments)
        async with connected(pristine, host=proxy.url, mode="legacy", on_question=person, journal=journal) as agent:
            unknown = await agent.ask("add_comment", task=TASK, text="Written, unread.")
            receipt = await agent.ask("change_status", tasks=[ANIMATION], status="done")
    assert (unknown["outcome"], receipt["outcome"]) == ("1 unknown", "1 applied")


@pytest.mark.parametrize(
    ("method", "path", "fault"),
    [
        ("GET", "/comments", answer(200, {"error": "maintenance"})),
        ("POST", "/comment", answer(503, b"", headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 -0000"})),
    ],
    ids=["an odd answer to the reading back", "an odd Retry-After"],
)
async def test_whatever_comes_back_after_a_write_ends_in_a_receipt(
    pristine: Connection, journal: Path, method: str, path: str, fault: Any
) -> None:
    async with fault_proxy(pristine.event_host) as proxy:

        def turn_odd() -> None:
            proxy.fault(fault, method=method, path=path, times=None)

        person = Person(meanwhile=turn_odd)
        async with connected(pristine, host=proxy.url, mode="legacy", on_question=person, journal=journal) as agent:
            receipt = await agent.ask("add_comment", task=TASK, text="Sent.")
    assert receipt["outcome"] == "1 unknown"
    assert list(journaled(journal)[-1].outcomes.values()) == ["unknown"]


def _sql(connection: Connection, query: Any, *values: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(connection.database) as db:
        return db.execute(query, values).fetchall()


def _task_id(connection: Connection, address: str) -> str:
    path, _, task_type = address.partition(":")
    project, *_, sequence, shot = path.split("/")
    query = """
    select task.id::text from task join entity shot on shot.id = task.entity_id
    join entity sequence on sequence.id = shot.parent_id left join entity episode on episode.id = sequence.parent_id
    join project on project.id = task.project_id join task_type on task_type.id = task.task_type_id
    where project.name = %s and sequence.name = %s and shot.name = %s and task_type.name = %s
      and coalesce(episode.name, 'E01') = 'E01'
    """
    return _sql(connection, query, project, sequence, shot, task_type)[0][0]


def _status_id(connection: Connection, short_name: str) -> str:
    return _sql(connection, "select id::text from task_status where short_name = %s", short_name)[0][0]


def _comment(connection: Connection, address: str, status: str, **more: str) -> None:
    """Somebody else comments, past our server."""
    body = {"task_status_id": _status_id(connection, status), "comment": "Elsewhere.", **more}
    path = f"actions/tasks/{_task_id(connection, address)}/comment"
    assert ask(connection.host, path, connection.token("admin"), method="POST", body=body).status == 201


def _rename_task_type(connection: Connection, name: str, new: str) -> None:
    types = ask(connection.host, "data/task-types", connection.token("admin")).body
    task_type = next(one for one in types if one["name"] == name and one["for_entity"] == "Shot")
    path = f"data/task-types/{task_type['id']}"
    assert ask(connection.host, path, connection.token("admin"), method="PUT", body={"name": new}).status == 200


def _add_automation(connection: Connection, project: str, trigger: tuple[str, str], effect: tuple[str, str]) -> None:
    admin = connection.token("admin")
    types = {
        one["name"]: one["id"]
        for one in ask(connection.host, "data/task-types", admin).body
        if one["for_entity"] == "Shot"
    }
    body = {
        "entity_type": "shot",
        "in_task_type_id": types[trigger[0]],
        "in_task_status_id": _status_id(connection, trigger[1]),
        "out_field_type": "status",
        "out_task_type_id": types[effect[0]],
        "out_task_status_id": _status_id(connection, effect[1]),
    }
    made = ask(connection.host, "data/status-automations", admin, method="POST", body=body).body
    project_id = _sql(connection, "select id::text from project where name = %s", project)[0][0]
    path = f"data/projects/{project_id}/settings/status-automations"
    linked = ask(connection.host, path, admin, method="POST", body={"status_automation_id": made["id"]})
    assert linked.status < 300
