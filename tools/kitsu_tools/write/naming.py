"""What a write tool is told to change is looked for all at once, so that all wrong names of a call are told at once."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from kitsu_tools.gate.change import MOST_ITEMS
from kitsu_tools.tracker.errors import BadInput, KitsuError, NotFound, NotPermitted, listed
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Project
from kitsu_tools.tracker.places import Place

T = TypeVar("T")

MOST_COMPLAINTS = 10
LONGEST_COMPLAINT = 300


async def all_found(texts: Sequence[str], look: Callable[[str], Awaitable[T]], noun: str) -> list[T]:
    """What each of these texts names.

    Raises:
        BadInput, NotFound, NotPermitted: what is wrong with each that cannot be used.
    """
    return usable(texts, await gather(*[partial(found_or_why, partial(look, text)) for text in texts]), noun)


async def places_named(kitsu: Kitsu, texts: Iterable[str], noun: str) -> dict[str, Place]:
    """Where each of these texts points, by text.

    Raises:
        BadInput, NotFound, NotPermitted: what is wrong with each that points nowhere.
    """
    named = list(dict.fromkeys(texts))
    find = await kitsu.find.for_many(named)
    return dict(zip(named, await all_found(named, find.place, noun), strict=True))


async def found_or_why(look: Callable[[], Awaitable[T]]) -> T | KitsuError:
    """What is found, or why it cannot be used; what is wrong with Kitsu itself is raised."""
    try:
        return await look()
    except (BadInput, NotFound, NotPermitted) as error:
        return error


def usable(texts: Sequence[str], found: Sequence[T | KitsuError], noun: str) -> list[T]:
    """What was found by each of these texts.

    Raises:
        BadInput, NotFound, NotPermitted: all that is wrong with what one call names, so that it can be mended at once.
    """
    wrong = [(text, one) for text, one in zip(texts, found, strict=True) if isinstance(one, KitsuError)]
    if len(wrong) == 1:
        raise wrong[0][1]
    if wrong:
        said = [f"{text[:100]}: {str(error)[:LONGEST_COMPLAINT]}" for text, error in wrong[:MOST_COMPLAINTS]]
        others = listed((text[:100] for text, _ in wrong[MOST_COMPLAINTS:]), MOST_ITEMS)
        further = [f"Nor can: {others}."] if others else []
        raise BadInput(" ".join([f"{len(wrong)} of the {len(texts)} {noun}s cannot be used.", *said, *further]))
    return [one for one in found if not isinstance(one, KitsuError)]


def refuse_several(projects: Iterable[Project], noun: str = "thing") -> None:
    """Refuse what is of several productions.

    Raises:
        BadInput: which they are.
    """
    names = {one.name for one in projects}
    if len(names) > 1:
        raise BadInput(
            f"These {noun}s are of several productions ({listed(sorted(names))}). Name those of one at a time."
        )
