"""A schedule against its tasks, and budgets, held to computations of their own from the database's rows."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from kitsu_tools.tracker.visibility import BUDGETS_HIDDEN, SCHEDULES_HIDDEN
from support.client import connected
from support.database import difference, snapshot

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent

pytestmark = pytest.mark.anyio

DAY = dt.timedelta(days=1)
OPEN = "not status.is_done and status.short_name not in ('approved', 'omit', 'omitted', 'omt', 'cbo', 'na')"
TASKS = f"""
select task_type.for_entity, task_type.name, coalesce(sequence.name, ''), {OPEN}, task.due_date::date,
    greatest(task.estimation - task.duration, 0), task.task_type_id, coalesce(episode.name, '')
from task join entity on entity.id = entity_id join project on project.id = task.project_id
join task_status status on status.id = task_status_id join task_type on task_type.id = task_type_id
left join entity sequence on sequence.id = entity.parent_id and entity.entity_type_id =
    (select id from entity_type where name = 'Shot')
left join entity episode on episode.id = sequence.parent_id
where project.name = %s and not entity.canceled
"""


def rows(kitsu: Connection, query: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(kitsu.database) as database:
        return database.execute(query.encode(), values).fetchall()


def said(tasks: list[tuple[Any, ...]], today: dt.date) -> list[Any]:
    """Tasks, open, overdue, undated, last due and days left of some tasks."""
    left = [row for row in tasks if row[3]]
    dues = [row[4] for row in left if row[4]]
    late = sum(due < today for due in dues)
    days = round(sum(row[5] for row in left) / 480, 1)
    return [len(tasks), len(left), late, len(left) - len(dues), str(max(dues)) if dues else "", days]


async def test_each_task_types_bar_stands_beside_its_tasks(kitsu: Connection, client: Agent) -> None:
    bars = (
        "select start_date, end_date from schedule_item where task_type_id = %s and object_id is null and project_id = "
    )
    for project in ("Salt Harbour", "Robo Garden"):
        answer = await client.ask("get_schedule", under=project)
        today = dt.date.fromisoformat(answer["today"][:10])
        tasks = rows(kitsu, TASKS, project)
        kinds = {(row[0], row[1]): row[6] for row in tasks}
        assert {(row[0], row[1]) for row in answer["rows"]} == set(kinds)
        for of, name, start, end, _, *found, state in answer["rows"]:
            wanted = said([row for row in tasks if row[:2] == (of, name)], today)
            assert found == wanted, (project, of, name)
            ((first, last),) = rows(kitsu, f"{bars} (select id from project where name = %s)", kinds[of, name], project)
            assert (start, end) == (str(first), str(last))
            assert state == ("done" if not wanted[1] else f"at risk: {wanted[2]} overdue" if wanted[2] else "planned")


async def test_parts_by_sequence_and_milestones_tell_what_is_late(kitsu: Connection, client: Agent) -> None:
    answer = await client.ask("get_schedule", under="Robo Garden", by="sequence", task_type="Animation")
    today = dt.date.fromisoformat(answer["today"][:10])
    tasks = [row for row in rows(kitsu, TASKS, "Robo Garden") if row[1] == "Animation"]
    found = {row[2]: row for row in answer["rows"]}
    assert list(found) == ["E01/SQ01", "E01/SQ02", "E02/SQ01", "E02/SQ02"]
    for name, row in found.items():
        its = [one for one in tasks if f"{one[7]}/{one[2]}" == name]
        assert row[6:12] == said(its, today)
        after = sum(str(one[4]) > row[4] for one in its if one[3])
        assert (f"{after} due after its end" in row[-1]) == (row[4] >= str(today) and after > 0), row
    assert found["E01/SQ01"][-1] == "late: over, 14 open"
    assert [row[2] for row in (await client.ask(
        "get_schedule", under="Robo Garden", by="sequence", task_type="Animation", state="late"
    ))["rows"]] == ["E01/SQ01"]  # fmt: skip
    (milestone,) = answer["milestones"]["rows"]
    later = sum(str(one[4]) > milestone[0] for one in tasks if one[3])
    assert milestone[1:] == ["Animation done", "Animation", f"at risk: {later} due after it"]
    part = await client.ask("get_schedule", under="Robo Garden/E01", task_type="Animation")
    assert part["rows"][0][5] == sum(one[7] == "E01" for one in tasks)
    assert "bars are the whole production's" in part["notes"]


async def test_what_slipped_against_a_version_comes_with_its_days(kitsu: Connection, client: Agent) -> None:
    answer = await client.ask("get_schedule", under="Robo Garden", version="baseline", limit=1000)
    ((moved, every),) = rows(
        kitsu,
        "select count(*) filter (where link.due_date <> task.due_date), count(*) from task join project "
        "on project.id = project_id join production_schedule_version_task_link link on link.task_id = task.id "
        "where project.name = 'Robo Garden'",
    )
    assert (answer["total"], answer["later"], answer["compared"]) == (moved, moved, every)
    assert {row[1] for row in answer["rows"]} == {3}
    assert answer["not_in_it"] == 0
    refusal = await client.refusal("get_schedule", under="Robo Garden", version="Draft")
    assert refusal == "No schedule version 'Draft'. There are: Baseline."
    assert (await client.refusal("get_schedule", under="Robo Garden", version="Baseline", by="person")).startswith(
        "version: "
    )


async def test_bars_that_are_over_too_short_or_not_there_are_told(pristine: Connection) -> None:
    with psycopg.connect(pristine.database) as database:

        def of(name: str) -> str:
            return (
                "object_id is null and project_id = (select id from project where name = 'Robo Garden') "
                f"and task_type_id = (select id from task_type where name = '{name}' and for_entity = 'Shot')"
            )

        for query in (  # the database's day may be one beside ours
            f"update schedule_item set end_date = current_date - 3 where {of('Layout')}",
            f"update schedule_item set end_date = current_date + 1 where {of('Lighting')}",
            f"delete from schedule_item where {of('Compositing')}",
            f"update task set due_date = null where id = (select id from task where {of('Animation')} limit 1)".replace(
                "object_id is null and ", ""
            ),
        ):
            assert database.execute(query.encode()).rowcount == 1
    async with connected(pristine) as client:
        answer = await client.ask("get_schedule", under="Robo Garden")
        states = {row[1]: row[-1] for row in answer["rows"] if row[0] == "Shot"}
        assert states["Layout"].startswith("late: over, ")
        assert "days of work for one person in " in states["Lighting"]
        assert states["Compositing"].endswith("unscheduled: no dates")
        assert states["Animation"].endswith("unscheduled: 1 undated")
        only = await client.ask("get_schedule", under="Robo Garden", state=["unscheduled"])
        assert [row[1] for row in only["rows"]] == ["Animation", "Compositing"]


async def test_a_budget_costs_what_its_entries_do_month_by_month(kitsu: Connection, client: Agent) -> None:
    wanted: dict[str, Counter[str]] = {}
    for department, start, months, salary, exceptions in rows(
        kitsu,
        "select department.name, start_date, months_duration, daily_salary, exceptions from budget_entry entry "
        "join budget on budget.id = budget_id join department on department.id = department_id where revision = 2",
    ):
        for n in range(months):
            month = f"{start.year + (start.month - 1 + n) // 12}-{(start.month - 1 + n) % 12 + 1:02d}"
            wanted.setdefault(department, Counter())[month] += exceptions.get(month) or salary * 20
    answer = await client.ask("get_budget", project="Robo Garden", group_by=["department", "month"])
    months = answer["columns"][1:-2]
    assert months == sorted({month for one in wanted.values() for month in one})
    for row in answer["rows"]:
        its = wanted[row[0]]
        so_far = sum(cost for month, cost in its.items() if month <= answer["today"][:7])
        assert row[1:] == pytest.approx([*(its[month] for month in months), its.total(), so_far])
    assert answer["cost"] == sum(one.total() for one in wanted.values())
    assert (answer["currency"], answer["budgets"]) == ("EUR", ["v2 - Quote 2", "v1 - Quote 1"])
    first = await client.ask("get_budget", project="Robo Garden", budget="quote 1", group_by=["person"])
    assert first["cost"] < answer["cost"]
    assert ["Jonas Feld", "256"] in [[row[0], row[-1]] for row in first["rows"]]
    assert "there is no budget" in (await client.ask("get_budget", project="Salt Harbour"))["notes"]
    assert (await client.refusal("get_budget", project="Robo Garden", budget="9")).startswith("No budget '9'.")


async def test_schedules_and_money_are_hidden_from_roles_and_reading_writes_nothing(kitsu: Connection) -> None:
    before = snapshot(kitsu.database)
    for role, sees_schedule, sees_money in (
        ("admin", True, True),
        ("manager", True, True),
        ("supervisor", True, False),
        ("user", True, False),
        ("vendor", False, False),
        ("client", False, False),
    ):
        async with connected(kitsu, role=role) as client:
            for tool, sees, hidden in (
                ("get_schedule", sees_schedule, SCHEDULES_HIDDEN),
                ("get_budget", sees_money, BUDGETS_HIDDEN),
            ):
                where = {"under" if tool == "get_schedule" else "project": "Robo Garden"}
                if sees:
                    await client.ask(tool, **where)
                else:
                    refusal = await client.refusal(tool, **where)
                    assert hidden in refusal
                    assert not (role == "client" and "list_tasks" in refusal)  # which tells clients no dates
    assert difference(before, snapshot(kitsu.database)) == {}
