"""From ids and page links to places: what an id is of, and what a page of Kitsu shows."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

from kitsu_tools.tracker.addresses import BESIDE_TYPES, MAIN_PACK, Segment, encoded, segment_of
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.cached import SingleFlight
from kitsu_tools.tracker.directory import Directory
from kitsu_tools.tracker.errors import BadInput, NotFound, NotPermitted, Unknown, quoted
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.links import ALL_EPISODES, MAIN, Link
from kitsu_tools.tracker.model import Entity, Kind, Person, Project
from kitsu_tools.tracker.names import pick
from kitsu_tools.tracker.places import Place, entity_place
from kitsu_tools.tracker.reading import Reading
from kitsu_tools.tracker.session import KitsuSession

WITH_BOARDS: tuple[Kind, ...] = ("shot", "asset", "edit", "concept")
"""The kinds that no view has unless it is asked for them."""

FEW_PARENTS = 3
"""The shots of so many sequences are read by themselves; of more, Zou answers the whole board sooner."""

OpenReading = Callable[[Project], Awaitable[Reading]]
Found: TypeAlias = tuple[Place, Segment | None]
"""A place, and the task type of a task of it that was meant."""


class NoSuchId(Unknown):
    """An id of nothing at all that this identity may see."""


class Lookup:
    """What ids and page links lead to. `ready` was asked of the directory before."""

    def __init__(self, session: KitsuSession, directory: Directory, open_reading: OpenReading) -> None:
        self.session = session
        self.directory = directory
        self.open_reading = open_reading
        self._tasks: dict[str, Mapping[str, Any]] = {}
        self._entities: dict[str, Mapping[str, Any]] = {}
        self._reading_entities = SingleFlight()

    async def read_tasks(self, ids: Iterable[str]) -> None:
        """Read at once which of these ids are tasks; what is none is looked up by itself."""
        wanted = set(ids)
        if len(wanted) > 1:
            self._tasks = {one["id"]: one for one in await records_by(self.session, "data/tasks", "id", wanted)}

    async def whole(self, project: Project) -> Place:
        """All of a production."""
        return Place(await self.open_reading(project), encoded(project.name))

    async def main_pack(self, whole: Place) -> Place | None:
        """What belongs to no episode: Kitsu has it for shows, and shows their assets there. None for other productions.

        Kitsu's page takes assets without `source_id`, and neither shots nor edits (`Topbar.vue`; Zou 1.0.97).
        """
        if not whole.project.has_episodes:
            return None
        types = (await self.directory.asset_types.get()).values()
        shadowed = MAIN_PACK.casefold() in {name.casefold() for name in types} | await _names_at_top(whole.reading)
        address = f"{whole.address}/{segment_of(MAIN_PACK, MAIN, shadowed)}"
        return Place(whole.reading, address, "asset", MAIN_PACK, is_main_pack=True)

    async def asset_type(self, whole: Place, type_id: str) -> Place:
        """The assets of one type in a production. Its id marks it where something else beside it has its name."""
        name = (await self.directory.asset_types.get())[type_id]
        shadowed = name.casefold() in BESIDE_TYPES | await _names_at_top(whole.reading)
        address = f"{whole.address}/{segment_of(name, type_id, shadowed)}"
        return replace(whole, address=address, kind="asset", group=name)

    async def person(self, person_id: str) -> Person | None:
        """The person with this id."""
        return (await self.directory.people_seen()).get(person_id)

    async def person_of_email(self, email: str) -> Person:
        """Whose e-mail this is: by it Zou finds people also for roles to which it shows none (1.0.97).

        Raises:
            Unknown, Ambiguous: nobody whom the identity may see has it, or several have.
        """
        found = [one["id"] for one in await self.session.read("data/persons", {"email": email.lower()})]
        people = await self.directory.people_seen()
        there = [people[one] for one in found if one in people]
        if not there:
            raise Unknown(f"Nobody that you may see has the e-mail {quoted(email)}. Name the person.")
        return there[0] if len(there) == 1 else pick("person", there[0].name, there, lambda one: one.label)

    async def project_of(self, link: Link) -> Project:
        """The production that a link's page is in."""
        project = await self.directory.project_by_id(link.production)
        if project is None:
            raise _no_such_id(link.production)
        return project

    async def of_link(self, link: Link, text: str, *, task_first: bool) -> Found:
        """What a page shows. `task_first`: a task is wanted.

        Raises:
            Unknown: nothing there has an address: a playlist, a person, an id that is none; says which.
            BadInput: the link names another production than what it shows is in.
        """
        thing = link.task or (task_first and link.open_task) or link.entity
        if not thing and link.playlist:
            raise Unknown(
                "This is the page of a playlist, which get_review_room takes. Give the shots, assets or tasks in it, "
                "or the link of one; find_endpoint names the endpoints of playlists."
            )
        if not thing and not link.production:
            if elsewhere := link.person or link.task_type or link.asset_type:
                raise await self._misplaced(elsewhere, "This is the page of")
            if not (thing := link.other):
                raise Unknown(
                    f"The link {quoted(text)} holds no id. Paste the link of a production, shot, asset or task page."
                )
        if thing:
            is_task = task_first or bool(link.task)
            place, task_type = await self.of_id(thing, task_first=is_task, within=link.production)
            return replace(place, link=link), task_type
        return await self._of_page(link, await self.project_of(link)), None

    async def _of_page(self, link: Link, project: Project) -> Place:
        """A page of many things: of a production, an episode or the main pack, perhaps of one type."""
        place = await self.whole(project)
        if link.episode == MAIN:
            place = await self.main_pack(place) or place
        elif link.episode not in {"", ALL_EPISODES}:
            episode = (await place.reading.view("episode")).entity(link.episode)
            if episode is None or episode.kind != "episode":
                raise Unknown(f"{place.address} has no episode with the id {link.episode} that you may see.")
            place = entity_place(place.reading, episode)
        task_type = (await self.directory.task_types.get()).get(link.task_type)
        asset_type = (await self.directory.asset_types.get()).get(link.asset_type, "") if link.asset_type else ""
        for given, found in ((link.task_type, task_type), (link.asset_type, asset_type)):
            if given and not found:
                raise await self._misplaced(given)
        if asset_type and place.kind is None:
            place, asset_type = await self.asset_type(place, link.asset_type), ""
        return replace(place, link=link, task_type=task_type, asset_type=asset_type)

    async def of_id(self, thing_id: str, *, task_first: bool, within: str = "") -> Found:
        """What an id is of. `task_first`: where to look first; `within`: the production that a link says it is in."""
        project = await self.directory.open_project(thing_id)
        if project is not None:
            return await self.whole(project), None
        for is_task in (task_first, not task_first):
            record = await self._record("tasks" if is_task else "entities", thing_id)
            if record is not None:
                place, task_type = await self._of_record(record, is_task=is_task)
                if within not in {"", record["project_id"]}:
                    raise BadInput(
                        f"This link names another production than what it shows is in, {place.address}. Give that "
                        "address, if it is meant."
                    )
                return place, task_type
        project = await self.directory.project_by_id(thing_id)
        if project is not None:
            return await self.whole(project), None
        raise await self._misplaced(thing_id)

    async def _of_record(self, record: Mapping[str, Any], *, is_task: bool) -> Found:
        project = await self.directory.project_by_id(record["project_id"])
        if project is None:
            raise NotPermitted(
                f"{quoted(record['id'])} belongs to a production that the signed-in identity does not see."
            )
        reading, entity_id = await self.open_reading(project), record["entity_id"] if is_task else record["id"]
        entity = reading.held_entity(entity_id)
        if entity is None:
            # Only the entity's own record says what it is and stands under, which spares reading every board.
            entity_record = await self._record("entities", entity_id) if is_task else record
            entity = await self._entity(reading, entity_id, entity_record)
        if entity is None:
            raise Unknown(
                f"{quoted(record['id'])} is an id of a kind that has no address here (not a shot, asset, sequence, …)."
            )
        return entity_place(reading, entity), Segment("", record["id"][:8]) if is_task else None

    async def _entity(self, reading: Reading, entity_id: str, record: Mapping[str, Any] | None) -> Entity | None:
        known = record or {}
        kind = str(known.get("type", "")).lower()  # told of one record alone, not of many read at once
        view = await reading.view()
        above = view.entity(known.get("parent_id") or "")
        if above is not None and above.kind == "sequence":
            reading.whole |= len({one.get("parent_id") for one in self._entities.values()}) > FEW_PARENTS
            view = await reading.shots_of(above.id)
        elif known.get("entity_type_id") in await self.directory.asset_types.get():
            view = await reading.view("asset")
        elif kind in WITH_BOARDS:
            view = await reading.view(kind)
        return view.entity(entity_id) or (await reading.view(*WITH_BOARDS)).entity(entity_id)

    async def _record(self, kind: str, thing_id: str) -> Mapping[str, Any] | None:
        if kind == "tasks" and thing_id in self._tasks:
            return self._tasks[thing_id]
        if kind == "entities" and self._tasks:
            await self._reading_entities.work(lambda: bool(self._entities), self._read_entities)
            if thing_id in self._entities:
                return self._entities[thing_id]
        try:
            return await self.session.read(f"data/{kind}/{thing_id}")
        except (NotFound, NotPermitted):
            return None

    async def _read_entities(self) -> None:
        """What the tasks that were read at once are of."""
        ids = {one["entity_id"] for one in self._tasks.values()}
        self._entities = {one["id"]: one for one in await records_by(self.session, "data/entities", "id", ids)}

    async def _misplaced(self, thing_id: str, said: str = "") -> Unknown:
        """What to say of an id that is of no place, entity or task: what it is of, where Kitsu tells."""
        what = await self._in_directory(thing_id) or await self._beside_directory(thing_id)
        return Unknown(f"{said or f'{quoted(thing_id)} is the id of'} {what}") if what else _no_such_id(thing_id)

    async def _in_directory(self, thing_id: str) -> str:
        if person := await self.person(thing_id):
            return f"the person {person.label}. list_tasks takes people as assignee."
        if task_type := (await self.directory.task_types.get()).get(thing_id):
            return f"the task type {task_type.name}. list_tasks takes its name as task_type."
        if status := (await self.directory.statuses.get()).get(thing_id):
            return f"the status {status.short_name}. list_tasks takes it as status."
        if asset_type := (await self.directory.asset_types.get()).get(thing_id):
            return f"the asset type {asset_type}. Write project/{encoded(asset_type)}."
        return ""

    async def _beside_directory(self, thing_id: str) -> str:
        kinds = ("playlists", "preview-files", "comments")
        playlist, preview, comment = await gather(*[partial(self._record, kind, thing_id) for kind in kinds])
        if playlist is not None:
            return f"the playlist {quoted(playlist['name'])}. get_review_room takes it, find_endpoint knows them."
        # Neither says which production it is of: its task does.
        if preview is not None and await self._record("tasks", preview["task_id"]):
            return f"a preview, v{preview['revision']} of the task {preview['task_id']}. Give that id."
        if comment is not None and await self._record("tasks", comment["object_id"]):
            return f"a comment on the task {comment['object_id']}. Give that id."
        return ""


async def _names_at_top(reading: Reading) -> set[str]:
    """The names, without case, of the episodes, or of the sequences where there are none, and of any outside them."""
    structure = (await reading.view()).entities("episode", "sequence")
    return {one.name.casefold() for one in structure if not one.parent_id}


def _no_such_id(thing_id: str) -> NoSuchId:
    return NoSuchId(
        f"{quoted(thing_id)} is the id of no production, episode, sequence, shot, asset, edit, concept or task that "
        "you may see. search finds things by name."
    )
