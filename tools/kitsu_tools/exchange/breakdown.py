"""A breakdown out of a table or a cut: which shots or assets there are to be, with what of each. Free of Kitsu."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from kitsu_tools.exchange.edits import Clip
from kitsu_tools.exchange.sheets import Sheet
from kitsu_tools.tracker.errors import BadInput, counted, listed, quoted

PARTS: Mapping[str, str] = {
    "episode": "episode",
    "sequence": "sequence",
    "parent": "sequence",
    "shot": "name",
    "name": "name",
    "type": "type",
    "asset type": "type",
    "asset": "asset",
    "occurences": "times",
    "occurrences": "times",
    "times": "times",
    "label": "label",
    "assets": "cast",
    "casting": "cast",
}
"""What says where a row belongs, by what tables call it: Kitsu's own CSV files (Zou 1.0.97), and this server's."""
VALUES: Mapping[str, str] = {
    "description": "description",
    "nb frames": "frames",
    "frames": "frames",
    "frame in": "frame_in",
    "in": "frame_in",
    "frame out": "frame_out",
    "out": "frame_out",
    "fps": "fps",
}
PASSED_OVER = {"project", "time spent", "assignations", "id"}
"""What Kitsu's and this server's own exports also say, and no import sets."""
NAMING = "{sequence}_{shot}"
_UNIT = re.compile(r"\s*\([^()]*\)$")
_PLACE = re.compile(r"(?:\\\$)?\\\{(episode|sequence|shot)(?:_name)?\\\}")
_CAST = re.compile(r"(?:(\d{1,4})\s*[x×*]\s*)?(.+?)(?:\s*[x×*]\s*(\d{1,4}))?")


@dataclass(frozen=True, slots=True)
class Cast:
    """An asset by its name or address, and how often and by which label it is cast; 0 and empty where nothing says."""

    asset: str
    times: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What one line, or clip, says of one thing: `names` are those of what it stands in and its own, of an asset its
    type and its own; `where` is how a message names the line. What is None or missing is not said.
    """

    where: str
    names: tuple[str, ...]
    description: str | None = None
    frames: int | None = None
    frame_in: int | None = None
    frame_out: int | None = None
    fps: str = ""
    data: Mapping[str, str] = field(default_factory=dict[str, str])
    cast: tuple[Cast, ...] | None = None


@dataclass(frozen=True, slots=True)
class Breakdown:
    """What a file says there is to be: shots, assets, or links of a casting alone. `notes` say what was made of it."""

    kind: Literal["shot", "asset", "casting"]
    lines: list[Line]
    notes: list[str]


def of_sheet(sheet: Sheet, metadata: Collection[str], task_types: Collection[str], *, by_episode: bool) -> Breakdown:
    """A breakdown out of a table. `metadata` are columns of the production, `task_types` those of which exports tell
    statuses; `by_episode`: rows must say of which episode they are.

    Raises:
        BadInput: columns that are needed are not there, or what is wrong with which lines.
    """
    columns = {one: _UNIT.sub("", one).strip().casefold() for one in sheet.header}
    known_metadata = {one.casefold(): one for one in metadata}
    parts = {PARTS[name]: one for one, name in columns.items() if name in PARTS}
    values = {VALUES[name]: one for one, name in columns.items() if name in VALUES and name not in known_metadata}
    data = {known_metadata[name]: one for one, name in columns.items() if name in known_metadata and name not in PARTS}
    casting = "asset" in parts and "name" in parts
    kind = "casting" if casting else "asset" if "type" in parts else "shot"
    needed: dict[str, tuple[str, ...]] = {
        "casting": ("name", "asset"),
        "asset": ("type", "name"),
        "shot": (*(["episode"] if by_episode else []), "sequence", "name"),
    }
    address = kind == "shot" and "sequence" not in parts and columns.get(parts.get("name", ""), "") == "shot"
    missing = [] if address else [one for one in needed[kind] if one not in parts]
    if missing:
        raise BadInput(
            f"The table has no column {listed(map(str.capitalize, missing))}. A table of shots has Sequence and Name"
            f"{' and Episode' if by_episode else ''} (or Shot: SQ01/SH010), of assets Type and Name, of a casting "
            f"Parent, Name and Asset. It has: {listed(sheet.header, 30)}."
        )
    used = {*parts.values(), *values.values(), *data.values()}
    statuses = {one.casefold() for one in task_types}
    left = [one for one, name in columns.items() if one not in used and name not in PASSED_OVER | statuses]
    of_tasks = [one for one, name in columns.items() if name in statuses]
    lines: list[Line] = []
    wrong: list[str] = []
    for number, row in sheet.rows:
        try:
            lines.append(_line(number, row, parts, values, data, needed[kind], address=address))
        except BadInput as error:
            wrong.append(f"line {number}: {error}")
    if wrong:
        raise BadInput(f"{len(wrong)} of {counted(len(sheet.rows), 'line')} cannot be used. {listed(wrong, 8)}.")
    notes = [
        *sheet.notes,
        *([f"columns that nothing is made of: {listed(left)}"] if left else []),
        *([f"statuses are not imported: {listed(of_tasks)}"] if of_tasks else []),
    ]
    return Breakdown(kind, lines, notes)


