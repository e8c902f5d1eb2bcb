"""What a playlist is to show, as an agent names it or asks for it: things of one kind, each with one preview."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, cast, get_args

from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.below import below
from kitsu_tools.tracker.board import View
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import BadInput, counted, listed, quoted
from kitsu_tools.tracker.finder import Finder, FoundTask
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Entity, Project, Task, decoded
from kitsu_tools.tracker.names import is_uuid
from kitsu_tools.tracker.places import Place
from kitsu_tools.tracker.previews import FIELDS, PreviewFile, previews_below
from kitsu_tools.tracker.reading import Reading
from kitsu_tools.tracker.statuses import ROLES
from kitsu_tools.tracker.task_types import in_order, task_label, type_ranks
from kitsu_tools.write.naming import found_or_why, usable

MOST_ENTRIES = 200
Kind = Literal["shot", "asset", "sequence", "edit", "episode"]
"""What Zou 1.0.97 makes playlists of (`VALID_FOR_ENTITY_VALUES`)."""
KINDS: tuple[Kind, ...] = get_args(Kind)
NOTHING = "nothing published"
_REVISION = re.compile(r"(.+\S)\s+v(\d{1,6})", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of a playlist. `preview_id` is empty, as is `type_id` of its task, where nothing was published."""

    entity: Entity
    preview_id: str = ""
    type_id: str = ""
    says: str = NOTHING


async def entries_named(
    kitsu: Kitsu, texts: Sequence[str], task_type: str = "", project: Project | None = None
) -> tuple[Reading, list[Entry]]:
    """What these texts name, in their order: a shot or another thing with its newest preview, of this task type or the
    last in the pipeline; a task, perhaps with ` v2` behind; a preview by its id. `project`: what addresses begin in.

    Raises:
        BadInput, NotFound, NotPermitted: what is wrong with each that cannot be used; or they are of several
            productions or kinds.
    """
    if not 1 <= len(texts) <= MOST_ENTRIES:
        raise BadInput(f"{len(texts)} named; 1 to {MOST_ENTRIES} go at once.")
    ids = [one.strip().lower() for one in texts if is_uuid(one)]
    previews = await records_by(kitsu.session, "data/preview-files", "id", ids, fields="id,task_id") if ids else []
    task_of: dict[str, str] = {str(one["id"]): str(one["task_id"]) for one in previews}
    heads = [encoded(one.name).casefold() for one in await kitsu.directory.open_projects.get()]
    asked = [_asked(kitsu, text.strip(), task_of, project, heads) for text in texts]
    find = await kitsu.find.for_many([name for name, _ in asked])
    found = await gather(*[partial(found_or_why, partial(_part, find, name)) for name, _ in asked])
    things = usable(texts, found, "thing")
    projects = {one.reading.project.name for one in things} | ({project.name} if project else set[str]())
    if len(projects) > 1:
        raise BadInput(f"A playlist is of one production, and these are of {listed(sorted(projects))}.")
    published = _Published(kitsu, things[0].reading, await _type_ids(kitsu, task_type))
    tasks = [[one.task] if isinstance(one, FoundTask) else published.wanted(_entity(one)) for one in things]
    await published.read([task for several in tasks for task in several])
    entries = [
        published.entry(_entity(one), several, version or (one.preview if isinstance(one, FoundTask) else ""))
        for one, several, (_, version) in zip(things, tasks, asked, strict=True)
    ]
    return things[0].reading, list(dict.fromkeys(entries))


