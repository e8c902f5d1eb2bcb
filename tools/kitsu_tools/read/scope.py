"""What an answer about a place and what lies below it says besides: of parents, of other productions, of page links."""

from collections.abc import Iterable, Sequence

from kitsu_tools.tracker.addresses import encoded, relative
from kitsu_tools.tracker.below import with_cast
from kitsu_tools.tracker.board import ALL_KINDS, View
from kitsu_tools.tracker.errors import listed, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.links import KIND_OF
from kitsu_tools.tracker.model import Entity, Kind, TaskType
from kitsu_tools.tracker.other_productions import asset_address
from kitsu_tools.tracker.places import Place

MOST_SHARED = 6


def common(place: Place, entities: Iterable[Entity]) -> str:
    """The address that those of all these entities at and below a place begin with, for `under`.

    It is the production's where an episode's own assets or edits are among them, and for the main pack: their addresses
    leave episodes out.
    """
    if not place.group and (place.entity is None or place.entity.kind != "episode"):
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
    assets = await place.reading.shared_assets(episode)
    types = await kitsu.directory.asset_types.get() if assets and place.group else dict[str, str]()
    found = [one for one in assets if not place.group or types.get(one.type_id) == place.group]
    if not found:
        return []
    addresses = sorted([await asset_address(kitsu.directory, one) for one in found])
    return [f"not listed: {len(found)} shared from other productions and used here: {listed(addresses, MOST_SHARED)}"]


async def partial_notes(
    kitsu: Kitsu, place: Place, kinds: Sequence[Kind], *, narrowed: bool = False, task_type: TaskType | None = None
) -> list[str]:
    """What an answer with these kinds says where it holds less than its question seems to ask for, or more.

    `narrowed`: whether a page link narrowed it down to these kinds; `task_type`: to tasks of this type.
    """
    hidden = (await kitsu.hidden(place.project)).others
    main_pack = [f"{place.address}: the assets that belong to no episode"] if place.is_main_pack else []
    return [hidden, *main_pack, *await link_notes(kitsu, place, kinds, narrowed=narrowed, task_type=task_type)]


async def link_notes(
    kitsu: Kitsu, place: Place, kinds: Sequence[Kind], *, narrowed: bool = False, task_type: TaskType | None = None
) -> list[str]:
    """What of a page link counted in an answer with these kinds, and what did not. Arguments as of `partial_notes`."""
    link = place.link
    if link is None:
        return []
    statuses = await kitsu.directory.statuses.get()
    filters = {key: statuses[value].short_name if value in statuses else value for key, value in link.filters.items()}
    counted = [
        *([f"{place.listed_kind}s"] if narrowed and place.listed_kind else []),
        *([f"the task type {task_type.name}"] if task_type else []),
        *([f"the asset type {place.asset_type}"] if place.asset_type else []),
    ]
    shown = ("asset",) if place.is_main_pack else kinds
    is_other_page = bool(link.section) and KIND_OF.get(link.section) not in (ALL_KINDS if link.entity else shown)
    left = [
        *([f"its page {quoted(link.section)}"] if is_other_page else []),
        *([f"the task type {place.task_type.name}"] if place.task_type and place.task_type != task_type else []),
        *map(quoted, link.unread[:1]),
        *(["the person"] if link.person else []),
        *(quoted(f"{key}={value}") for key, value in filters.items()),
    ]
    rest = "" if counted else f": this is all of {place.address}"
    return [
        *([f"as the link's page shows: only {', '.join(counted)}"] if counted else []),
        *([f"as the link's page shows: also the assets cast in {place.address}"] if with_cast(place, kinds) else []),
        *([f"of the link {', '.join(left)} was not read{rest}"] if left else []),
    ]
