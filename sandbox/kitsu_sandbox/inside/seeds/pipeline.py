"""The tasks along a shot's or an asset's pipeline, from how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seeds.flow import Note, Production, Task, add_task
from seeds.production import ASSET_TYPES, SHOT_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

ARTISTS = {
    ("Shot", "Storyboard"): ["Ville"],
    ("Shot", "Layout"): ["Noor"],
    ("Shot", "Animation"): ["Theo", "Aiko"],
    ("Shot", "Lighting"): ["Sam"],
    ("Shot", "Compositing"): ["Sam", "Dev"],
    ("Asset", "Concept"): ["Ville"],
    ("Asset", "Modeling"): ["Lena"],
    ("Asset", "Shading"): ["Lena"],
    ("Asset", "Rigging"): ["Theo"],
    ("Edit", "Edit"): ["Sam"],
    ("Concept", "Concept"): ["Ville"],
    ("Sequence", "Color Script"): ["Ville"],
    ("Episode", "Script"): [],
}
# Days from the anchor: overdue, due today and still to come.
_DUE_UNDER_WAY = [-4, 0, 2, -1, 5, 0, 8]
_DUE_WAITING = [12, 0, 20, -2, 26, 15, 33]
TRIGGERED = "Change triggered by Layout set to Done"


@dataclass(frozen=True)
class Special:
    """What one task of a pipeline has that its neighbours do not."""

    status: str | None = None
    assignees: Sequence[str] | None = None
    notes: Sequence[Note] = ()
    priority: int | None = None


@dataclass
class Pipeline:
    """The tasks of one entity: how many leading steps are done, where the next one stands, and what is special."""

    done: int
    current: str
    automated: bool = False
    special: dict[str, Special] = field(default_factory=dict[str, Special])


def add_tasks(production: Production, entity: UUID, kind: str, pipeline: Pipeline) -> dict[str, Task]:
    """Write an entity's pipeline tasks; returns them by task type."""
    steps = SHOT_TYPES if kind == "Shot" else ASSET_TYPES
    tasks: dict[str, Task] = {}
    for place, step in enumerate(steps):
        status = "done" if place < pipeline.done else pipeline.current if place == pipeline.done else "todo"
        special = pipeline.special.get(step, Special())
        task = _task(production, entity, kind, step, special.status or status, special)
        if pipeline.automated and step == "Animation" and pipeline.done >= SHOT_TYPES.index("Animation"):
            task.opening = TRIGGERED if task.status not in {"todo", "omit"} else None
            task.status = "ready" if task.status == "todo" else task.status
        task.start += 2 * (place - pipeline.done) if place < pipeline.done else 0
        task.due += 2 * (place - pipeline.done) if place < pipeline.done else 0
        add_task(production, task)
        tasks[step] = task
    return tasks


def add_lone_task(production: Production, entity: UUID, kind: str, step: str, status: str) -> Task:
    """Write the one task of an edit, a concept, a sequence or an episode."""
    task = _task(production, entity, kind, step, status, Special())
    add_task(production, task)
    return task


def _task(production: Production, entity: UUID, kind: str, step: str, status: str, special: Special) -> Task:
    chance = production.random
    artists = ARTISTS[kind, step]
    assignees = special.assignees
    if assignees is None:
        assignees = [chance.choice(artists)] if artists and chance.random() < 0.9 else []
    if status == "done":
        due = -chance.randint(5, 30)
    elif status in {"todo", "ready"}:
        due = chance.choice(_DUE_WAITING)
    else:
        due = chance.choice(_DUE_UNDER_WAY)
    waiting = status in {"todo", "ready"}
    start = due - chance.randint(3, 8) if waiting else min(due - chance.randint(4, 8), -4)
    priority = special.priority if special.priority is not None else chance.choice([0, 0, 0, 0, 1, 2, 3])
    return Task(entity, kind, step, status, start, due, assignees, priority=priority, notes=special.notes)
