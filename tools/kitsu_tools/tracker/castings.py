"""Castings (Kitsu: breakdown) as Zou tells them: which assets an entity uses, and where an asset is used."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kitsu_tools.tracker.model import Entity, Project
from kitsu_tools.tracker.session import KitsuSession


@dataclass(frozen=True, slots=True)
class CastLink:
    """One asset that is used, or one shot or asset that uses it: one of `asset_id` and `shot_id` is empty.

    `names` are of an asset its type and its own, of a shot its episode, its sequence and its own, as far as there are
    any. It may be of another production, which Zou does not say here (1.0.97).
    """

    asset_id: str
    shot_id: str
    names: tuple[str, ...]
    times: int
    label: str


async def casting_of(session: KitsuSession, project: Project, entity: Entity) -> list[CastLink]:
    """The assets that a shot or an asset uses.

    Raises:
        NotPermitted: to vendors Zou shows no casting (1.0.97); so of the other two.
    """
    return list(map(_link, await session.read(f"data/projects/{project.id}/entities/{entity.id}/casting")))


async def castings_below(session: KitsuSession, project: Project, parent: Entity) -> dict[str, list[CastLink]]:
    """The assets that the shots of a sequence or an episode use, by the shot's id."""
    below = f"sequences/{parent.id}" if parent.kind == "sequence" else f"episodes/{parent.id}/sequences/all"
    by_shot = await session.read(f"data/projects/{project.id}/{below}/casting")
    return {shot_id: list(map(_link, links)) for shot_id, links in by_shot.items()}


async def cast_in(session: KitsuSession, asset: Entity) -> list[CastLink]:
    """The shots and assets that use an asset, in every production."""
    return list(map(_link, await session.read(f"data/assets/{asset.id}/cast-in")))


def _link(record: Mapping[str, Any]) -> CastLink:
    asset_id = record.get("asset_id") or ""
    keys = ("asset_type_name", "asset_name") if asset_id else ("episode_name", "sequence_name", "shot_name")
    return CastLink(
        asset_id,
        "" if asset_id else record["shot_id"],
        tuple(name for key in keys if (name := record.get(key)) and name != "None"),
        record.get("nb_occurences") or 1,
        record.get("label") or "",
    )
