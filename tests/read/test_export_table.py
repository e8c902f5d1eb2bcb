"""`export_table`, as an agent drives it, on the real sandbox Kitsu."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import opentimelineio as otio  # pyright: ignore[reportMissingTypeStubs]
import psycopg
import pytest
from openpyxl import load_workbook

from kitsu_tools.read import export_table
from support.api import ask
from support.client import connected

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio


def rows_of(path: str | Path) -> list[list[str]]:
    return list(csv.reader(Path(path).read_text(encoding="utf-8-sig").splitlines()))


def names_in(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


async def test_all_pages_of_a_list_come_into_one_file_as_the_tool_tells_them(kitsu: Connection, tmp_path: Path) -> None:
    asked = {"under": "Robo Garden", "sort": ["-due"]}
    async with connected(kitsu, KITSU_FOLDERS=str(tmp_path)) as client:
        table = await client.ask("list_tasks", **asked, limit=1000)
        for name in ("tasks.csv", "tasks.xlsx"):
            saved = await client.ask("export_table", table="list_tasks", file=name, arguments=asked)
            assert saved["rows_saved"] == table["total"] == len(table["rows"])
        grouped = await client.ask("list_tasks", **asked | {"sort": []}, group_by=["status"])
        await client.ask(
            "export_table",
            table="list_tasks",
            file="groups.csv",
            arguments={"under": "Robo Garden", "group_by": "status"},
        )
    told = [[str(cell) for cell in row] for row in table["rows"]]
    from_csv = rows_of(tmp_path / "tasks.csv")
    assert from_csv[0] == [one.partition(" (written in Kitsu")[0] for one in table["columns"]]
    assert [[*row[:1], *row[2:4]] for row in from_csv[1:]] == [[*row[:1], *row[2:4]] for row in told]
    book = load_workbook(tmp_path / "tasks.xlsx")
    sheet: Any = book.active
    assert [[str(one.value or "") for one in row] for row in sheet.iter_rows()] == from_csv
    assert sheet.auto_filter.ref.endswith(str(len(from_csv)))
    assert [row[0] for row in rows_of(tmp_path / "groups.csv")[1:]] == [row[0] for row in grouped["rows"]]


async def test_a_text_that_a_spreadsheet_would_run_stays_a_text(pristine: Connection, tmp_path: Path) -> None:
    runs = '=HYPERLINK("http://127.0.0.1/?"&A1,"look")'
    token = pristine.token("admin")
    shots = ask(pristine.host, "data/shots?name=SH0010", token).body
    ask(pristine.host, f"data/entities/{shots[0]['id']}", token, method="PUT", body={"description": runs})
    async with connected(pristine, KITSU_FOLDERS=str(tmp_path)) as client:
        project = next(
            one["name"]
            for one in ask(pristine.host, "data/projects", token).body
            if one["id"] == shots[0]["project_id"]
        )
        asked = {"under": project, "show": ["description"]}
        said = await client.ask("export_table", table="list_shots", file="a.csv", arguments=asked)
        await client.ask("export_table", table="list_shots", file="a.xlsx", arguments=asked)
    assert "1 cell with ' before what a spreadsheet would calculate" in said["notes"]
    assert f"'{runs}" in [cell for row in rows_of(said["saved"]) for cell in row]
    sheet: Any = load_workbook(tmp_path / "a.xlsx").active
    every: list[Any] = [one for row in sheet.iter_rows() for one in row]
    (cell,) = [one for one in every if one.value == runs]
    assert cell.data_type == "s"


async def test_a_cut_has_every_shot_with_frames_in_order(kitsu: Connection, tmp_path: Path) -> None:
    async with connected(kitsu, KITSU_FOLDERS=str(tmp_path)) as client:
        said = await client.ask(
            "export_table", table="list_shots", file="E01.otio", arguments={"under": "Robo Garden/E01"}
        )
    io: Any = otio
    timeline = io.adapters.read_from_file(said["saved"])
    clips = list(timeline.find_clips())
    with psycopg.connect(kitsu.database) as database:
        rows = database.execute(
            "select shot.id::text, shot.name, sequence.name, shot.nb_frames, shot.data ->> 'frame_in' from entity shot "
            "join entity sequence on sequence.id = shot.parent_id join entity episode on episode.id = "
            "sequence.parent_id "
            "join project on project.id = shot.project_id where project.name = 'Robo Garden' and episode.name = 'E01' "
            "and not shot.canceled and shot.nb_frames > 0 order by sequence.name, shot.name"
        ).fetchall()
    assert [clip.metadata["kitsu"]["id"] for clip in clips] == [row[0] for row in rows]
    assert [clip.name for clip in clips] == [f"E01/{row[2]}/{row[1]}" for row in rows]
    assert [clip.duration().to_frames() for clip in clips] == [row[3] for row in rows]
    assert [clip.source_range.start_time.to_frames() for clip in clips] == [int(row[4] or 0) for row in rows]
    assert (said["clips"], said["frames"]) == (len(rows), sum(row[3] for row in rows))


async def test_a_file_that_may_not_be_or_a_list_that_is_none_is_refused_and_nothing_is_left(
    kitsu: Connection, tmp_path: Path
) -> None:
    mine = tmp_path / "there.csv"
    mine.write_text("mine")
    (tmp_path / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    refused = {
        ("list_projects", "there.csv"): "is there already, and nothing is overwritten",
        ("list_projects", "link.csv"): "leads over a link",
        ("list_projects", "../out.csv"): "holds ..",
        ("list_projects", "nowhere/out.csv"): "lies in no folder that is there",
        ("list_projects", "out.html"): "Write one that ends in .csv or .xlsx or .otio",
        ("list_projects", "out.otio"): "A cut is of list_shots",
    }
    async with connected(kitsu, KITSU_FOLDERS=str(tmp_path)) as client:
        for (table, name), why in refused.items():
            assert why in await client.refusal("export_table", table=table, file=name)
        for arguments, why in (
            ({"under": "Nowhere"}, "Nowhere"),
            ({"below": "Salt Harbour"}, "list_tasks has no argument 'below'"),
            ({"limit": 5}, "limit and next are not for a file"),
        ):
            assert why in await client.refusal("export_table", table="list_tasks", file="new.csv", arguments=arguments)
    async with connected(kitsu) as client:
        assert "Set KITSU_FOLDERS" in await client.refusal("export_table", table="list_projects", file="new.csv")
    assert names_in(tmp_path) == ["link.csv", "there.csv"]
    assert (tmp_path / "there.csv").read_text() == "mine"


async def test_a_list_that_changes_while_it_is_read_is_read_again_from_its_beginning(
    pristine: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_table, "PAGE_ROWS", 2)
    token, made = pristine.token("admin"), list[str]()
    project = next(one for one in ask(pristine.host, "data/projects", token).body if one["name"] == "Salt Harbour")
    sequence = ask(pristine.host, f"data/projects/{project['id']}/sequences", token).body[0]

    async def make(progress: float, total: float | None, message: str | None) -> None:
        del progress, total, message
        if not made:
            path, body = f"data/projects/{project['id']}/shots", {"name": "AA0001", "sequence_id": sequence["id"]}
            made.append(ask(pristine.host, path, token, method="POST", body=body).body["id"])

    given = {"table": "list_shots", "file": "shots.csv", "arguments": {"under": "Salt Harbour"}}
    async with connected(pristine, KITSU_FOLDERS=str(tmp_path)) as client:
        await client.mcp.call_tool("export_table", given, progress_callback=make)
        table = await client.ask("list_shots", under="Salt Harbour", limit=1000)
    assert made
    assert len(table["rows"]) > 10
    assert [row[0] for row in rows_of(tmp_path / "shots.csv")[1:]] == [row[0] for row in table["rows"]]
