"""What lies below a place: the entities that a question is about, read by the narrowest way that answers it."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from kitsu_tools.tracker.addresses import encoded, relative
from kitsu_tools.tracker.boards import ALL_KINDS, View
from kitsu_tools.tracker.elsewhere import asset_address
from kitsu_tools.tracker.errors import listed
from kitsu_tools.tracker.finder import Place
from kitsu_tools.tracker.kitsu import ASSIGNED_ONLY, Kitsu
from kitsu_tools.tracker.model import Entity, Kind
from kitsu_tools.tracker.names import is_uuid

MOST_SHARED = 6
LINK_IN_PART = "of the link only its ids were read"


async def below(place: Place, kinds: Sequence[Kind] = ALL_KINDS) -> tuple[View, list[Entity]]:
    """The entities of these kinds at and below a place, omitted ones too, in the order of their addresses."""
    view = await _view(place, kinds)
    wanted = tuple(kinds)
    return view, view.worked_out(("below", place.address, wanted), lambda: _inside(place, view, wanted))


def common(place: Place, entities: Iterable[Entity]) -> str:
    """The address that those of all these entities at and below a place begin with, for `under`.

    It is the production's where an episode's own assets or edits are among them: their addresses leave episodes out.
    """
    if place.entity is None or place.entity.kind != "episode":
        return place.address
    start = f"{place.address}/"
    inside = all(one is place.entity or one.address.startswith(start) for one in entities)
    return place.address if inside else encoded(place.project.name)


def parent_notes(view: View, entities: Iterable[Entity]) -> list[str]:
    """What an answer says where some of what it counts stands below something that is out of work.

    Kitsu's page counts by an entity's own flag alone (`computeStats`), and so do all answers here.
    """
    odd = {one.id: one for one in view.entities("episode", "sequence") if one.out_of_work}
    if not odd:
        return []
    episodes = {one.id: one.parent_id for one in view.entities("sequence")}
    above = {
        parent
        for one in entities
        for parent in (one.id, one.parent_id, episodes.get(one.parent_id), one.data.get("episode_id"))
    }
    named = [
        f"{relative(one.address, one.address.partition('/')[0])} ({one.out_of_work})"
        for one in odd.values()
        if one.id in above
    ]
    return [f"counted, as on Kitsu's page: what stands in {listed(named)}"] if named else []


async def shared_notes(kitsu: Kitsu, place: Place) -> list[str]:
    """What an answer about assets says of those that are used here and belong to another production."""
    if place.entity is not None and place.entity.kind != "episode":
        return []
    episode = place.entity.id if place.entity is not None else ""
    records = await place.reading.shared_assets(episode)
    types = await kitsu.directory.asset_types.get() if records and place.group else {}
    found = [one for one in records if not place.group or types.get(one["entity_type_id"]) == place.group]
    if not found:
        return []
    addresses = sorted([await asset_address(kitsu.directory, one) for one in found])
    return [f"not listed: {len(found)} shared from other productions and used here: {listed(addresses, MOST_SHARED)}"]


async def partial_notes(kitsu: Kitsu, place: Place, under: str, pages: Sequence[str] = ()) -> list[str]:
    """What an answer says where it holds less than its question seems to ask for, or more.

    `pages`: the words at the end of Kitsu's page links ("shots") that mean what is listed anyway.
    """
    hidden = [] if await kitsu.sees_all(place.project) else [ASSIGNED_ONLY]
    return [
        *hidden,
        *([] if _says_its_ids_alone(under, pages) else [f"{LINK_IN_PART}: this is all of {place.address}"]),
    ]


def _says_its_ids_alone(under: str, pages: Sequence[str]) -> bool:
    if "://" not in under:
        return True
    link = urlsplit(under.strip())
    page = link.path.rstrip("/").rpartition("/")[2]
    return not link.query and (is_uuid(page) or page in pages)


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
    if place.entity is not None:
        top = place.entity.id
        sequences = {one.id for one in view.entities("sequence") if one.parent_id == top}
        return [
            one
            for one in candidates
            if top in {one.id, one.parent_id, one.data.get("episode_id")} or one.parent_id in sequences
        ]
    return [one for one in candidates if place.holds(one)] if place.group else candidates
