"""What waits for which assets: shots beside their casting, and assets beside the shots that they hold up."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated, Any, Literal

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Table
from kitsu_tools.arguments import KitsuHere, Limit, Next, Sort
from kitsu_tools.conditions import all_named
from kitsu_tools.read.casting import assets_in, castings_in, not_shown, require_casting
from kitsu_tools.read.listing import Column, in_order_of, named, table_of
from kitsu_tools.tracker.addresses import encoded, relative
from kitsu_tools.tracker.board import Key, View
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.castings import CastLink
from kitsu_tools.tracker.errors import BadInput, NotPermitted, counted, listed, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Entity, Project, TaskType
from kitsu_tools.tracker.places import Place
from kitsu_tools.tracker.statuses import Role, Status, place_of
from kitsu_tools.tracker.visibility import PRODUCTION_HIDDEN

SETTLED: frozenset[Role] = frozenset({"done", "omitted"})
NOT_STARTED: frozenset[Role] = frozenset({"todo", "ready"})
MOST_WAITED_FOR = 8
MOST_SHOTS = 8


@dataclass(frozen=True, slots=True)
class Shot:
    """A shot with the status of the task that is to start, the assets that it uses, and those that are not ready."""

    entity: Entity
    status: str
    uses: frozenset[str]
    waits_for: tuple[str, ...]

    @property
    def ready(self) -> int:
        """How many of the assets are."""
        return len(self.uses) - len(self.waits_for)


async def compare_casting(
    of: Annotated[str, Field(description="a project, episode, sequence or shot; or an asset: the shots that use it")],
    kitsu: KitsuHere,
    task_type: Annotated[str, Field(description="what is to start in the shots: Animation; empty: any")] = "",
    needs: Annotated[
        Sequence[str],
        Field(description="task types of assets that must be done: Rigging; empty: by the assets' `ready for`"),
    ] = (),
    rows: Annotated[Literal["shots", "assets"], Field(description="assets: what holds up most comes first")] = "shots",
    sort: Sort = (),
    limit: Limit = 100,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """Tell which shots can start a task type now, which assets the others wait for, and which shots an asset would
    unblock (`alone`: they wait for nothing else).

    Counts only shots in which the task type is not begun. An asset without a task that is needed holds nothing up.
    """
    place = await kitsu.find.place(of)
    require_casting(place)
    if place.group:
        raise BadInput(f"{place.address}: name one asset, or a project, episode, sequence or shot.")
    step, needed = await _types(kitsu, place.project, task_type, needs)
    asset = place.entity if place.entity is not None and place.entity.kind == "asset" else None
    whole = Place(place.reading, encoded(place.project.name)) if asset is not None else place
    try:
        castings, view = await castings_in(kitsu, whole, "asset", *_shots_of(whole))
    except NotPermitted:
        raise await not_shown(kitsu, place) from None
    links = [link for links in castings.values() for link in links]
    addresses = await assets_in(kitsu, view, links)
    waits = await (
        _undone(kitsu, view, addresses, needed) if needed else _unready(kitsu, place.project, view, addresses, step)
    )
    statuses = await kitsu.directory.statuses.get()
    one_shot = place.entity is not None and place.entity.kind == "shot"
    within = [one for one in _below(whole, view) if asset is None or asset.id in _used(castings, one)]
    shots, notes = _shots(within, castings, addresses, waits, step, statuses, every=one_shot)
    waiting = [one for one in shots if one.waits_for]
    alone = Counter(one.waits_for[0] for one in waiting if len(one.waits_for) == 1)
    base = encoded(place.project.name)
    question = ("compare", place.key, task_type, tuple(needs), rows, tuple(sort))
    clock = await kitsu.clock()
    said: dict[str, Any] = {
        "limit": limit,
        "after": next,
        "under": base,
        "notes": notes,
        "of": place.address,
        "shots": len(shots),
        "can_start": len(shots) - len(waiting),
        "unblocks_alone": alone[asset.id] if asset is not None else None,
    }

    def name(asset_id: str) -> str:
        return relative(addresses[asset_id], base)

    if rows == "shots":
        shots.sort(key=lambda one: (len(one.waits_for), one.entity.address.casefold()))

        def blocking(one: Shot) -> str:
            return listed([f"{name(it)} ({waits[it]})" for it in one.waits_for], MOST_WAITED_FOR)

        of_shots: list[Column[Shot]] = [
            Column("shot", lambda one: relative(one.entity.address, base)),
            Column("ready/used assets", attrgetter("ready"), cell=lambda one: f"{one.ready}/{len(one.uses)}"),
            Column("waits for", lambda one: len(one.waits_for), cell=blocking),
        ]
        if step is not None:
            of_shots.insert(1, Column(step.name, attrgetter("status")))
        found = in_order_of(shots, named("sort", sort, {one.name.casefold(): one for one in of_shots}))
        return table_of(question, found, of_shots, clock, identity=lambda one: one.entity.id, **said)
    blocks = Counter(it for one in waiting for it in one.waits_for)
    held = sorted(blocks, key=lambda it: (-alone[it], -blocks[it], addresses[it]))

    def which(it: str) -> str:
        return listed([relative(one.entity.address, base) for one in waiting if one.waits_for == (it,)], MOST_SHOTS)

    of_assets: Sequence[Column[str]] = (
        Column("asset", name),
        Column("now", waits.__getitem__),
        Column("shots that wait", blocks.__getitem__),
        Column("alone", alone.__getitem__),
        Column("which alone", alone.__getitem__, cell=which),
    )
    order = named("sort", sort, {one.name: one for one in of_assets})
    return table_of(question, in_order_of(held, order), of_assets, clock, identity=str, **said)


async def _types(
    kitsu: Kitsu, project: Project, task_type: str, needs: Sequence[str]
) -> tuple[TaskType | None, dict[str, str]]:
    """The task type of shots that is to start, and the names by id of those of assets that must be done.

    Raises:
        BadInput: one is none of shots, of assets, or neither is named.
    """

    async def of(kind: str, argument: str, name: str) -> list[TaskType]:
        found = [one for one in await kitsu.directory.task_type(name) if one.for_entity == kind]
        if not found:
            raise BadInput(f"{argument}: {quoted(name)} is no task type of {kind.lower()}s.")
        return [one for one in found if one.id in project.task_types] or found

    if not task_type and not needs:
        raise BadInput("Name the task_type that is to start in the shots, or what it needs of the assets, or both.")
    step = (await of("Shot", "task_type", task_type))[0] if task_type else None
    every = (one.name for one in (await kitsu.directory.task_types.get()).values())
    needed = [one for name in all_named(needs, every) for one in await of("Asset", "needs", name)]
    return step, {one.id: one.name for one in needed}


def _shots_of(place: Place) -> tuple[Key, ...]:
    """The boards on which the shots of a place are, by the narrowest way."""
    match place.entity:
        case Entity(kind="sequence", id=sequence_id):
            return (("shots of", sequence_id),)
        case Entity(kind="shot", parent_id=sequence_id) if sequence_id:
            return (("shots of", sequence_id),)
        case _:
            return ("shot",)


def _below(place: Place, view: View) -> list[Entity]:
    top = place.entity.id if place.entity is not None else ""
    sequences = {one.id for one in view.entities("sequence") if one.parent_id == top}
    return [
        one
        for one in view.entities("shot")
        if not one.omitted and (not top or top in {one.id, one.parent_id} or one.parent_id in sequences)
    ]


def _shots(
    entities: Iterable[Entity],
    castings: Mapping[str, Sequence[CastLink]],
    addresses: Mapping[str, str],
    waits: Mapping[str, str],
    step: TaskType | None,
    statuses: Mapping[str, Status],
    *,
    every: bool,
) -> tuple[list[Shot], list[str]]:
    """The shots in which the step is not begun, or `every` one, and what is said of those left out."""
    found: list[Shot] = []
    begun = without = 0
    for entity in entities:
        its = [task.status_id for task in entity.tasks if step is not None and task.type_id == step.id]
        roles = {statuses[one].role if one in statuses else "other" for one in its}
        if step is not None and not every:
            without += not its
            begun += bool(its) and not roles & NOT_STARTED
            if not roles & NOT_STARTED:
                continue
        used = _used(castings, entity) & addresses.keys()
        named = ", ".join(place_of(one, statuses)[1] for one in its)
        found.append(Shot(entity, named, used, tuple(sorted(used & waits.keys(), key=addresses.__getitem__))))
    uncast = sum(not one.uses for one in found)
    return found, [
        f"{counted(begun, 'shot')} left out: begun or done" if begun else "",
        f"{counted(without, 'shot')} left out: without such a task" if without else "",
        f"{counted(uncast, 'shot')} without any casting, which holds nothing up" if uncast else "",
    ]


def _used(castings: Mapping[str, Sequence[CastLink]], shot: Entity) -> frozenset[str]:
    return frozenset(link.asset_id for link in castings.get(shot.id, ()))


async def _undone(kitsu: Kitsu, view: View, assets: Mapping[str, str], needed: Mapping[str, str]) -> dict[str, str]:
    """Those of these assets that have a needed task which is not done, with its status: `Rigging wip`."""
    statuses = await kitsu.directory.statuses.get()
    own = {one: entity for one in assets if (entity := view.entity(one)) is not None}
    tasks = {one: [(task.type_id, task.status_id) for task in entity.tasks] for one, entity in own.items()}
    others = assets.keys() - own.keys()
    for task in await records_by(kitsu.session, "data/tasks", "entity_id", others):
        tasks.setdefault(task["entity_id"], []).append((task["task_type_id"], task["task_status_id"]))
    waits: dict[str, str] = {}
    for one in assets:
        if assets[one].endswith(f"({PRODUCTION_HIDDEN})"):
            waits[one] = "unknown"
            continue
        undone = [
            f"{needed[type_id]} {place_of(status_id, statuses)[1]}"
            for type_id, status_id in tasks.get(one, ())
            if type_id in needed and (status_id not in statuses or statuses[status_id].role not in SETTLED)
        ]
        if undone:
            waits[one] = ", ".join(sorted(undone))
    return waits


async def _unready(
    kitsu: Kitsu, project: Project, view: View, assets: Iterable[str], step: TaskType | None
) -> dict[str, str]:
    """Those of these assets that are not ready for a step, with what they are ready for, by Kitsu's own rule: what they
    are ready for comes at or after it, and what another production shares is ready (`_is_asset_ready`, Zou 1.0.97).
    """
    types = await kitsu.directory.task_types.get()
    places = {one: place for one, place in project.priorities.items() if place and one in types}
    waits: dict[str, str] = {}
    for one in assets:
        entity = view.entity(one)
        ready = types.get(str(entity.data.get("ready_for", ""))) if entity is not None else None
        of_shots = ready is not None and ready.for_entity == "Shot"
        place = places.get(ready.id, -1) if ready is not None and of_shots else -1
        if entity is not None and step is not None and places.get(step.id, 0) > place:
            waits[one] = f"ready for {ready.name}" if ready is not None else "ready for nothing yet"
    return waits
