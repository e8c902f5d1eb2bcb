"""Finding things by name, typing errors included, without the search indexer that most studios do not run."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Row, Table, table
from kitsu_tools.arguments import Anywhere, KitsuHere, Next
from kitsu_tools.read.scope import link_notes
from kitsu_tools.read.shelves import KINDS, Everywhere, Shelf, Sought, Thing, entity_thing, person_thing, shelf_of
from kitsu_tools.read.spelling import Fit, Match
from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.errors import BadInput, Unknown
from kitsu_tools.tracker.finder import FoundTask
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Kind, Person
from kitsu_tools.tracker.visibility import KINDS_HIDDEN

COLUMNS = ("kind", "address or name", "detail")
WORST_BESIDE_BEST = 15
NEAREST = "nothing holds these words: the nearest names"


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing, and how it answers."""

    thing: Thing
    match: Match


async def search(
    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            description="a name or part of one; a sequence and a shot: SQ010 SH0020; an id or a page link",
        ),
    ],
    kitsu: KitsuHere,
    ctx: Context,
    under: Anywhere = "",
    kinds: Annotated[Sequence[Sought], Field(description="only these; empty: all")] = (),
    limit: Annotated[int, Field(ge=1, le=100, description="how many hits")] = 10,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """Find projects, episodes, sequences, shots, assets, edits, concepts and people by name; forgives typing errors.

    Without `under` it looks in the default project, or else, and where nothing is there, in every open one. Best match
    first, equally good ones spread over projects. `notes` say where it looked, and when these are only the nearest
    names.
    """
    if not text.strip():
        raise BadInput("text: nothing to search for. Give a name or part of one.")
    unknown: Unknown | None = None
    if kitsu.find.is_id(text):
        try:
            row, notes = await _by_id(kitsu, text)
            return table(("search", text), [row], list, columns=COLUMNS, limit=limit, after="", notes=notes)
        except Unknown as nothing:  # a thing may be called like an id or a link
            unknown = nothing
    wanted = frozenset[str](kinds or KINDS)
    within: tuple[Kind, ...] = tuple(kind for kind in ALL_KINDS if kind in wanted)
    if under and not within:
        raise BadInput("under: productions and people stand below no place. Leave it out.")
    if under:
        place = await kitsu.find.place(under)
        shelves, notes = [await shelf_of(place, within)], await link_notes(kitsu, place, within)
    else:

        async def told(done: int, of: int) -> None:
            await ctx.report_progress(done, of, "Looking through the open projects")

        everywhere = Everywhere(kitsu, text, within, partial(_answers, text), partial(_nears, text), told)
        shelves, notes = await everywhere.shelves(wanted)
    most = None if next else limit
    hits, shelves = await _settled(shelves, lambda found: _strong(found, text), most)
    if not hits and unknown is not None:
        raise unknown
    if not hits:
        hits, shelves = await _settled(shelves, lambda found: _weak(found, text), most)
        notes += [NEAREST] if hits else []
        notes += await _part_only(kitsu, shelves)
    notes += _hidden(shelves, within)
    question = ("search", text, under, tuple(sorted(wanted)))
    return table(
        question,
        _spread(hits),
        lambda hit: hit.thing.row,
        columns=COLUMNS,
        limit=limit,
        after=next,
        identity=lambda hit: f"{hit.thing.kind} {hit.thing.address}",
        notes=notes,
    )


async def _by_id(kitsu: Kitsu, text: str) -> tuple[Row, list[str]]:
    """What an id or a page link of Kitsu is of: a production or a part of it, a person, an entity or a task; and what
    to say of the link.
    """
    found = await kitsu.find.thing(text)
    if isinstance(found, Person):
        return person_thing(found).row, []
    if isinstance(found, FoundTask):
        return ["task", found.address, ""], []
    notes = await link_notes(kitsu, found, ALL_KINDS)
    if found.entity is not None:
        return entity_thing(found.entity, found.project).row, notes
    if found.group:
        return ["main pack" if found.is_main_pack else "asset type", found.address, ""], notes
    return ["project", found.address, found.project.production_type], notes


