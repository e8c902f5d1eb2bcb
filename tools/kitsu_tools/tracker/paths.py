"""From an address, or the end of one, to its place: the names that it is made of, one level after the other."""

from collections.abc import Sequence
from operator import attrgetter

from kitsu_tools.tracker.addresses import CONCEPTS, EDITS, MAIN_PACK, Address, Segment, encoded, parse
from kitsu_tools.tracker.board import View
from kitsu_tools.tracker.errors import Ambiguous, Unknown, listed, quoted
from kitsu_tools.tracker.links import MAIN
from kitsu_tools.tracker.lookup import WITH_BOARDS, Found, Lookup
from kitsu_tools.tracker.model import Entity, Kind
from kitsu_tools.tracker.names import levels, matching, nearest
from kitsu_tools.tracker.places import Place, entity_place
from kitsu_tools.tracker.reading import Reading
from kitsu_tools.tracker.task_types import tasks_called


async def place_of(lookup: Lookup, address: Address, text: str, wants: Kind | None) -> Found:
    """Where a path leads to, below the production it begins with, or else below the default one. `text` is the address
    as it was written, `wants` the kind that is to be found there, if one.

    Raises:
        Unknown, Ambiguous: nothing or more than one thing there; the message lists candidates.
    """
    directory, rest, missed = lookup.directory, address.segments, None
    if not rest:
        return await lookup.whole(await directory.project("")), address.task_type
    project = await directory.project_named(rest[0].name)
    if project is None:
        try:
            default = await directory.default_project()
            if default is not None:
                return await _walk(lookup, await lookup.whole(default), rest, address, text, wants)
        except Unknown as miss:
            missed = miss
        try:
            project = await directory.project(rest[0].name)
        except (Unknown, Ambiguous) as miss:  # what was missed in the default production is said first
            if missed is not None or isinstance(miss, Ambiguous):
                raise missed or miss from None
            raise Unknown(f"{miss} search finds names in all productions.") from None
    return await _walk(lookup, await lookup.whole(project), rest[1:], address, text, wants)


async def _walk(
    lookup: Lookup, place: Place, rest: Sequence[Segment], address: Address, text: str, wants: Kind | None
) -> Found:
    reading = place.reading
    for position, segment in enumerate(rest):
        below = await _step(lookup, place, segment, wants)
        if below is None:
            last = position == len(rest) - 1 and address.task_type is None
            if last and place.entity is not None and await _is_task_type(lookup, place.entity, segment):
                return place, segment
            return await _by_fragment(lookup, reading, tuple(rest), address, text)
        place = below
    return place, address.task_type


async def _step(lookup: Lookup, place: Place, segment: Segment, wants: Kind | None) -> Place | None:
    """One level down, or None when nothing there answers to the segment. Where a sequence and an asset type have one
    name, the one that can hold what is wanted is meant.
    """
    reading = place.reading
    if place.group:
        kind = place.kind or "asset"
        view = await reading.view(kind)
        inside = view.memoised(("in", place.address), lambda: [one for one in view.entities(kind) if place.holds(one)])
        return _one(reading, segment, inside)
    match place.entity:
        case None:
            if segment.id_start == MAIN:
                return await _main_pack(lookup, place, segment)
            structure = (await reading.view()).entities("episode", "sequence")
            top = [one for one in structure if not one.parent_id]
            folded = segment.name.casefold()
            named = _one(reading, segment, [one for one in top if one.name.casefold() == folded])
            holds_none = named is not None and named.kind == "sequence" and wants == "asset"
            return (
                (holds_none and await _group(lookup, place, segment, wants))
                or named
                or await _group(lookup, place, segment, wants)
                or await _main_pack(lookup, place, segment)
                or _one(reading, segment, top)
            )
        case Entity(kind="episode", id=episode_id):
            return _one(reading, segment, (await reading.view()).below(episode_id))
        case Entity(kind="sequence", id=sequence_id):
            return _one(reading, segment, (await reading.shots_of(sequence_id)).below(sequence_id))
        case _:
            return None


