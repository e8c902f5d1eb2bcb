"""What a plan made and then worked on itself: which of it is as the plan left it, so that nobody else's work goes when
it is removed again. The stamp of a record tells that it was changed, not by whom.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from kitsu_tools.gate.change import Change, Field
from kitsu_tools.gate.sets_fields import evidence_of
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Project
from kitsu_tools.write.casting.links import TIMES, ids_in, look_at_links
from kitsu_tools.write.casting.set_casting import CASTINGS
from kitsu_tools.write.entities.hanging import hanging_on, links_of, said_on
from kitsu_tools.write.several.new_records import columns_set, new_records
from kitsu_tools.write.time.entries import entry_of

COMPUTED = frozenset(
    {"created_at", "updated_at", "entity_type_id", "nb_entities_out", "is_casting_standby", "ready_for", "sort_order"}
    | {"last_comment_date", "real_start_date", "end_date", "done_date", "retake_count"}
)
"""Columns that Zou sets by itself because of what is made, cast and commented on."""
Row = Mapping[str, Any]


async def as_left(kitsu: Kitsu, project: Project, done: Sequence[Change]) -> frozenset[str]:
    """The ids of those entities and tasks that these made which are as they left them, with all that hangs there. The
    items are those that were applied, each with the id of what was made of it.
    """
    entities, tasks = await new_records(kitsu, done)
    places = {(one["entity_id"], one["task_type_id"]): one for one in tasks.values()}
    whose = {*entities, *(entity_id for entity_id, _ in places)}
    held = await hanging_on(kitsu, entities)
    of_tasks = await records_by(kitsu.session, "data/tasks", "entity_id", whose, relations="true")
    said, ours = await said_on(kitsu, project, of_tasks), _said(done)
    links, our_links = await links_of(kitsu, held), _links(done)
    cast = [item for one in done if one.kind == "castings" for item in one.items]
    now = await look_at_links(kitsu, [item.target for item in cast])
    recast = {end for item in cast if evidence_of(item, now).found != "there" for end in ids_in(item.target)}
    columns = columns_set(done)
    for task_id, minutes in _logged(done).items():
        columns.setdefault(task_id, {})["duration"] = minutes
    left = {
        key
        for key, one in held.items()
        if links[key] == our_links[key] and key not in recast and _same(one.record, entities[key], columns)
    }
    for one in of_tasks:
        new = places.get((one["entity_id"], one["task_type_id"]))
        if new is not None and said[one["id"]] == ours[one["id"]] and _same(one, {**new, "id": one["id"]}, columns):
            left.add(one["id"])
    every = {key: {*one.ids, *(task["id"] for task in one.tasks)} for key, one in held.items()}
    return frozenset(key for key in left if left >= every.get(key, set()))


def _same(held: Row, new: Row, columns: Mapping[str, Row]) -> bool:
    """Whether a record is as it was made, with what was set of it since."""
    since = columns.get(held["id"], {})
    data: Row = {**(new.get("data") or {}), **since.get("data", {})}
    wanted: Row = {**new, **since, "data": data}
    return all(_plain(held.get(name)) == _plain(value) for name, value in wanted.items() if name not in COMPUTED)


def _plain(value: Any) -> object:  # noqa: ANN401  JSON
    """A value without the difference between nothing and none; people in order."""
    people: list[str] = value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]
    return sorted(people) or value or None  # pyright: ignore[reportUnknownVariableType]


def _said(done: Iterable[Change]) -> Counter[str]:
    """How many comments these left on each task."""
    return Counter(item.target for one in done if one.kind == "comments" for item in one.items)


def _logged(done: Iterable[Change]) -> Counter[str]:
    """How many minutes more than before these logged on each task."""
    found: Counter[str] = Counter()
    for field, task_id in (
        (item.fields[0], entry_of(item.target).task_id) for one in done if one.kind == "hours" for item in one.items
    ):
        found[task_id] += int(float(str(field.after.raw)) - float(str(field.before.raw or 0)))
    return found


def _links(done: Iterable[Change]) -> Counter[str]:
    """How many links of castings these made, by the ids of both ends."""
    found: list[tuple[str, Field | None]] = []
    for one in done:
        if one.kind == "castings":
            found += [(item.target, item.fields[0]) for item in one.items]
            found += [(effect.target, effect.field) for effect in one.effects_of(one.items) if effect.target]
    return Counter(
        end
        for target, field in found
        if field is not None and field.name == TIMES and field.after.raw and not field.before.raw
        for end in ids_in(target)
    )


async def out_of_episodes(kitsu: Kitsu, done: Sequence[Change], gone: Set[str]) -> Change | None:
    """What takes assets out of episodes that followed shots which are `gone` by then, as Zou does not (1.0.97): where
    nobody has changed that link since, and no other shot has the asset. None where there is nothing to do.
    """
    followed = [
        effect.target
        for one in done
        if one.kind == "castings"
        for effect in one.effects_of([item for item in one.items if not gone.isdisjoint(ids_in(item.target))])
        if effect.field is not None and effect.field.after.raw == 1 and gone.isdisjoint(ids_in(effect.target))
    ]
    if not followed:
        return None
    change = await CASTINGS.again(kitsu, {target: {TIMES: 0} for target in followed})
    kept = [item for item in change.items if item.fields[0].before.raw == 1 and not change.effects_of([item])]
    return replace(change, items=tuple(kept), effects=())
