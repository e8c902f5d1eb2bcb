"""Zou's `with-tasks` answers as entities: the compact form, the plain form of older Zou, and the narrow routes of one
sequence.

The compact form is positional and names its fields in `shot_fields`, `asset_fields` and `task_fields` (Zou 1.0.60 and
later); the plain one is a list of records. Zou writes "" or "None" for what is missing in the plain routes (seen on
1.0.97).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter, itemgetter
from typing import Any, TypeAlias

from kitsu_tools.tracker.addresses import BESIDE_TYPES, CONCEPTS, EDITS, encoded, segment_of
from kitsu_tools.tracker.collection import without_collection
from kitsu_tools.tracker.model import Entity, Kind, Task

Record: TypeAlias = Mapping[str, Any]
Parents: TypeAlias = Mapping[str, Entity]

_ENTITY_FIELDS: dict[Kind, tuple[str, ...]] = {
    "shot": (
        "id",
        "name",
        "parent_id",
        "canceled",
        "description",
        "nb_frames",
        "frame_in",
        "frame_out",
        "data",
        "status",
    ),
    "asset": (
        "id",
        "name",
        "asset_type_id",
        "canceled",
        "description",
        "asset_type_name",
        "episode_id",
        "casting_episode_ids",
        "ready_for",
        "data",
    ),
    "sequence": (
        "id",
        "name",
        "episode_id",
        "canceled",
        "description",
        "nb_frames",
        "frame_in",
        "frame_out",
        "data",
        "status",
    ),
}
_OTHER_FIELDS = _ENTITY_FIELDS["sequence"]
_TASK_FIELDS = (
    "id",
    "task_type_id",
    "task_status_id",
    "assignees",
    "start_date",
    "due_date",
    "done_date",
    "estimation",
    "duration",
    "priority",
    "retake_count",
    "last_comment_date",
    "end_date",
)


class Rows:
    """Turns one answer's rows into entities, sharing equal strings.

    A board of 35,000 tasks repeats few dates, types and people.
    """

    def __init__(self, kind: Kind, project_address: str, parents: Parents) -> None:
        self._kind: Kind = kind
        self._under = project_address
        self._parents = parents
        self._shared: dict[Any, Any] = {}

    def entities(self, answer: Any) -> list[Entity]:  # noqa: ANN401  either form
        """Entities with their tasks, in the order of their addresses."""
        fields = _ENTITY_FIELDS.get(self._kind, _OTHER_FIELDS)
        rows = self.in_answer(answer)
        if isinstance(answer, dict):
            body: dict[str, Any] = answer  # pyright: ignore[reportUnknownVariableType]  JSON
            names: list[str] = body[f"{self._kind}_fields"]
            of_entity = _at(names, fields)
            of_task = _at(body["task_fields"], _TASK_FIELDS)
            tasks_of: Callable[[Any], Any] = itemgetter(names.index("tasks"))
        else:
            of_entity, of_task, tasks_of = _by_name(fields), _by_name(_TASK_FIELDS), _tasks_of_record
        with without_collection():
            found = [self._with_tasks(of_entity(row), map(of_task, tasks_of(row) or ())) for row in rows]
            return self.addressed(found)

    @staticmethod
    def in_answer(answer: Any) -> Sequence[Any]:  # noqa: ANN401  either form
        """Its rows, one an entity."""
        return answer["rows"] if isinstance(answer, dict) else answer  # pyright: ignore[reportUnknownVariableType]

    def joined(self, shots: Iterable[Record], tasks: Iterable[Record]) -> list[Entity]:
        """Shots of the narrow routes, which answer shots and tasks apart and keep frames in `data`."""
        of_shot, of_task = _by_name(_ENTITY_FIELDS["shot"]), _by_name(_TASK_FIELDS)
        by_shot: dict[str, list[Any]] = {}
        for task in tasks:
            by_shot.setdefault(task["entity_id"], []).append(of_task(task))
        return self.addressed([self._with_tasks(of_shot(shot), by_shot.get(shot["id"], ())) for shot in shots])

    def entity(self, record: Record) -> Entity:
        """One entity by the names that its board has, without tasks and address."""
        return self._with_tasks(_by_name(_ENTITY_FIELDS.get(self._kind, _OTHER_FIELDS))(record), ())

    def tasks(self, records: Iterable[Record], entity: Entity) -> list[Task]:
        """Tasks of `data/tasks`, which has them as the boards do."""
        return [self._task(row, entity) for row in map(_by_name(_TASK_FIELDS), records)]

    def _with_tasks(self, row: Sequence[Any], tasks: Iterable[Sequence[Any]]) -> Entity:
        entity = self._asset(row) if self._kind == "asset" else self._other(row)
        # Zou orders these and people otherwise from route to route; by id an answer is the same whichever was read.
        entity.tasks = sorted((self._task(task, entity) for task in tasks), key=attrgetter("id"))
        return entity

    def _other(self, row: Sequence[Any]) -> Entity:
        entity_id, name, parent, canceled, description, frames, first, last, data, status = row
        values: dict[str, Any] = data or {}
        return Entity(
            id=entity_id,
            kind=self._kind,
            name=name,
            parent_id=self._share(_known(parent)),
            address="",
            omitted=bool(canceled),
            description=self._share(description or ""),
            type_name="",
            frames=_frame(frames, values, "nb_frames"),
            frame_in=_frame(first, values, "frame_in"),
            frame_out=_frame(last, values, "frame_out"),
            data=values,
            status=(status or "") if self._kind == "episode" else "",  # some routes tell it of others too
        )

    def _asset(self, row: Sequence[Any]) -> Entity:
        entity_id, name, type_id, canceled, description, type_name, episode, cast_in, ready_for, data = row
        known = {
            "episode_id": _known(episode),
            "casting_episode_ids": self._share(tuple(sorted(cast_in or ()))),
            "ready_for": _known(ready_for),
        }
        return Entity(
            id=entity_id,
            kind="asset",
            name=name,
            parent_id=self._share(type_id),
            address="",
            omitted=bool(canceled),
            description=description or "",
            type_name=self._share(type_name),
            frames=None,
            frame_in=None,
            frame_out=None,
            data={**(data or {}), **{key: value for key, value in known.items() if value}},
        )

    def _task(self, row: Sequence[Any], entity: Entity) -> Task:
        task_id, type_id, status_id, assignees, start, due, done, estimate, spent, priority, retakes, *moments = row
        last_comment, submitted = moments
        share = self._share
        return Task(
            task_id,
            share(type_id),
            share(status_id),
            share(tuple(sorted(map(share, assignees)))) if assignees else (),
            share(start[:10]) if start else "",
            share(due[:10]) if due else "",
            share(done[:10]) if done else "",
            int(estimate or 0),
            int(spent or 0),
            priority or 0,
            retakes or 0,
            share(last_comment) if last_comment else "",
            share(submitted) if submitted else "",
            entity,
        )

    def _share(self, value: Any) -> Any:  # noqa: ANN401  hashable in, the same out
        return self._shared.setdefault(value, value)

    def addressed(self, entities: list[Entity]) -> list[Entity]:
        """These in the order of their addresses, each with its own: below its parent, with a twin's mark where a
        neighbour has its name. What stands on a board with another address stays as it is, and gives way to a copy.
        """
        # Beside each other is what has the same address above it: edits of several episodes do, whatever their parents.
        middles = list(map(self._middle, entities))
        names = Counter((above, one.name) for one, (above, _) in zip(entities, middles, strict=True))
        structure = (
            {parent.name.casefold() for parent in self._parents.values()}
            if self._kind in {"asset", "edit", "concept"}
            else set[str]()
        ) | (BESIDE_TYPES if self._kind == "asset" else set[str]())
        episodes = {parent.name for parent in self._parents.values() if parent.kind == "episode"}
        found: list[Entity] = []
        for one, (above, group) in zip(entities, middles, strict=True):
            # An asset type (or Edits, Concepts) named like a sequence or episode, or a type named Edits, a sequence
            # outside all episodes named like one of them, or a shot outside all sequences, where anything may have its
            # name: the id keeps the address to one thing.
            outside = above == self._under
            shadowed = group.casefold() in structure or (
                outside and (self._kind == "shot" or (self._kind == "sequence" and one.name in episodes))
            )
            address = f"{above}/{segment_of(one.name, one.id, names[above, one.name] > 1 or shadowed)}"
            new = copied(one) if one.address and one.address != address else one
            new.address = address
            found.append(new)
        return sorted(found, key=_order)

    def _middle(self, one: Entity) -> tuple[str, str]:
        """The address above an entity, and the bare name of its last part where that is no entity."""
        match self._kind:
            case "asset":
                return f"{self._under}/{encoded(one.type_name)}", one.type_name
            case "edit":
                return f"{self._under}/{EDITS}", EDITS
            case "concept":
                return f"{self._under}/{CONCEPTS}", CONCEPTS
            case _:
                parent = self._parents.get(one.parent_id)
                return (parent.address if parent else self._under), ""


def copied(entity: Entity, tasks: Iterable[Task] | None = None) -> Entity:
    """The same entity once more, with its tasks or with these: what stands on a board is never changed."""
    copy = replace(entity)
    copy.tasks = [replace(task, entity=copy) for task in (entity.tasks if tasks is None else tasks)]
    return copy


def _order(one: Entity) -> tuple[str, str]:
    return one.address.casefold(), one.address


def _at(names: Sequence[str], wanted: Sequence[str]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """Pick the wanted fields of a positional row; a field that this Zou does not send is None."""
    where = [names.index(name) if name in names else None for name in wanted]
    if None not in where:
        return itemgetter(*[position for position in where if position is not None])
    return lambda row: tuple(None if position is None else row[position] for position in where)


def _by_name(wanted: Sequence[str]) -> Callable[[Record], tuple[Any, ...]]:
    return lambda record: tuple(map(record.get, wanted))


def _tasks_of_record(record: Record) -> Any:  # noqa: ANN401  a list of records, or nothing
    return record.get("tasks")


def _known(value: str | None) -> str:
    return "" if value in {None, "", "None"} else str(value)


def _frame(value: Any, data: Record, key: str) -> int | None:  # noqa: ANN401  JSON
    """A count or number of frames: where it stands by itself, else out of `data`.

    Kitsu's page keeps the first and the last frame in `data` as they were typed, and Zou 1.0.97 checks neither there.
    """
    known = _number(value)
    return _number(data.get(key)) if known is None else known


def _number(value: Any) -> int | None:  # noqa: ANN401  JSON
    """A whole number out of a number or a numeric text, with its decimals cut off as Kitsu's page does (`parseInt`)."""
    if value is None or isinstance(value, bool):
        return None
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        return None
