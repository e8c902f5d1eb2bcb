"""Any list as a file: all its pages as CSV or XLSX, or the shots of a cut as OTIO."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from anyio import to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import WRITTEN_IN_KITSU, answer
from kitsu_tools.arguments import KitsuHere
from kitsu_tools.exchange.edits import Clip, otio_of
from kitsu_tools.exchange.sheets import calculated, csv_of, require_extra, xlsx_of
from kitsu_tools.folders import place_for_new, save_new
from kitsu_tools.paging import LIST_CHANGED
from kitsu_tools.read.filters import entity_filters
from kitsu_tools.tracker.below import below
from kitsu_tools.tracker.errors import BadInput, counted, listed
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Entity
from kitsu_tools.tracker.review import fps_of

ENDINGS = {".csv": "", ".xlsx": "openpyxl", ".otio": "opentimelineio"}
"""By the ending of a file, what writes it."""
MOST_ROWS = 100_000
PAGE_ROWS = 1000
MOST_TRIES = 3
CUT_SHORT = " characters)"
"""How a cell ends of which an answer holds a part (`answers.shortened`)."""

Exported = Literal[
    "list_shots",
    "list_assets",
    "list_entities",
    "list_tasks",
    "get_casting",
    "list_previews",
    "list_comments",
    "list_people",
    "list_time",
    "get_workload",
    "get_schedule",
    "list_events",
    "get_playlist",
    "list_projects",
]


@dataclass(frozen=True, slots=True)
class Whole:
    """All rows of a list, with what its answers said of them."""

    columns: Sequence[str]
    rows: list[list[Any]]
    under: str
    notes: Sequence[str]


async def export_table(
    kitsu: KitsuHere,
    ctx: Context,
    table: Annotated[Exported, Field(description="whose rows")],
    file: Annotated[
        str, Field(description="new file in a folder of KITSU_FOLDERS: .csv, .xlsx, or of list_shots .otio (the cut)")
    ],
    arguments: Annotated[
        Mapping[str, Any],
        Field(description="that tool's own: under, where, sort, group_by …; all pages are taken"),
    ] = {},
) -> CallToolResult:
    """Save what a list tool answers, all rows of it, as a file for people: only if a file is wanted.

    Changes nothing in Kitsu, overwrites no file, and says where the file is.
    """
    await kitsu.directory.me.get()
    place = await to_thread.run_sync(_place, file, kitsu.studio.folders)
    ending = place.suffix.lower()
    if ENDINGS[ending]:
        require_extra(ENDINGS[ending])
    if ending == ".otio":
        return await _cut(kitsu, table, arguments, place)
    if "next" in arguments or "limit" in arguments:
        raise BadInput("arguments: limit and next are not for a file, which has all rows.")
    whole = await _whole(table, arguments, ctx)
    made = csv_of if ending == ".csv" else partial(xlsx_of, title=table)
    content = await to_thread.run_sync(made, whole.columns, whole.rows)
    await to_thread.run_sync(save_new, place, content, "file")
    cut = sum(isinstance(cell, str) and cell.endswith(CUT_SHORT) for row in whole.rows for cell in row)
    quoted = calculated(whole.rows) if ending == ".csv" else 0
    return answer(
        {
            "saved": str(place),
            "rows_saved": len(whole.rows),
            "columns": list(whole.columns),
            "under": whole.under,
            "notes": [
                *whole.notes,
                f"{counted(cut, 'cell')} cut short, as long texts are in answers" if cut else "",
                f"{counted(quoted, 'cell')} with ' before what a spreadsheet would calculate" if quoted else "",
            ],
        }
    )


def _place(file: str, folders: Sequence[Path]) -> Path:
    return place_for_new(file, folders, "file", tuple(ENDINGS), "such a file")


async def _whole(table: str, arguments: Mapping[str, Any], ctx: Context) -> Whole:
    """All pages of a list; from its beginning again where it changed meanwhile.

    Raises:
        BadInput: it has too many rows, is no table, or changes all the time.
        ToolError: the list refused.
    """
    offered = next((one for one in await ctx.mcp_server.list_tools() if one.name == table), None)
    if offered is None:
        raise BadInput(f"{table} is not offered by this server: KITSU_TOOLSETS says what is. No file was made.")
    paged = "limit" in offered.input_schema["properties"]
    for _ in range(MOST_TRIES):
        rows: list[list[Any]] = []
        said: dict[str, Any] = {"next": ""}
        notes: dict[str, None] = {}
        while "next" in said:
            more = {"limit": PAGE_ROWS, "next": said["next"]} if paged else {}
            said = _said(await ctx.mcp_server.call_tool(table, {**arguments, **more}, ctx), table)
            notes |= dict.fromkeys(said.get("notes", ()))
            rows += said["rows"]
            if max(len(rows), said.get("total", 0)) > MOST_ROWS:
                raise BadInput(f"The list has more than {MOST_ROWS:,} rows: narrow it. No file was made.")
            await ctx.report_progress(len(rows), said.get("total", len(rows)))
        if not any(one.startswith(LIST_CHANGED) for one in notes):
            columns = [one.removesuffix(WRITTEN_IN_KITSU).strip() for one in said["columns"]]
            return Whole(columns, rows, said.get("under", ""), list(notes))
    raise BadInput(f"The list changed {MOST_TRIES} times while it was read. Try again. No file was made.")


def _said(result: object, table: str) -> dict[str, Any]:
    """What a call answered.

    Raises:
        BadInput: it is no table.
    """
    said: dict[str, Any] = (result.structured_content or {}) if isinstance(result, CallToolResult) else {}
    if "columns" not in said or "rows" not in said:
        raise BadInput(f"{table} answers no table with these arguments. No file was made.")
    return said


async def _cut(kitsu: Kitsu, table: str, arguments: Mapping[str, Any], place: Path) -> CallToolResult:
    """The shots of a place one after the other, by name, as a cut."""
    strange = sorted(arguments.keys() - {"under", "where"})
    if table != "list_shots" or strange:
        raise BadInput("A cut is of list_shots, with under and where alone. No file was made.")
    found = await kitsu.find.place(str(arguments.get("under", "")), wants="shot")
    _, inside = await kitsu.beside_role(found.project, lambda: below(found, ("shot",)))
    filters = await entity_filters(kitsu, found.project, _texts(arguments.get("where", ())), "Shot", inside)
    shots = [one for one in inside if filters.fits(one) and not one.omitted]
    clips = {one.id: clip for one in shots if (clip := _clip(one)) is not None}
    if not clips:
        raise BadInput(f"No shot of {found.address} has frames, so there is no cut of them. No file was made.")
    fps = fps_of(found.project, {})
    content = await to_thread.run_sync(otio_of, found.address, fps, list(clips.values()))
    await to_thread.run_sync(save_new, place, content, "file")
    without = [one.address for one in shots if one.id not in clips]
    omitted = sum(one.omitted for one in inside)
    return answer(
        {
            "saved": str(place),
            "clips": len(clips),
            "frames": sum(one.frames for one in clips.values()),
            "frames_a_second": fps,
            "notes": [
                f"without frames, so not in the cut: {listed(without)}" if without else "",
                f"{omitted} omitted left out" if omitted else "",
            ],
        }
    )


def _texts(given: object) -> list[str]:
    """One text or several, as a model gives them."""
    several = cast("list[object]", given) if isinstance(given, list) else [given] if given else []
    return list(map(str, several))


def _clip(shot: Entity) -> Clip | None:
    first = shot.frame_in or 0
    frames = shot.frames or (shot.frame_out - first + 1 if shot.frame_out and shot.frame_in is not None else 0)
    about = {"id": shot.id, "address": shot.address, "description": shot.description}
    return Clip(shot.address.partition("/")[2], first, frames, about) if frames > 0 else None
