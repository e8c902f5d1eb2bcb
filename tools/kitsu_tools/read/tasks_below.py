"""The tasks that a question about what hangs on tasks, comments or previews, is about."""

from collections.abc import Hashable
from dataclasses import dataclass

from kitsu_tools.read.filters import types_named
from kitsu_tools.read.scope import common, parent_notes, partial_notes
from kitsu_tools.read.task_columns import address_of
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.below import below
from kitsu_tools.tracker.board import ALL_KINDS, View
from kitsu_tools.tracker.errors import counted
from kitsu_tools.tracker.finder import FoundTask
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Project, Task, TaskType
from kitsu_tools.tracker.places import entity_place
from kitsu_tools.tracker.reading import Reading
from kitsu_tools.tracker.visibility import KINDS_HIDDEN


@dataclass(frozen=True, slots=True)
class TasksBelow:
    """The tasks by id, of a place or just one. `base`: what their addresses are relative to; `one`: a
    single task was named; `whole`: a production was; `asked`: what was.
    """

    reading: Reading
    view: View
    tasks: dict[str, Task]
    base: str
    one: bool
    whole: bool
    types: dict[str, TaskType]
    notes: tuple[str, ...]
    asked: Hashable

    @property
    def project(self) -> Project:
        """The production that they are in."""
        return self.reading.project

    @property
    def key(self) -> Hashable:
        """What decides which tasks these are."""
        return self.project.id, self.base, self.asked

    @property
    def under(self) -> str:
        """What the rows of an answer stand below: the task where one was named."""
        return f"{self.base}{self.address(next(iter(self.tasks.values())))}" if self.one and self.tasks else self.base

    def address(self, task: Task) -> str:
        """A task's, relative to `base`."""
        return address_of(task, self.base, self.types)

    def address_in_project(self, task: Task) -> str:
        """A task's, relative to the production."""
        return address_of(task, encoded(self.project.name), self.types)


async def tasks_below(kitsu: Kitsu, under: str, task_type: str = "") -> TasksBelow:
    """What `under` points at, or the task that it names; only tasks of a type where one is named."""
    found = await kitsu.find.part(under)
    place = entity_place(found.reading, found.task.entity) if isinstance(found, FoundTask) else found
    types = await kitsu.directory.task_types.get()
    of_page = frozenset([place.task_type.id] if place.task_type else ())
    wanted = await types_named(kitsu, task_type) if task_type else of_page
    kinds = (place.listed_kind,) if place.listed_kind is not None else ALL_KINDS
    if isinstance(found, FoundTask):
        kinds = (found.task.entity.kind,)
    view, entities = await kitsu.beside_role(place.project, lambda: below(place, kinds))
    tasks = [one for entity in entities for one in entity.tasks if not wanted or one.type_id in wanted]
    if isinstance(found, FoundTask):
        tasks = [one for one in tasks if one.id == found.task.id]
    there = [one for one in tasks if not one.entity.omitted or one.entity.address == place.address]
    omitted = len(tasks) - len(there)
    notes = (
        f"{counted(omitted, 'task')} of omitted entities left out" if omitted else "",
        *(f"{kind} are not counted: {KINDS_HIDDEN}" for kind in view.hidden),
        *parent_notes(view, (one.entity for one in there)),
        *await partial_notes(kitsu, place, kinds, narrowed=True, task_type=place.task_type),
    )
    return TasksBelow(
        place.reading,
        view,
        {one.id: one for one in there},
        common(place, (one.entity for one in there)),
        isinstance(found, FoundTask),
        not (place.is_part or wanted),
        types,
        notes,
        (place.key, wanted, found.task.id if isinstance(found, FoundTask) else ""),
    )
