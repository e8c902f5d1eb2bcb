"""What a breakdown says beside what a production has: new, changed, cast and gone, by name."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from kitsu_tools.exchange.breakdown import Breakdown, Cast, Line
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.below import below
from kitsu_tools.tracker.castings import castings_at
from kitsu_tools.tracker.errors import BadInput, listed, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Entity
from kitsu_tools.tracker.names import is_uuid
from kitsu_tools.tracker.places import Place
from kitsu_tools.write.casting.set_casting import MOST_TIMES, CastRow
from kitsu_tools.write.entities.change_entities import EntityRow
from kitsu_tools.write.entities.rows import NewEntity

Names = tuple[str, ...]


@dataclass(slots=True)
class Matched:
    """What a breakdown asks for: rows of the tools that do it. `gone` are ids; `same` is how many are so already."""

    new: list[NewEntity] = field(default_factory=list[NewEntity])
    changed: list[EntityRow] = field(default_factory=list[EntityRow])
    cast: list[CastRow] = field(default_factory=list[CastRow])
    gone: list[str] = field(default_factory=list[str])
    same: int = 0
    warnings: list[str] = field(default_factory=list[str])


async def matched(kitsu: Kitsu, place: Place, breakdown: Breakdown) -> Matched:
    """What a breakdown asks for in a production, or an episode. Matched by name, in any case, an equal one first.

    Raises:
        BadInput: a line names a thing twice, or what cannot be there; or an asset that is not there.
        NotPermitted: the role is not shown castings, which the breakdown is about.
    """
    kind = "asset" if breakdown.kind == "asset" else "shot"
    _, inside = await below(place, (kind,))
    if kind == "asset" and place.entity is not None:
        inside = [one for one in inside if one.data.get("episode_id") == place.entity.id]
    known: dict[Names, list[Entity]] = {}
    for one in inside:
        known.setdefault(_folded(_names(place, one)), []).append(one)
    found = Matched()
    cast: dict[str, list[Cast]] = {}
    named: dict[Names, Line] = {}
    there = await _parents_there(place) if kind == "shot" else {}
    parents: dict[Names, NewEntity] = {}
    for line in breakdown.lines:
        names = _within(place, line, kind)
        key = _folded(names)
        if breakdown.kind != "casting" and key in named:
            raise BadInput(f"{line.where} names {'/'.join(names)} again, which {named[key].where} names already.")
        named[key] = line
        entity = _one(known.get(key, ()), names)
        if entity is not None:
            found.same += 1
            if line.cast is not None:
                cast.setdefault(entity.id, []).extend(line.cast)
            if row := _changed(place, entity, line):
                found.changed.append(row)
        elif breakdown.kind == "casting":
            raise BadInput(f"{line.where}: there is no shot {quoted('/'.join(names))} in {place.address}.")
        else:
            row = _new(place, names, line, kind, there, parents)
            found.new.append(row)
            if line.cast:
                is_asset = kind == "asset"
                address = _address(place, row.kind, row.name) if is_asset else f"{row.under}/{encoded(row.name)}"
                cast[address] = list(line.cast)
    found.new = [*parents.values(), *found.new]
    found.cast = await _cast(kitsu, place, cast, found.new if kind == "asset" else ())
    moving = {*(one for row in found.changed for one in row.entities), *(row.of for row in found.cast)}
    found.same -= sum(map(is_uuid, moving))
    found.gone = _gone(known, named) if breakdown.kind != "casting" else []
    return found


def _gone(known: Mapping[Names, Sequence[Entity]], named: Collection[Names]) -> list[str]:
    """The ids of what is in the sequences, or of the asset types, that the breakdown is about, and not named in it."""
    groups = {key[:-1] for key in named}
    gone = [one for key, several in known.items() if key not in named and key[:-1] in groups for one in several]
    return [one.id for one in gone if not one.omitted]


def _address(place: Place, type_name: str, name: str) -> str:
    """Where a new asset will be."""
    return f"{encoded(place.project.name)}/{encoded(type_name)}/{encoded(name)}"


def _folded(names: Names) -> Names:
    return tuple(one.casefold() for one in names)


def _names(place: Place, entity: Entity) -> Names:
    """The names of what it stands in below the place, and its own."""
    if entity.kind == "asset":
        return entity.type_name, entity.name
    sequence = place.reading.held_entity(entity.parent_id)
    if sequence is None:
        return "", entity.name
    episode = place.reading.held_entity(sequence.parent_id) if place.entity is None else None
    return (*((episode.name,) if episode else ()), sequence.name, entity.name)


def _within(place: Place, line: Line, kind: str) -> Names:
    """The names of a line below the place: those that the place says already are left out.

    Raises:
        BadInput: too many or too few, or of another place.
    """
    names = line.names
    above = [place.project.name, *([place.entity.name] if place.entity else [])]
    for one in above:
        if len(names) > 2 and names[0].casefold() == one.casefold():
            names = names[1:]
    wanted = 3 if kind == "shot" and place.project.has_episodes and place.entity is None else 2
    if len(names) != wanted:
        shape = "Type/Name" if kind == "asset" else "Episode/Sequence/Shot" if wanted == 3 else "Sequence/Shot"
        raise BadInput(f"{line.where}: {quoted('/'.join(line.names))} is not {shape} in {place.address}.")
    return names


def _one(several: Sequence[Entity], names: Names) -> Entity | None:
    """The one that is meant among those whose names differ in case alone: one that is not omitted, as it is written."""
    return min(several, key=lambda one: (one.omitted, one.name != names[-1]), default=None)


def _changed(place: Place, entity: Entity, line: Line) -> EntityRow | None:
    """What a line sets of an entity; None where all is so."""
    said = {
        name: value
        for name, value in (("frames", line.frames), ("frame_in", line.frame_in), ("frame_out", line.frame_out))
        if value is not None
    }
    more: dict[str, object] = dict(said) if any(getattr(entity, name) != value for name, value in said.items()) else {}
    if line.description is not None and line.description != entity.description:
        more["description"] = line.description
    if line.fps and line.fps != str(entity.data.get("fps") or ""):
        more["fps"] = line.fps
    columns = {one.name: one.field_name for one in place.project.columns if one.entity_type == entity.kind.capitalize()}
    data = {
        name: value for name, value in line.data.items() if str(entity.data.get(columns.get(name, name)) or "") != value
    }
    if data:
        more["data"] = data
    if entity.omitted:
        more["omitted"] = False
    return EntityRow.model_validate({"entities": [entity.id], **more}) if more else None


def _new(
    place: Place, names: Names, line: Line, kind: str, there: Mapping[Names, str], parents: dict[Names, NewEntity]
) -> NewEntity:
    """A row for what is not there; and one before it for each thing that it stands in and that is not there either."""
    under = place.address
    if kind == "shot":
        wanted = ("episode", "sequence") if len(names) == 3 else ("sequence",)
        for depth, of in enumerate(wanted, 1):
            key = _folded(names[:depth])
            address = there.get((of, *key))
            if address is None and key not in parents:
                parents[key] = NewEntity(name=names[depth - 1], under=under, kind=of)
            under = address or f"{under}/{encoded(names[depth - 1])}"
    given = {"description": line.description or "", "data": dict(line.data)}
    frames = {"frames": line.frames, "frame_in": line.frame_in, "frame_out": line.frame_out}
    return NewEntity.model_validate(
        {"name": names[-1], "under": under, "kind": names[0] if kind == "asset" else kind, **given, **frames}
    )


async def _parents_there(place: Place) -> dict[Names, str]:
    """The addresses of the episodes and sequences below a place, by kind and names."""
    _, every = await below(place, ("episode", "sequence"))
    found: dict[Names, str] = {}
    for one in every:
        above = place.reading.held_entity(one.parent_id) if one.kind == "sequence" and place.entity is None else None
        found.setdefault((one.kind, *_folded((*((above.name,) if above else ()), one.name))), one.address)
    return found


async def _cast(
    kitsu: Kitsu, place: Place, wanted: Mapping[str, Sequence[Cast]], new: Sequence[NewEntity]
) -> list[CastRow]:
    """The links that are not so yet, by the id of what uses them, or its address where it is new. Assets are named by
    type and name, or by a name that one alone has; `new` are those that come with it.

    Raises:
        BadInput: there is no such asset, or several.
    """
    if not wanted:
        return []
    whole = await kitsu.find.place(encoded(place.project.name))
    _, assets = await below(whole, ("asset",))
    named = [(one.type_name, one.name, one.id) for one in assets]
    named += [(row.kind, row.name, _address(place, row.kind, row.name)) for row in new]
    by_name: dict[str, list[str]] = {}
    for type_name, name, asset in named:
        for text in (name, f"{type_name}/{name}"):
            by_name.setdefault(text.casefold(), []).append(asset)
    texts = dict.fromkeys(cast.asset for several in wanted.values() for cast in several)
    wrong = [text for text in texts if len(by_name.get(text.casefold(), ())) != 1]
    if wrong:
        raise BadInput(f"No asset, or several, of the name {listed(map(quoted, wrong))}. Write Type/Name.")
    path = f"{place.project.id}/" + (
        "sequences/all" if place.entity is None else f"episodes/{place.entity.id}/sequences/all"
    )
    often = [cast for several in wanted.values() for cast in several if cast.times > MOST_TIMES]
    if often:
        said = listed((f"{one.times} x {one.asset}" for one in often), 8)
        raise BadInput(f"An asset is cast up to {MOST_TIMES:,} times, not: {said}.")
    held = await castings_at(kitsu.session, path)
    rows: list[CastRow] = []
    for user, several in wanted.items():
        links = {one.asset_id: one for one in held.get(user, ())}
        for cast in several:
            (asset,) = by_name[cast.asset.casefold()]
            link = links.get(asset)
            so = link is not None and cast.times in {0, link.times} and cast.label in {"", link.label}
            rows += [] if so else [CastRow(of=user, asset=asset, times=cast.times, label=cast.label)]
    return rows
