"""Finding things by name, typing errors included, without the search indexer that most studios do not run."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal, get_args

import anyio
from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Row, Table, table
from kitsu_tools.arguments import Anywhere, KitsuHere
from kitsu_tools.read.scope import below, link_notes
from kitsu_tools.read.spelling import Fit, Match, Names
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.errors import BadInput, Unknown
from kitsu_tools.tracker.finder import FoundTask
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Entity, Kind, Person, Project
from kitsu_tools.tracker.places import Place
from kitsu_tools.tracker.visibility import KINDS_HIDDEN

Sought = Literal["project", "episode", "sequence", "shot", "asset", "edit", "concept", "person"]
KINDS: tuple[Sought, ...] = get_args(Sought)
COLUMNS = ("kind", "address or name", "detail")
PRODUCTIONS_AT_ONCE = 8
WORST_BESIDE_BEST = 15
NEAREST = "nothing holds these words: the nearest names"


@dataclass(frozen=True, slots=True)
class Thing:
    """What may be found: `address` is its name where it has none, `production` where it stands, empty for nowhere."""

    kind: Sought | Kind
    address: str
    detail: str
    production: str = ""
    omitted: bool = False

    @property
    def row(self) -> Row:
        """As it is listed."""
        return [self.kind, self.address, self.detail]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Things that are searched together, and the names that they have. `hidden`: kinds the role may not see in the
    production they are of.
    """

    things: Sequence[Thing]
    names: Names
    project: Project | None = None
    hidden: Sequence[str] = ()


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
    under: Anywhere = "",
    kinds: Annotated[Sequence[Sought], Field(description="only these; empty: all")] = (),
    limit: Annotated[int, Field(ge=1, le=100, description="how many hits")] = 10,
) -> Annotated[CallToolResult, Table]:
    """Find projects, episodes, sequences, shots, assets, edits, concepts and people by name; forgives typing errors.

    Without `under` it looks in the default project, or else, and where nothing is there, in every open one. Best match
    first, equally good ones spread over projects; `total` counts those beyond `limit` too. `notes` say where it looked,
    and when these are only the nearest names.
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
        shelves, notes = [await _shelf(place, within)], await link_notes(kitsu, place, within)
    else:
        shelves, notes = await _everywhere(kitsu, text, wanted, within)
    hits = _strong(shelves, text)
    if not hits and unknown is not None:
        raise unknown
    if not hits:
        hits = _weak(shelves, text)
        notes += [NEAREST] if hits else []
        notes += await _part_only(kitsu, shelves)
    notes += _hidden(shelves, within)
    question = ("search", text, under, tuple(sorted(wanted)))
    shown = _spread(hits)[:limit]
    return table(
        question, shown, lambda hit: hit.thing.row, columns=COLUMNS, limit=limit, after="", notes=notes, total=len(hits)
    )


async def _by_id(kitsu: Kitsu, text: str) -> tuple[Row, list[str]]:
    """What an id or a page link of Kitsu is of: a production or a part of it, a person, an entity or a task; and what
    to say of the link.
    """
    found = await kitsu.find.thing(text)
    if isinstance(found, Person):
        return _person(found).row, []
    if isinstance(found, FoundTask):
        return ["task", found.address, ""], []
    notes = await link_notes(kitsu, found, ALL_KINDS)
    if found.entity is not None:
        return _thing(found.entity, found.project).row, notes
    if found.group:
        return ["main pack" if found.is_main_pack else "asset type", found.address, ""], notes
    return ["project", found.address, found.project.production_type], notes


async def _everywhere(
    kitsu: Kitsu, text: str, wanted: frozenset[str], within: Sequence[Kind]
) -> tuple[list[Shelf], list[str]]:
    """What to search without a place, and what to say of it: the default production goes before all others."""
    shelves = await _outside(kitsu, wanted)
    if not within:
        return shelves, []
    projects = await kitsu.directory.open_projects.get()
    try:
        default, notes = await kitsu.directory.default_project(), []
    except Unknown as wrong:  # a setting that names nothing must not hide what there is
        default, notes = None, [f"looked in every open project. {wrong}"]
    if default is None:
        notes += [] if projects else ["you are on the team of no open project"]
        return shelves + await _inside(kitsu, projects, within), notes
    shelves += await _inside(kitsu, [default], within)
    others = [project for project in projects if project.id != default.id]
    if not others:
        return shelves, []
    if _strong(shelves, text):
        return shelves, [f"looked in {encoded(default.name)}, the default project: name another as `under`"]
    shelves += await _inside(kitsu, others, within)
    return shelves, [f"not in {encoded(default.name)}, the default project: looked in every open project"]


async def _inside(kitsu: Kitsu, projects: Sequence[Project], kinds: Sequence[Kind]) -> list[Shelf]:
    """The entities of these productions."""
    turns = anyio.Semaphore(PRODUCTIONS_AT_ONCE)

    async def read(project: Project) -> Shelf:
        async with turns:
            return await _shelf(Place(await kitsu.reading(project), encoded(project.name)), kinds)

    return await gather(*[partial(read, project) for project in projects])


async def _shelf(place: Place, kinds: Sequence[Kind]) -> Shelf:
    """The entities of these kinds at and below a place."""
    view, entities = await below(place, kinds)

    def filled() -> Shelf:
        kept = [one for one in entities if one.kind in kinds]
        things = [_thing(one, place.project) for one in kept]
        names = Names([one.name for one in kept], [one.address for one in kept])
        return Shelf(things, names, place.project, [f"{kind}s" for kind in kinds if f"{kind}s" in view.hidden])

    return view.memoised(("searched", place.address, tuple(kinds)), filled)


def _thing(entity: Entity, project: Project) -> Thing:
    return Thing(entity.kind, entity.address, entity.out_of_work, project.name, entity.omitted)


def _person(person: Person) -> Thing:
    return Thing("person", person.label, "bot" if person.is_bot else person.role)


async def _outside(kitsu: Kitsu, wanted: frozenset[str]) -> list[Shelf]:
    """Productions and people, as far as they are wanted."""
    shelves: list[Shelf] = []
    if "project" in wanted:
        projects = await kitsu.directory.open_projects.get()
        things = [Thing("project", encoded(one.name), one.production_type) for one in projects]
        names, codes = [one.name for one in projects], [one.code for one in projects]
        shelves.append(Shelf(things, Names(names, names, codes)))
    if "person" in wanted:
        people = [one for one in (await kitsu.directory.people.get()).values() if one.active]
        things = [_person(one) for one in people]
        shelves.append(Shelf(things, Names([one.name for one in people], [one.label for one in people])))
    return shelves


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
    hidden = await gather(*[partial(kitsu.hidden, one.project) for one in shelves if one.project is not None])
    return list({one.others for one in hidden})


def _hidden(shelves: Sequence[Shelf], kinds: Sequence[Kind]) -> list[str]:
    hidden = {kind for shelf in shelves for kind in shelf.hidden}
    named = ", ".join(f"{kind}s" for kind in kinds if f"{kind}s" in hidden)
    return [f"{named} are not all searched: {KINDS_HIDDEN}"] if named else []