async def _settled(
    shelves: list[Shelf], look: Callable[[Sequence[Shelf]], list[Hit]], most: int | None
) -> tuple[list[Hit], list[Shelf]]:
    """What is found, once what of it is shown (`most`; None: all) is sure: what a role may not see is not told."""
    while True:
        hits = look(shelves)
        shown = {hit.thing.production for hit in _spread(hits)[:most]}
        unsure = {
            at: one.settled
            for at, one in enumerate(shelves)
            if one.settled is not None and one.project is not None and one.project.name in shown
        }
        if not unsure:
            return hits, shelves
        settled = dict(zip(unsure, await gather(*unsure.values()), strict=True))
        shelves = [settled.get(at, one) for at, one in enumerate(shelves)]


def _answers(text: str, shelves: Sequence[Shelf]) -> bool:
    """Whether something has the name or the address that was typed, and not only like it or as a part."""
    return any(hit.match.fit <= Fit.NAME or hit.match.fit == Fit.WITH_ADDRESS for hit in _strong(shelves, text))


def _nears(text: str, shelves: Sequence[Shelf]) -> bool:
    """Whether something has a name that holds what was typed, or is like it."""
    return any(hit.match.fit <= Fit.ALIKE for hit in (*_strong(shelves, text), *_weak(shelves, text)))


def _strong(shelves: Sequence[Shelf], text: str) -> list[Hit]:
    """What holds the words that were typed: of an address just what it names, and a place's name alone finds what is
    below it only where nothing has that name.
    """
    hits = [Hit(shelf.things[one.position], one) for shelf in shelves for one in shelf.names.strong(text)]
    best = min((hit.match.fit for hit in hits), default=Fit.NAME)
    last = best if best <= Fit.END_OF_ADDRESS else max(best, Fit.WITH_ADDRESS)
    return [hit for hit in hits if hit.match.fit <= last]


def _weak(shelves: Sequence[Shelf], text: str) -> list[Hit]:
    """What is like the words that were typed, and nothing that is far less like them than the best."""
    hits = [Hit(shelf.things[one.position], one) for shelf in shelves for one in shelf.names.weak(text)]
    best = min((hit.match.fit for hit in hits), default=Fit.ALIKE)
    least = max((hit.match.score for hit in hits if hit.match.fit == best), default=0) - WORST_BESIDE_BEST
    return [hit for hit in hits if hit.match.fit == best and hit.match.score >= least]


def _spread(hits: Sequence[Hit]) -> list[Hit]:
    """Best first; among those that answer equally well one of each production, then the next of each."""

    def how_well(hit: Hit) -> tuple[int, float, bool]:
        return hit.match.fit, -hit.match.score, hit.thing.omitted

    def place(hit: Hit) -> tuple[int, int, str]:
        thing = hit.thing
        return len(thing.address.rpartition("/")[2]), KINDS.index(thing.kind), thing.address.casefold()

    turns: defaultdict[tuple[object, str], int] = defaultdict(int)
    ordered: list[tuple[tuple[int, float, bool], int, Hit]] = []
    for hit in sorted(hits, key=place):
        group = how_well(hit)
        ordered.append((group, turns[group, hit.thing.production], hit))
        turns[group, hit.thing.production] += 1
    return [hit for _, _, hit in sorted(ordered, key=lambda one: one[:2])]


async def _part_only(kitsu: Kitsu, shelves: Sequence[Shelf]) -> list[str]:
    """What to say to a role that is not shown all: what was not found may be there."""
    projects = [one.project for one in shelves if one.project is not None and one.by_role]
    return list({one.others for one in await gather(*[partial(kitsu.hidden, project) for project in projects])})


def _hidden(shelves: Sequence[Shelf], kinds: Sequence[Kind]) -> list[str]:
    hidden = {kind for shelf in shelves for kind in shelf.hidden}
    named = ", ".join(f"{kind}s" for kind in kinds if f"{kind}s" in hidden)
    return [f"{named} are not all searched: {KINDS_HIDDEN}"] if named else []
