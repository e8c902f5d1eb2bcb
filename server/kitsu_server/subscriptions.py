"""Resources that a host subscribed to: it is told when Kitsu tells of something in them that its identity may see.

In the newest protocol a `subscriptions/listen` request names them and lasts as long as the subscription; before it a
`resources/subscribe` does, until the connection ends. `MCPServer` hides the low-level server that takes the handlers,
and a session hides its connection (mcp 2.3.0).
"""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourceUpdated
from mcp.shared.exceptions import MCPError
from mcp.shared.uri_template import UriTemplate
from mcp.types import (
    INVALID_PARAMS,
    EmptyResult,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)

from kitsu_server.lifetime import Identities, Identity
from kitsu_server.resources import ACTIVITY, SELECTION, TASK
from kitsu_tools.live.live import OFF
from kitsu_tools.live.watches import MOST_WATCHES, Watch
from kitsu_tools.skill import PREFIX
from kitsu_tools.tracker.errors import KitsuError, Unavailable, Unknown, quoted

Tell = Callable[[], Awaitable[None]]
_ACTIVITY, _TASK = map(UriTemplate.parse, (ACTIVITY, TASK))
_HELD = "kitsu subscriptions"


def add_subscriptions(server: MCPServer[Identities]) -> None:
    """Take subscriptions in both eras of the protocol."""
    lowlevel = low_level(server)

    async def listen(
        ctx: ServerRequestContext[Identities, Any], params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        """What cannot be watched is left out of what the acknowledgement says; an error, where nothing is left."""
        asked = list(dict.fromkeys(params.notifications.resource_subscriptions or ()))
        if len(asked) > MOST_WATCHES:
            raise MCPError(INVALID_PARAMS, f"At most {MOST_WATCHES} resources can be subscribed to.")
        identity, bus = ctx.lifespan_context.of(ctx), InMemorySubscriptionBus()
        watches, refusals = dict[str, Watch](), list[MCPError]()
        for uri in asked:
            try:
                watches[uri] = await _watch(server, identity, uri, partial(bus.publish, ResourceUpdated(uri)))
            except MCPError as refusal:
                refusals.append(refusal)
        kept = params.notifications.model_copy(update={"resource_subscriptions": list(watches)})
        if refusals and not any(kept.model_dump().values()):
            raise refusals[0]
        with ExitStack() as stack:
            for uri, watch in watches.items():
                stack.callback(_added(identity, uri, watch))
            return await ListenHandler(bus)(ctx, params.model_copy(update={"notifications": kept}))

    async def subscribe(ctx: ServerRequestContext[Identities, Any], params: SubscribeRequestParams) -> EmptyResult:
        connection, identity, uri = ctx.session._connection, ctx.lifespan_context.of(ctx), str(params.uri)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        watch = await _watch(server, identity, uri, partial(ctx.session.send_resource_updated, uri))
        if uri not in (held := _held(connection)):
            held[uri] = _added(identity, uri, watch)
        return EmptyResult()

    async def unsubscribe(ctx: ServerRequestContext[Identities, Any], params: UnsubscribeRequestParams) -> EmptyResult:
        held = ctx.session._connection.state.get(_HELD, {})  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        held.pop(str(params.uri), lambda: None)()
        return EmptyResult()

    lowlevel.add_request_handler("subscriptions/listen", SubscriptionsListenRequestParams, listen)
    lowlevel.add_request_handler("resources/subscribe", SubscribeRequestParams, subscribe)
    lowlevel.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, unsubscribe)


def low_level(server: MCPServer[Identities]) -> Server[Identities]:
    """What takes handlers that `MCPServer` has no way in for."""
    return server._lowlevel_server  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


async def _watch(server: MCPServer[Identities], identity: Identity, uri: str, tell: Tell) -> Watch:
    """What is watched for a resource.

    Raises:
        MCPError: there is none, this identity may not see it, or nothing would ever be told of it.
    """
    look = partial(_looked_up, server, identity, uri)
    try:
        project_id, ids = await look()
        if project_id and (await identity.live.ready()).why == OFF:
            raise Unavailable(f"{OFF}: nothing is told of {uri}. It can be read.")
    except (KitsuError, ResourceError) as error:
        raise MCPError(INVALID_PARAMS, str(error), {"uri": uri}) from None
    return Watch(tell, look, project_id, ids)


async def _looked_up(server: MCPServer[Identities], identity: Identity, uri: str) -> tuple[str, frozenset[str]]:
    """The production of a resource and what in it counts, by ids; nothing for one that is of none.

    Raises:
        KitsuError, ResourceError: there is none, or this identity may not see it.
    """
    if uri == SELECTION:
        return "", frozenset()
    if uri.startswith(PREFIX):
        await server.read_resource(uri)
        return "", frozenset()
    if found := _ACTIVITY.match(uri):
        return (await identity.kitsu.directory.project(str(found["project"]))).id, frozenset()
    if found := _TASK.match(uri):
        task = await identity.kitsu.find.task(str(found["id"]))
        return task.reading.project.id, frozenset({task.task.id, task.task.entity.id})
    raise Unknown(f"There is no resource {quoted(uri)}.")


def _held(connection: Connection) -> dict[str, Callable[[], None]]:
    """What ends each subscription of a connection, by resource: all of them once it ends."""

    def stop_all() -> None:
        for stop in held.values():
            stop()

    held: dict[str, Callable[[], None]] = connection.state.get(_HELD, {})
    if _HELD not in connection.state:
        connection.state[_HELD] = held
        connection.exit_stack.callback(stop_all)
    return held


def _added(identity: Identity, uri: str, watch: Watch) -> Callable[[], None]:
    try:
        stop = identity.live.watches.add(watch)
    except KitsuError as error:
        raise MCPError(INVALID_PARAMS, str(error), {"uri": uri}) from None
    if uri != SELECTION:
        return stop
    identity.selections.watched[watch] = partial(identity.live.watches.now, watch)

    def stop_both() -> None:
        stop()
        identity.selections.watched.pop(watch, None)

    return stop_both
