"""Entities that are deleted for good, with all that hangs on them: one DELETE each.

Kitsu's page omits a shot, asset or edit with tasks at the first time, and deletes it at the second; a sequence or an
episode it deletes at once (`store/api` of Kitsu). Zou 1.0.97 omits or deletes by `force`. An episode's edits it stops
at, half-way. Of sequences its route takes anybody's word but their maker's: here those of managers count.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Field, Item, Request, Value
from kitsu_tools.gate.existence import Removes, goes, present
from kitsu_tools.gate.kind import Looked
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.errors import BadInput, NotFound, NotPermitted, listed
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Kind
from kitsu_tools.write.entities.entity_names import Entities, NamedEntity, entities_named
from kitsu_tools.write.entities.hanging import Hanging, goes_along, hanging_on, in_all, says
from kitsu_tools.write.entities.now import MANAGES
from kitsu_tools.write.snapshot import Snapshot, permitted, project_now
from kitsu_tools.write.tool import writes

WITH = "with"
ORDER: tuple[Kind, ...] = ("concept", "edit", "shot", "asset", "sequence", "episode")
"""What is cast goes after what it is cast in, whose record its going changes."""
OMITTED_FIRST = frozenset({"shot", "asset", "edit"})
NO_WAY_BACK = "Deleted entities cannot be brought back: make them anew with create_entities."


@writes
async def delete_entities(kitsu: KitsuHere, entities: Entities) -> Change:
    """Delete up to 100 shots, assets, sequences, episodes, edits or concepts of one project for good, with their tasks,
    comments, previews and castings, after the person you work for said yes in their own dialog. It cannot be undone.

    What is only cut from the production is omitted with change_entities, and can come back.
    """
    named = {one.id: one for one in await entities_named(kitsu, entities)}
    return await plan_deletions(kitsu, "delete_entities", list(named.values()), "Delete for good")


async def plan_deletions(
    kitsu: Kitsu, tool: str, named: Sequence[NamedEntity], verb: str, *, hanging: Mapping[str, Hanging] | None = None
) -> Change:
    """The deletion of these, but for what goes with another of them. `hanging`, where it was read already.

    Raises:
        BadInput, NotFound, NotPermitted: the role may not delete one, Zou could not delete it whole, or it is gone.
    """
    found: dict[str, Hanging] = dict(hanging or {})

    async def read() -> None:
        if not found:
            found.update(await hanging_on(kitsu, [one.id for one in named]))

    now = Snapshot(**await project_now(kitsu, named[0].project, read))
    gone = [one.address for one in named if one.id not in found]
    if gone:
        raise NotFound(f"Deleted, or not yours to see any more: {listed(gone)}. Leave them out.")
    await permitted(kitsu, now, partial(_refuse, named=named, found=found))
    within = {key for one in found.values() for key in one.ids[1:]}
    kept = sorted((one for one in named if one.id not in within), key=lambda one: ORDER.index(one.kind))
    along, total = await goes_along(kitsu, now.project, [found[one.id] for one in kept])
    kinds = {one.kind for one in kept}
    live = [one for one in kept if one.kind in OMITTED_FIRST and found[one.id].tasks and not one.omitted]
    inside = [one.address for one in named if one.id in within]
    return Change(
        kind="deleted entities",
        tool=tool,
        project_id=now.project.id,
        project=encoded(now.project.name),
        verb=verb,
        noun=kinds.pop() if len(kinds) == 1 else "thing",
        items=tuple(_item(one, found[one.id], its) for one, its in zip(kept, along, strict=True)),
        warnings=(
            "It cannot be undone",
            *([f"Kitsu's page would at first only omit {len(live)} of them"] if live and not hanging else []),
            *([f"Gone with what it stands in: {listed(inside, 3)}"] if inside else []),
        ),
        posts=False,
        detail=in_all(total),
    )


def _item(named: NamedEntity, hanging: Hanging, along: str) -> Item:
    stamp = Value(hanging.stamp, "")
    return Item(f"{named.kind}/{named.id}", named.id, named.address, (goes(says(along)), Field(WITH, stamp, stamp)))


async def _refuse(now: Snapshot, named: Sequence[NamedEntity], found: Mapping[str, Hanging]) -> None:
    others = [
        one.address
        for one in named
        if now.role not in MANAGES
        and (
            one.kind == "sequence"
            or found[one.id].record.get("created_by") != now.me.id
            or now.role in {"client", "vendor"}
        )
    ]
    if others:
        raise NotPermitted(
            f"The role {now.role!r} may delete only what it made, and no sequences; not so: {listed(others)}."
        )
    going = {one.id for one in named}
    with_edits = [one.address for one in named if not {edit["id"] for edit in found[one.id].edits} <= going]
    if with_edits:
        raise BadInput(
            f"Kitsu stops half-way at the edits of an episode: name those of {listed(with_edits)} too, which go first."
        )


async def _look(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    found = await hanging_on(kitsu, targets)
    return {key: {**present(key), WITH: Value(one.stamp, "")} for key, one in found.items()}


def _requests(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    del change
    for item in items:
        kind = item.key.partition("/")[0]
        yield Request("DELETE", f"data/{kind}s/{item.target}?force=true", None, 204, (item.key,))


async def _by(kitsu: Kitsu, target: str) -> str:
    record = await kitsu.session.read(f"data/entities/{target}")
    clock = await kitsu.clock()
    return f"it or something on it was changed, itself last at {clock.local(record['updated_at'])} {clock.zone.key}"


DELETED_ENTITIES = Removes(look=_look, requests=_requests, changed_by=_by, no_way_back=NO_WAY_BACK, weight=lambda _: 5)
