"""What lies below a place: the entities that a question is about, read by the narrowest way that answers it."""

from collections.abc import Sequence

from kitsu_tools.tracker.board import ALL_KINDS, View
from kitsu_tools.tracker.model import Entity, Kind
from kitsu_tools.tracker.places import Place
from kitsu_tools.tracker.reading import Reading


async def below(place: Place, kinds: Sequence[Kind] = ALL_KINDS) -> tuple[View, list[Entity]]:
    """The entities of these kinds at and below a place, omitted ones too, in the order of their addresses."""
    view = await _view(place, kinds)
    wanted = tuple(kinds)
    return view, view.memoised(("below", place.key, wanted), lambda: _inside(place, view, wanted))


def with_cast(place: Place, kinds: Sequence[Kind]) -> bool:
    """Whether assets are asked for as Kitsu's page of an episode shows them: its own and those cast in it."""
    return place.listed_kind == "asset" and place.entity is not None and "asset" in kinds


def episode_of(entity: Entity, reading: Reading) -> str:
    """The id of the episode that Kitsu's page of an entity is in; empty for none."""
    match entity.kind:
        case "episode":
            return entity.id
        case "shot":
            sequence = reading.held_entity(entity.parent_id)
            return sequence.parent_id if sequence else ""
        case "sequence" | "edit":
            return entity.parent_id
        case _:
            return str(entity.data.get("episode_id") or "")


async def _view(place: Place, kinds: Sequence[Kind]) -> View:
    reading = place.reading
    match place.entity:
        case None if place.group:
            return await reading.view(place.kind or "asset")
        case Entity(kind="sequence", id=sequence_id) if "shot" in kinds:
            return await reading.shots_of(sequence_id)
        case Entity(kind="shot", parent_id=sequence_id) if sequence_id:
            return await reading.shots_of(sequence_id)
        case Entity(kind="episode" | "sequence"):
            return await reading.view(*kinds)
        case Entity(kind=kind):
            return await reading.view(kind)
        case None:
            return await reading.view(*kinds)


def _inside(place: Place, view: View, kinds: tuple[Kind, ...]) -> list[Entity]:
    candidates = [one for kind in kinds for one in view.entities(kind)]
    if place.asset_type:
        candidates = [one for one in candidates if one.type_name == place.asset_type]
    if place.entity is not None:
        top, cast_too = place.entity.id, with_cast(place, kinds)
        sequences = {one.id for one in view.entities("sequence") if one.parent_id == top}
        return [
            one
            for one in candidates
            if top in {one.id, one.parent_id, one.data.get("episode_id")}
            or one.parent_id in sequences
            or (cast_too and top in one.data.get("casting_episode_ids", ()))
        ]
    return [one for one in candidates if place.holds(one)] if place.group else candidates
