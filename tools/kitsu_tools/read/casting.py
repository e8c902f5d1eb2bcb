"""Casting (Kitsu: breakdown): which assets are used where, and how often."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Annotated, Literal

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import WRITTEN_IN_KITSU, Row, Table, table
from kitsu_tools.arguments import KitsuHere, Limit, Next
from kitsu_tools.tracker.addresses import encoded, relative
from kitsu_tools.tracker.board import Key, View
from kitsu_tools.tracker.castings import CastLink, cast_in, casting_of, castings_below
from kitsu_tools.tracker.errors import BadInput, NotPermitted, counted
from kitsu_tools.tracker.finder import FoundEntity
from kitsu_tools.tracker.gather import gather_both
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.other_productions import asset_address, entities_by_id
from kitsu_tools.tracker.visibility import PRODUCTION_HIDDEN

Direction = Literal["uses", "used_in"]


async def get_casting(
    of: Annotated[str, Field(description="a shot, asset, sequence or episode: address, id or page link")],
    kitsu: KitsuHere,
    direction: Annotated[Direction, Field(description="used_in is for assets")] = "uses",
    limit: Limit = 100,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """Show which assets a shot, asset, sequence or episode uses and how often, or where an asset is used.

    For a sequence or episode: one row an asset, with the number of uses (`times`) and the shots.
    """
    found = await kitsu.find.entity(of)
    try:
        columns, rows = await (_uses(kitsu, found) if direction == "uses" else _used_in(kitsu, found))
    except NotPermitted:  # vendors: no casting at all, not even that of their own shots (seen on Zou 1.0.97)
        hidden = (await kitsu.hidden(found.reading.project)).others
        if not hidden:
            raise
        raise NotPermitted(f"Castings are not shown to vendors: {hidden}.") from None
    project = encoded(found.reading.project.name)
    # Relative to the production where all of it is in there; else each address stands in full, and so leads anywhere.
    under = project if all(row[0].startswith(f"{project}/") for row in rows) else ""
    shown = [[relative(row[0], under), *row[1:]] for row in rows] if under else rows
    question = ("casting", found.address, direction)
    whose = relative(found.address, under) if under else found.address
    return table(
        question, shown, list, columns=columns, limit=limit, after=next, identity=itemgetter(0), under=under, of=whose
    )


async def _uses(kitsu: Kitsu, found: FoundEntity) -> tuple[list[str], list[Row]]:
    asked = (kitsu.session, found.reading.project, found.entity)
    match found.entity.kind:
        case "shot" | "asset":
            links, view = await gather_both(lambda: casting_of(*asked), lambda: found.reading.view("asset"))
            assets = await _assets(kitsu, view, links)
            rows = [[assets[link.asset_id], link.times, link.label] for link in links if link.asset_id in assets]
            return ["asset", "times", f"label {WRITTEN_IN_KITSU}"], sorted(rows, key=itemgetter(0))
        case "sequence":
            shots: tuple[Key, ...] = (("shots of", found.entity.id),)
        case "episode":
            shots = ()
        case kind:
            article = "an" if kind == "edit" else "a"
            raise BadInput(
                f"{found.address} is {article} {kind}: shots, assets, sequences and episodes have a casting."
            )
    by_shot, view = await gather_both(lambda: castings_below(*asked), lambda: found.reading.view("asset", *shots))
    assets = await _assets(kitsu, view, [link for links in by_shot.values() for link in links])
    return ["asset", "times", "where"], _gathered(by_shot, view, assets, found.address)


def _gathered(
    by_shot: Mapping[str, Iterable[CastLink]], view: View, assets: Mapping[str, str], under: str
) -> list[Row]:
    """One row an asset: how often in all, and in which shots (of an episode: in how many)."""
    times: Counter[str] = Counter()
    where: dict[str, list[str]] = {}
    for shot_id, links in by_shot.items():
        shot = view.entity(shot_id)
        for link in links:
            if (asset := assets.get(link.asset_id)) is None:
                continue
            times[asset] += link.times
            name = relative(shot.address, under) if shot else ""
            where.setdefault(asset, []).append(f"{name} ×{link.times}" if name and link.times > 1 else name)
    return [
        [asset, times[asset], ", ".join(sorted(shots)) if all(shots) else counted(len(shots), "shot")]
        for asset, shots in sorted(where.items())
    ]


async def _used_in(kitsu: Kitsu, found: FoundEntity) -> tuple[list[str], list[Row]]:
    if found.entity.kind != "asset":
        raise BadInput(f"{found.address} has the kind {found.entity.kind}; used_in is for assets alone.")
    links, view = await gather_both(lambda: cast_in(kitsu.session, found.entity), lambda: found.reading.view("asset"))
    assets = await _assets(kitsu, view, [link for link in links if link.asset_id])
    shots = await _shots(kitsu, found, [link for link in links if link.shot_id])
    where = assets | shots
    rows = [[where[one], link.times] for link in links if (one := link.asset_id or link.shot_id) in where]
    return ["where", "times"], sorted(rows, key=itemgetter(0))


async def _assets(kitsu: Kitsu, view: View, links: Sequence[CastLink]) -> dict[str, str]:
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


async def _shots(kitsu: Kitsu, found: FoundEntity, links: Sequence[CastLink]) -> dict[str, str]:
    """The full addresses of the shots in these links, by id; those that are not there for this server are missing.

    Zou says a shot's names and not its production, where another shot of these names may stand (1.0.97): only the
    shot's own record tells. Names are enough of an address, as Zou keeps them unique in a sequence.
    """
    board = await found.reading.held("shot")
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
