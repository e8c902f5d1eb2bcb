"""Work left by person and week, held to a computation of its own from the database's rows."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import anyio
import psycopg
import pytest

from support.client import connected

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent

pytestmark = pytest.mark.anyio

DAY = dt.timedelta(days=1)
TASKS = """
select coalesce(person.first_name || ' ' || person.last_name, 'nobody'), person.id,
    task.start_date::date, task.due_date::date,
    greatest(task.estimation - task.duration, 0) / 480.0
    / greatest((select count(*) from task_person_link one where one.task_id = task.id), 1)
from task join entity on entity.id = entity_id join project on project.id = task.project_id
join task_status on task_status.id = task_status_id
left join task_person_link link on link.task_id = task.id left join person on person.id = link.person_id
where project.name = 'Robo Garden' and not canceled and not task_status.is_done
    and short_name not in ('approved', 'omit', 'omitted', 'omt', 'cbo', 'na')
"""
OFF = "select person_id, date, end_date from day_off"
HEADER = ["person", "overdue (days)"]


def expected(kitsu: Connection, today: dt.date, weeks: int) -> dict[str, list[float]]:
    """Days of work by person: overdue, then each week, then undated."""
    monday = today - DAY * today.weekday()
    found: dict[str, list[float]] = defaultdict(lambda: [0.0] * (weeks + 2))
    with psycopg.connect(kitsu.database) as database:
        off = {
            (one, first + DAY * n) for one, first, last in database.execute(OFF) for n in range((last - first).days + 1)
        }
        for name, person, start, due, left in database.execute(TASKS.encode()):
            row, share = found[name.strip()], float(left)
            if due is None or due < today:
                row[-1 if due is None else 0] += share
                continue
            first = max(today, start or today)
            span = [first + DAY * n for n in range((due - first).days + 1)]
            days = [one for one in span if one.weekday() < 5 and (person, one) not in off] or [due]
            for one in days:
                week = (one - monday).days // 7
                if week < weeks:
                    row[1 + week] += share / len(days)
    return found


def days(cell: Any) -> float:
    return float(str(cell).partition("/")[0])


async def test_work_left_is_spread_over_the_days_people_have(kitsu: Connection, client: Agent) -> None:
    answer = await client.ask("get_workload", under="Robo Garden", weeks=3)
    today = dt.date.fromisoformat(answer["today"][:10])
    wanted = expected(kitsu, today, 3)
    assert answer["columns"][:2] == HEADER
    for name, overdue, *weeks, undated, _ in answer["rows"]:
        found = [days(one) for one in (overdue, *weeks, undated)]
        assert found == pytest.approx(wanted.pop(name, [0.0] * 5), abs=0.051), name
    assert wanted == {}
    assert answer["rows"][-1][0] == "nobody"


async def test_days_off_and_past_days_are_no_days_to_work(pristine: Connection) -> None:
    today = dt.datetime.now(dt.UTC).date()
    monday = today + DAY * (7 - today.weekday())
    with psycopg.connect(pristine.database) as database:
        database.execute(
            "insert into day_off (id, person_id, date, end_date) select gen_random_uuid(), id, %s, %s from person "
            "where last_name = 'Marchand'",
            (monday, monday + DAY),
        )
    async with connected(pristine) as client:
        answer = await client.ask("get_workload", under="Robo Garden", weeks=2, department="Animation")
    rows = {row[0]: row for row in answer["rows"]}
    left = sum((today + DAY * n).weekday() < 5 for n in range(7 - today.weekday()))
    assert rows["Jonas Feld"][2:4] == [f"0/{left}", "0/5"]
    assert rows["Theo Marchand"][3].endswith("/3")


async def test_days_off_beyond_the_weeks_shown_leave_less_days_for_the_work(pristine: Connection) -> None:
    today = dt.datetime.now(dt.UTC).date()
    with psycopg.connect(pristine.database) as database:
        database.execute("update task set due_date = %s where due_date >= %s", (today + 70 * DAY, today))
        database.execute(
            "insert into day_off (id, person_id, date, end_date) select gen_random_uuid(), id, %s, %s from person "
            "where last_name = 'Marchand'",
            (today + 21 * DAY, today + 60 * DAY),
        )
    wanted = expected(pristine, today, 1)
    async with connected(pristine) as client:
        answer = await client.ask("get_workload", under="Robo Garden", weeks=1)
    rows = {row[0]: row for row in answer["rows"]}
    assert days(rows["Theo Marchand"][2]) == pytest.approx(wanted["Theo Marchand"][1], abs=0.051)


async def test_dates_thousands_of_years_ahead_are_reckoned_and_not_walked_to(pristine: Connection) -> None:
    today = dt.datetime.now(dt.UTC).date()
    with psycopg.connect(pristine.database) as database:
        for query in (
            "update task set due_date = '9999-12-31' where id in (select id from task join task_person_link on "
            f"task_id = id where due_date >= '{today}' order by id limit 6)",
            "update schedule_item set end_date = '9999-12-31'",
            "insert into day_off (id, person_id, date, end_date) select gen_random_uuid(), id, "
            f"'{today + DAY}', '9999-12-31' from person where last_name = 'Marchand'",
            "update budget_entry set months_duration = 2000000000 where id in (select entry.id from budget_entry entry "
            "join budget on budget.id = budget_id where revision = 2 limit 1)",
        ):
            assert database.execute(query.encode()).rowcount
    async with connected(pristine) as client:
        with anyio.fail_after(12):
            load = {row[0]: row for row in (await client.ask("get_workload", under="Robo Garden"))["rows"]}
            bars = (await client.ask("get_schedule", under="Robo Garden"))["rows"]
            asked = {"period": f"{today - 7 * DAY}..", "show": ["missing days"], "people": ["Theo Marchand"]}
            missing = await client.ask("list_time", under="Robo Garden", **asked)
        assert [cell.partition("/")[2] for cell in load["Theo Marchand"][3:6]] == ["0", "0", "0"]
        assert {row[3] for row in bars} == {"9999-12-31"}
        assert missing["total"] == 1
        months = await client.ask("get_budget", project="Robo Garden", group_by="month", limit=2)
        after = await client.ask("get_budget", project="Robo Garden", group_by="month", limit=2, next=months["next"])
    assert months["total"] < 12 * 8000
    named = [row[0] for row in (*months["rows"], *after["rows"])]
    assert named == sorted(set(named))
    assert len(named) == 4


async def test_the_most_overbooked_come_first_where_asked_for(client: Agent) -> None:
    plain = await client.ask("get_workload", under="Robo Garden")
    week = plain["columns"][3]
    answer = await client.ask("get_workload", under="Robo Garden", sort=f"-{week}")

    def over(row: list[Any]) -> float:
        booked, _, there = str(row[3]).partition("/")
        return float(booked) - float(there or 0)

    assert [over(row) for row in answer["rows"]] == pytest.approx(
        sorted(map(over, plain["rows"]), reverse=True), abs=0.11
    )


async def test_roles_that_see_no_plans_or_no_days_off_are_told(kitsu: Connection) -> None:
    async with connected(kitsu, role="client") as client:
        assert "your role may not see assignees" in await client.refusal("get_workload", under="Robo Garden")
    async with connected(kitsu, role="vendor") as client:
        answer = await client.ask("get_workload", under="Robo Garden")
        notes = answer["notes"]
        assert [row[0] for row in answer["rows"]] == ["Vendor Bot"]
        assert "days off are not known here: your role may not see them" in notes
        assert "your role sees only what is assigned to it" in notes
        nothing = await client.ask("get_workload", under="Salt Harbour")  # nothing there is the vendor's
        assert all(row[1] == 0 and all(str(cell).startswith("0/") for cell in row[2:4]) for row in nothing["rows"])


async def test_where_nothing_is_due_nobody_is_booked(client: Agent) -> None:
    answer = await client.ask("get_workload", under="Robo Garden/Character/Bolt")
    assert {days(cell) for row in answer["rows"] for cell in row[1:]} == {0}


async def test_an_unknown_department_is_named_with_those_there_are(client: Agent) -> None:
    refusal = await client.refusal("get_workload", under="Robo Garden", department="Baking")
    assert refusal.startswith("No department 'Baking'")
