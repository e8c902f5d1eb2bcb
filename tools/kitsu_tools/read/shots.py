"""Shots and how far each of their tasks is."""

from typing import Annotated

from mcp.types import CallToolResult

from kitsu_tools.answers import Table
from kitsu_tools.arguments import KitsuHere, Limit, Next, Show, Under, Where
from kitsu_tools.read.entities import list_entities


async def list_shots(
    kitsu: KitsuHere,
    under: Under = "",
    where: Where = (),
    show: Show = (),
    limit: Limit = 100,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """List the shots of a project, episode or sequence: one row a shot, one column a task type with the task's status.

    For tasks across kinds, by person or due date, use list_tasks.
    """
    return await list_entities(kitsu, "shot", under, where, show, limit, next)
