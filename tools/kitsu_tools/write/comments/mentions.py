"""Whom Zou will tell because of a comment's text, and which tasks the text spills onto."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kitsu_tools.tracker.model import Person

_HASHTAG = re.compile("#([a-zA-Z]+)", re.IGNORECASE)  # as Zou: the Kelvin sign is a k to both
_AT = r"(?<!\S)@(\w[\w'-]*)"


@dataclass(frozen=True, slots=True)
class Mentions:
    """Whom a text names. `text` is the text as Zou must get it for that; `unheard` are `@words` that name nobody."""

    text: str
    people: tuple[str, ...]
    departments: tuple[str, ...]
    unheard: tuple[str, ...]


def mentions(text: str, team: Iterable[Person], departments: Mapping[str, str]) -> Mentions:
    """Whom Zou will tell because the text names them, after making their names count.

    Zou hears `@Full Name` only before a space or at the very end (`@{full_name}( |$)`, seen on 1.0.97): before a
    comma or a line break it hears nothing, so a space is put there. `departments` is names by id; naming one tells
    its members on the team.
    """
    people = {person.name for person in team}
    names = sorted([*people, *departments.values()], key=len, reverse=True)
    unheard: list[str] = []
    if names:
        named = re.compile(rf"@({'|'.join(map(re.escape, names))})(?!\w)|{_AT}")
        found = list(named.finditer(text))
        unheard = [one[2] for one in found if one[2]]
        text = spaced(text, {one[1] for one in found if one[1]})
    else:
        unheard = re.findall(_AT, text)
    told = {name for name in names if re.search(rf"@{re.escape(name)}( |$)", f"{text} ")}
    return Mentions(
        text,
        tuple(sorted(name for name in told if name in people)),
        tuple(sorted(name for name in told if name in departments.values())),
        tuple(dict.fromkeys(unheard)),
    )


def spaced(text: str, names: Iterable[str]) -> str:
    """A text in which a space follows every `@name` of these, so that Zou hears it."""
    longest_first = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.sub(rf"@({longest_first})(?!\w) ?", r"@\1 ", text).rstrip(" ") if longest_first else text


def hashtags(text: str) -> frozenset[str]:
    """The task types, in lower case, whose tasks on the same entity Zou will post this text on too.

    `all` for every one.
    """
    return frozenset(tag.lower() for tag in _HASHTAG.findall(text))