async def entries_below(
    kitsu: Kitsu, under: str, kind: Kind | None, task_type: str, status: Sequence[str]
) -> tuple[Reading, list[Entry], tuple[str, ...]]:
    """All of a kind at and below a place of which something was published, by address, each with its newest preview:
    of this task type, or the last in the pipeline; with `status` of each task that has one of these. What was left out
    is told as warnings.

    Raises:
        BadInput: that is nothing, or too much.
    """
    place = await kitsu.find.place(under)
    kind = kind or _kind_of(place)
    _, entities = await below(place, (kind,))
    there = [one for one in entities if not one.omitted]
    published = _Published(kitsu, place.reading, await _type_ids(kitsu, task_type))
    statuses = await _status_ids(kitsu, status)
    tasks = {
        one.id: [task for task in published.wanted(one) if not statuses or task.status_id in statuses] for one in there
    }
    await published.read([task for several in tasks.values() for task in several])
    each = [
        (one, group) for one in there for group in ([[task] for task in tasks[one.id]] if statuses else [tasks[one.id]])
    ]
    entries = [published.entry(one, group) for one, group in each if group]
    found = [one for one in entries if one.preview_id]
    if not 1 <= len(found) <= MOST_ENTRIES:
        raise BadInput(
            f"{counted(len(found), 'preview')} fit below {place.address}; 1 to {MOST_ENTRIES} go into a playlist."
        )
    warnings = {"nothing published": len(entries) - len(found), "omitted": len(entities) - len(there)}
    left = tuple(f"Left out, {why}: {counted(count, kind)}" for why, count in warnings.items() if count)
    return place.reading, found, left


async def entries_of(kitsu: Kitsu, view: View, shown: Iterable[tuple[str, str]]) -> list[Entry]:
    """What a playlist shows, by the ids of entities and previews; without things that are not there any more."""
    pairs = list(shown)
    ids = [preview for _, preview in pairs if is_uuid(preview)]
    read = await records_by(kitsu.session, "data/preview-files", "id", ids, fields=FIELDS) if ids else []
    previews = {one["id"]: decoded(PreviewFile, one) for one in read}
    types = await kitsu.directory.task_types.get()

    def entry(entity: Entity, preview: PreviewFile | None) -> Entry:
        task = view.task(preview.task_id) if preview else None
        if preview is None or task is None:
            return Entry(entity)
        return Entry(entity, preview.id, task.type_id, f"{task_label(task, types)} {preview.version}")

    found = [(view.entity(entity_id), previews.get(preview_id)) for entity_id, preview_id in pairs]
    return [entry(entity, preview) for entity, preview in found if entity is not None]


async def newest_of(kitsu: Kitsu, project: Project, shown: Iterable[str]) -> dict[str, str]:
    """The newest preview of the task of each of these, by their ids."""
    read = await records_by(kitsu.session, "data/preview-files", "id", filter(is_uuid, shown), fields="id,task_id")
    task_of: dict[str, str] = {str(one["id"]): str(one["task_id"]) for one in read}
    fields = {"fields": FIELDS}
    every = await records_by(kitsu.session, "data/preview-files", "task_id", task_of.values(), **fields)
    role = await kitsu.directory.role_on(project)
    newest: dict[str, PreviewFile] = {}
    for one in (decoded(PreviewFile, record) for record in every):
        best = newest.get(one.task_id, one)
        if one.is_told_to(role) and (one.revision, -one.position) >= (best.revision, -best.position):
            newest[one.task_id] = one
    return {one: newest[task].id for one, task in task_of.items() if task in newest}


def kind_of(entries: Iterable[Entry]) -> Kind:
    """What these are, all of them.

    Raises:
        BadInput: they are of several kinds, or of one that Kitsu makes no playlists of.
    """
    kinds = sorted({one.entity.kind for one in entries})
    if len(kinds) != 1 or kinds[0] not in KINDS:
        raise BadInput(f"A playlist shows things of one kind ({listed(KINDS)}), and these are {listed(kinds)}.")
    return kinds[0]


