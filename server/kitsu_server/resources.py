"""What Kitsu holds now, as resources: for hosts that let a person put one into the talk, or that subscribe to them."""

from collections.abc import Awaitable
from contextvars import ContextVar
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.server.mcpserver.resources import FunctionResource, ResourceSecurity
from mcp.types import CallToolResult, TextContent

from kitsu_server.lifetime import Identities, Identity
from kitsu_tools import arguments
from kitsu_tools.arguments import identity_of
from kitsu_tools.skill import PREFIX
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.errors import BadInput, KitsuError, NotFound, NotPermitted

SELECTION = "kitsu://selection/current"
ACTIVITY = "kitsu://activity/{project}"
TASK = "kitsu://task/{id}"
JSON = "application/json"
ACTIVITY_SINCE = "1 day"
_LOOKED_UP = ResourceSecurity(exempt_params={"project", "id"})
"""Names and ids that are looked up, and never become part of a path."""
_asking: ContextVar[Identity] = ContextVar("asking")
"""Whose request is answered: a static resource's function is not told (seen on mcp 2.3.0)."""


def add_resources(server: MCPServer[Identities]) -> None:
    """Offer them, to each identity its own."""
    server.add_resource(
        FunctionResource(
            uri=SELECTION,
            name="selection",
            title="Selection in Kitsu",
            description="The tasks that a person handed over last from Kitsu's menu, as they are now.",
            mime_type=JSON,
            fn=_selection,
        )
    )

    @server.resource(
        ACTIVITY,
        name="activity",
        title="What happens in a production",
        description="Who did what where in the last day, newest first. `project` is a production's name or id.",
        mime_type=JSON,
        security=_LOOKED_UP,
    )
    async def activity(project: str, ctx: Context) -> str:
        return await _found(_activity(identity_of(ctx), project))

    @server.resource(
        TASK,
        name="task",
        title="A task",
        description="Status, dates, people, previews and comments of one task, by id.",
        mime_type=JSON,
        security=_LOOKED_UP,
    )
    async def task(id: str, ctx: Context) -> str:  # noqa: A002  as the template has it
        return await _found(_task(identity_of(ctx), id))

    server.middleware.append(_as_it_is_now)


# The tools that answer are imported when they do, as when they are called: a host waits for the server's start.


async def _selection() -> str:
    from kitsu_tools.read.selection import shown

    asking = _asking.get()
    try:
        return _text(await shown(asking.kitsu, asking.selections))
    except KitsuError as error:
        return str(error)


async def _activity(identity: arguments.Identity, project: str) -> CallToolResult:
    from kitsu_tools.read.events import list_events

    found = await identity.kitsu.directory.project(project)
    return await list_events(identity.kitsu, identity.live, under=encoded(found.name), since=ACTIVITY_SINCE)


async def _task(identity: arguments.Identity, named: str) -> CallToolResult:
    from kitsu_tools.read.task import get_task

    return await get_task(named, identity.kitsu)


async def _found(asked: Awaitable[CallToolResult]) -> str:
    """What a tool answers, as text.

    Raises:
        ResourceNotFoundError: there is no such thing, or this identity may not see it.
        ResourceError: it cannot be read now.
    """
    try:
        return _text(await asked)
    except (BadInput, NotFound, NotPermitted) as error:
        raise ResourceNotFoundError(str(error)) from None
    except KitsuError as error:
        raise ResourceError(str(error)) from None


def _text(found: CallToolResult) -> str:
    return "".join(part.text for part in found.content if isinstance(part, TextContent))


async def _as_it_is_now(ctx: ServerRequestContext[Identities, Any], call_next: CallNext) -> HandlerResult:
    """Have them answered for who asks, and kept by nobody."""
    uri = str((ctx.params or {}).get("uri"))
    if ctx.method != "resources/read" or uri.startswith(PREFIX):
        return await call_next(ctx)
    token = _asking.set(ctx.lifespan_context.of(ctx))
    try:
        result = await call_next(ctx)
    finally:
        _asking.reset(token)
    if isinstance(result, dict) and "ttlMs" in result:
        result |= {"ttlMs": 0, "cacheScope": "private"}
    return result