async def _group(lookup: Lookup, place: Place, segment: Segment, wants: Kind | None) -> Place | None:
    """An asset type of the production, or Edits, or Concepts: those go before a type of their name, unless an asset
    is wanted. A plural is understood.
    """
    wanted, start = segment.name.casefold(), segment.id_start
    groups: dict[str, Kind] = {EDITS: "edit", CONCEPTS: "concept"}
    own = next((name for name in groups if not start and wanted == name.casefold()), None)
    found = own and Place(place.reading, f"{place.address}/{encoded(own)}", groups[own], own)
    if found and wants != "asset":
        return found
    types = (await lookup.directory.asset_types.get()).items()
    for ending in ("", "s"):  # one type may be called like another's plural
        for type_id, name in types:
            if type_id.startswith(start) and wanted == f"{name}{ending}".casefold():
                return await lookup.asset_type(place, type_id)
    return found or None


async def _main_pack(lookup: Lookup, whole: Place, segment: Segment) -> Place | None:
    called = segment.name.casefold() == MAIN_PACK.casefold()
    return await lookup.main_pack(whole) if called else None


def _one(reading: Reading, segment: Segment, among: Sequence[Entity]) -> Place | None:
    written = str(segment)
    found = [one for one in among if one.address.rpartition("/")[2] == written]
    if not found and segment.id_start:
        found = [one for one in among if one.id.startswith(segment.id_start)]
    elif not found:
        found = matching(segment.name, among, attrgetter("name"))
    if len(found) > 1:
        several = listed(one.address for one in found)
        raise Ambiguous(f"{quoted(segment.name)} could be {several}. Write one of these addresses.")
    return entity_place(reading, found[0]) if found else None


async def _by_fragment(
    lookup: Lookup, reading: Reading, rest: tuple[Segment, ...], address: Address, text: str
) -> Found:
    """The one entity whose address ends as the text does, its parts matched as names are: as it stands, or with its
    last part as the task type.
    """
    view = await reading.view(*WITH_BOARDS)
    ways: list[tuple[tuple[Segment, ...], Segment | None]] = [(rest, address.task_type)]
    if address.task_type is None and len(rest) > 1:
        ways.append((rest[:-1], rest[-1]))
    for segments, task_type in ways:
        found = _entities_ending(view, segments)
        if len(found) > 1:
            where = listed(one.address for one in found)
            raise Ambiguous(f"{quoted(text)} could be {len(found)} things: {where}. Write one of these addresses.")
        if found and (
            task_type is address.task_type or (task_type and await _is_task_type(lookup, found[0], task_type))
        ):
            return entity_place(reading, found[0]), task_type
    wanted = "/".join(segment.name for segment in rest)
    addresses = [one.address.partition("/")[2] for one in view.entities()]
    raise Unknown(
        f"Nothing in {reading.project.name} is called {quoted(wanted)}. {nearest('entity', wanted, addresses)}"
    )


def _entities_ending(view: View, segments: tuple[Segment, ...]) -> list[Entity]:
    """Entities whose names are these; else those whose names end with them, at the first level where any answer."""
    paths: list[tuple[Entity, tuple[Segment, ...]]] = view.memoised(
        "paths", lambda: [(one, parse(one.address).segments) for one in view.entities()]
    )
    whole = [one for one, path in paths if path[1:] == segments]
    if whole:
        return whole
    count, id_start = len(segments), segments[-1].id_start
    for fits in zip(*(levels(segment.name) for segment in segments), strict=True):
        found = [
            one
            for one, path in paths
            if count <= len(path)
            and one.id.startswith(id_start)
            and all(fit(have.name) for have, fit in zip(path[-count:], fits, strict=True))
        ]
        if found:
            return found
    return []


async def _is_task_type(lookup: Lookup, entity: Entity, segment: Segment) -> bool:
    return bool(tasks_called(segment.name, entity.tasks, await lookup.directory.task_types.get()))
