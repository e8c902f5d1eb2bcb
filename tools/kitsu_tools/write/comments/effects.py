"""What Zou itself does when a comment arrives: hashtags post it on sibling tasks, status automations move others.

Follows `create_comment` of Zou 1.0.97: the comment sets its task's status, hashtags copy it to siblings (which keep
their status), and after every comment, also a copied or automatic one, each automation whose task type and status the
task now has is run, whether the status changed or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kitsu_tools.gate.change import Effect, Field, Value
from kitsu_tools.tracker.model import Automation, Kind, TaskType
from kitsu_tools.tracker.statuses import Status
from kitsu_tools.write.comments.mentions import hashtags

COPY = "comment on"
"""What Zou does to a sibling that a hashtag names."""
DEEPEST_CHAIN = 12
"""Automations that call each other end here; Zou itself knows no end."""


@dataclass(frozen=True, slots=True)
class TaskNow:
    """A task as Kitsu says it is at this moment, read past every board. `started`, `submitted` and `done` are moments
    in UTC, empty where it was not.
    """

    id: str
    name: str
    entity_id: str
    type_id: str
    status_id: str
    assignees: tuple[str, ...]
    retakes: int
    started: str = ""
    submitted: str = ""
    done: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides the effects in one production. `automations` are those linked to it and not archived."""

    automations: Sequence[Automation]
    priorities: Mapping[str, int]
    types: Mapping[str, TaskType]
    statuses: Mapping[str, Status]


class Consequences:
    """Plays comments on the tasks of one entity through Zou's rules, in the order they will be sent."""

    def __init__(
        self, rules: Rules, kind: Kind, entity: str, tasks: Sequence[TaskNow], addresses: Mapping[str, str]
    ) -> None:
        self._rules = rules
        self._kind = kind
        self._entity = entity
        self._tasks = {task.id: task for task in tasks}
        self._status = {task.id: task.status_id for task in tasks}
        self._addresses = addresses

    def comment(self, task_id: str, status_id: str, text: str) -> list[Effect]:
        """The effects of one comment of ours that sets this status."""
        effects: list[Effect] = []
        for sibling in self.siblings_named(task_id, text):
            effects += self._copied(task_id, sibling, 0)
        self._status[task_id] = status_id
        return effects + self._automatic(task_id, task_id, 0)

    def siblings_named(self, task_id: str, text: str) -> list[str]:
        """The other tasks of the entity that hashtags in the text name."""
        tags = hashtags(text)
        own = self._type_name(task_id)
        others = [one for one in self._tasks if self._type_name(one) != own]
        return others if "all" in tags else [one for one in others if self._type_name(one) in tags]

    def _automatic(self, because: str, task_id: str, depth: int) -> list[Effect]:
        effects: list[Effect] = []
        if depth > DEEPEST_CHAIN:
            return effects
        for automation in self._rules.automations:
            if not self._fires(automation, task_id):
                continue
            if automation.out_field == "status":
                effects += self._move(because, automation, depth)
            elif automation.out_field == "ready_for" and self._kind == "asset":
                target = self._rules.types.get(automation.out_type)
                name = target.name if target else "?"
                rest = f"ready for {name}"
                effects.append(Effect(because, self._entity, "", rest, rest))
        return effects

    def _fires(self, automation: Automation, task_id: str) -> bool:
        task = self._tasks[task_id]
        if (task.type_id, self._status[task_id]) != (automation.in_type, automation.in_status):
            return False
        if automation.entity_type != self._kind:
            return False
        priorities = self._rules.priorities
        backwards = priorities.get(automation.in_type, 0) > priorities.get(automation.out_type, 0)
        return automation.out_field == "ready_for" or not backwards

    def _move(self, because: str, automation: Automation, depth: int) -> list[Effect]:
        of_type = [task for task in self._tasks.values() if task.type_id == automation.out_type]
        if not of_type:
            return []
        moved = min(of_type, key=lambda task: task.name).id
        effects: list[Effect] = []
        for sibling in self.siblings_named(moved, self._said_by(automation)):
            effects += self._copied(because, sibling, depth + 1)
        before, self._status[moved] = self._status[moved], automation.out_status
        status = self._status_field(before, automation.out_status)
        rest = f"{status.says}{' with the last revision' if automation.copies_previews else ''}"
        address = self._addresses[moved]
        alike = f"{address.rpartition(':')[2]} {rest}"
        effects.append(Effect(because, address, "", rest, alike, moved, status))
        return [*effects, *self._automatic(because, moved, depth + 1)]

    def _copied(self, because: str, sibling: str, depth: int) -> list[Effect]:
        """The same comment on a sibling, which keeps its status, and what that sets off."""
        status = self._status_field(self._status[sibling], self._status[sibling])
        copy = Effect(because, self._addresses[sibling], COPY, "", "the same comment", sibling, status)
        return [copy, *self._automatic(because, sibling, depth)]

    def _said_by(self, automation: Automation) -> str:
        """The comment that Zou writes for an automation; hashtags in the names it holds count too."""
        task_type, status = self._rules.types.get(automation.in_type), self._rules.statuses.get(automation.in_status)
        return f"Change triggered by {task_type.name if task_type else ''} set to {status.name if status else ''}"

    def _type_name(self, task_id: str) -> str:
        known = self._rules.types.get(self._tasks[task_id].type_id)
        return known.name.lower() if known else ""

    def _status_field(self, before: str, after: str) -> Field:
        def value(status_id: str) -> Value:
            known = self._rules.statuses.get(status_id)
            return Value(status_id, known.short_name if known else "?")

        return Field("status", value(before), value(after))
