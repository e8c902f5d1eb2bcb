"""The newest selection that a person handed over, as a resource: for hosts that let a person put one into the talk."""

from contextvars import ContextVar
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.resources import FunctionResource
from mcp.types import TextContent

from kitsu_server.lifetime import Identities, Identity
from kitsu_tools.read.selection import shown
from kitsu_tools.tracker.errors import KitsuError

URI = "kitsu://selection/current"
_asking: ContextVar[Identity] = ContextVar("asking")
"""Whose request is answered: a resource's function is not told (seen on mcp 2.3.0)."""


def add_selection(server: MCPServer[Identities]) -> None:
    """Offer it, to each identity its own."""
    server.add_resource(
        FunctionResource(
            uri=URI,
            name="selection",
            title="Selection in Kitsu",
            description="The tasks that a person handed over last from Kitsu's menu, as they are now.",
            mime_type="application/json",
            fn=_current,
        )
    )
    server.middleware.append(_for_who_asks)


async def _current() -> str:
    asking = _asking.get()
    try:
        found = await shown(asking.kitsu, asking.selections)
    except KitsuError as error:
        return str(error)
    return "".join(part.text for part in found.content if isinstance(part, TextContent))


async def _for_who_asks(ctx: ServerRequestContext[Identities, Any], call_next: CallNext) -> HandlerResult:
    """Have it answered for who asks, and kept by nobody."""
    if ctx.method != "resources/read" or (ctx.params or {}).get("uri") != URI:
        return await call_next(ctx)
    token = _asking.set(ctx.lifespan_context.of(ctx))
    try:
        result = await call_next(ctx)
    finally:
        _asking.reset(token)
    if isinstance(result, dict) and "ttlMs" in result:
        result |= {"ttlMs": 0, "cacheScope": "private"}
    return result
