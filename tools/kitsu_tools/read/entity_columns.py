"""What lists say of shots and assets, and what they group them by."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from kitsu_tools.answers import WRITTEN_IN_KITSU
from kitsu_tools.metadata import EXPLICITLY, as_text
from kitsu_tools.read.listing import Column, Key, Measure, sum_of
from kitsu_tools.tracker import model
from kitsu_tools.tracker.addresses import encoded, relative
from kitsu_tools.tracker.errors import counted
from kitsu_tools.tracker.model import Entity, Person, Project, Task, TaskType
from kitsu_tools.tracker.statuses import ROLES, Status, place_of
from kitsu_tools.tracker.task_types import LAST, type_ranks

Item = TypeVar("Item")

WITH_EACH_TASK = ("assignees", "due", "retakes")
FIXED = ("frames", "description", "id")
STATUS = "status"
"""Of an episode itself: running, complete, standby or canceled."""
IN_SEQUENCES = ("shot", "scene")
WRITTEN = WRITTEN_IN_KITSU.strip("()")
NONE = "none"
OF_TASKS = "task type "
"""Before a task type's name: its statuses, where something else has that name too."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What the ids of a list's rows stand for. `episodes` by id, where they are asked for; `task_types`: those of a
    column, by its name; `with_tasks`: what is said of each task beside its status.
    """

    project: Project
    kind: model.Kind
    types: Mapping[str, TaskType]
    statuses: Mapping[str, Status]
    people: Mapping[str, Person]
    metadata: Sequence[model.Column]
    episodes: Mapping[str, Entity]
    task_types: Mapping[str, frozenset[str]]
    with_tasks: Sequence[str] = ()


def columns_of_entities(known: Reference) -> dict[str, Column[Entity]]:
    """The columns by name: what can be shown, and the statuses of each task type. Of several of one name the first
    counts; a task type is `task type Name` too, a metadata column `column Name`.
    """
    columns: dict[str, Column[Entity]] = {
        known.kind: Column(known.kind, lambda entity: entity.address.casefold(), cell=lambda entity: entity.address),
        "frames": Column("frames", _count_of_frames, "in-out", cell=frames_of),
        "description": Column("description", lambda entity: entity.description, WRITTEN),
        "id": Column("id", lambda entity: entity.id),
    }
    if known.kind == "episode":
        columns[STATUS] = Column(STATUS, lambda entity: entity.status)
    for name, ids in known.task_types.items():
        column = _of_tasks(name, ids, known)
        for one in (name, f"{OF_TASKS}{name}"):
            columns.setdefault(one.casefold(), column)
    for one in known.metadata:
        column = _of_metadata(one, known)
        for name in (one.name, one.field_name, f"{EXPLICITLY}{one.name}"):
            columns.setdefault(name.casefold(), column)
    return columns


def keys_of_entities(known: Reference) -> dict[str, Key[Entity]]:
    """What these entities are grouped by, by name: where they belong, the statuses of a task type, metadata."""
    project = encoded(known.project.name)

    def statuses(name: str, ids: frozenset[str]) -> Key[Entity]:
        def of(entity: Entity) -> list[tuple[Any, str]]:
            its = {place_of(task.status_id, known.statuses) for task in entity.tasks if task.type_id in ids}
            return [(place, place[1]) for place in its] or [((len(ROLES) + 1, ""), NONE)]

        return Key(name, of)

    def episode(entity: Entity) -> str:
        return episode_of(entity, project, known.episodes)

    own: Key[Entity]
    match known.kind:
        case "asset":
            own = key_of_names("asset type", lambda entity: entity.type_name)
        case "episode":
            own = key_of_names(STATUS, lambda entity: entity.status)
        case _:
            own = key_of_names("sequence", lambda entity: sequence_of(entity, project))
    keys = {one.name: one for one in (own, key_of_names("episode", episode))}
    for name, ids in known.task_types.items():
        keys.setdefault(name.casefold(), statuses(name, ids))
    for one in known.metadata:
        column = _of_metadata(one, known)
        key = Key(one.name, _by_text(column), WRITTEN)
        for name in (one.name, one.field_name, f"{EXPLICITLY}{one.name}"):
            keys.setdefault(name.casefold(), key)
    return keys


def measures_of_entities(
    known: Reference, keys: Sequence[Key[Entity]], frames: Column[Entity]
) -> list[Measure[Entity]]:
    """What is said of groups: how many there are, their frames, and how much of each task type is done."""

    def done(ids: frozenset[str]) -> Callable[[Sequence[Entity]], tuple[float, int] | None]:
        def of(entities: Sequence[Entity]) -> tuple[float, int] | None:
            roles = [
                status.role if (status := known.statuses.get(task.status_id)) else "other"
                for entity in entities
                for task in entity.tasks
                if task.type_id in ids
            ]
            return (roles.count("done") / len(roles), len(roles)) if roles else None

        return of

    def shown(value: tuple[float, int] | None) -> str:
        return f"{round(value[0] * value[1])}/{value[1]}" if value else ""

    grouped = {key.name for key in keys}
    return [
        Measure(f"{known.kind}s", len),
        *([replace(sum_of(frames), unit="")] if known.kind == "shot" else []),
        *(Measure(name, done(ids), "done/all", shown) for name, ids in known.task_types.items() if name not in grouped),
    ]


def task_columns(
    project: Project, entities: Sequence[Entity], types: Mapping[str, TaskType]
) -> dict[str, frozenset[str]]:
    """The task types that these entities have tasks of, by name, in the production's order."""
    present = {task.type_id for entity in entities for task in entity.tasks}
    ranks = type_ranks(project, types)
    columns: dict[str, frozenset[str]] = {}
    for type_id in sorted(present, key=lambda one: ranks.get(one, LAST)):
        name = types[type_id].name if type_id in types else "other"
        columns[name] = columns.get(name, frozenset()) | {type_id}
    return columns


