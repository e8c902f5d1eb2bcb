"""Where a search looks: things with their names, of a place or of all open productions, by the least that answers."""

import math
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, get_args

import anyio
from anyio import to_thread

from kitsu_tools.answers import Row
from kitsu_tools.read.spelling import Names
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.asked_names import addressed, asked_names, parents_of
from kitsu_tools.tracker.below import below
from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.board_rows import Record
from kitsu_tools.tracker.cached import Cached
from kitsu_tools.tracker.entity_names import NamesOf, Told
from kitsu_tools.tracker.errors import NotFound, NotPermitted, Refused, Unknown
from kitsu_tools.tracker.gather import gather, gather_both
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Entity, Kind, Person, Project
from kitsu_tools.tracker.places import Place
from kitsu_tools.tracker.visibility import shows_rows_as_boards

Sought = Literal["project", "episode", "sequence", "shot", "asset", "edit", "concept", "person"]
KINDS: tuple[Sought, ...] = get_args(Sought)
PRODUCTIONS_AT_ONCE = 8
INDEXED = frozenset[Kind]({"shot", "asset"})
NOT_INDEXED = "answered by Kitsu's search indexer, which knows no near names of"


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
    production they are of. `settled`: reads what of it may be told, and by which addresses, where that is not sure yet.
    `by_role`: they are what the role on the production is shown, which may be a part.
    """

    things: Sequence[Thing]
    names: Names
    project: Project | None = None
    hidden: Sequence[str] = ()
    settled: Callable[[], Awaitable["Shelf"]] | None = None
    by_role: bool = False


@dataclass(frozen=True, slots=True)
class Everywhere:
    """A search without a place. `answers`: whether what was found so far is what was typed; `nears`: whether a name is
    at least like it; `told` hears how many productions of how many were looked through.
    """

    kitsu: Kitsu
    text: str
    kinds: Sequence[Kind]
    answers: Callable[[Sequence[Shelf]], bool]
    nears: Callable[[Sequence[Shelf]], bool]
    told: Told

    async def shelves(self, wanted: frozenset[str]) -> tuple[list[Shelf], list[str]]:
        """What to search, and what to say of it: the default production goes before all others."""
        directory, outside = self.kitsu.directory, Cached(partial(_outside, self.kitsu, wanted), math.inf)
        if not self.kinds:
            return await outside.get(), []
        projects = await directory.open_projects.get()
        try:
            default, notes = await directory.default_project(), []
        except Unknown as wrong:  # a setting that names nothing must not hide what there is
            default, notes = None, [f"looked in every open project. {wrong}"]
        if default is None:
            notes += [] if projects else ["you are on the team of no open project"]
            shelves, (inside, left) = await gather_both(outside.get, partial(self._inside, projects, outside))
            return shelves + inside, notes + left
        shelves, (inside, left) = await gather_both(outside.get, partial(self._inside, [default], outside))
        shelves = shelves + inside
        others = [project for project in projects if project.id != default.id]
        if not others:
            return shelves, left
        name = encoded(default.name)
        if self.answers(shelves):
            return shelves, [f"looked in {name}, the default project: name another as `under`"]
        inside, left = await self._inside(others, outside)
        return shelves + inside, left or [f"not in {name}, the default project: looked in every open project"]

    async def _inside(self, projects: Sequence[Project], outside: Cached[list[Shelf]]) -> tuple[list[Shelf], list[str]]:
        """The entities of these productions, and what to say where there was no time for some. What is `outside` of
        productions is read meanwhile.
        """
        own = (await self.kitsu.directory.me.get()).role
        if not shows_rows_as_boards(own, own):
            return await self._boards(projects), []
        indexed: list[Shelf] = []
        try:
            if not await self.kitsu.names.hold(projects):
                rows = await asked_names(self.kitsu.session, projects, self.text)
                asked = await self._shelved(projects, rows)
                if self.answers([*await outside.get(), *asked]):
                    return asked, []
                known = {row["id"]: row for row in rows}
                more = () if INDEXED.isdisjoint(self.kinds) else await self.kitsu.indexer.names(projects, self.text)
                if more := [row for row in more if row["id"] not in known]:
                    indexed = await self._shelved(projects, [*rows, *more])
                if self.nears(indexed):
                    others = ", ".join(f"{kind}s" for kind in self.kinds if kind not in INDEXED)
                    return indexed, [f"{NOT_INDEXED} {others}: name them as `kinds`"] if others else []
            names, left = await self.kitsu.names.of(projects, self.told)
        except (NotFound, NotPermitted, Refused):  # by a Zou that answers these routes otherwise
            return await self._boards(projects), []
        known = {one.project.id for one in names} | {one.id for one in left}
        shelves = [self._of_names(one) for one in names]
        if others := [one for one in projects if one.id not in known]:  # shown in part, or of its team no more
            there = {one.id for one in await self.kitsu.directory.open_projects.get(time.monotonic())}
            shelves += await self._boards([one for one in others if one.id in there])
        shelves += [one for one in indexed if one.project in left]
        looked = (
            f"looked in {len(projects) - len(left)} of {len(projects)} open projects, as many as there was time for"
        )
        return shelves, [f"{looked}: search again for the rest, or name one as `under`"] if left else []

    async def _boards(self, projects: Sequence[Project]) -> list[Shelf]:
        turns = anyio.Semaphore(PRODUCTIONS_AT_ONCE)

        async def read(project: Project) -> Shelf:
            async with turns:
                return await self._board(project)

        return await gather(*[partial(read, project) for project in projects])

    async def _board(self, project: Project) -> Shelf:
        return await shelf_of(Place(await self.kitsu.reading(project), encoded(project.name)), self.kinds)

    def _of_names(self, names: NamesOf) -> Shelf:
        shelf = _named_shelf(names, self.kinds)

        async def settled() -> Shelf:
            return shelf if await self._is_shown(names.project) else await self._board(names.project)

        # To a role that is shown a part, reading them was refused.
        return shelf if self.kitsu.directory.roles_stand(names.read_at) else replace(shelf, settled=settled)

    async def _shelved(self, projects: Sequence[Project], rows: Sequence[Record]) -> list[Shelf]:
        """What Kitsu found in these productions, with addresses: their own once it is settled, where they are many."""
        found = [(one, its) for one in projects if (its := [row for row in rows if row["project_id"] == one.id])]
        if len(found) <= PRODUCTIONS_AT_ONCE:
            return await gather(*[partial(self._addressed, one, its) for one, its in found])
        types = await self.kitsu.directory.asset_types.get()
        above = await parents_of(self.kitsu.session, rows)
        shelves: list[Shelf] = []
        for project, its in found:
            own = {row["id"] for row in its}
            parents = [row for row in above if row["project_id"] == project.id and row["id"] not in own]
            entities = [one for one in addressed(project, [*parents, *its], {}, types) if one.id in own]
            shelf = _shelf(project, (one for one in entities if one.kind in self.kinds))
            shelves.append(replace(shelf, settled=partial(self._addressed, project, its)))
        return shelves

    async def _addressed(self, project: Project, rows: Sequence[Record]) -> Shelf:
        """These with the addresses that they have beside all else in the production, as far as they may be seen."""
        reading = await self.kitsu.reading(project)
        shown, view = await gather_both(partial(self._is_shown, project), reading.view)
        if not shown:
            return await self._board(project)
        parents = {one.id: one for one in view.entities()}
        entities = addressed(project, rows, parents, await self.kitsu.directory.asset_types.get())
        return _shelf(project, (one for one in entities if one.kind in self.kinds))

    async def _is_shown(self, project: Project) -> bool:
        """Whether the role on a production is shown all, too."""
        role = await self.kitsu.directory.role_on(project)
        if not shows_rows_as_boards(role, role):
            self.kitsu.names.forget(project)
            return False
        return True


async def foresee(kitsu: Kitsu) -> None:
    """Make ready what a first search without a place goes by, as far as it is on disk."""
    kept = await kitsu.names.foresee()
    for names in kept:
        await to_thread.run_sync(lambda shelf: shelf.names.weak("ready"), _named_shelf(names, ALL_KINDS))
    if kept:
        await _outside(kitsu, frozenset(KINDS))
    for names in kept if len(kept) <= PRODUCTIONS_AT_ONCE else ():  # one by one: somebody asks meanwhile
        await kitsu.directory.role_on(names.project)


async def shelf_of(place: Place, kinds: Sequence[Kind]) -> Shelf:
    """The entities of these kinds at and below a place."""
    view, entities = await below(place, kinds)

    def filled() -> Shelf:
        shelf = _shelf(place.project, (one for one in entities if one.kind in kinds))
        hidden = [f"{kind}s" for kind in kinds if f"{kind}s" in view.hidden]
        return replace(shelf, hidden=hidden, by_role=True)

    return view.memoised(("searched", place.address, tuple(kinds)), filled)


def entity_thing(entity: Entity, project: Project) -> Thing:
    """An entity, as it may be found."""
    return Thing(entity.kind, entity.address, entity.out_of_work, project.name, entity.omitted)


def person_thing(person: Person) -> Thing:
    """Somebody, as they may be found."""
    return Thing("person", person.label, "bot" if person.is_bot else person.role)


def _named_shelf(names: NamesOf, kinds: Sequence[Kind]) -> Shelf:
    its = (one for one in names.entities if one.kind in kinds)
    return names.memoised(tuple(kinds), lambda: _shelf(names.project, its))


def _shelf(project: Project, entities: Iterable[Entity]) -> Shelf:
    kept = list(entities)
    names = Names([one.name for one in kept], [one.address for one in kept])
    return Shelf([entity_thing(one, project) for one in kept], names, project)


async def _outside(kitsu: Kitsu, wanted: frozenset[str]) -> list[Shelf]:
    """Productions and people, as far as they are wanted."""
    shelves: list[Shelf] = []
    if "project" in wanted:
        projects = await kitsu.directory.open_projects.get()
        things = [Thing("project", encoded(one.name), one.production_type) for one in projects]
        names, codes = [one.name for one in projects], [one.code for one in projects]
        shelves.append(Shelf(things, Names(names, names, codes)))
    if "person" in wanted:
        people = [one for one in (await kitsu.directory.people_seen()).values() if one.active]
        things = [person_thing(one) for one in people]
        shelves.append(Shelf(things, Names([one.name for one in people], [one.label for one in people])))
    return shelves
