"""The assets of other productions that one uses: where each comes from, and in how many shots it is used."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from mcp.types import CallToolResult

from kitsu_tools.read.entity_columns import key_of_names
from kitsu_tools.read.listing import (
    Column,
    Measure,
    columns_of_groups,
    grouped,
    in_order_of,
    named,
    table_of,
    table_of_groups,
)
from kitsu_tools.read.scope import partial_notes
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.castings import castings_below
from kitsu_tools.tracker.errors import BadInput, NotPermitted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.other_productions import asset_address
from kitsu_tools.tracker.visibility import PRODUCTION_HIDDEN

NO_CASTING = "in how many shots: your role may not see castings"


@dataclass(frozen=True, slots=True)
class Shared:
    """An asset of another production. `shots`: how many here use it, None where the role may not see that."""

    id: str
    address: str
    production: str
    asset_type: str
    ready_for: str
    shots: int | None


_EACH: Sequence[Column[Shared]] = (
    Column("asset", attrgetter("address")),
    Column("production", attrgetter("production")),
    Column("asset type", attrgetter("asset_type")),
    Column("ready for", attrgetter("ready_for")),
    Column("shots", attrgetter("shots"), "that use it here"),
)
COLUMNS = {one.name: one for one in _EACH}


async def list_shared(
    kitsu: Kitsu, under: str, sort: Sequence[str], group_by: Sequence[str], limit: int, after: str
) -> CallToolResult:
    """The assets of other productions that a production or an episode uses.

    Raises:
        BadInput: it is asked of something else.
    """
    place = await kitsu.find.place(under)
    if place.group or (place.entity is not None and place.entity.kind != "episode"):
        raise BadInput(f"{place.address}: shared assets are told of a production or an episode.")
    records = await kitsu.beside_role(
        place.project, lambda: place.reading.shared_assets(place.entity.id if place.entity else "")
    )
    types, task_types = await kitsu.directory.asset_types.get(), await kitsu.directory.task_types.get()
    try:
        castings = await castings_below(kitsu.session, place.project, place.entity) if records else {}
        uses = Counter(one for links in castings.values() for one in {link.asset_id for link in links})
    except NotPermitted:
        uses = None
    found: list[Shared] = []
    for one in records:
        home = await kitsu.directory.project_by_id(one.project_id)
        found.append(
            Shared(
                one.id,
                await asset_address(kitsu.directory, one),
                encoded(home.name) if home else PRODUCTION_HIDDEN,
                types.get(one.type_id, ""),
                task_types[one.ready_for].name if one.ready_for in task_types else "",
                None if uses is None else uses[one.id],
            )
        )
    found.sort(key=attrgetter("address"))
    question = ("shared", place.key)
    notes = [*([NO_CASTING] if uses is None else []), *await partial_notes(kitsu, place, ("asset",))]
    clock = await kitsu.clock()
    if group_by:
        known = {name: key_of_names(name, COLUMNS[name].value) for name in ("production", "asset type")}
        keys = [key for key, _ in named("group_by", group_by, known)]
        measures: Sequence[Measure[Shared]] = [Measure("assets", len)]
        columns = columns_of_groups(keys, measures)
        groups = grouped(found, keys, measures)
        return table_of_groups((*question, tuple(group_by)), groups, columns, sort, clock, "", limit, after, notes)
    return table_of(
        (*question, tuple(sort)),
        in_order_of(found, named("sort", sort, COLUMNS)),
        COLUMNS.values(),
        clock,
        limit=limit,
        after=after,
        notes=notes,
        used_in=place.address,
    )
