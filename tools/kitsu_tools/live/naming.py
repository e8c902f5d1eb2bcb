"""Addresses of what events name by id, out of the boards that are held: a line costs no board where nothing moved."""

from dataclasses import dataclass, field

from kitsu_tools.live.acts import ENTITIES
from kitsu_tools.live.events import Event, Gap
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.board import ALL_KINDS, View
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Entity, Project, Task, TaskType
from kitsu_tools.tracker.task_types import task_label


@dataclass(slots=True)
class Names:
    """What a production's things are called. `before`: as it was, for what is gone by now."""

    project: Project
    view: View
    types: dict[str, TaskType]
    before: View | None = None
    unseen: set[str] = field(default_factory=set[str])

    def entity(self, entity_id: str) -> Entity | None:
        """The entity, None where the identity never saw it."""
        return self.view.entity(entity_id) or (self.before.entity(entity_id) if self.before else None)

    def task(self, task_id: str) -> Task | None:
        """The task, None where the identity never saw it."""
        return self.view.task(task_id) or (self.before.task(task_id) if self.before else None)

    def knows(self, thing_id: str) -> bool:
        """Whether this is the id of anything that the identity saw."""
        return self.entity(thing_id) is not None or self.task(thing_id) is not None

    def address(self, task: Task) -> str:
        """A task's."""
        return f"{task.entity.address}:{task_label(task, self.types)}"

    def address_of_deleted(self, entity_id: str, type_id: str) -> str:
        """That of a task which is gone, of whose entity and type the event tells."""
        entity, kind = self.entity(entity_id), self.types.get(type_id)
        return f"{entity.address}:{encoded(kind.name)}" if entity and kind else ""


class Naming:
    """The names of all productions, read again where an event says that they may have changed."""

    def __init__(self, kitsu: Kitsu) -> None:
        self._kitsu = kitsu
        self._held: dict[str, Names] = {}
        self._stale: set[str] = set()

    def hear(self, told: Event | Gap) -> None:
        """A listener of the stream."""
        if isinstance(told, Gap):
            self._stale |= self._held.keys()
            return
        noun, _, verb = told.name.partition(":")
        if noun == "project" or (verb in {"new", "update", "delete"} and noun in ENTITIES):
            self._stale.add(told.project_id)
        elif told.name in {"task:new", "task:assign"} and told.project_id in self._held:
            self._held[told.project_id].unseen.clear()  # a task may be seen since it is one's own

    async def of(self, project: Project, ids: set[str]) -> Names:
        """The names of these ids in a production, as far as the identity is shown them.

        Raises:
            KitsuError: they cannot be read.
        """
        held = self._held.get(project.id)
        if held and project.id not in self._stale and all(one in held.unseen or held.knows(one) for one in ids):
            return held
        self._stale.discard(project.id)
        view = await (await self._kitsu.reading(project)).view(*ALL_KINDS)
        types = await self._kitsu.directory.task_types.get()
        before = held.view if held and held.view is not view else held and held.before
        found = self._held[project.id] = Names(project, view, types, before)
        found.unseen = {one for one in ids if not found.knows(one)}
        return found
