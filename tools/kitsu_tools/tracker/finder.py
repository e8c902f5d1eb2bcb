"""From what an agent wrote to what it means in Kitsu: addresses, fragments, ids and links to entities and tasks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import anyio

from kitsu_tools.tracker.addresses import CONCEPTS, EDITS, MAIN_PACK, Address, Segment, encoded, parse
from kitsu_tools.tracker.boards import Reading
from kitsu_tools.tracker.directory import Directory
from kitsu_tools.tracker.errors import Ambiguous, BadInput, Unknown, listed, quoted
from kitsu_tools.tracker.fragments import entities_ending, ways_to_read
from kitsu_tools.tracker.links import MAIN, Pages
from kitsu_tools.tracker.lookup import FEW_PARENTS, WITH_BOARDS, Found, Lookup, NoSuchId, OpenReading
from kitsu_tools.tracker.model import Entity, Kind, Person, Project, Task
from kitsu_tools.tracker.names import is_uuid, matching, nearest, uuids_in
from kitsu_tools.tracker.places import Place, entity_place
from kitsu_tools.tracker.session import KitsuSession
from kitsu_tools.tracker.task_types import in_order, task_label, type_ranks


@dataclass(frozen=True, slots=True)
class FoundEntity:
    """One entity, found by its address."""

    reading: Reading
    entity: Entity

    @property
    def address(self) -> str:
        """Its canonical address."""
        return self.entity.address


@dataclass(frozen=True, slots=True)
class FoundTask:
    """One task, found by its address. `preview` is the id of the one that a page link shows."""

    reading: Reading
    task: Task
    address: str
    preview: str = ""


class Finder:
    """Resolves what an agent wrote: exact names win, then without case, then a unique part, else candidates."""

    def __init__(self, session: KitsuSession, directory: Directory, open_reading: OpenReading, pages: Pages) -> None:
        self._session = session
        self._directory = directory
        self._open_reading = open_reading
        self._pages = pages
        self._lookup = Lookup(session, directory, open_reading)

    async def for_many(self, texts: Sequence[str]) -> "Finder":
        """The same for one question that names all of these: each production is revalidated once for it, and what ids
        are of is read at once.
        """
        lock, readings = anyio.Lock(), dict[str, Reading]()
        several = len({text.rpartition("/")[0] for text in texts}) > FEW_PARENTS

        async def once(project: Project) -> Reading:
            async with lock:
                if project.id not in readings:
                    readings[project.id] = await self._open_reading(project)
                    readings[project.id].whole = several
            return readings[project.id]

        many = Finder(self._session, self._directory, once, self._pages)
        await many._lookup.read_tasks(one for text in texts for one in uuids_in(text))
        return many

    def is_id(self, text: str) -> bool:
        """True for an id and for a page link.

        Raises:
            BadInput: a link of another Kitsu.
        """
        return is_uuid(text) or self._pages.link(text) is not None

    async def person_of_page(self, text: str) -> Person | None:
        """The person whose page this is; None where it is no page of a person, and for a name or an id."""
        link = self._pages.link(text)
        return await self._lookup.person(link.person) if link is not None and link.person else None

    async def thing(self, text: str) -> Place | FoundTask | Person:
        """Whatever an id or a page link is of.

        Raises:
            Unknown: of nothing that can be named here; the message says what it is of.
        """
        person = await self.person_of_page(text)
        if person is not None:
            return person
        try:
            place, task_type = await self._resolve(text)
        except Unknown:
            person = await self._lookup.person(text.strip().lower())
            if person is None:
                raise
            return person
        if task_type is None or place.entity is None:
            return place
        tasks = place.entity.tasks
        return await self._task_of(place, task_type, tasks, await self.task_labels(tasks))

    async def production(self, text: str) -> Place:
        """What a production's name, code or id leads to, or the address, id or page link of anything in it.

        Raises:
            Unknown, Ambiguous: no or several productions answer; the message lists them.
        """
        link = self._pages.link(text)
        if link is not None and link.production:
            return replace(await self._lookup.whole(await self._lookup.project_of(link)), link=link)
        if link is not None:
            return (await self._resolve(text))[0]
        if is_uuid(text):
            try:
                return (await self._resolve(text))[0]
            except NoSuchId:
                raise Unknown(
                    f"No production has the id {text.strip()}. list_projects shows those you may see."
                ) from None
        try:
            return await self._lookup.whole(await self._directory.project(text))
        except Unknown as missed:
            if "/" not in text:
                raise
            try:
                return (await self._resolve(text))[0]
            except Unknown:
                raise missed from None

    async def place(self, text: str, wants: Kind | None = None) -> Place:
        """Where `text` points; empty for the default production. `wants`: the kind that is to be found there, if one.

        Raises:
            Unknown, Ambiguous: nothing or more than one thing there; the message lists candidates.
        """
        place, task_type = await self._resolve(text, wants=wants)
        if task_type is not None:
            tasks = place.entity.tasks if place.entity is not None else []
            labels, found = await self.task_labels(tasks), await self._called(task_type, tasks)
            what = f"the task {place.address}:{labels[found[0].id]}" if len(found) == 1 else "the address of a task"
            raise BadInput(f"{quoted(text)} is {what}; give {place.address} here.")
        return place

    async def entity(self, text: str) -> FoundEntity:
        """One episode, sequence, shot, asset, edit or concept.

        Raises:
            BadInput: it is a production or an asset type, or nothing is there.
        """
        place = await self.place(text)
        if place.entity is None:
            raise BadInput(
                f"{place.address!r} is not one shot, asset, sequence or episode. Name one of those below it."
            )
        return FoundEntity(place.reading, place.entity)

    async def task(self, text: str) -> FoundTask:
        """One task: `address:Task Type`, `address/Task Type`, its id or its page link.

        Raises:
            Unknown, Ambiguous: no or several tasks answer; the message lists them.
        """
        place, task_type = await self._resolve(text, task_first=True)
        if place.entity is None:
            raise BadInput(f"{quoted(text)} names no task. Write address:Task Type, as in SQ01/SH010:Animation.")
        tasks = in_order(place.entity.tasks, type_ranks(place.project, await self._directory.task_types.get()))
        labels = await self.task_labels(tasks)
        if not tasks:
            raise Unknown(f"{place.address} has no tasks.")
        if task_type is None:
            named = ", ".join(labels[task.id] for task in tasks)
            raise BadInput(
                f"{place.address} has these tasks: {named}. Say which, as {place.address}:{labels[tasks[0].id]}."
            )
        return await self._task_of(place, task_type, tasks, labels)

    async def _task_of(
        self, place: Place, task_type: Segment, tasks: Sequence[Task], labels: Mapping[str, str]
    ) -> FoundTask:
        found = await self._called(task_type, tasks)
        if len(found) > 1:
            several = listed(f"{place.address}:{labels[task.id]}" for task in found)
            raise Ambiguous(f"{place.address} has more than one such task: {several}. Name one in full.")
        if not found:
            names, wanted = [labels[task.id] for task in tasks], str(task_type)
            raise Unknown(f"{place.address} has no task {quoted(wanted)}. {nearest('task', wanted, names)}")
        preview = place.link.preview if place.link is not None else ""
        return FoundTask(place.reading, found[0], f"{place.address}:{labels[found[0].id]}", preview)

    async def task_labels(self, tasks: Sequence[Task]) -> dict[str, str]:
        """How each task of an entity is named in its address: the task type, marked where an entity has two of one."""
        types = await self._directory.task_types.get()
        return {task.id: task_label(task, types) for task in tasks}

    async def _called(self, task_type: Segment, tasks: Sequence[Task]) -> list[Task]:
        """The tasks that answer to the last part of an address."""
        if task_type.id_start:
            return [task for task in tasks if task.id.startswith(task_type.id_start)]
        return matching(task_type.name, tasks, await self._type_names())

    async def _resolve(self, text: str, *, task_first: bool = False, wants: Kind | None = None) -> Found:
        """What the text leads to. `task_first`: where to look an id up first."""
        link = self._pages.link(text)  # before anything is asked: another Kitsu's ids mean nothing here
        await self._directory.ready()
        if link is not None:
            named = Segment(link.named_task) if link.named_task else None
            return _with_task(text, await self._lookup.of_link(link, text, task_first=task_first), named)
        if not text.strip():
            return await self._lookup.whole(await self._directory.project("")), None
        address = parse(text)
        if address.thing_id:
            found = await self._lookup.of_id(address.thing_id, task_first=task_first)
            return _with_task(text, found, address.task_type)
        return await self._from_path(address, text, wants)

    async def _from_path(self, address: Address, text: str, wants: Kind | None) -> Found:
        """A path below the production it begins with, or else below the default one."""
        if not address.segments:
            return await self._lookup.whole(await self._directory.project("")), address.task_type
        first = address.segments[0].name
        named = await self._directory.project_named(first)
        if named is None:
            missed: Unknown | None = None
            try:
                default = await self._directory.default_project()
                if default is not None:
                    return await self._walk(await self._open_reading(default), address.segments, address, text, wants)
            except Unknown as miss:
                missed = miss
            named = await self._in_part(first, missed)
        return await self._walk(await self._open_reading(named), address.segments[1:], address, text, wants)

    async def _in_part(self, first: str, missed: Unknown | None) -> Project:
        """The production that a part of its name leads to; else what was missed in the default one is said."""
        try:
            return await self._directory.project(first)
        except (Unknown, Ambiguous) as miss:
            if missed is not None:
                raise missed from None
            if isinstance(miss, Ambiguous):
                raise
            raise Unknown(f"{miss} search finds names in all productions.") from None

    async def _walk(
        self, reading: Reading, rest: tuple[Segment, ...], address: Address, text: str, wants: Kind | None
    ) -> Found:
        place: Place | None = Place(reading, encoded(reading.project.name))
        for position, segment in enumerate(rest):
            below = await self._step(place, segment, wants)
            if below is None:
                last = position == len(rest) - 1 and address.task_type is None
                if last and place.entity is not None and await self._is_task_type(place.entity, segment):
                    return place, segment
                return await self._by_fragment(reading, rest, address, text)
            place = below
        return place, address.task_type

    async def _step(self, place: Place, segment: Segment, wants: Kind | None) -> Place | None:
        """One level down, or None when nothing there answers to the segment. Where a sequence and an asset type have
        one name, the one that can hold what is wanted is meant.
        """
        reading = place.reading
        if place.group:
            inside = (await reading.view(place.kind or "asset")).entities(place.kind or "asset")
            return _one(reading, segment, [one for one in inside if place.holds(one)])
        match place.entity:
            case None:
                if segment.id_start == MAIN:
                    return await self._main_pack(place, segment)
                structure = (await reading.view()).entities("episode", "sequence")
                top = [one for one in structure if not one.parent_id]
                named = _exactly(reading, segment, top)
                holds_none = named is not None and named.kind == "sequence" and wants == "asset"
                return (
                    (holds_none and await self._group(place, segment, wants))
                    or named
                    or await self._group(place, segment, wants)
                    or await self._main_pack(place, segment)
                    or _one(reading, segment, top)
                )
            case Entity(kind="episode", id=episode_id):
                return _one(reading, segment, (await reading.view()).below(episode_id))
            case Entity(kind="sequence", id=sequence_id):
                return _one(reading, segment, (await reading.shots_of(sequence_id)).below(sequence_id))
            case _:
                return None

    async def _group(self, place: Place, segment: Segment, wants: Kind | None) -> Place | None:
        """An asset type of the production, or Edits, or Concepts: those go before a type of their name, unless an asset
        is wanted. A plural is understood.
        """
        wanted, start = segment.name.casefold(), segment.id_start
        groups: dict[str, Kind] = {EDITS: "edit", CONCEPTS: "concept"}
        own = next((name for name in groups if not start and wanted == name.casefold()), None)
        found = own and Place(place.reading, f"{place.address}/{encoded(own)}", groups[own], own)
        if found and wants != "asset":
            return found
        types = (await self._directory.asset_types.get()).items()
        for ending in ("", "s"):  # one type may be called like another's plural
            for type_id, name in types:
                if type_id.startswith(start) and wanted == f"{name}{ending}".casefold():
                    return await self._lookup.asset_type(place, type_id)
        return found or None

    async def _main_pack(self, whole: Place, segment: Segment) -> Place | None:
        called = segment.name.casefold() == MAIN_PACK.casefold()
        return await self._lookup.main_pack(whole) if called else None

    async def _by_fragment(self, reading: Reading, rest: tuple[Segment, ...], address: Address, text: str) -> Found:
        """The one entity whose address ends as the text does, its parts matched as names are."""
        view = await reading.view(*WITH_BOARDS)
        for segments, task_type in ways_to_read(rest, address.task_type):
            found = entities_ending(view, segments)
            if len(found) > 1:
                where = listed(one.address for one in found)
                raise Ambiguous(f"{quoted(text)} could be {len(found)} things: {where}. Write one of these addresses.")
            if found and (task_type is address.task_type or await self._is_task_type(found[0], task_type)):
                return entity_place(reading, found[0]), task_type
        wanted = "/".join(segment.name for segment in rest)
        addresses = [one.address.partition("/")[2] for one in view.entities()]
        raise Unknown(
            f"Nothing in {reading.project.name} is called {quoted(wanted)}. {nearest('entity', wanted, addresses)}"
        )

    async def _is_task_type(self, entity: Entity, segment: Segment | None) -> bool:
        if segment is None:
            return False
        return bool(matching(segment.name, entity.tasks, await self._type_names()))

    async def _type_names(self) -> Callable[[Task], str]:
        """How to get the name of a task's type, as Kitsu has it: not encoded for an address."""
        types = await self._directory.task_types.get()
        return lambda task: types[task.type_id].name if task.type_id in types else "task"


def _with_task(text: str, found: Found, named: Segment | None) -> Found:
    """What an id or a link leads to, with the task type that was written behind it.

    Raises:
        BadInput: the id is a task's, so that the task is named twice.
    """
    place, task_type = found
    if task_type and named:
        raise BadInput(f"{quoted(text)} holds a task's id, so no task type goes behind it. Leave one of them out.")
    return place, task_type or named


def _one(reading: Reading, segment: Segment, among: Sequence[Entity]) -> Place | None:
    written = str(segment)
    found = [one for one in among if one.address.rpartition("/")[2] == written]
    if not found and segment.id_start:
        found = [one for one in among if one.id.startswith(segment.id_start)]
    elif not found:
        found = matching(segment.name, among, _name)
    if len(found) > 1:
        several = listed(one.address for one in found)
        raise Ambiguous(f"{quoted(segment.name)} could be {several}. Write one of these addresses.")
    return entity_place(reading, found[0]) if found else None


def _exactly(reading: Reading, segment: Segment, among: Sequence[Entity]) -> Place | None:
    folded = segment.name.casefold()
    return _one(reading, segment, [one for one in among if one.name.casefold() == folded])


def _name(entity: Entity) -> str:
    return entity.name
