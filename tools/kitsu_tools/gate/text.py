"""Text that a person is shown and Kitsu is sent: what may be in it, how it is quoted, its signature, and much of it
in little room.
"""

import re
import textwrap
import unicodedata
from collections.abc import Sequence

from kitsu_tools.tracker.addresses import relative
from kitsu_tools.tracker.errors import BadInput, listed
from kitsu_tools.unseen import first_unseen, visible

LONGEST_TEXT = 4000
"""Characters. A person must be able to read all of it before it is sent."""

LINE_BREAK_SHOWN = " ⏎ "
"""A line break in a question: Claude Code turns a real one in a pre-filled field into U+FFFD (seen on 2.1.330)."""

_DASHES = r"\u2010-\u2015\u2212\u2e3a\u2e3b~_=*-"
_SIGNATURE_LINE = re.compile(
    rf"^(?=[\s>]*[{_DASHES}])[\s>{_DASHES}]++AI[\W_]*agent\b"
    r"|\bconfirmed (by|in)\b.*\[[a-z2-7]{6}\]\W*$",
    re.IGNORECASE,
)
"""What a reader could take for `signature`: it begins as that does, or says who confirmed and ends with a code."""
_BLANK = "\u2800"
"""A sign to Unicode, a blank to the eye."""
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PILES = re.compile(f"{_MARK}{{5,}}")
"""More marks on one letter than any script has: they reach into the lines above and below."""
_QUOTES = str.maketrans(dict.fromkeys('"“”„‟″‶〝〞〟＂❝❞', "'"))


def checked(text: str, what: str = "text") -> str:
    """A text as it may be sent: plain line breaks, no blank ends.

    Raises:
        BadInput: too long to read, characters that a person cannot see, or something like our signature.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > LONGEST_TEXT:
        raise BadInput(
            f"{what} has {len(text):,} characters; at most {LONGEST_TEXT:,} go, so that a person can read it before it "
            "is sent. Shorten it."
        )
    hidden = first_unseen(text) or ("\ufffd" if "\ufffd" in text else "")
    if hidden:
        raise BadInput(
            f"{what} holds the character U+{ord(hidden):04X}, which a person would not see as it is. Remove it."
        )
    pile = _PILES.search(text)
    if pile:
        raise BadInput(
            f"{what} holds {len(pile[0])} marks on one letter ({listed(map(_code, pile[0]), 3)}), which a person would "
            "not see one by one. Leave at most four."
        )
    mark = LINE_BREAK_SHOWN.strip()
    if mark in text:
        raise BadInput(f"{what} holds {mark!r}, which stands for a line break in questions.")
    forged = next((line for line in text.split("\n") if _is_like_the_signature(line)), "")
    if forged:
        raise BadInput(
            f"{what} holds {forged.strip()[:80]!r}, a line like the signature that this server adds itself. Remove it."
        )
    return text


def _is_like_the_signature(line: str) -> bool:
    return _SIGNATURE_LINE.search(unicodedata.normalize("NFKC", line)) is not None


def _code(char: str) -> str:
    return f"U+{ord(char):04X}"


def in_one_line(name: str) -> str:
    """A name from Kitsu as a person can trust it: nothing in it breaks the line, turns the reading order or makes room.

    A run of blanks becomes one: by a long one a name could push its end to where a line of the server's would stand.
    """
    if name.isascii() and name.isprintable() and "  " not in name:
        return name
    plain = visible(re.sub("[\t\n\r]", "?", name)).replace(_BLANK, " ")
    return _PILES.sub(lambda pile: pile[0][:4], re.sub(r"\s{2,}|\s", " ", plain))


def shown(text: str) -> str:
    """A text on one line, as a person may edit it."""
    return text.replace("\n", LINE_BREAK_SHOWN)


def quoted(text: str) -> str:
    """A text on one line as a question quotes it: no run of blanks, and no mark in it that could end the quotation."""
    plain = in_one_line(shown(text).replace("\t", " "))
    return f"“{plain.translate(_QUOTES)}”"


def unshown(text: str) -> str:
    """A text as a person left it in a question, with its line breaks."""
    return re.sub(r" ?⏎ ?", "\n", text)


def signature(agent: str, person: str, code: str) -> str:
    """The line under everything an agent writes: it says so, names who confirmed it, and carries the journal's code."""
    host, who = _plain(agent), _plain(person)
    confirmed = f"by {who}" if who else f"in {host or 'its host'}"
    where = f" in {host}" if host and who else ""
    return f"— AI agent{where}, confirmed {confirmed} [{code}]"


def signed(text: str, line: str) -> str:
    """A text with its signature; the signature alone when there is no text.

    The space after the text lets Zou hear a name that it ends with.
    """
    return f"{text} \n\n{line}" if text else line


def _plain(name: str) -> str:
    """A name without the characters that Zou or a reader could take for something else."""
    return re.sub(r"[^\w .,'()/-]", "", name)[:40].strip()


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
        where = shortened(f"{parent} {', '.join(filter(None, types))}".strip(), room * 2 // 3)
        named = counted(runs(alike), room - len(where) - 2, ", ")
        parts.append((f"{where}: {named}" if where else named, len(alike) * len(types)))
    return counted(parts, room, " · ")


def runs(names: Sequence[str]) -> list[tuple[str, int]]:
    """Names, each with 1; `SH0010, SH0020 … SH0120` with 12 for a run whose numbers have equal distances."""
    found: list[tuple[str, int]] = []
    start = 0
    while start < len(names):
        end = start + 1
        while end < len(names) and _distance(names[end - 1], names[end]) == _distance(*names[start : start + 2]) > 0:
            end += 1
        if end - start < SHORTEST_RUN:
            found.append((names[start], 1))
            start += 1
        else:
            found.append((f"{names[start]}, {names[start + 1]} … {names[end - 1]}", end - start))
            start = end
    return found


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