def of_clips(clips: Sequence[Clip], naming: str, notes: Sequence[str]) -> Breakdown:
    """A breakdown out of a cut, whose clips are named so: `{sequence}_{shot}`, `{episode}_{sequence}-{shot}`. A clip
    that stands in the cut several times is taken as it stands first.

    Raises:
        BadInput: the naming cannot be used, or names do not fit it.
    """
    pattern = _PLACE.sub(lambda found: f"(?P<{found[1]}>.+?)", re.escape(naming))
    try:
        fits = re.compile(pattern)
    except re.error:
        raise BadInput(f"naming: {quoted(naming)} names a part twice.") from None
    if not {"sequence", "shot"} <= fits.groupindex.keys():
        raise BadInput(f"naming: {quoted(naming)} needs {{sequence}} and {{shot}}, as {NAMING}.")
    found = {one.name: fits.fullmatch(one.name) for one in clips}
    strange = [one for one, match in found.items() if match is None]
    if strange:
        raise BadInput(
            f"naming: {len(strange)} of {len(found)} clips are not named {quoted(naming)}: {listed(strange)}. Say how "
            "they are named, or leave them out of the cut."
        )
    lines: dict[str, Line] = {}
    for number, one in enumerate(clips, 1):
        match = found[one.name]
        if match is None or one.name in lines:
            continue
        names = tuple(match[part] for part in ("episode", "sequence", "shot") if part in fits.groupindex)
        last = one.start + one.frames - 1
        lines[one.name] = Line(f"clip {number}", names, None, one.frames, one.start, last)
    again = sorted({one.name for one in clips if sum(other.name == one.name for other in clips) > 1})
    more = [f"several times in the cut, and taken as it stands first: {listed(again)}"] if again else []
    positions = "frame in and out are where a clip stands in the cut, from 0, as Kitsu's own import sets them"
    return Breakdown("shot", list(lines.values()), [*notes, *more, positions])


def _line(
    number: int,
    row: Mapping[str, str],
    parts: Mapping[str, str],
    values: Mapping[str, str],
    data: Mapping[str, str],
    needed: Sequence[str],
    *,
    address: bool,
) -> Line:
    told = {part: row[column] for part, column in parts.items()}
    if address:
        names = tuple(one.strip() for one in told["name"].split("/"))
    else:
        of = [one for one in ("episode", "sequence", "type", "name") if one in parts and "asset" not in needed]
        of = of or [one for one in ("episode", "sequence", "name") if one in parts]
        names = tuple(told[one] for one in of if told[one] or one in needed)
    empty = [] if address else [one for one in needed if not told[one]]
    if empty or not all(names):
        raise BadInput(f"{listed(empty) or 'a name'} is empty")
    numbers = {name: _whole(row[values[name]], name) for name in ("frames", "frame_in", "frame_out") if name in values}
    cast: tuple[Cast, ...] | None = None
    if "asset" in needed:
        cast = (Cast(_asset(told), _times(told.get("times", "")), told.get("label", "")),)
    elif "cast" in parts:
        cast = tuple(map(_cast, filter(None, (one.strip() for one in re.split(r"[,;\n]", told["cast"])))))
    return Line(
        f"line {number}",
        names,
        row[values["description"]] if "description" in values and row[values["description"]] else None,
        numbers.get("frames"),
        numbers.get("frame_in"),
        numbers.get("frame_out"),
        row[values["fps"]] if "fps" in values else "",
        {name: row[column] for name, column in data.items() if row[column]},
        cast,
    )


def _asset(told: Mapping[str, str]) -> str:
    return f"{told['type']}/{told['asset']}" if told.get("type") else told["asset"]


def _cast(text: str) -> Cast:
    parts = _CAST.fullmatch(text)
    if parts is None:
        raise BadInput(f"{quoted(text)} is no asset")
    return Cast(parts[2], _times(parts[1] or parts[3] or ""))


def _times(text: str) -> int:
    """How often; 0 where nothing says."""
    times = _whole(text, "times")
    if times is not None and times < 1:
        raise BadInput(f"times: {quoted(text)} is none. Leave the asset out")
    return times or 0


def _whole(text: str, name: str) -> int | None:
    """A whole number; None where a cell is blank."""
    if not text.strip():
        return None
    try:
        return int(text)
    except ValueError:
        raise BadInput(f"{name.replace('_', ' ')}: {quoted(text)} is no whole number") from None
