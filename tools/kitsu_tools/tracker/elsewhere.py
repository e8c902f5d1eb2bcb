"""What stands in another production than the one a question is about: shared assets, and where they are used."""

from collections.abc import Iterable, Mapping
from typing import Any

from kitsu_tools.tracker.addresses import encoded, segment_of
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.directory import Directory
from kitsu_tools.tracker.session import KitsuSession

UNSEEN = "of a production that you do not see"


async def entities_by_id(session: KitsuSession, ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """Zou's records of these entities, of any production; those that the identity may not see are left out."""
    return {one["id"]: one for one in await records_by(session, "data/entities", "id", ids)}


async def asset_address(directory: Directory, record: Mapping[str, Any]) -> str:
    """The full address of an asset by its own record. The id marks it, as its neighbours there are not read; what is
    marked leads to the one thing all the same.
    """
    project = await directory.project_by_id(record["project_id"])
    types = await directory.asset_types.get()
    kind = types.get(record["entity_type_id"], "")
    name = segment_of(record["name"], record["id"], twin=True)
    return f"{encoded(project.name)}/{encoded(kind)}/{name}" if project else f"{record['name']} ({UNSEEN})"