class _Published:
    """What was published on tasks of one production, read at once."""

    def __init__(self, kitsu: Kitsu, reading: Reading, types: frozenset[str]) -> None:
        self._kitsu = kitsu
        self._reading = reading
        self._types = types
        self._of: dict[str, list[PreviewFile]] = {}
        self._labels: dict[str, str] = {}
        self._ranks: dict[str, tuple[int, str]] = {}

    def wanted(self, entity: Entity) -> list[Task]:
        """The tasks of an entity that count here."""
        return [one for one in entity.tasks if not self._types or one.type_id in self._types]

    async def read(self, tasks: Sequence[Task]) -> None:
        """Read what was published on these.

        Raises:
            BadInput: they are more than are read at once.
        """
        project, types = self._reading.project, await self._kitsu.directory.task_types.get()
        found, back_to = await previews_below(self._kitsu, project, {one.id: one for one in tasks}, "", ())
        if back_to:
            raise BadInput(f"{counted(len(tasks), 'task')} are too many to look through: name a part of it.")
        for one in found:
            self._of.setdefault(one.task_id, []).append(one)
        self._ranks = type_ranks(project, types)
        self._labels = {one.id: task_label(one, types) for one in tasks}

    def entry(self, entity: Entity, tasks: Sequence[Task], version: str = "") -> Entry:
        """An entity with the newest preview of the last of these tasks that has one, or with this revision or id.

        Raises:
            BadInput: there is no such revision.
        """
        task = next((one for one in reversed(in_order(tasks, self._ranks)) if self._of.get(one.id)), None)
        every = sorted(self._of[task.id], key=lambda one: (-one.revision, one.position)) if task else []
        fits = [one for one in every if not version or version in {one.id, f"v{one.revision}"}]
        if version and not fits:
            there = listed(dict.fromkeys(f"v{one.revision}" for one in every)) or "none"
            raise BadInput(f"{entity.address} has no such preview: {quoted(version)}. There are: {there}.")
        if task is None:
            return Entry(entity)
        return Entry(entity, fits[0].id, task.type_id, f"{self._labels[task.id]} {fits[0].version}")


def _asked(
    kitsu: Kitsu, text: str, task_of: Mapping[str, str], project: Project | None, heads: Collection[str]
) -> tuple[str, str]:
    """What to look for, and the revision or id of the preview that is meant; empty for the newest. `heads`: what
    addresses of other productions begin with.
    """
    if text.lower() in task_of:
        return task_of[text.lower()], text.lower()
    revised = _REVISION.fullmatch(text)
    name, version = (revised[1], f"v{int(revised[2])}") if revised else (text, "")
    if project and not (kitsu.find.is_id(name) or name.partition("/")[0].strip().casefold() in heads):
        name = f"{encoded(project.name)}/{name}"
    return name, version


async def _part(find: Finder, name: str) -> Place | FoundTask:
    """A task or an entity.

    Raises:
        BadInput, NotFound, NotPermitted: it cannot be used.
    """
    found = await find.part(name)
    if isinstance(found, Place) and found.entity is None:
        raise BadInput(f"{found.address} is no shot, asset or task. Name those, or all below it with `under`.")
    return found


def _entity(found: Place | FoundTask) -> Entity:
    return found.task.entity if isinstance(found, FoundTask) else cast("Entity", found.entity)


def _kind_of(place: Place) -> Kind:
    listed_kind = place.kind if place.group else place.listed_kind
    return listed_kind if listed_kind in KINDS else "shot"


async def _type_ids(kitsu: Kitsu, name: str) -> frozenset[str]:
    return frozenset(one.id for one in await kitsu.directory.task_type(name)) if name.strip() else frozenset()


async def _status_ids(kitsu: Kitsu, names: Sequence[str]) -> frozenset[str]:
    """The statuses that names or roles stand for; one text may name several."""
    found: set[str] = set()
    for name in (part.strip() for text in names for part in text.split(",") if part.strip()):
        role = name.casefold()
        if role in ROLES:
            found |= {one.id for one in (await kitsu.directory.statuses.get()).values() if one.role == role}
        else:
            found.add((await kitsu.directory.status(name)).id)
    return frozenset(found)
