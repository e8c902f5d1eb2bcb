"""Logged hours and quotas, held to computations of their own from the database's rows, for each role."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from kitsu_tools.tracker.visibility import OWN_HOURS, PLANS_HIDDEN
from support.client import connected
from support.faults import fault_proxy

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent

pytestmark = pytest.mark.anyio

DAY = dt.timedelta(days=1)
EVER = ".."
LOGGED = """
select trim(first_name || ' ' || last_name), time_spent.date, time_spent.duration, project.name, task_type.name,
    coalesce(department.name, 'none'), task.id, task.estimation, task.duration, coalesce(sequence.name, '')
from time_spent join person on person.id = person_id join task on task.id = task_id
join project on project.id = project_id join task_type on task_type.id = task_type_id
left join department on department.id = task_type.department_id
join entity on entity.id = entity_id left join entity sequence on sequence.id = entity.parent_id
where project.name in ('Salt Harbour', 'Robo Garden')
"""
KEYS: dict[str, Callable[[tuple[Any, ...]], str]] = {
    "person": lambda row: row[0],
    "day": lambda row: str(row[1]),
    "week": lambda row: str(row[1] - DAY * row[1].weekday()),
    "month": lambda row: str(row[1])[:7],
    "project": lambda row: row[3],
    "task type": lambda row: row[4],
    "department": lambda row: row[5],
}
SHOT_TASKS = """
select trim(person.first_name || ' ' || person.last_name), task.id, task_type.name, coalesce(nb_frames, 0),
    ({date} at time zone 'UTC' at time zone 'Europe/Paris')::date, real_start_date::date, task.duration
