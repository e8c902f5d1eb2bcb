"""From what an agent wrote to what it means in Kitsu: addresses, fragments, ids and links to entities and tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import anyio

from kitsu_tools.tracker.addresses import Segment, parse
from kitsu_tools.tracker.errors import Ambiguous, BadInput, Unknown, listed, quoted
from kitsu_tools.tracker.links import Pages
from kitsu_tools.tracker.lookup import FEW_PARENTS, Found, Lookup, NoSuchId
from kitsu_tools.tracker.model import Entity, Kind, Person, Project, Task
from kitsu_tools.tracker.names import is_uuid, nearest, uuids_in
from kitsu_tools.tracker.paths import place_of
from kitsu_tools.tracker.places import Place
from kitsu_tools.tracker.reading import Reading
from kitsu_tools.tracker.task_types import in_order, task_label, tasks_called, type_ranks


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

    def __init__(self, lookup: Lookup, pages: Pages) -> None:
        self._lookup = lookup
        self._directory = lookup.directory
        self.pages = pages

    async def for_many(self, texts: Sequence[str]) -> "Finder":
        """The same for one question that names all of these: each production is revalidated once for it, and what ids
        are of is read at once.
        """
        lock, readings = anyio.Lock(), dict[str, Reading]()
        several = len({text.rpartition("/")[0] for text in texts}) > FEW_PARENTS

        async def once(project: Project) -> Reading:
            async with lock:
                if project.id not in readings:
                    readings[project.id] = await self._lookup.open_reading(project)
                    readings[project.id].whole = several
            return readings[project.id]

        lookup = Lookup(self._lookup.session, self._directory, once)
        await lookup.read_tasks(one for text in texts for one in uuids_in(text))
        return Finder(lookup, self.pages)

    def is_id(self, text: str) -> bool:
        """True for an id and for a page link.

        Raises:
            BadInput: a link of another Kitsu.
        """
        return is_uuid(text) or self.pages.link(text) is not None

    def playlist_id(self, text: str) -> str:
        """The id that a text is, or that of the playlist whose page it links to; empty where it is neither.

        Raises:
            BadInput: a link of another Kitsu, or of another page.
        """
        link = self.pages.link(text)
        if link is not None and not link.playlist:
            raise BadInput(f"{quoted(text)} is no page of a playlist.")
        return link.playlist if link is not None else text.strip().lower() if is_uuid(text) else ""

    async def person_of_page(self, text: str) -> Person | None:
        """The person whose page this is; None where it is no page of a person, and for a name or an id."""
        link = self.pages.link(text)
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
        return await self._at(place, task_type)

    async def part(self, text: str) -> Place | FoundTask:
        """Where `text` points, which may be a task; empty for the default production.

        Raises:
            Unknown, Ambiguous: nothing or more than one thing there; the message lists candidates.
        """
        return await self._at(*await self._resolve(text))

    async def person(self, text: str) -> Person:
        """Somebody by full name, `me`, e-mail, id or page link.

        Raises:
            Unknown, Ambiguous: nobody or several answer to it; the message lists candidates.
        """
        wanted, me = text.strip(), await self._directory.me.get()
        if wanted.casefold() == "me" or wanted.lower() == me.id:
            return (await self._directory.people.get()).get(me.id) or me.as_person
        if "@" in wanted and self.pages.link(wanted) is None:
            return await self._lookup.person_of_email(wanted)
        return await self.person_of_page(text) or await self._directory.person(text)

    async def production(self, text: str) -> Place:
        """What a production's name, code or id leads to, or the address, id or page link of anything in it.

        Raises:
            Unknown, Ambiguous: no or several productions answer; the message lists them.
        """
        link = self.pages.link(text)
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

    async def _at(self, place: Place, task_type: Segment | None) -> Place | FoundTask:
        if task_type is None or place.entity is None:
            return place
        tasks = place.entity.tasks
        return await self._task_of(place, task_type, tasks, await self.task_labels(tasks))

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
        return tasks_called(task_type.name, tasks, await self._directory.task_types.get())

    async def _resolve(self, text: str, *, task_first: bool = False, wants: Kind | None = None) -> Found:
        """What the text leads to. `task_first`: where to look an id up first."""
        link = self.pages.link(text)  # before anything is asked: another Kitsu's ids mean nothing here
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
        return await place_of(self._lookup, address, text, wants)


def _with_task(text: str, found: Found, named: Segment | None) -> Found:
    """What an id or a link leads to, with the task type that was written behind it.

    Raises:
        BadInput: the id is a task's, so that the task is named twice.
    """
    place, task_type = found
    if task_type and named:
        raise BadInput(f"{quoted(text)} holds a task's id, so no task type goes behind it. Leave one of them out.")
    return place, task_type or named
