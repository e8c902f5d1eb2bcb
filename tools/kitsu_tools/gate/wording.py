"""Saying much in little room: addresses in few words, lists with a count of what is left out, lines that fit."""

import re
import textwrap
import unicodedata
from collections.abc import Sequence

from kitsu_tools.gate.text import in_one_line
from kitsu_tools.tracker.addresses import relative

SHORTEST_RUN = 4
_NUMBERED = re.compile(r"(.*?)(\d+)", re.DOTALL)


def places(addresses: Sequence[str], project: str, room: int) -> str:
    """Addresses of tasks in few words: `E01/SQ01 Animation: SH0010, SH0020 … SH0120`."""
    if len(addresses) == 1:
        return shortened(relative(addresses[0], project), room)
    names: dict[tuple[str, str], list[str]] = {}
    for address in addresses:
        path, _, task_type = relative(address, project).partition(":")
        parent, _, name = path.rpartition("/")
        names.setdefault((parent, task_type), []).append(name)
    task_types: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (parent, task_type), found in names.items():
        task_types.setdefault((parent, tuple(sorted(found))), []).append(task_type)
    parts: list[tuple[str, int]] = []
    for (parent, alike), types in task_types.items():
        where = shortened(f"{parent} {', '.join(types)}".strip(), room * 2 // 3)
        parts.append((f"{where}: {counted(_runs(alike), room - len(where) - 2, ', ')}", len(alike) * len(types)))
    return counted(parts, room, " · ")


def _runs(names: Sequence[str]) -> list[tuple[str, int]]:
    """Names, each with 1; `SH0010, SH0020 … SH0120` with 12 for a run whose numbers have equal distances."""
    runs: list[tuple[str, int]] = []
    start = 0
    while start < len(names):
        end = start + 1
        while end < len(names) and _distance(names[end - 1], names[end]) == _distance(*names[start : start + 2]) > 0:
            end += 1
        if end - start < SHORTEST_RUN:
            runs.append((names[start], 1))
            start += 1
        else:
            runs.append((f"{names[start]}, {names[start + 1]} … {names[end - 1]}", end - start))
            start = end
    return runs


def _distance(one: str, other: str) -> int:
    """How far a numbered name is behind another; 0 when they are not of one series."""
    first, second = _NUMBERED.fullmatch(one), _NUMBERED.fullmatch(other)
    if first is None or second is None or first[1] != second[1] or len(first[2]) != len(second[2]):
        return 0
    return int(second[2]) - int(first[2])


def counted(parts: Sequence[tuple[str, int]], room: int, between: str) -> str:
    """As many parts as fit, at least one, and how many things the others stand for."""
    text = parts[0][0]
    for position in range(1, len(parts)):
        rest = sum(count for _, count in parts[position + 1 :])
        joined = f"{text}{between}{parts[position][0]}"
        if len(joined) + (len(f" (+{rest} more)") if rest else 0) > room:
            return f"{text} (+{rest + parts[position][1]} more)"
        text = joined
    return text


def wrapped(text: str, room: int) -> list[str]:
    """Lines that fit; characters of double width (Japanese, emoji) count twice."""
    wide = any(unicodedata.east_asian_width(character) in "WF" for character in text)
    return textwrap.wrap(text, room // 2 if wide else room, break_on_hyphens=False)


def shortened(name: str, room: int) -> str:
    """A name without its middle when it is too long: both ends tell tasks apart."""
    if len(name) <= room:
        return name
    end = max(room // 2, 1)
    return f"{name[: max(room - end - 1, 1)]}…{name[-end:]}"


def fitted(line: str, room: int) -> str:
    """One visible line, cut at the room there is."""
    flat = in_one_line(line)
    return flat if len(flat) <= room else f"{flat[: room - 1]}…"
