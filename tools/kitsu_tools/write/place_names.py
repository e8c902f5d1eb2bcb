"""Entities that a write tool is told to change, as an agent names them: all wrong ones told at once."""

from collections.abc import Iterable, Sequence
from functools import partial

from kitsu_tools.tracker.errors import BadInput, KitsuError
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.places import Place
from kitsu_tools.write.naming import complaint, found_or_why


async def places_named(kitsu: Kitsu, texts: Iterable[str], noun: str) -> dict[str, Place]:
    """Where each of these texts points, by text.

    Raises:
        BadInput, NotFound, NotPermitted: what is wrong with each that points nowhere.
    """
    named = list(dict.fromkeys(texts))
    find = await kitsu.find.for_many(named)
    found = await gather(*[partial(found_or_why, partial(find.place, text)) for text in named])
    wrong = [(text, one) for text, one in zip(named, found, strict=True) if isinstance(one, KitsuError)]
    if wrong:
        raise complaint(wrong, len(named), noun)
    return {text: one for text, one in zip(named, found, strict=True) if isinstance(one, Place)}


def one_project(places: Sequence[Place], noun: str) -> Place:
    """The first of these, which are all of one production.

    Raises:
        BadInput: they are of several.
    """
    projects = sorted({one.project.name for one in places})
    if len(projects) > 1:
        raise BadInput(f"The {noun}s are of several productions ({', '.join(projects)}). Change one at a time.")
    return places[0]
