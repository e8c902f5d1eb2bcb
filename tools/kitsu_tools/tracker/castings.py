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


async def castings_below(session: KitsuSession, project: Project, parent: Entity | None) -> dict[str, list[CastLink]]:
    """The assets that the shots of a sequence, an episode or (None) a production use, by the shot's id. Shots in no
    sequence are not among them (Zou 1.0.97).
    """
    match parent:
        case None:
            return await _by_user(session, project, "sequences/all")
        case Entity(kind="sequence", id=sequence_id):
            return await _by_user(session, project, f"sequences/{sequence_id}")
        case Entity(id=episode_id):
            return await _by_user(session, project, f"episodes/{episode_id}/sequences/all")


async def castings_of_type(session: KitsuSession, project: Project, type_id: str) -> dict[str, list[CastLink]]:
    """The assets that the assets of a type use, by the id of the one that uses them."""
    return await _by_user(session, project, f"asset-types/{type_id}")


async def cast_in(session: KitsuSession, asset: Entity) -> list[CastLink]:
    """The shots and assets that use an asset, in every production."""
    return list(map(_link, await session.read(f"data/assets/{asset.id}/cast-in")))


async def castings_at(session: KitsuSession, path: str) -> dict[str, list[CastLink]]:
    """What each entity uses, by its id, at `data/projects/<path>/casting`, which tells of one its links alone."""
    castings: Any = await session.read(f"data/projects/{path}/casting")
    by_user: Mapping[str, Any] = {path.rpartition("/")[2]: castings} if isinstance(castings, list) else castings
    return {user_id: list(map(_link, links)) for user_id, links in by_user.items()}


async def _by_user(session: KitsuSession, project: Project, path: str) -> dict[str, list[CastLink]]:
    return await castings_at(session, f"{project.id}/{path}")


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
