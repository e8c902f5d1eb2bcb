"""How a name given by an agent finds its thing: exact, then without case, then without accents, then a unique part;
else the candidates.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from kitsu_tools.likeness import folded, suggested
from kitsu_tools.tracker.errors import Ambiguous, Unknown, listed, quoted
from kitsu_tools.unseen import visible

T = TypeVar("T")

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


def is_uuid(text: str) -> bool:
    """True for one whole UUID."""
    return _UUID.fullmatch(text.strip()) is not None


def uuids_in(text: str) -> list[str]:
    """Every UUID in a text, in order, in lower case."""
    return [found.lower() for found in _UUID.findall(text)]


def first_last(name: str) -> str:
    """`Mara Okafor` of `Okafor, Mara`, as lists of people are often typed; any other text as it is."""
    last, comma, first = (part.strip() for part in name.partition(","))
    return f"{first} {last}" if comma and first and last and "," not in first else name


def matching(wanted: str, among: Iterable[T], *names: Callable[[T], str]) -> list[T]:
    """The things that answer to `wanted` at the first level where any does: exact, as an answer shows the name,
    without case, without accents, part of a name.

    Blanks around it count for the exact name only, and nothing but blanks answers to nothing else. `names` are tried
    together at each level, so a status answers to its name and its short name alike.
    """
    things = list(among)
    for fits in levels(wanted):
        found = [thing for thing in things if any(fits(name(thing)) for name in names)]
        if found:
            return found
    return []


def levels(wanted: str) -> tuple[Callable[[str], bool], ...]:
    """The ways in which a name may answer to `wanted`, the strictest first: see `matching`."""
    caseless, plain = wanted.strip().casefold(), folded(wanted.strip())
    return (
        lambda name: name == wanted,
        lambda name: visible(name) == wanted,
        lambda name: name.strip().casefold() == caseless != "",
        lambda name: folded(name.strip()) == plain != "",
        lambda name: plain in folded(name) and plain != "",
    )


def pick(
    what: str, wanted: str, among: Iterable[T], *names: Callable[[T], str], label: Callable[[T], str] | None = None
) -> T:
    """The one thing that answers to `wanted`.

    `what` names the kind for messages ("project", "task type"). `label` says how a candidate is shown; by default its
    first name.

    Raises:
        Ambiguous: several do; the message lists them.
        Unknown: none does; the message lists the nearest.
    """
    things = list(among)
    show = label or names[0]
    found = matching(wanted, things, *names) if wanted else []
    if len(found) == 1:
        return found[0]
    if found:
        several = listed(show(one) for one in found)
        raise Ambiguous(f"{quoted(wanted)} is not one {what} but {len(found)}: {several}. Name one in full.")
    raise Unknown(f"No {what} {quoted(wanted)}. {nearest(what, wanted, [show(one) for one in things])}")


def nearest(what: str, wanted: str, names: Sequence[str]) -> str:
    """A sentence with the names nearest to a wrong one, or with what there is."""
    if not names:
        return f"There is no {what} that you may see here."
    return did_you_mean(suggested(wanted, names)) or f"There are: {listed(names)}."


def did_you_mean(names: Sequence[str], what: str = "") -> str:
    """The question about these names, which are of the kind `what`; empty where there are none."""
    return f"Did you mean {what}{listed(names)}?" if names else ""