from task join entity on entity.id = entity_id join entity_type on entity_type.id = entity_type_id
join task_type on task_type.id = task_type_id join project on project.id = task.project_id
join task_person_link link on link.task_id = task.id join person on person.id = link.person_id
where project.name = 'Robo Garden' and entity_type.name = 'Shot' and {date} is not null
"""


def rows(kitsu: Connection, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(kitsu.database) as database:
        return database.execute(query.encode()).fetchall()


def signed_in(kitsu: Connection, name: str) -> AbstractAsyncContextManager[Agent]:
    """As somebody of the studio, not as a bot."""
    return connected(kitsu, KITSU_BOT_TOKEN="", KITSU_LOGIN=f"{name}@example.com", KITSU_PASSWORD=kitsu.password)


def told(answer: dict[str, Any], value: int = -1) -> dict[str, float]:
    return {row[0]: row[value] for row in answer["rows"]}


async def test_minutes_add_up_to_what_the_database_has_by_everything(kitsu: Connection, client: Agent) -> None:
    logged = rows(kitsu, LOGGED)
    for project in ("Salt Harbour", "Robo Garden", ""):
        there = [row for row in logged if project in {"", row[3]}]
        for name, key in KEYS.items():
            answer = await client.ask("list_time", under=project, period=EVER, group_by=[name], limit=1000)
            wanted = Counter[str]()
            for row in there:
                wanted[key(row)] += row[2]
            assert told(answer) == dict(wanted), (project, name)
            assert answer["minutes"] == wanted.total()


async def test_a_time_goes_across_beside_another_key_in_either_order(kitsu: Connection, client: Agent) -> None:
    wanted: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows(kitsu, LOGGED):
        if row[3] == "Robo Garden":
            wanted[row[5]][KEYS["month"](row)] += row[2]
    asked: dict[str, Any] = {"under": "Robo Garden", "period": EVER}
    answer = await client.ask("list_time", group_by=["department", "month"], **asked)
    assert answer == await client.ask("list_time", group_by=["month", "department"], **asked)
    months = sorted({month for one in wanted.values() for month in one})
    assert answer["columns"] == ["department", *months, "minutes"]
    assert answer["rows"] == [
        [name, *(one[month] for month in months), one.total()]
        for name, one in sorted(wanted.items(), key=lambda item: (item[0] == "none", item[0]))
    ]
    pairs = await client.ask("list_time", group_by=["day", "week"], **asked)
    assert pairs["columns"] == ["day", "week (from Monday)", "minutes"]


async def test_hours_of_a_part_are_those_of_its_tasks_beside_their_estimates(kitsu: Connection, client: Agent) -> None:
    there = [row for row in rows(kitsu, LOGGED) if (row[3], row[9]) == ("Salt Harbour", "SQ010")]
    spent: dict[str, float] = {str(row[6]): row[8] for row in there}
    estimates = {str(row[6]): row[7] for row in there}
    answer = await client.ask(
        "list_time", under="Salt Harbour/SQ010", period=EVER, group_by=["task"], show=["estimate"], limit=1000
    )
    shots = [row for row in answer["rows"] if "/" not in row[0] and row[0].startswith("SH")]
    assert sum(row[1] for row in shots) == sum(row[2] for row in there)
    assert sum(row[2] for row in shots) == sum(estimates.values())
    assert sum(row[3] for row in shots) == sum(spent.values())
    assert all(":" in row[0] for row in answer["rows"])


async def test_each_role_sees_the_hours_that_kitsus_timesheets_show_it(kitsu: Connection) -> None:
    logged = [row for row in rows(kitsu, LOGGED) if row[3] == "Robo Garden"]
    asked: dict[str, Any] = {"under": "Robo Garden", "period": EVER}
    for role in ("user", "vendor"):
        async with connected(kitsu, role=role) as client:
            answer = await client.ask("list_time", **asked)
            own = sum(row[2] for row in logged if row[0] == f"{role.title()} Bot")
            assert (told(answer), answer["minutes"]) == ({f"{role.title()} Bot": own} if own else {}, own)
            assert OWN_HOURS in answer["notes"]
            assert OWN_HOURS in await client.refusal("list_time", people=["Theo Marchand"], **asked)
            assert (await client.ask("list_time", count="feedback", **asked))["notes"][0] == OWN_HOURS
            assert OWN_HOURS in (await client.ask("list_time", show=["missing days"], period="last week"))["notes"]
    async with signed_in(kitsu, "theo") as client:
        own = sum(row[2] for row in logged if row[0] == "Theo Marchand")
        assert told(await client.ask("list_time", **asked)) == {"Theo Marchand": own}
        assert told(await client.ask("list_time", people="me", **asked)) == {"Theo Marchand": own}
    async with signed_in(kitsu, "jonas") as client:
        answer = await client.ask("list_time", group_by=["department"], **asked)
        assert told(answer) == {"Animation": sum(row[2] for row in logged if row[5] == "Animation")}
        assert "only task types of your departments: Animation" in answer["notes"]
    async with connected(kitsu, role="client") as client:
        assert PLANS_HIDDEN in await client.refusal("list_time", **asked)


async def test_missing_days_are_working_days_without_hours_or_a_day_off(pristine: Connection) -> None:
    today = dt.datetime.now(dt.UTC).date()
    monday = today - DAY * today.weekday() - 7 * DAY
    with psycopg.connect(pristine.database) as database:
        database.execute("delete from time_spent where date between %s and %s", (monday, today))
        database.execute(
            "insert into day_off (id, date, end_date, person_id) select gen_random_uuid(), %s, %s, id from person "
            "where last_name = 'Marchand'",
            (monday + DAY, monday + 2 * DAY),
        )
    async with connected(pristine) as client:
        answer = await client.ask(
            "list_time", under="Robo Garden", period=f"{monday}..{monday + 6 * DAY}", show=["missing days"]
        )
        missing = told(answer)
        assert "missing days: no hours on what was asked for; there may be some elsewhere" in answer["notes"]
        assert missing["Theo Marchand"] == f"3: {monday}, {monday + 3 * DAY}..{monday + 4 * DAY}"
        assert missing["Mara Okafor"] == f"5: {monday}..{monday + 4 * DAY}"
        assert "Clara Núñez" not in missing
        assert "Piet Jansen" not in missing
        ahead = await client.ask("list_time", under="Robo Garden", period="next week", show=["missing days"])
        assert set(told(ahead).values()) == {0}
    async with connected(pristine, role="vendor") as client:
        notes = (await client.ask("list_time", show=["missing days"]))["notes"]
        assert "days off are not known here: your role may not see them" in notes


def weighted(kitsu: Connection, date: str) -> Counter[str]:
    """Frames by person: of tasks with logged time a share for each log, of others all of it over their working days."""
    frames = Counter[str]()
    by_task: dict[Any, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows(kitsu, LOGGED):
        by_task[row[6]].append(row)
    seen: set[Any] = set()
    for name, task, _, length, end, start, duration in rows(kitsu, SHOT_TASKS.format(date=date)):
        logs = by_task.get(task, [])
        if logs and task not in seen:
            for log in logs:
                frames[log[0]] += round(length * log[2] / duration)
        elif not logs and start is not None:
            span = [start + DAY * n for n in range((end - start).days + 1)]
            days = [one for one in span if one.weekday() < 5]
            frames[name] += round(length / max(len(days), 1)) * len(days)
        seen.add(task)
    return frames


async def test_quotas_are_counted_in_each_of_kitsus_modes(kitsu: Connection, client: Agent) -> None:
    asked: dict[str, Any] = {"under": "Robo Garden", "period": EVER}
    for mode, date in (("feedback", "task.end_date"), ("done", "done_date")):
        wanted: dict[str, Counter[str]] = defaultdict(Counter)
        for name, _, _, frames, day, *_ in rows(kitsu, SHOT_TASKS.format(date=date)):
            wanted[name].update({"shots": 1, "frames": frames, str(day): frames})
        answer = await client.ask("list_time", count=mode, **asked)
        assert {row[0]: row[1:3] for row in answer["rows"]} == {
            name: [one["shots"], one["frames"]] for name, one in wanted.items()
        }
        assert [row[3] for row in answer["rows"]] == pytest.approx([row[2] / 25 for row in answer["rows"]], abs=0.051)
        days = await client.ask("list_time", count=mode, group_by=["person", "day"], **asked)
        for row in days["rows"]:
            found = dict(zip(days["columns"][1:-1], row[1:-1], strict=True))
            assert found == {day: wanted[row[0]][day] for day in found}
    for mode, date in (("weighted", "task.end_date"), ("weighteddone", "done_date")):
        answer = await client.ask("list_time", count=mode, show=["frames"], **asked)
        assert told(answer) == pytest.approx(weighted(kitsu, date), abs=2)
    layout = await client.ask("list_time", count="done", task_type="Layout", group_by=["task type"], **asked)
    assert [row[0] for row in layout["rows"]] == ["Layout"]


async def test_a_productions_hours_are_one_request_whatever_the_period(kitsu: Connection) -> None:
    async with fault_proxy(kitsu.event_host) as proxy, connected(kitsu, host=proxy.url) as client:
        asked: dict[str, Any] = {"under": "Robo Garden", "group_by": ["person", "week"]}
        await client.ask("list_time", **asked)
        proxy.clear()
        whole = await client.ask("list_time", period="2016-01-01..today", **asked)
        assert (proxy.count(path_contains="time-spents"), len(proxy.requests)) == (1, 2)  # and the boards' probe
        first = await client.ask("list_time", period="2016-01-01..today", limit=2, **asked)
        rest = await client.ask("list_time", period="2016-01-01..today", limit=1000, next=first["next"], **asked)
        assert first["rows"] + rest["rows"] == whole["rows"]


async def test_periods_are_named_in_words_months_and_open_ranges(client: Agent) -> None:
    async def of(period: str) -> tuple[dt.date | None, dt.date | None]:
        first, last = (await client.ask("list_time", under="Robo Garden", period=period))["period"].split("..")
        return (dt.date.fromisoformat(first) if first else None), (dt.date.fromisoformat(last) if last else None)

    today = dt.date.fromisoformat((await client.ask("list_time", under="Robo Garden"))["today"][:10])
    monday = today - DAY * today.weekday()
    assert await of("This  Week") == (monday, monday + 6 * DAY)
    assert await of("last week") == (monday - 7 * DAY, monday - DAY)
    assert await of("last 7 days") == await of("7_days") == (today - 6 * DAY, today)
    assert await of("next 2 weeks") == (today, today + 13 * DAY)
    assert await of("2024-02") == (dt.date(2024, 2, 1), dt.date(2024, 2, 29))
    assert await of("2024-02..yesterday") == (dt.date(2024, 2, 1), today - DAY)
    assert await of("..last month") == (None, today.replace(day=1) - DAY)
    assert await of(EVER) == (None, None)
    assert await of("last year") == (dt.date(today.year - 1, 1, 1), dt.date(today.year - 1, 12, 31))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"period": "2026-03-31..2026-03-01"}, "period: '2026-03-31..2026-03-01' ends before it begins."),
        ({"period": "2026-13"}, "period: there is no '2026-13'."),
        ({"period": "2026-02-30"}, "period: '2026-02-30' is not a date. Write YYYY-MM-DD."),
        ({"period": "soon"}, "period: 'soon' is not a date."),
        ({"period": "0000-01"}, "period: there is no '0000-01'."),
        ({"period": "2016..2026"}, "period: '2016' is not a date."),
        ({"period": "..", "show": ["missing days"]}, "period: missing days are told of at most a year."),
        ({"show": ["missing days"], "group_by": ["task"]}, "show: missing days are a person's"),
        ({"show": ["frames"]}, "show: frames goes with quotas alone."),
        ({"show": ["estimate"], "count": "done"}, "show: estimate goes with minutes alone."),
        ({"count": "done", "group_by": ["task"]}, "group_by: Kitsu's quotas name no tasks."),
        ({"count": "done", "under": "Robo Garden/E01"}, "count: Kitsu's quotas are a whole production's."),
        ({"people": ["Theo Marchnd"]}, "No person 'Theo Marchnd'. Did you mean Theo Marchand"),
        ({"task_type": "Baking"}, "No task type 'Baking'."),
    ],
    ids=str,
)
async def test_what_cannot_be_told_is_refused_with_what_can(
    client: Agent, arguments: dict[str, Any], complaint: str
) -> None:
    assert (await client.refusal("list_time", **{"under": "Robo Garden"} | arguments)).startswith(complaint)


async def test_too_many_columns_are_refused_and_a_time_alone_is_not(pristine: Connection) -> None:
    with psycopg.connect(pristine.database) as database:
        database.execute(
            "insert into time_spent (id, duration, date, task_id, person_id) select gen_random_uuid(), 60, "
            "current_date - 400 + n, (select task_id from time_spent limit 1), "
            "(select id from person where last_name = 'Okafor') from generate_series(1, 80) n"
        )
    async with connected(pristine) as client:
        asked: dict[str, Any] = {"period": "2016-01-01..today", "people": ["Mara Okafor"]}
        refusal = await client.refusal("list_time", group_by=["person", "day"], **asked)
        assert refusal.startswith("80 columns of a day each do not fit: name a shorter period")
        assert (await client.ask("list_time", group_by=["day"], **asked))["total"] == 80
