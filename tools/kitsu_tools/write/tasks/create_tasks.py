"""Tasks that are made: of each task type one request for several entities of a kind.

Zou leaves out, without a word, what has a task of the type already; it takes an empty list for every entity of the
production, and any task type for anything; nothing but the task is made: no comment, no news, nobody is told (1.0.97).
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Annotated, cast

from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Item, Request
from kitsu_tools.gate.existence import ABSENT, Creates, comes, present
from kitsu_tools.gate.kind import Looked
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.below import below
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import BadInput, NotFound, listed
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Entity, Kind, TaskType
from kitsu_tools.tracker.places import Place
from kitsu_tools.write.entities.now import EntitiesNow, refuse_role
from kitsu_tools.write.naming import refuse_several
from kitsu_tools.write.snapshot import permitted, project_now
from kitsu_tools.write.tasks.delete_tasks import remove_made
from kitsu_tools.write.tasks.types import TaskTypes, making, types_wanted
from kitsu_tools.write.tool import writes

MOST_NEW = 500


@writes
async def create_tasks(
    kitsu: KitsuHere,
    entities: Annotated[
        Sequence[str],
        Argument(max_length=200, description="addresses, ids or links; a place stands for all shots, assets … in it"),
    ],
    task_types: TaskTypes,
) -> Change:
    """Create tasks of these task types for shots, assets and other entities of one project, up to 500, after the person
    you work for said yes in their own dialog.

    What has such a task is left as it is, what is omitted too. The receipt says what became of each.
    """
    if not entities or not any(one.strip() for one in task_types):
        raise BadInput("Name at least one entity and one task type.")
    places = await _places(kitsu, entities)
    wanted: dict[tuple[str, str], tuple[Entity, TaskType]] = {}
    for place in places:
        for one in await types_wanted(kitsu.directory, place.project, _kinds(place), task_types):
            for entity in await _meant(place, cast("Kind", one.for_entity.casefold())):
                wanted[entity.id, one.id] = entity, one
    if not wanted:
        raise BadInput(f"There is nothing in {listed(place.address for place in places)} to make such tasks of.")
    records: dict[str, Mapping[str, object]] = {}
    there: set[tuple[str, str]] = set()

    async def read() -> None:
        ids = {entity_id for entity_id, _ in wanted}
        records.update({one["id"]: one for one in await records_by(kitsu.session, "data/entities", "id", ids)})
        tasks = await records_by(kitsu.session, "data/tasks", "entity_id", ids)
        there.update((one["entity_id"], one["task_type_id"]) for one in tasks)

    now = EntitiesNow(
        **await project_now(kitsu, places[0].project, read, kitsu.directory.statuses),
        statuses=await kitsu.directory.statuses.get(),
        people={},
    )
    gone = [entity.address for entity, _ in wanted.values() if entity.id not in records]
    if gone:
        raise NotFound(f"Deleted, or not yours to see any more: {listed(gone)}. Leave them out.")
    kinds: set[Kind] = {entity.kind for entity, _ in wanted.values()}
    await permitted(kitsu, now, partial(refuse_role, kinds=kinds, what="create tasks of"))
    items = [_item(entity, one) for entity, one in wanted.values()]
    moving = [item for item, key in zip(items, wanted, strict=True) if key not in there]
    if len(moving) > MOST_NEW:
        raise BadInput(f"{len(moving):,} tasks to be made; at most {MOST_NEW} go in one change. Name fewer.")
    if not moving:
        raise BadInput(f"All of these are there already: {listed(item.address for item in items)}.")
    out = [entity.address for entity, _ in wanted.values() if entity.omitted]
    return now.change(
        Change,
        items,
        moving,
        kind="new tasks",
        tool="create_tasks",
        verb="Create",
        warnings=(f"Omitted: {listed(dict.fromkeys(out), 3)}",) if out else (),
        posts=False,
        detail=now.begin(kinds),
    )


async def _places(kitsu: Kitsu, texts: Sequence[str]) -> list[Place]:
    """What was named, of one production."""
    find = await kitsu.find.for_many(texts)
    places = [await find.place(text) for text in dict.fromkeys(texts)]
    refuse_several(place.project for place in places)
    return places


def _kinds(place: Place) -> list[Kind]:
    """What tasks may be meant of where a place is named: its own, and of what stands in it."""
    own = place.entity.kind if place.entity else place.kind
    match own:
        case None:
            return ["episode", "sequence", "shot", "asset", "edit", "concept"]
        case "episode":
            return [own, "sequence", "shot", "asset", "edit"]
        case "sequence":
            return [own, "shot"]
        case _:
            return [own]


async def _meant(place: Place, kind: Kind) -> list[Entity]:
    """The entity that was named, or those of a kind in it that are not omitted."""
    if place.entity is not None and place.entity.kind == kind:
        return [place.entity]
    _, entities = await below(place, [kind])
    return [one for one in entities if one.kind == kind and not one.omitted]


def _item(entity: Entity, task_type: TaskType) -> Item:
    target = f"{entity.kind}/{entity.id}/{task_type.id}"
    return Item(target, target, f"{entity.address}:{encoded(task_type.name)}", (comes("new"),))


async def _look(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    ids = {target.split("/")[1] for target in targets}
    tasks = {
        f"{one['entity_id']}/{one['task_type_id']}": one["id"]
        for one in await records_by(kitsu.session, "data/tasks", "entity_id", ids)
    }
    by_target = {target: tasks.get(target.partition("/")[2]) for target in targets}
    return {target: present(found) if found else ABSENT for target, found in by_target.items()}


def _requests(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    groups: dict[tuple[Kind, str], list[Item]] = {}
    for item in items:
        kind, _, type_id = item.target.split("/")
        groups.setdefault((cast("Kind", kind), type_id), []).append(item)
    for (kind, type_id), several in groups.items():
        entities = [item.target.split("/")[1] for item in several]
        yield making(change.project_id, kind, type_id, entities, [item.key for item in several])


async def _by(kitsu: Kitsu, target: str) -> str:
    del kitsu, target
    return "somebody made it"


NEW_TASKS = Creates(look=_look, requests=_requests, changed_by=_by, removal=remove_made)