def names_of(people: Mapping[str, Person], ids: Sequence[str]) -> str:
    """People by label, in one cell."""
    return ", ".join(people[one].label if one in people else "someone" for one in ids)


def key_of_names(name: str, of: Callable[[Item], str], unit: str = "") -> Key[Item]:
    """What rows are grouped by where each has one name, in the order of names."""
    return Key(name, lambda item: (in_order_of_names(of(item)),), unit)


def in_order_of_names(name: str) -> tuple[Any, str]:
    """A group by its name; what has none comes last."""
    return (not name, name.casefold()), name or NONE


def sequence_of(entity: Entity, project: str) -> str:
    """The sequence of a shot or a scene, or that is one, below the production's address; empty for all else."""
    in_one = entity.kind in IN_SEQUENCES and entity.parent_id
    if entity.kind != "sequence" and not in_one:
        return ""
    return relative(entity.address.rpartition("/")[0] if in_one else entity.address, project)


def episode_of(entity: Entity, project: str, episodes: Mapping[str, Entity]) -> str:
    """The episode that a thing belongs to, or is, below the production's address; empty where it has none."""
    match entity.kind:
        case "episode":
            found = entity
        case "sequence" | "shot" | "scene":
            return sequence_of(entity, project).rpartition("/")[0]
        case "edit":
            found = episodes.get(entity.parent_id)
        case _:
            found = episodes.get(entity.data.get("episode_id", ""))
    return relative(found.address, project) if found else ""


def _of_tasks(name: str, ids: frozenset[str], known: Reference) -> Column[Entity]:
    """The statuses of an entity's tasks of these types; sorted by the one that is least far."""

    def value(entity: Entity) -> tuple[int, str] | None:
        return min(
            (place_of(task.status_id, known.statuses) for task in entity.tasks if task.type_id in ids), default=None
        )

    return Column(name, value, cell=lambda entity: _cell(entity, ids, known))


def _of_metadata(column: model.Column, known: Reference) -> Column[Entity]:
    """A metadata column as it is compared and shown; numbers by their size, what is none behind them."""

    def cell(entity: Entity) -> str:
        return as_text(entity.data.get(column.field_name), column, known.people)

    def value(entity: Entity) -> Any:  # noqa: ANN401  of one type for a column
        text = cell(entity)
        if not text:
            return None
        if column.data_type != "number":
            return text.casefold()
        with suppress(ValueError):
            return (0, float(text), "")
        return (1, 0.0, text)

    return Column(column.name, value, WRITTEN, cell=cell)


def _by_text(column: Column[Entity]) -> Callable[[Entity], Sequence[tuple[Any, str]]]:
    def of(entity: Entity) -> Sequence[tuple[Any, str]]:
        value, text = column.value(entity), column.cell(entity) if column.cell else ""
        return (((value is None, value or 0), text or NONE),)

    return of


def _cell(entity: Entity, type_ids: frozenset[str], known: Reference) -> str:
    return ", ".join(_task_text(task, known) for task in entity.tasks if task.type_id in type_ids)


def _task_text(task: Task, known: Reference) -> str:
    _, status = place_of(task.status_id, known.statuses)
    parts = [status]
    if "assignees" in known.with_tasks and task.assignees:
        parts.append(names_of(known.people, task.assignees))
    if "due" in known.with_tasks and task.due:
        parts.append(f"due {task.due}")
    if "retakes" in known.with_tasks and task.retakes:
        parts.append(counted(task.retakes, "retake"))
    return " · ".join(parts)


def _count_of_frames(entity: Entity) -> int | None:
    """How many frames there are, as far as two of the three are known."""
    first, last = entity.frame_in, entity.frame_out
    if entity.frames or first is None or last is None or last < first:
        return entity.frames
    return last - first + 1


def frames_of(entity: Entity) -> str:
    """`48 (1001-1048)`: of the count and both ends, what follows from the other two is worked out.

    Where all are there and differ, both counts stand: `48 (1001-1050: 50)`. Kitsu's page sets the count when somebody
    types an end, and then only where the first comes before the last (`onMetadataChanged` of its Shots.vue); a count
    that is set by itself, as by its import or by Zou's API, it leaves and shows beside them.
    """
    count = entity.frames or None  # 0 is what Zou puts where none is given
    first, last = entity.frame_in, entity.frame_out
    if count is not None and count > 0:
        first = last - count + 1 if first is None and last is not None else first
        last = first + count - 1 if last is None and first is not None else last
    if first is None and last is None:
        return "" if entity.frames is None else str(entity.frames)
    ends = f"{'?' if first is None else first}-{'?' if last is None else last}"
    if first is None or last is None:
        return ends
    between = last - first + 1
    if between < 1:
        return f"{count or '?'} ({ends}: ends before it begins)"
    return f"{count or between} ({ends})" if count in {None, between} else f"{count} ({ends}: {between})"
