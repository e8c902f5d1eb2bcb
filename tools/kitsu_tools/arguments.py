"""The arguments that tools share, each described once, and how a tool gets hold of who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar, cast

from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import Context, Resolve
from pydantic import Field

from kitsu_tools.endpoints.instance import Endpoints
from kitsu_tools.gate.gate import Gate
from kitsu_tools.live.live import Live
from kitsu_tools.live.selections import Selections
from kitsu_tools.tracker.kitsu import Kitsu

Under = Annotated[str, Field(description="project, …/episode, …/sequence or …/asset type; empty: the default project")]
Part = Annotated[str, Field(description="a place or one task; empty: the default project")]
Anywhere = Annotated[str, Field(description="a place; empty: the default project, else every open one")]
Where = Annotated[
    Sequence[str],
    Field(
        description="filters, all must hold: task type=status or role (Layout=done; Animation!=todo,wip: has such a "
        "task in another status), name=SH01*, assignee=Full Name, a metadata column=value"
    ),
]
Show = Annotated[
    Sequence[str],
    Field(description="extra columns: frames, assignees, due, retakes, description, id, or a metadata column"),
]
Sort = Annotated[
    Sequence[str], Field(description="by any column, of groups by theirs; -column: highest or newest first")
]
Limit = Annotated[int, Field(ge=1, le=1000)]
Next = Annotated[str, Field(description="from the page before")]
Task = Annotated[str, Field(description="address:Task Type, task id or page link")]
PlaylistNamed = Annotated[str, Field(description="project/name, id or page link")]
Text = Annotated[str, Field(description="what to say; mention people as @Full Name; signed by the server")]


@dataclass(eq=False)
class Identity:
    """Who asks, with everything that holds Kitsu's data or a lock for it. Nothing of one identity answers another.

    `kitsu` is what it is signed in to, `gate` the only way to write to that, `endpoints` what its API offers,
    `live` what it hears, `selections` what people handed over to it from Kitsu's menu.
    """

    kitsu: Kitsu
    gate: Gate
    endpoints: Endpoints
    live: Live
    selections: Selections


I_co = TypeVar("I_co", bound=Identity, covariant=True)


class Identities(Protocol[I_co]):
    """Those that a running server has: from a request to whose it is."""

    def of(self, request: ServerRequestContext[Any, Any], /) -> I_co:
        """Whose request this is."""
        ...


def identity_of(ctx: Context) -> Identity:
    """Who asks: the one way from a request to anything of Kitsu."""
    return cast("Identities[Identity]", ctx.request_context.lifespan_context).of(ctx.request_context)


async def kitsu_of(ctx: Context) -> Kitsu:
    """Resolver: the Kitsu that who asks is signed in to."""
    return identity_of(ctx).kitsu


async def gate_of(ctx: Context) -> Gate:
    """Resolver: the gate of who asks."""
    return identity_of(ctx).gate


async def endpoints_of(ctx: Context) -> Endpoints:
    """Resolver: the endpoints of the Kitsu that who asks is signed in to, or of the pinned Zou."""
    return identity_of(ctx).endpoints


async def live_of(ctx: Context) -> Live:
    """Resolver: what who asks hears."""
    return identity_of(ctx).live


async def selections_of(ctx: Context) -> Selections:
    """Resolver: what was handed over to who asks."""
    return identity_of(ctx).selections


def agent_of(ctx: Context | ServerRequestContext[Any, Any]) -> str:
    """The host's name for itself; empty when it gives none."""
    client = ctx.session.client_params
    return client.client_info.name if client is not None else ""


# Resolvers are async even where they await nothing: the SDK runs plain ones in a thread, which costs more than they do.
KitsuHere = Annotated[Kitsu, Resolve(kitsu_of)]
GateHere = Annotated[Gate, Resolve(gate_of)]
EndpointsHere = Annotated[Endpoints, Resolve(endpoints_of)]
LiveHere = Annotated[Live, Resolve(live_of)]
SelectionsHere = Annotated[Selections, Resolve(selections_of)]
"""Tool parameters that the server fills in; agents do not see them."""
