"""Assets and how far each of their tasks is."""

from typing import Annotated

from mcp.types import CallToolResult

from kitsu_tools.answers import Table
from kitsu_tools.arguments import KitsuHere, Limit, Next, Show, Under, Where
from kitsu_tools.read.entities import list_entities


async def list_assets(
    kitsu: KitsuHere,
    under: Under = "",
    where: Where = (),
    show: Show = (),
    limit: Limit = 100,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """List the assets of a project, asset type or episode: one row an asset, one column a task type with the task's
    status.

    Which assets a shot uses is get_casting's.
    """
    return await list_entities(kitsu, "asset", under, where, show, limit, next)
