"""Casting (Kitsu: breakdown): which assets are used where, and how often."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from typing import Annotated, Literal

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Table
from kitsu_tools.arguments import KitsuHere, Limit, Next, Sort
from kitsu_tools.read.entity_columns import WRITTEN
from kitsu_tools.read.listing import Column, in_order_of, named, table_of
from kitsu_tools.tracker.addresses import encoded, relative
from kitsu_tools.tracker.board import Key, View
from kitsu_tools.tracker.castings import CastLink, cast_in, casting_of, castings_below, castings_of_type
from kitsu_tools.tracker.errors import BadInput, NotPermitted, counted, listed
from kitsu_tools.tracker.gather import gather, gather_both
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.other_productions import asset_address, entities_by_id
from kitsu_tools.tracker.places import Place
from kitsu_tools.tracker.reading import Reading
from kitsu_tools.tracker.visibility import PRODUCTION_HIDDEN

Direction = Literal["uses", "used_in"]
MOST_USERS = 12
"""So many shots are named beside an asset: a sequence of hundreds would be too long an answer."""


@dataclass(frozen=True, slots=True)
class Use:
    """An asset that is used, or where one is, by its full address; how often in all; what is said of that, a label or
    by which `users`.
    """

    address: str
    times: int
    said: str = ""
    users: int = 0


async def get_casting(
    of: Annotated[
        str, Field(description="a shot, asset, sequence, episode, asset type or project: address, id or page link")
    ],
    kitsu: KitsuHere,
    direction: Annotated[Direction, Field(description="used_in is for assets, an asset type, a project")] = "uses",
    sort: Sort = (),
    limit: Limit = 100,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """Show which assets a shot, asset, sequence or episode uses and how often, or where an asset is used.

    For a sequence, episode, asset type or project: one row an asset, with the number of uses (`times`) and where;
    used_in has unused assets too. Which of them are not ready is compare_casting's.
    """
    place = await kitsu.find.place(of)
    try:
        names, rows = await (uses(kitsu, place) if direction == "uses" else used_in(kitsu, place))
    except NotPermitted:
        raise await not_shown(kitsu, place) from None
    project = encoded(place.project.name)
    # Relative to the production where all of it is in there; else each address stands in full, and so leads anywhere.
    under = project if all(one.address.startswith(f"{project}/") for one in rows) else ""

    def there(address: str) -> str:
        return relative(address, under) if under else address

    every: Sequence[Column[Use]] = (
        Column(names[0], attrgetter("address"), cell=lambda one: there(one.address)),
        Column("times", attrgetter("times")),
        Column("label", attrgetter("said"), WRITTEN),
        Column("where", attrgetter("users"), cell=attrgetter("said")),
    )
    known = {one.name: one for one in reversed(every)}
    columns = {name: known[name] for name in names}
    return table_of(
        ("casting", place.key, direction, tuple(sort)),
        in_order_of(rows, named("sort", sort, columns)),
        columns.values(),
        await kitsu.clock(),
        limit=limit,
        after=next,
        identity=attrgetter("address"),
        under=under,
        of=there(place.address),
    )


async def not_shown(kitsu: Kitsu, place: Place) -> NotPermitted:
    """Why castings are not shown: to vendors Zou shows none, not even those of their own shots (1.0.97)."""
    hidden = (await kitsu.hidden(place.project)).others
    return NotPermitted(f"Castings are not shown to vendors: {hidden}." if hidden else "Castings are not shown to you.")


async def castings_in(kitsu: Kitsu, place: Place, *keys: Key) -> tuple[dict[str, list[CastLink]], View]:
    """What each shot at and below a place uses, by its id, with these boards and, of a production, that of its shots.

    Raises:
        NotPermitted: castings are not shown to the role.
    """
    parent = place.entity
    if parent is not None and parent.kind == "shot":
        links, view = await gather_both(
            lambda: casting_of(kitsu.session, place.project, parent), lambda: place.reading.view(*keys)
        )
        return {parent.id: links}, view
    boards: tuple[Key, ...] = ("shot",) if parent is None else ()
    castings, view = await gather_both(
        lambda: castings_below(kitsu.session, place.project, parent), lambda: place.reading.view(*boards, *keys)
    )
    loose = [one for one in view.entities("shot") if not one.parent_id] if parent is None else []
    theirs = await gather(*[partial(casting_of, kitsu.session, place.project, one) for one in loose])
    return castings | {one.id: links for one, links in zip(loose, theirs, strict=True)}, view


async def uses(kitsu: Kitsu, place: Place) -> tuple[list[str], list[Use]]:
    """What is used there, and the names of the columns that say so."""
    of = place.entity
    if of is not None and of.kind in {"shot", "asset"}:
        links, view = await gather_both(
            lambda: casting_of(kitsu.session, place.project, of), lambda: place.reading.view("asset")
        )
        assets = await assets_in(kitsu, view, links)
        rows = [Use(assets[link.asset_id], link.times, link.label) for link in links if link.asset_id in assets]
        return ["asset", "times", "label"], sorted(rows, key=attrgetter("address"))
    require_casting(place)
    if place.group:
        castings, view = await _castings_of_assets(kitsu, place)
    else:
        shots: tuple[Key, ...] = (("shots of", of.id),) if of is not None and of.kind == "sequence" else ()
        castings, view = await castings_in(kitsu, place, "asset", *shots)
    assets = await assets_in(kitsu, view, [link for links in castings.values() for link in links])
    return ["asset", "times", "where"], _gathered(castings, view, assets, place)


async def _castings_of_assets(kitsu: Kitsu, place: Place) -> tuple[dict[str, list[CastLink]], View]:
    """What the assets of a type, or of the main pack, use, by the id of each."""
    view = await place.reading.view("asset")
    inside = {one.id: one.parent_id for one in view.entities("asset") if place.holds(one)}
    types = sorted(set(inside.values()))
    found = await gather(*[partial(castings_of_type, kitsu.session, place.project, one) for one in types])
    return {user: links for castings in found for user, links in castings.items() if user in inside}, view


def require_casting(place: Place) -> None:
    """Refuse what has no casting.

    Raises:
        BadInput: it is an edit or a concept.
    """
    kind = place.entity.kind if place.entity is not None else place.kind
    if kind in {"edit", "concept"}:
        article = "an" if kind == "edit" else "a"
        what = f"is {article} {kind}" if place.entity is not None else f"holds {kind}s"
        raise BadInput(f"{place.address} {what}: shots, assets, sequences and episodes have a casting.")


def _gathered(
    castings: Mapping[str, Iterable[CastLink]], view: View, assets: Mapping[str, str], place: Place
) -> list[Use]:
    """Each asset: how often in all, and where: in which shots, or, of more than a sequence, in how many."""
    times: Counter[str] = Counter()
    where: dict[str, list[str]] = {}
    named = place.group or (place.entity is not None and place.entity.kind == "sequence")
    base = encoded(place.project.name) if place.group else place.address
    for user_id, links in castings.items():
        user = view.entity(user_id) if named else None
        for link in links:
            if (asset := assets.get(link.asset_id)) is None:
                continue
            times[asset] += link.times
            name = relative(user.address, base) if user else ""
            where.setdefault(asset, []).append(f"{name} ×{link.times}" if name and link.times > 1 else name)
    return [Use(asset, times[asset], _where(users), len(users)) for asset, users in sorted(where.items())]


def _where(users: Sequence[str]) -> str:
    return listed(sorted(users), MOST_USERS) if all(users) else counted(len(users), "shot")


async def used_in(kitsu: Kitsu, place: Place) -> tuple[list[str], list[Use]]:
    """Where an asset, or each asset there, is used, and the names of the columns that say so."""
    of = place.entity
    if of is None:
        require_casting(place)
        return await _used_here(kitsu, place)
    if of.kind != "asset":
        raise BadInput(f"{place.address} has the kind {of.kind}; used_in is for assets alone.")
    links, view = await gather_both(lambda: cast_in(kitsu.session, of), lambda: place.reading.view("asset"))
    assets = await assets_in(kitsu, view, [link for link in links if link.asset_id])
    shots = await _shots(kitsu, place.reading, [link for link in links if link.shot_id])
    where = assets | shots
    rows = [Use(where[one], link.times) for link in links if (one := link.asset_id or link.shot_id) in where]
    return ["where", "times"], sorted(rows, key=attrgetter("address"))


async def _used_here(kitsu: Kitsu, place: Place) -> tuple[list[str], list[Use]]:
    """Every asset of a production, or of a part of its assets, and in how many of its shots it is used."""
    whole = replace(place, kind=None, group="", is_main_pack=False)
    castings, view = await castings_in(kitsu, whole, "asset")
    times, shots = Counter[str](), Counter[str]()
    for link in (link for links in castings.values() for link in links):
        times[link.asset_id] += link.times
        shots[link.asset_id] += 1
    inside = [one for one in view.entities("asset") if not one.omitted and (not place.group or place.holds(one))]
    rows = [Use(one.address, times[one.id], counted(shots[one.id], "shot"), shots[one.id]) for one in inside]
    return ["asset", "times", "where"], rows


async def assets_in(kitsu: Kitsu, view: View, links: Sequence[CastLink]) -> dict[str, str]:
    """The full addresses of the assets in these links, by id: of shared ones that of their own production.

    Those that are not there for this server are missing.
    """
    names = {link.asset_id: f"{'/'.join(link.names)} ({PRODUCTION_HIDDEN})" for link in links}
    own = {asset_id: asset.address for asset_id in names if (asset := view.entity(asset_id))}
    others = await entities_by_id(kitsu.session, names.keys() - own.keys())
    return (
        ({} if kitsu.directory.is_limited else names)
        | own
        | {one: await asset_address(kitsu.directory, asset) for one, asset in others.items()}
    )


async def _shots(kitsu: Kitsu, reading: Reading, links: Sequence[CastLink]) -> dict[str, str]:
    """The full addresses of the shots in these links, by id; those that are not there for this server are missing.

    Zou says a shot's names and not its production, where another shot of these names may stand (1.0.97): only the
    shot's own record tells. Names are enough of an address, as Zou keeps them unique in a sequence.
    """
    board = await reading.held("shot")
    own = {shot.id: shot.address for shot in board.entities("shot")} if board else {}
    others = {link.shot_id: "/".join(map(encoded, link.names)) for link in links if link.shot_id not in own}
    records = await entities_by_id(kitsu.session, others)
    addresses = dict(own)
    for shot_id, path in others.items():
        record = records.get(shot_id)
        project = await kitsu.directory.project_by_id(record.project_id) if record else None
        if project or not kitsu.directory.is_limited:
            addresses[shot_id] = f"{encoded(project.name)}/{path}" if project else f"{path} ({PRODUCTION_HIDDEN})"
    return addresses
