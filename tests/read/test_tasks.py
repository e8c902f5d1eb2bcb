"""Lists of tasks: by status, person and day, with further columns, in any order."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from kitsu_tools.tracker.errors import counted
from kitsu_tools.tracker.statuses import ROLES
from kitsu_tools.tracker.visibility import PLANS_HIDDEN
from support.client import connected

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent, Mode

pytestmark = pytest.mark.anyio

COLUMNS = ["task", "status", "assignees", "due"]
KIRITIMATI = "Pacific/Kiritimati"  # 14 hours before UTC, so that "today" differs from the machine's
COUNT = """
select count(*) from task join entity on entity.id = task.entity_id join project on project.id = entity.project_id
join task_status on task_status.id = task.task_status_id join task_type on task_type.id = task.task_type_id
where project.name = 'Robo Garden' and not entity.canceled and """


def count(kitsu: Connection, condition: str, query: str = COUNT) -> int:
    with psycopg.connect(kitsu.database) as database:
        found = database.execute((query + condition).encode()).fetchone()
    assert found is not None
    return found[0]


async def addresses(client: Agent, **arguments: Any) -> list[str]:
    return [row[0] for row in (await client.ask("list_tasks", **arguments))["rows"]]


async def test_tasks_come_earliest_due_date_first_undated_last(client: Agent) -> None:
    answer = await client.ask("list_tasks", under="Robo Garden", limit=1000)
    due = [row[3] for row in answer["rows"]]
    assert answer["columns"] == COLUMNS
    assert due == sorted(due, key=lambda day: day or "9999")
    assert {"E01:Script", "Edits/E01 edit:Edit", "Concepts/Greenhouse at night:Concept", "E01/SQ01:Color Script"} < {
        row[0] for row in answer["rows"]
    }


@pytest.mark.parametrize(
    ("arguments", "condition"),
    [
        ({}, "true"),
        ({"status": ["wfa"]}, "task_status.short_name = 'wfa'"),
        ({"status": ["Waiting For Approval"]}, "task_status.short_name = 'wfa'"),
        ({"status": ["waiting for review"]}, "task_status.is_feedback_request"),
        ({"status": ["done"]}, "task_status.is_done"),
        ({"status": ["TODO"]}, "(task_status.is_default or task_status.short_name = 'neutral')"),
        ({"status": ["retake", "wip"]}, "task_status.short_name in ('retake', 'wip')"),
        ({"status": ["oldhold"]}, "task_status.short_name = 'oldhold'"),
        ({"status": ["other"]}, "task_status.short_name in ('oldhold', 'rejected')"),
        ({"assignee": "nobody"}, "not exists (select from task_person_link where task_id = task.id)"),
        (
            {"assignee": "theo marchand"},
            "exists (select from task_person_link link join person on person.id = link.person_id "
            "where link.task_id = task.id and person.first_name = 'Theo')",
        ),
        (
            {"task_type": "animation", "status": ["wfa"]},
            "task_type.name = 'Animation' and task_status.short_name = 'wfa'",
        ),
        ({"task_type": "Concept"}, "task_type.name = 'Concept'"),
        ({"task_type": "Layout, Animation"}, "task_type.name in ('Layout', 'Animation')"),
    ],
    ids=str,
)
async def test_filters_count_what_the_database_counts(
    kitsu: Connection, client: Agent, arguments: dict[str, Any], condition: str
) -> None:
    answer = await client.ask("list_tasks", under="Robo Garden", limit=1, **arguments)
    assert answer["total"] == count(kitsu, condition) > 0


async def test_the_pages_hold_every_task_exactly_once(client: Agent) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        page = await client.ask("list_tasks", under="Robo Garden", limit=50, next=cursor)
        seen += [row[0] for row in page["rows"]]
        cursor = page.get("next", "")
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == page["total"]


async def test_the_tasks_of_a_place_are_those_at_it_and_below_it(client: Agent) -> None:
    assert await addresses(client, under="Robo Garden/E02", task_type="Script") == [":Script"]
    assert await addresses(client, under="Robo Garden/Edits") == ["E01 edit:Edit", "E02 edit:Edit"]
    assert await addresses(client, under="Salt Harbour/SQ030", task_type="Storyboard") == [
        "SH0010:Storyboard",
        "SH0020:Storyboard",
    ]
    assert await addresses(client, under="Salt Harbour/SQ020", task_type="Color Script") == [":Color Script"]
    shot = await addresses(client, under="Salt Harbour/SQ010/SH0030")
    assert sorted(shot) == [f":{step}" for step in ("Animation", "Compositing", "Layout", "Lighting", "Storyboard")]
    anchor = await client.ask("list_tasks", under="Salt Harbour/Prop/Old anchor")
    assert anchor["total"] == 0


PLACES = [
    "Salt Harbour",
    "Salt Harbour/SQ010",
    "Salt Harbour/SQ010/SH0010",
    "Salt Harbour/Prop",
    "Salt Harbour/Prop/Lantern",
    "Salt Harbour/Edits",
    "Salt Harbour/Edits/Main edit",
    "Salt Harbour/Concepts",
    "Salt Harbour/Concepts/Storm light",
    "Robo Garden",
    "Robo Garden/E01",
    "Robo Garden/E02/SQ02",
    "Robo Garden/Edits/E01 edit",
]


@pytest.mark.parametrize("place", PLACES)
async def test_under_and_a_cell_put_together_are_the_tasks_address(kitsu: Connection, place: str) -> None:
    async with connected(kitsu) as client:
        answer = await client.ask("list_tasks", under=place, limit=1000)
        # One of each kind will do: what is below them is written alike.
        kinds = {(row[0].partition(":")[2], row[0].count("/")): row[0] for row in answer["rows"]}
        assert kinds
        for cell in kinds.values():
            whole = (await client.ask("get_task", task=f"{answer['under']}/{cell}"))["task"]
            assert whole == f"{answer['under']}/{cell}".replace("/:", ":")
            if cell.startswith(":"):
                assert (await client.ask("get_task", task=f"{answer['under']}{cell}"))["task"] == whole


@pytest.mark.parametrize(
    ("tool", "place"),
    [("list_shots", one) for one in ("Salt Harbour", "Robo Garden/E01")]
    + [("list_assets", one) for one in ("Salt Harbour", "Salt Harbour/Prop", "Robo Garden/E01")],
)
async def test_under_and_a_cell_put_together_are_the_entitys_address(client: Agent, tool: str, place: str) -> None:
    answer = await client.ask(tool, under=place)
    assert answer["rows"]
    for whole in (f"{answer['under']}/{row[0]}" for row in answer["rows"]):
        assert (await client.ask("list_tasks", under=whole))["under"] == whole


async def test_one_status_may_stand_alone_or_in_a_list_as_json(client: Agent) -> None:
    asked = {"under": "Robo Garden", "limit": 1000}
    expected = await client.ask("list_tasks", status=["wip"], **asked)
    assert await client.ask("list_tasks", status="wip", **asked) == expected
    assert await client.ask("list_tasks", status='["wip"]', **asked) == expected
    assert await client.ask("list_tasks", status="", **asked) == await client.ask("list_tasks", **asked)


async def test_a_bot_that_asks_for_its_own_tasks_is_told_who_it_is(client: Agent) -> None:
    answer = await client.ask("list_tasks", under="Salt Harbour", assignee="Me")
    assert answer["total"] == 0
    assert answer["notes"] == ["me is the bot 'Manager Bot': for a person's tasks name the person"]


@pytest.mark.parametrize(
    ("arguments", "condition"),
    [
        ({}, "true"),
        ({"status": "todo"}, "task_status.short_name in ('todo', 'neutral')"),
        ({"task_type": "Layout"}, "task_type.name = 'Layout'"),
    ],
    ids=str,
)
async def test_only_tasks_that_the_filters_would_find_are_said_to_be_left_out(
    kitsu: Connection, client: Agent, arguments: dict[str, Any], condition: str
) -> None:
    answer = await client.ask("list_tasks", under="Salt Harbour", limit=1, **arguments)
    query = COUNT.replace("Robo Garden", "Salt Harbour").replace("not entity", "entity")
    left_out = count(kitsu, condition, query)
    assert answer["notes"] == [f"{counted(left_out, 'task')} of omitted entities left out"]
    assert 0 < left_out <= 9


async def test_me_is_who_the_server_is_signed_in_as(kitsu: Connection, mode: Mode) -> None:
    async with connected(kitsu, role="user", mode=mode) as client:
        answer = await client.ask("list_tasks", under="Robo Garden", assignee="me")
    assert [row[:3] for row in answer["rows"]] == [["E02/SQ02/SH0010:Animation", "wip", "User Bot"]]
    assert answer["total"] == 1


@pytest.mark.parametrize("zone", ["", KIRITIMATI, "Pacific/Niue"])
async def test_overdue_and_today_go_by_the_zone_and_name_it(kitsu: Connection, zone: str, mode: Mode) -> None:
    before = dt.datetime.now(dt.UTC)
    async with connected(kitsu, mode=mode, KITSU_TIMEZONE=zone) as client:
        everything = await client.ask("list_tasks", under="Robo Garden", limit=1000)
        overdue = await client.ask("list_tasks", under="Robo Garden", due="overdue", limit=1000)
        today = await client.ask("list_tasks", under="Robo Garden", due="today", limit=1000)
    day, named = overdue["today"].split()
    assert today["today"] == overdue["today"]
    if zone:
        assert named == zone
        moments = (before, dt.datetime.now(dt.UTC))
        assert day in {moment.astimezone(ZoneInfo(zone)).date().isoformat() for moment in moments}
    assert overdue["rows"] == [
        row for row in everything["rows"] if "" < row[3] < day and row[1] not in {"done", "approved", "omit"}
    ]
    assert today["rows"] == [row for row in everything["rows"] if row[3] == day]
    assert overdue["rows"]


async def test_due_takes_a_day_and_ranges_open_at_either_end(client: Agent) -> None:
    rows = (await client.ask("list_tasks", under="Salt Harbour", limit=1000))["rows"]
    days = sorted({row[3] for row in rows if row[3]})
    first, second, last = days[0], days[3], days[-1]

    async def of(due: str) -> list[list[str]]:
        answer = await client.ask("list_tasks", under="Salt Harbour", due=due, limit=1000)
        assert "today" not in answer
        return answer["rows"]

    assert await of(first) == [row for row in rows if row[3] == first]
    assert await of(f"{first}..{second}") == [row for row in rows if first <= row[3] <= second]
    assert await of(f"..{second}") == [row for row in rows if row[3] and row[3] <= second]
    assert await of(f"{second}..") == [row for row in rows if row[3] >= second]
    assert await of("..") == [row for row in rows if row[3]]
    assert await of(f"{last}..9999-12-31") == [row for row in rows if row[3] == last]


async def test_due_takes_words_in_any_case_alone_and_as_ends_of_a_range(kitsu: Connection) -> None:
    async with connected(kitsu, KITSU_TIMEZONE=KIRITIMATI) as client:
        rows = (await client.ask("list_tasks", under="Robo Garden", limit=1000))["rows"]
        stamp = (await client.ask("list_tasks", under="Robo Garden", due="today"))["today"]
        today = dt.date.fromisoformat(stamp.split()[0])

        async def days(due: str) -> set[str]:
            answer = await client.ask("list_tasks", under="Robo Garden", due=due, limit=1000)
            assert answer["today"] == stamp
            assert answer["rows"] == [row for row in rows if row[3] in {one[3] for one in answer["rows"]}]
            return {row[3] for row in answer["rows"]}

        def those(first: dt.date, last: dt.date) -> set[str]:
            return {row[3] for row in rows if row[3] and first.isoformat() <= row[3] <= last.isoformat()}

        day, monday = dt.timedelta(days=1), today - dt.timedelta(days=today.weekday())
        assert await days("TODAY") == those(today, today)
        assert await days("tomorrow") == those(today + day, today + day)
        assert await days(" Yesterday") == those(today - day, today - day)
        assert await days("This week") == those(monday, monday + 6 * day)
        assert await days(f"{today - 20 * day}..today") == those(today - 20 * day, today)
        assert await days("tomorrow .. ") == those(today + day, dt.date.max)
        assert await days("Overdue") < those(dt.date.min, today - day)


async def test_further_columns_name_their_units_and_the_zone(kitsu: Connection) -> None:
    async with connected(kitsu, KITSU_TIMEZONE="Asia/Tokyo") as client:
        answer = await client.ask(
            "list_tasks",
            under="Salt Harbour/SQ010/SH0020",
            show=["Start", "done", "estimate", "spent", "priority", "retakes", "last_comment"],
        )
        for address, status, _, _, *cells in answer["rows"]:
            task = await client.ask("get_task", task=f"{answer['under']}{address}")
            newest = task.get("comments", [[""]])[0][0]
            keys = ("start", "done", "estimate_minutes", "spent_minutes", "priority", "retakes")
            start, done, *numbers = (task.get(key) for key in keys)
            assert cells[0] == start
            assert bool(cells[1]) == bool(done) == (status == "done")
            assert cells[2:6] == numbers
            assert cells[6] == newest
    assert answer["columns"][4:] == [
        "start",
        "done (UTC date)",
        "estimate (minutes)",
        "spent (minutes)",
        "priority (0 to 3)",
        "retakes",
        "last comment (Asia/Tokyo)",
    ]


@pytest.mark.parametrize("column", ["retakes", "priority", "estimate", "last comment", "start"])
async def test_a_column_with_a_minus_sorts_highest_first_then_by_due_date(client: Agent, column: str) -> None:
    by_due_date = await client.ask("list_tasks", under="Robo Garden", show=column, limit=1000)
    ordered = await client.ask("list_tasks", under="Robo Garden", show=f"-{column}", limit=1000)
    assert ordered["columns"] == by_due_date["columns"]
    assert ordered["rows"] == sorted(by_due_date["rows"], key=lambda row: row[4], reverse=True)
    assert ordered["rows"] != by_due_date["rows"]


async def test_the_cursor_of_one_order_is_not_that_of_another(client: Agent) -> None:
    page = await client.ask("list_tasks", under="Robo Garden", show="-retakes", limit=3)
    again = await client.refusal("list_tasks", under="Robo Garden", show="retakes", limit=3, next=page["next"])
    assert again.startswith("This `next` belongs to another question.")


async def test_the_narrow_way_and_the_whole_board_show_the_same_columns(kitsu: Connection) -> None:
    show = ["start", "done", "estimate", "spent", "priority", "retakes", "-last comment"]
    async with connected(kitsu) as narrow, connected(kitsu) as whole:
        await whole.ask("list_tasks", under="Salt Harbour")
        expected = await whole.ask("list_tasks", under="Salt Harbour/SQ020", show=show)
        assert await narrow.ask("list_tasks", under="Salt Harbour/SQ020", show=show) == expected


async def test_tasks_stand_in_the_same_order_whichever_way_their_board_was_read(kitsu: Connection) -> None:
    """Zou's routes order the tasks of a shot each in its own way, and a list may go on after the way has changed."""
    async with connected(kitsu) as narrow, connected(kitsu) as whole:
        await whole.ask("list_tasks", under="Salt Harbour")
        for tool in ("list_tasks", "list_shots"):
            expected = await whole.ask(tool, under="Salt Harbour/SQ010")
            assert await narrow.ask(tool, under="Salt Harbour/SQ010") == expected
        expected = await whole.refusal("get_task", task="Salt Harbour/SQ010/SH0010")
        assert await narrow.refusal("get_task", task="Salt Harbour/SQ010/SH0010") == expected


