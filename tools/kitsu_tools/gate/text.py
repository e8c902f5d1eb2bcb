"""The text of a comment.

What may be in it, whom Zou will tell because of it, which tasks it spills onto, and its signature.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.tracker.model import Person
from kitsu_tools.unseen import unseen

LONGEST_TEXT = 4000
"""Characters. A person must be able to read all of it before it is sent."""

LINE_BREAK_SHOWN = " ⏎ "
"""A line break in a question: Claude Code turns a real one in a pre-filled field into U+FFFD (seen on 2.1.330)."""

_SIGNATURE_LINE = re.compile(r"^\s*[—–-]+\s.*(\[[a-z2-7]{6}\]\s*$|\bconfirmed (by|in)\b)", re.IGNORECASE | re.MULTILINE)
_HASHTAG = re.compile("#([a-zA-Z]+)", re.IGNORECASE)  # as Zou: the Kelvin sign is a k to both
_AT = re.compile(r"(?<!\S)@(\w[\w'-]*(?: \w[\w'-]*)?)")


@dataclass(frozen=True, slots=True)
class Mentions:
    """Whom a text names. `text` is the text as Zou must get it for that; `unheard` are `@words` that name nobody."""

    text: str
    people: tuple[str, ...]
    departments: tuple[str, ...]
    unheard: tuple[str, ...]


def checked(text: str, what: str = "text") -> str:
    """A text as it may be sent: plain line breaks, no blank ends.

    Raises:
        BadInput: too long to read, characters that a person cannot see, or something like our signature.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > LONGEST_TEXT:
        raise BadInput(
            f"{what} has {len(text):,} characters; at most {LONGEST_TEXT:,} go, so that a person can read it before it "
            "is sent. Shorten it. Nothing was written."
        )
    hidden = next((char for char in text if _is_unseen(char)), "")
    if hidden:
        raise BadInput(
            f"{what} holds the character U+{ord(hidden):04X}, which a person would not see as it is. Remove it. "
            "Nothing was written."
        )
    mark = LINE_BREAK_SHOWN.strip()
    if mark in text:
        raise BadInput(f"{what} holds {mark!r}, which stands for a line break in questions. Nothing was written.")
    if _SIGNATURE_LINE.search(text):
        raise BadInput(
            f"{what} holds a line like the signature that this server adds itself. Remove it. Nothing was written."
        )
    return text


def _is_unseen(char: str) -> bool:
    return char == "\ufffd" or (char not in "\n\t" and unseen(char))


def visible(name: str) -> str:
    """A name from Kitsu as a person can trust it: nothing in it breaks the line or turns the reading order."""
    return "".join("?" if char in "\n\t" or _is_unseen(char) else char for char in name)


def shown(text: str) -> str:
    """A text on one line, as a question shows it."""
    return text.replace("\n", LINE_BREAK_SHOWN)


def unshown(text: str) -> str:
    """A text as a person left it in a question, with its line breaks."""
    return re.sub(r" ?⏎ ?", "\n", text)


def mentions(text: str, team: Iterable[Person], departments: Mapping[str, str]) -> Mentions:
    """Whom Zou will tell because the text names them, after making their names count.

    Zou hears `@Full Name` only before a space or at the very end (`@{full_name}( |$)`, seen on 1.0.97): before a
    comma or a line break it hears nothing, so a space is put there. `departments` is names by id; naming one tells
    its members on the team.
    """
    people = {person.name for person in team}
    names = sorted([*people, *departments.values()], key=len, reverse=True)
    alternatives = "|".join(re.escape(name) for name in names)
    heard: set[str] = set()
    if alternatives:
        named = re.compile(rf"@({alternatives})(?!\w)")
        heard = {found[1] for found in named.finditer(text)}
        text = spaced(text, heard)
    told = {name for name in names if re.search(rf"@{re.escape(name)}( |$)", f"{text} ")}
    words = [word for word in _AT.findall(text) if not any(_same_start(word, name) for name in heard)]
    return Mentions(
        text,
        tuple(sorted(name for name in told if name in people)),
        tuple(sorted(name for name in told if name in departments.values())),
        tuple(words),
    )


def spaced(text: str, names: Iterable[str]) -> str:
    """A text in which a space follows every `@name` of these, so that Zou hears it."""
    longest_first = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.sub(rf"@({longest_first})(?!\w) ?", r"@\1 ", text).rstrip(" ") if longest_first else text


def _same_start(word: str, name: str) -> bool:
    return word.startswith(name) or name.startswith(word)


def hashtags(text: str) -> frozenset[str]:
    """The task types, in lower case, whose tasks on the same entity Zou will post this text on too.

    `all` for every one.
    """
    return frozenset(tag.lower() for tag in _HASHTAG.findall(text))


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
