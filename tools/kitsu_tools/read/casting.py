"""Casting (Kitsu: breakdown): which assets are used where, and how often."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import WRITTEN_IN_KITSU, Row, Table, table
from kitsu_tools.arguments import KitsuHere, Limit, Next
from kitsu_tools.tracker.addresses import encoded, relative
from kitsu_tools.tracker.boards import View
from kitsu_tools.tracker.errors import BadInput, NotPermitted
from kitsu_tools.tracker.finder import FoundEntity
from kitsu_tools.tracker.kitsu import ASSIGNED_ONLY, Kitsu
from kitsu_tools.tracker.together import together

Direction = Literal["uses", "used_in"]


async def get_casting(
    of: Annotated[str, Field(description="a shot, asset, sequence or episode: address, id or page link")],
    kitsu: KitsuHere,
    direction: Annotated[Direction, Field(description="used_in is for assets")] = "uses",
    limit: Limit = 100,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """Show which assets a shot, asset, sequence or episode uses and how often, or where an asset is used.

    For a sequence or episode: one row an asset, with the number of uses (`times`) and the shots. Addresses are relative
    to the project.
    """
    found = await kitsu.find.entity(of)
    project = encoded(found.reading.project.name)
    try:
        columns, rows = await (_uses(kitsu, found) if direction == "uses" else _used_in(kitsu, found))
    except NotPermitted:  # vendors: no casting at all, not even that of their own shots (seen on Zou 1.0.97)
        if await kitsu.sees_all(found.reading.project):
            raise
        raise NotPermitted(f"Castings are not shown to vendors: {ASSIGNED_ONLY}.") from None
    question = ("casting", found.address, direction)
    whose = relative(found.address, project)
    return table(question, rows, list, columns=columns, limit=limit, after=next, under=project, of=whose)


async def _uses(kitsu: Kitsu, found: FoundEntity) -> tuple[list[str], list[Row]]:
    path = f"data/projects/{found.reading.project.id}"
    match found.entity.kind:
        case "shot" | "asset":
            links, view = await together(
                lambda: kitsu.session.read(f"{path}/entities/{found.entity.id}/casting"),
                lambda: found.reading.view("asset"),
            )
            rows = [[_asset(link, view), _times(link), link.get("label") or ""] for link in links]
            return ["asset", "times", f"label {WRITTEN_IN_KITSU}"], sorted(rows, key=_first)
        case "sequence":
            by_shot, view = await together(
                lambda: kitsu.session.read(f"{path}/sequences/{found.entity.id}/casting"),
                lambda: found.reading.view("asset", ("shots of", found.entity.id)),
            )
            return ["asset", "times", "where"], _gathered(by_shot, view, found.address)
        case "episode":
            by_shot, view = await together(
                lambda: kitsu.session.read(f"{path}/episodes/{found.entity.id}/sequences/all/casting"),
                lambda: found.reading.view("asset"),
            )
            return ["asset", "times", "where"], _gathered(by_shot, view, found.address)
        case kind:
            article = "an" if kind == "edit" else "a"
            raise BadInput(
                f"{found.address} is {article} {kind}: shots, assets, sequences and episodes have a casting."
            )


def _gathered(by_shot: Mapping[str, Iterable[Mapping[str, Any]]], view: View, under: str) -> list[Row]:
    """One row an asset: how often in all, and in which shots (of an episode: in how many)."""
    times: Counter[str] = Counter()
    where: dict[str, list[str]] = {}
    for shot_id, links in by_shot.items():
        shot = view.entity(shot_id)
        for link in links:
            asset, count = _asset(link, view), _times(link)
            times[asset] += count
            name = relative(shot.address, under) if shot else ""
            where.setdefault(asset, []).append(f"{name} ×{count}" if name and count > 1 else name)
    return [
        [asset, times[asset], ", ".join(sorted(shots)) if all(shots) else f"{len(shots)} shots"]
        for asset, shots in sorted(where.items())
    ]


async def _used_in(kitsu: Kitsu, found: FoundEntity) -> tuple[list[str], list[Row]]:
    if found.entity.kind != "asset":
        raise BadInput(f"{found.address} has the kind {found.entity.kind}; used_in is for assets alone.")
    links, view = await together(
        lambda: kitsu.session.read(f"data/assets/{found.entity.id}/cast-in"), lambda: found.reading.view("asset")
    )
    return ["where", "times"], sorted(([_user(link, view), _times(link)] for link in links), key=_first)


def _user(link: Mapping[str, Any], view: View) -> str:
    """Where an asset is cast: a shot by its names (Zou keeps them unique in a sequence), or another asset."""
    if link.get("asset_id"):
        return _asset(link, view)
    names = (link.get("episode_name"), link.get("sequence_name"), link.get("shot_name"))
    return "/".join(encoded(name) for name in names if name and name != "None")


def _asset(link: Mapping[str, Any], view: View) -> str:
    """An asset's address below the project. One shared by another production has none here, and says so."""
    known = view.entity(link["asset_id"])
    if known is None:
        return f"{link.get('asset_type_name')}/{link.get('asset_name')} (of another production)"
    return known.address.partition("/")[2]


def _times(link: Mapping[str, Any]) -> int:
    return link.get("nb_occurences") or 1


def _first(row: Row) -> str:
    return row[0]