async def test_what_the_role_may_not_see_is_said(kitsu: Connection) -> None:
    async with connected(kitsu, role="client") as client:
        answer = await client.ask("list_tasks", under="Salt Harbour", limit=1)
        refusals = [
            await client.refusal("list_tasks", under="Salt Harbour", **filters)
            for filters in ({"assignee": "nobody"}, {"due": "overdue"}, {"show": "-retakes"})
        ]
        refusals.append(await client.refusal("list_shots", under="Salt Harbour/SQ010", where=["assignee=nobody"]))
        task = await client.ask("get_task", task="Salt Harbour/SQ010/SH0010:Layout")
        shots = await client.ask("list_shots", under="Salt Harbour/SQ010", show=["due"])
        plain = await client.ask("list_shots", under="Salt Harbour/SQ010")
    assert answer["notes"] == [
        "9 tasks of omitted entities left out",
        "concepts are not counted: your role may not see them",
        PLANS_HIDDEN,
    ]
    assert refusals == [
        f"{argument}: {PLANS_HIDDEN}. Ask without it." for argument in ("assignee", "due", "show", "assignee")
    ]
    assert task["hidden"] == PLANS_HIDDEN
    assert not {"assignees", "start", "due", "estimate_minutes", "spent_minutes", "priority", "retakes"} & task.keys()
    assert PLANS_HIDDEN in shots["notes"]
    assert PLANS_HIDDEN not in plain.get("notes", [])


