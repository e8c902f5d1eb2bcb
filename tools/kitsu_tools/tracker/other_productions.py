"""What stands in another production than the one a question is about: shared assets, and where they are used."""

from collections.abc import Iterable

from kitsu_tools.tracker.addresses import encoded, segment_of
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.directory import Directory
from kitsu_tools.tracker.model import EntityRecord
from kitsu_tools.tracker.records import entity_record_of
from kitsu_tools.tracker.session import KitsuSession
from kitsu_tools.tracker.visibility import PRODUCTION_HIDDEN


async def entities_by_id(session: KitsuSession, ids: Iterable[str]) -> dict[str, EntityRecord]:
    """These entities by id, of any production; those that the identity may not see are left out."""
    return {one["id"]: entity_record_of(one) for one in await records_by(session, "data/entities", "id", ids)}


async def entity_by_id(session: KitsuSession, entity_id: str) -> EntityRecord:
    """One entity as its own record has it, also what lists of them leave out.

    Raises:
        NotFound, NotPermitted: there is none that the identity may see.
    """
    return entity_record_of(await session.read(f"data/entities/{entity_id}"))


async def asset_address(directory: Directory, asset: EntityRecord) -> str:
    """The full address of an asset of another production. The id marks it, as its neighbours there are not read; the
    marked address leads to the one thing all the same.
    """
    project = await directory.project_by_id(asset.project_id)
    if project is None:
        return f"{asset.name} ({PRODUCTION_HIDDEN})"
    asset_type = (await directory.asset_types.get()).get(asset.type_id, "")
    return f"{encoded(project.name)}/{encoded(asset_type)}/{segment_of(asset.name, asset.id, twin=True)}"
