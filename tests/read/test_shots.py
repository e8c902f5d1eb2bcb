"""Shots as a table: statuses by task type, further columns and filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from kitsu_tools.answers import LONGEST_CELL, WRITTEN_IN_KITSU
from support.api import ask
from support.client import connected

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent

pytestmark = pytest.mark.anyio

NOT_IN_STATUS = b"""
select sequence.name || '/' || shot.name from entity shot join entity sequence on sequence.id = shot.parent_id
join project on project.id = shot.project_id
where project.name = 'Salt Harbour' and not shot.canceled and exists (
  select from task join task_type on task_type.id = task.task_type_id
  join task_status on task_status.id = task.task_status_id
  where task.entity_id = shot.id and task_type.name = 'Animation' and task_status.short_name <> %(short)s)
order by 1
"""
STEPS = ["Storyboard", "Layout", "Animation", "Lighting", "Compositing"]
ARGUMENTS = "The arguments are: under, where, show, sort, group_by, limit, next. Nothing was done."


async def names(client: Agent, under: str, *where: str) -> list[str]:
    return [row[0] for row in (await client.ask("list_shots", under=under, where=where))["rows"]]


async def test_a_sequence_is_one_row_a_shot_and_one_column_a_task_type(client: Agent) -> None:
    answer = await client.ask("list_shots", under="Salt Harbour/SQ010")
    assert answer == {
        "under": "Salt Harbour/SQ010",
        "columns": ["shot", *STEPS],
        "rows": [
            ["SH0010", "done", "done", "wip, done", "wfa", "todo"],
            ["SH0020", "done", "done", "wfa", "todo", "todo"],
            ["SH0030", "done", "done", "retake", "todo", "todo"],
            ["SH0040", "done", "done", "done", "done", "done"],
        ],
        "total": 4,
    }


async def test_an_omitted_shot_is_left_out_and_said_to_be(client: Agent) -> None:
    answer = await client.ask("list_shots", under="Salt Harbour/SQ030")
    assert answer == {
        "under": "Salt Harbour/SQ030",
        "columns": ["shot", *STEPS],
        "rows": [
            ["SH0010", "done", "ready", "todo", "todo", "todo"],
            ["SH0020", "todo", "todo", "todo", "todo", "todo"],
        ],
        "total": 2,
        "notes": ["1 omitted left out"],
    }


async def test_a_name_with_a_slash_is_encoded_under_its_episode(client: Agent) -> None:
    answer = await client.ask("list_shots", under="Robo Garden/E02", where=["name=SH0045*"], show=["frames"])
    assert answer == {
        "under": "Robo Garden/E02",
        "columns": ["shot", "frames (in-out)", *STEPS],
        "rows": [["SQ02/SH0045%2Falt", "48 (1-48)", "wfa", "todo", "todo", "todo", "todo"]],
        "total": 1,
    }


FRAMES: list[tuple[int | None, dict[str, Any], str]] = [
    (48, {"frame_in": "1001"}, "48 (1001-1048)"),
    (48, {"frame_out": 1048}, "48 (1001-1048)"),
    (48, {"frame_in": "1001.0", "frame_out": " 1048.0 "}, "48 (1001-1048)"),
    (None, {"frame_in": 1001.0, "frame_out": "1048.5"}, "48 (1001-1048)"),
    (None, {"nb_frames": "48", "frame_in": 1001}, "48 (1001-1048)"),
    (0, {"frame_in": 0, "frame_out": "47"}, "48 (0-47)"),
    (48, {"frame_in": "1001", "frame_out": "1050"}, "48 (1001-1050: 50)"),
    (48, {"frame_in": "1050", "frame_out": "1001"}, "48 (1050-1001: ends before it begins)"),
    (None, {"frame_in": 1050, "frame_out": 1001}, "? (1050-1001: ends before it begins)"),
    (None, {"frame_in": "1001", "frame_out": "tbd"}, "1001-?"),
    (0, {"frame_in": True, "frame_out": "1048"}, "?-1048"),
    (48, {"frame_in": "", "frame_out": None}, "48"),
    (None, {"frame_in": "nan", "frame_out": "1e999"}, ""),
]


async def test_frames_say_what_follows_from_the_rest_and_where_they_contradict(pristine: Connection) -> None:
    statement = b"""update entity shot set nb_frames = %s, data = %s from entity sequence, entity episode
                    where sequence.id = shot.parent_id and episode.id = sequence.parent_id
                    and (episode.name, sequence.name, shot.name) = ('E01', 'SQ01', %s)"""
    expected = {f"SH{number:03}0": shown for number, (_, _, shown) in enumerate(FRAMES, start=1)}
    with psycopg.connect(pristine.database) as database:
        for name, (count, data, _) in zip(expected, FRAMES, strict=True):
            assert database.execute(statement, (count, Jsonb(data), name)).rowcount == 1
    for under in ("Robo Garden/E01/SQ01", "Robo Garden"):  # by the narrow routes and on the whole board
        async with connected(pristine) as client:
            rows = (await client.ask("list_shots", under=under, show="frames"))["rows"]
        assert {row[0].removeprefix("E01/SQ01/"): row[1] for row in rows}.items() >= expected.items()


async def test_the_narrow_way_and_the_whole_board_tell_the_same(kitsu: Connection) -> None:
    show = ["frames", "assignees", "due", "description", "id", "Difficulty", "Nb characters", "Stereo", "Lens"]
    async with connected(kitsu) as narrow, connected(kitsu) as whole:
        await whole.ask("list_shots", under="Salt Harbour")
        for sequence in ("SQ010", "SQ020", "SQ030"):
            under = f"Salt Harbour/{sequence}"
            expected = await whole.ask("list_shots", under=under, show=show)
            assert await narrow.ask("list_shots", under=under, show=show) == expected


async def test_further_columns_stand_as_kitsu_has_them(kitsu: Connection, client: Agent) -> None:
    token = kitsu.token("manager")
    answer = await client.ask(
        "list_shots",
        under="Salt Harbour/SQ010",
        where=["name=SH0030"],
        show=["frames", "id", "difficulty", "Stereo", "lens", "description", "assignees", "due"],
    )
    (row,) = answer["rows"]
    shot = ask(kitsu.host, f"data/shots/{row[2]}", token).body
    due = {
        task["task_type_name"]: task["due_date"][:10]
        for task in ask(kitsu.host, f"data/shots/{row[2]}/tasks", token).body
    }
    data = shot["data"]
    assert answer["columns"] == [
        "shot",
        "frames (in-out)",
        "id",
        f"Difficulty {WRITTEN_IN_KITSU}",
        f"Stereo {WRITTEN_IN_KITSU}",
        f"Lens {WRITTEN_IN_KITSU}",
        f"description {WRITTEN_IN_KITSU}",
        *STEPS,
    ]
    assert row == [
        "SH0030",
        f"{shot['nb_frames']} ({data['frame_in']}-{data['frame_out']})",
        shot["id"],
        data["difficulty"],
        data["stereo"],
        data["lens"],
        shot["description"],
        f"done · Ville Laine · due {due['Storyboard']}",
        f"done · due {due['Layout']}",
        f"retake · Aiko Hayashi · due {due['Animation']}",
        f"todo · Sam Adeyemi · due {due['Lighting']}",
        f"todo · Dev Patel · due {due['Compositing']}",
    ]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (["Animation=retake"], ["SQ010/SH0030"]),
        (["animation=waiting for review"], ["SQ010/SH0020", "SQ020/SH0030"]),
        (["Storyboard=done", "Layout!=done"], ["SQ020/SH0010", "SQ030/SH0010"]),
        (["name=sh001*", "Layout=ready,wip"], ["SQ020/SH0010", "SQ030/SH0010"]),
        (["assignee=Aiko Hayashi", "name=SH0030"], ["SQ010/SH0030", "SQ020/SH0030"]),
        (["Layout=todo"], ["SQ030/SH0020"]),
        (["Animation!=done", "Compositing!=todo"], []),
        (["Animation!=done", "name=SH0010"], ["SQ010/SH0010", "SQ020/SH0010", "SQ030/SH0010"]),
        (["name=SH9*"], []),
    ],
    ids=str,
)
async def test_all_filters_must_hold(client: Agent, where: list[str], expected: list[str]) -> None:
    assert await names(client, "Salt Harbour", *where) == expected


async def test_a_metadata_filter_finds_what_its_column_shows(client: Agent) -> None:
    shown = (await client.ask("list_shots", under="Salt Harbour", show=["Stereo", "Difficulty"]))["rows"]
    for value, yes in (("true", "yes"), ("false", "no")):
        expected = [row[0] for row in shown if row[1] == value]
        assert expected
        assert await names(client, "Salt Harbour", f"stereo={value}") == expected
        assert await names(client, "Salt Harbour", f"Stereo={yes}") == expected
    rest = [row[0] for row in shown if row[2] != "easy"]
    assert await names(client, "Salt Harbour", "Difficulty!=easy") == rest


async def test_a_negated_status_asks_for_a_task_that_is_in_another(pristine: Connection) -> None:
    """A shot without such a task has none; one of whose two such tasks one is done has one."""
    async with connected(pristine) as client:
        lost = (await client.ask("get_task", task="Salt Harbour/SQ020/SH0050:Animation"))["id"]
        path, token = f"data/tasks/{lost}?force=true", pristine.token("admin")
        assert ask(pristine.host, path, token, method="DELETE").status == 204
        for status in ("done", "todo", "wip"):
            with psycopg.connect(pristine.database) as database:
                rows = database.execute(NOT_IN_STATUS, {"short": status}).fetchall()
            found = await names(client, "Salt Harbour", f"Animation!={status}")
            assert found == [row[0] for row in rows]
            assert "SQ020/SH0050" not in found
            assert "SQ010/SH0010" in found


@pytest.mark.parametrize("where", ["Layout=done", '["Layout=done"]', ["Layout=done"]], ids=str)
async def test_one_filter_may_stand_alone_or_in_a_list_as_json(client: Agent, where: Any) -> None:
    answer = await client.ask("list_shots", under="Salt Harbour/SQ010", where=where, show="Frames")
    assert answer["columns"][1] == "frames (in-out)"
    assert answer["total"] == 4
    assert await client.ask("list_shots", under="Salt Harbour", where="", show="") == await client.ask(
        "list_shots", under="Salt Harbour"
    )


@pytest.mark.parametrize(
    ("where", "notes"),
    [
        (["Difficulty=Hrad"], [f"Difficulty {WRITTEN_IN_KITSU} has the values easy, hard, medium"]),
        (["Difficulty=hard", "Lens=8mm"], [f"Lens {WRITTEN_IN_KITSU} has the values 24mm, 35mm, 50mm, 85mm"]),
        (["name=SQ010/*"], ["name is the last part of an address alone; what stands before it goes into `under`"]),
        (["assignee=me"], ["me is the bot 'Manager Bot': for a person's tasks name the person"]),
        (["name=SH9*"], None),
    ],
    ids=str,
)
async def test_a_filter_that_finds_nothing_says_what_there_is(
    client: Agent, where: list[str], notes: list[str] | None
) -> None:
    answer = await client.ask("list_shots", under="Robo Garden", where=where)
    assert answer["total"] == 0
    assert answer.get("notes") == notes


async def test_a_checklist_is_shown_with_its_ticks_and_found_by_each(client: Agent) -> None:
    answer = await client.ask("list_shots", under="Salt Harbour", show=["delivery"])
    cells = {row[0]: row[1] for row in answer["rows"]}
    assert set(cells.values()) == {f"[{tick}] plates, [ ] sound, [x] slate" for tick in " x"}
    ticked = [name for name, cell in cells.items() if cell.startswith("[x] plates")]
    assert await names(client, "Salt Harbour", "Delivery=[x] plates") == ticked
    assert await names(client, "Salt Harbour", "Delivery=[ ] plates") == [name for name in cells if name not in ticked]


async def test_metadata_of_every_type_reads_as_text(pristine: Connection) -> None:
    token = pristine.token("admin")
    async with connected(pristine) as client:
        (row,) = (await client.ask("list_shots", under="Salt Harbour", where=["name=SH0050"], show=["id"]))["rows"]
        project = ask(pristine.host, f"data/shots/{row[1]}", token).body["project_id"]
        aiko = next(one for one in ask(pristine.host, "data/persons", token).body if one["first_name"] == "Aiko")
        values: dict[str, tuple[Any, str]] = {
            "taglist": (["rain", "night"], "rain, night"),
            "date": ("2026-03-02", "2026-03-02"),
            "url": ("https://example.com", "https://example.com"),
            "textarea": ("two\nlines", "two\nlines"),
            "person": (aiko["id"], "Aiko Hayashi"),
            "number": (0, "0"),
            "boolean": (False, "false"),
            "checklist": ("no checklist", "no checklist"),
        }
        for kind in values:
            body: dict[str, Any] = {
                "name": f"A {kind}",
                "data_type": kind,
                "entity_type": "Shot",
                "choices": [],
                "for_client": False,
            }
            path = f"data/projects/{project}/metadata-descriptors"
            assert ask(pristine.host, path, token, method="POST", body=body).status == 201
        data = {f"a_{kind}": value for kind, (value, _) in values.items()}
        assert ask(pristine.host, f"data/entities/{row[1]}", token, method="PUT", body={"data": data}).status == 200
    async with connected(pristine) as client:
        shown = await client.ask(
            "list_shots", under="Salt Harbour/SQ020", where="name=SH0050", show=[f"A {kind}" for kind in values]
        )
        for kind, wanted in (("taglist", "night"), ("person", "aiko hayashi"), ("boolean", "no")):
            assert await names(client, "Salt Harbour", f"A {kind}={wanted}") == ["SQ020/SH0050"]
    assert shown["rows"][0][1 : len(values) + 1] == [text for _, text in values.values()]


async def test_a_cell_is_cut_at_a_bound_and_says_so(pristine: Connection) -> None:
    text = "render log " * 40_000
    async with connected(pristine) as client:
        (row,) = (await client.ask("list_shots", under="Salt Harbour/SQ010", where="name=SH0030", show="id"))["rows"]
        body = {"description": text}
        path = f"data/entities/{row[1]}"
        assert ask(pristine.host, path, pristine.token("admin"), method="PUT", body=body).status == 200
        answer = await client.ask("list_shots", under="Salt Harbour/SQ010", show="description")
    cell = next(row[1] for row in answer["rows"] if row[0] == "SH0030")
    assert len(cell) <= LONGEST_CELL
    kept, _, said = cell.partition("…")
    assert text.startswith(kept)
    assert said == f" (+{len(text) - len(kept):,} characters)"
    assert answer["total"] == len(answer["rows"]) == 4


async def test_retakes_stand_with_each_task(client: Agent) -> None:
    shown = await client.ask("list_shots", under="Salt Harbour/SQ010", where="name=SH0040", show=["retakes", "due"])
    tasks = await client.ask("list_tasks", under="Salt Harbour/SQ010/SH0040", show="retakes")
    retakes = {row[0].removeprefix(":"): (row[3], row[4]) for row in tasks["rows"]}
    for step, cell in zip(shown["columns"][1:], shown["rows"][0][1:], strict=True):
        due, count = retakes[step]
        assert cell.split(" · ")[1:] == [f"due {due}"] * bool(due) + [f"{count} retake"] * bool(count)
    assert {count for _, count in retakes.values()} == {0, 1}


@pytest.mark.parametrize(
    ("page", "tool", "note"),
    [
        ("shots", "list_shots", ""),
        ("assets?search=lan", "list_assets", "of the link 'search=lan' was not read: this is all of Salt Harbour"),
        ("shots", "list_assets", "of the link its page 'shots' was not read: this is all of Salt Harbour"),
        ("shots", "list_tasks", "as the link's page shows: only shots"),
        ("", "list_tasks", ""),
    ],
)
async def test_a_page_link_of_which_a_part_counts_says_so(
    kitsu: Connection, client: Agent, page: str, tool: str, note: str
) -> None:
    projects = ask(kitsu.host, "data/projects/open", kitsu.token("manager")).body
    project = next(one["id"] for one in projects if one["name"] == "Salt Harbour")
    link = f"{kitsu.event_host}/productions/{project}/{page}"
    answer = await client.ask(tool, under=link, limit=1)
    notes = [one for one in answer.get("notes", []) if " link" in one]
    assert notes == ([note] if note else [])


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            {"where": ["foo=done"]},
            "where: nothing to filter by is called 'foo'. There are: name, description, assignee,",
        ),
        ({"where": ["Layout=dune"]}, "No status 'dune'. Did you mean done? Roles are todo, ready, wip,"),
        ({"where": ["Layout"]}, "where: 'Layout' is no filter. Write Layout=done, Animation!=todo,wip or name=SH01*."),
        ({"where": ["Layout="]}, "where: 'Layout=' is no filter."),
        ({"where": ["=done"]}, "where: '=done' is no filter."),
        ({"where": [" "]}, "where: ' ' is no filter."),
        ({"where": ["assignee=Bo Nobody"]}, "No person 'Bo Nobody'."),
        ({"show": ["foo"]}, "show: there is no column 'foo'. There are: assignees, due, retakes, frames, description,"),
        ({"show": [""]}, "show: there is no column ''."),
        ({"limit": 0}, f"limit: Input should be greater than or equal to 1. {ARGUMENTS}"),
        ({"limit": 10**9}, f"limit: Input should be less than or equal to 1000. {ARGUMENTS}"),
        ({"limit": -1}, "limit: Input should be greater than or equal to 1."),
        ({"under": "Salt Harbour/Prop"}, "Salt Harbour/Prop holds no shots; list_tasks shows what it has."),
        ({"under": "Salt Harbour/Edits"}, "Salt Harbour/Edits holds no shots;"),
        ({"under": "Salt Harbour/SQ010/SH0010"}, "Salt Harbour/SQ010/SH0010 holds no shots; get_task,"),
        ({"under": "Salt Harbour:Layout"}, "'Salt Harbour:Layout' is the address of a task; give Salt Harbour here."),
        ({"under": "Salt Harbour/SQ040"}, "Nothing in Salt Harbour is called 'SQ040'. Did you mean SQ010"),
        (
            {"under": "\u202e🎬/\x07"},
            "No production '\\u202e🎬' that you may see. There are: Robo Garden, Salt Harbour.",
        ),
    ],
    ids=str,
)
async def test_what_cannot_be_used_is_named_with_what_can(
    client: Agent, arguments: dict[str, Any], complaint: str
) -> None:
    assert (await client.refusal("list_shots", **({"under": "Salt Harbour"} | arguments))).startswith(complaint)