async def test_a_client_is_shown_nobodys_name_where_zou_forgets_to_hide_it(kitsu: Connection) -> None:
    async def color_scripts(role: str) -> list[list[str]]:
        async with connected(kitsu, role=role) as agent:
            return (await agent.ask("list_tasks", under="Salt Harbour", task_type="Color Script"))["rows"]

    known, shown = await color_scripts("manager"), await color_scripts("client")
    assert any(row[2] for row in known)
    assert len(shown) == len(known)
    assert {(row[2], row[3]) for row in shown} == {("", "")}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"status": ["retaek"]}, "No status 'retaek'. Did you mean retake? Roles are todo, ready, wip,"),
        ({"status": [""]}, "No status ''."),
        ({"task_type": "Baking"}, "No task type 'Baking'."),
        ({"assignee": "Bo Nobody"}, "No person 'Bo Nobody'."),
        ({"assignee": "Bot"}, "'Bot' is not one person but 6: Admin Bot, Manager Bot,"),
        (
            {"due": "soon"},
            "due: 'soon' is not a date. Write YYYY-MM-DD. Or overdue, FROM..TO (YYYY-MM-DD), 2026-03,",
        ),
        ({"due": "tomorrow..Yesterday"}, "due: 'tomorrow..Yesterday' ends before it begins."),
        ({"status": ["review"]}, "No status 'review'. Did you mean the role waiting for review?"),
        ({"status": '["wip"'}, 'status: give a list, such as ["…", "…"]. The arguments are:'),
        (
            {"show": ["retaeks"]},
            "show: there is no column 'retaeks'. There are: start, done, estimate, spent, priority, retakes, last",
        ),
        ({"due": "2026-02-30"}, "due: '2026-02-30' is not a date."),
        ({"due": "2026-02-02..2026-02-01"}, "due: '2026-02-02..2026-02-01' ends before it begins."),
        ({"due": "2026-02-01...2026-02-02"}, "due: '.2026-02-02' is not a date."),
        ({"limit": 0}, "limit: Input should be greater than or equal to 1."),
        ({"limit": 10**9}, "limit: Input should be less than or equal to 1000."),
        ({"next": "?"}, "This `next` was not made by this tool."),
        ({"under": "Salt Harbour/SQ010/SH0030:Layout"}, "'Salt Harbour/SQ010/SH0030:Layout' is the task"),
    ],
    ids=str,
)
async def test_what_cannot_be_used_is_named(client: Agent, arguments: dict[str, Any], complaint: str) -> None:
    assert (await client.refusal("list_tasks", **({"under": "Salt Harbour"} | arguments))).startswith(complaint)


def test_the_description_names_every_role() -> None:
    from kitsu_tools.read.tasks import list_tasks

    assert ", ".join(ROLES) in " ".join((list_tasks.__doc__ or "").split())
