"""Changes of hundreds of items: in groups, stopped half-way, too many; and what changes while a person reads."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import psycopg
import pytest

from support.client import connected
from support.doing import do
from support.faults import answer, fault_proxy
from support.held import held_to_plan, journaled, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

THREE = [f"Robo Garden/E01/SQ01/SH00{number}0:Animation" for number in (1, 2, 4)]
ENTRIES = 40
GROUP = re.compile(r"E01/SQ01( \w+)? ×\d+ \+Sam Adeyemi")


def step(tool: str, **arguments: Any) -> dict[str, Any]:
    """One of the changes of a plan."""
    return {"tool": tool, "arguments": arguments}


def every_task(kitsu: Connection) -> list[str]:
    """The ids of all tasks of Robo Garden, of shots and assets, by where they are."""
    with psycopg.connect(kitsu.database) as database:
        rows = database.execute(
            "select t.id::text from task t join entity e on e.id = t.entity_id join project p on p.id = t.project_id "
            "where p.name = 'Robo Garden' order by e.parent_id, e.name, t.task_type_id"
        )
        return [row[0] for row in rows]


async def test_hundreds_stand_in_few_groups_and_one_that_is_unticked_goes_as_a_whole(
    pristine: Connection, journal: Path
) -> None:
    def only_one_group(form: dict[str, Any]) -> dict[str, Any]:
        return {"changes": [next(one for one in form["changes"] if GROUP.match(one))]}

    person = Person(edit=only_one_group)
    tasks = every_task(pristine)
    plan = [step("plan_tasks", tasks=tasks, estimate="13d"), step("assign_tasks", tasks=tasks, people=["Sam Adeyemi"])]
    async with connected(pristine, on_question=person, journal=journal) as agent:
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("propose_changes", changes=plan)
    (entries,) = [form["changes"] for form in person.forms]
    count = len(receipt["rows"])
    assert count > 300
    assert len(entries) <= ENTRIES
    numbers = [re.search(r"×(\d+) ", one) for one in entries]
    assert sum(int(one[1]) if one else 1 for one in numbers) == count
    group = next(one for one in entries if GROUP.match(one))
    its = int(group.partition("×")[2].partition(" ")[0])
    assert its > 3
    assert receipt["outcome"] == f"{its} applied, {count - its} skipped"
    assert receipt["steps"][0].startswith("2. Assign: ")
    assert {row[0].rpartition("/")[0] for row in receipt["rows"] if row[1] == "applied"} == {"Robo Garden/E01/SQ01"}
    assert person.schemas[0]["changes"]["title"] == f"{count} changes in {len(entries)} groups"


async def test_a_call_that_is_cancelled_stops_before_the_next_request_and_the_journal_says_where(
    pristine: Connection, journal: Path
) -> None:
    told: list[tuple[float, float | None]] = []

    async def heard(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001  as the SDK
        told.append((progress, total))

    tasks = every_task(pristine)
    plan = [step("plan_tasks", tasks=tasks, estimate="13d"), step("assign_tasks", tasks=tasks, people=["Sam Adeyemi"])]
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, host=proxy.url, on_question=Person(), journal=journal) as agent,
    ):
        with held_to_plan(pristine, journal):
            async with anyio.create_task_group() as group:
                call = partial(agent.mcp.call_tool, "propose_changes", {"changes": plan}, progress_callback=heard)
                group.start_soon(call)
                await proxy.until(lambda: proxy.count("PUT", "data/tasks") > 105)
                group.cancel_scope.cancel()
            await proxy.idle()
            sent = proxy.count("PUT", "data/tasks")
            listed = await agent.ask("list_changes")
        with held_to_plan(pristine, journal):
            back = await agent.ask("undo_change", code=journaled(journal)[0].code)
    assert 105 < sent < 110
    assert proxy.count("PUT", "/assign") == 0
    assert told[-1] == (100, len(journaled(journal)[0].plan["items"]))
    assert any(f"{sent} applied" in str(row) for row in listed["rows"])
    assert back["outcome"] == f"{sent} applied"


async def test_more_than_a_thousand_are_refused_in_words(kitsu: Connection, journal: Path) -> None:
    person, tasks = Person("decline"), every_task(kitsu)
    fields = [{"due": "2031-03-03"}, {"estimate": "13d"}, {"priority": "emergency"}, {"difficulty": 5}]
    plan = [step("plan_tasks", tasks=tasks, **one) for one in fields]
    plan += [
        step("assign_tasks", tasks=tasks, people=["Noor Rahman", "Ville Laine"]),
        step("change_status", tasks=tasks, status="neutral"),
    ]
    with nothing_written(kitsu):
        async with connected(kitsu, on_question=person, journal=journal) as agent:
            refusal = await agent.refusal("propose_changes", changes=plan)
    assert refusal.startswith("This would be 1,0")
    assert "at most 1,000 go in one question" in refusal
    assert not person.asked


def close(kitsu: Connection) -> None:
    """Somebody closes the production."""
    projects, statuses = do(kitsu, "GET", "data/projects/all"), do(kitsu, "GET", "data/project-status")
    (project,) = [one["id"] for one in projects if one["name"] == "Robo Garden"]
    (closed,) = [one["id"] for one in statuses if one["name"].lower() == "closed"]
    do(kitsu, "PUT", f"data/projects/{project}", {"project_status_id": closed})


def lower(kitsu: Connection) -> None:
    """Somebody makes an artist of the manager."""
    (bot,) = [one["id"] for one in do(kitsu, "GET", "data/persons") if one["is_bot"] and one["role"] == "manager"]
    do(kitsu, "PUT", f"data/persons/{bot}", {"role": "user"})


@pytest.mark.parametrize(("meanwhile", "requests"), [(close, 0), (lower, 1)])
async def test_what_may_not_be_written_any_more_is_not_written_and_no_request_follows(
    pristine: Connection, journal: Path, mode: Mode, meanwhile: Callable[[Connection], None], requests: int
) -> None:
    plan = [
        step("assign_tasks", tasks=THREE, people=["Sam Adeyemi"]),
        step("change_status", tasks=THREE, status="retake"),
        step("plan_tasks", tasks=THREE, estimate="13d"),
    ]
    person = Person(meanwhile=partial(meanwhile, pristine))
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, mode=mode, host=proxy.url, on_question=person, journal=journal) as agent,
    ):
        result = await agent.call("propose_changes", changes=plan)
    said = str(result.structured_content or result.content)
    assert sum(one.method != "GET" for one in proxy.requests) <= requests
    assert "applied" not in said
    assert len(person.asked) == 1
    assert any(words in said for words in ("Nothing was written", "is closed", "left it as it was"))


async def test_what_went_to_a_production_that_is_closed_since_is_not_told_as_failed(
    pristine: Connection, journal: Path
) -> None:
    """Zou tells little of what is in it: that a thing is not found there proves nothing."""
    row = {"name": "Zorg", "under": "Robo Garden/Character"}
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(answer(504, b""), method="POST", path="/assets/new")
        async with connected(pristine, host=proxy.url, on_question=Person(), journal=journal) as agent:
            assert (await agent.ask("create_entities", rows=[row]))["outcome"] == "1 unknown"
            with closing(sqlite3.connect(journal)) as db, db:
                db.execute("update items set sent_at = sent_at - 130")
            close(pristine)
            assert "1 unknown" in str((await agent.ask("list_changes"))["rows"])
