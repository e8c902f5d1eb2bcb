"""Prompts: questions a studio asks every day, each written out as the calls that answer it and how to present them.

A prompt's text is made of its arguments alone. Nothing is asked of Kitsu until the agent makes the calls, so that what
they find is current and an unknown name is answered with candidates.
"""

from collections.abc import Callable, Collection
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS

from kitsu_server.prompts.production import delivery_readiness, production_status, weekly_report
from kitsu_server.prompts.work import dailies_preparation, my_day, review_queue, sequence_brief, what_changed
from kitsu_server.strict_prompt import StrictPrompt
from kitsu_tools.catalog import Toolset

_PLAIN = ("production", "tasks")

PROMPTS: tuple[tuple[Callable[..., str], str, tuple[Toolset, ...]], ...] = (
    (production_status, "Production status", _PLAIN),
    (review_queue, "Review queue", (*_PLAIN, "review")),
    (my_day, "My day", _PLAIN),
    (sequence_brief, "Sequence brief", (*_PLAIN, "casting")),
    (delivery_readiness, "Delivery readiness", _PLAIN),
    (weekly_report, "Weekly report", (*_PLAIN, "planning", "live")),
    (dailies_preparation, "Dailies preparation", (*_PLAIN, "review")),
    (what_changed, "What changed since you left", (*_PLAIN, "review", "people", "live")),
)
"""Each with its title and the toolsets of the calls in it."""


def offered_prompts(toolsets: Collection[str]) -> dict[str, tuple[Callable[..., str], str]]:
    """By name, those whose calls can all be made with these toolsets."""
    return {
        function.__name__: (function, title) for function, title, needed in PROMPTS if set(needed).issubset(toolsets)
    }


def add_prompts(server: MCPServer[Any], toolsets: Collection[str]) -> None:
    """Offer every prompt that works with these toolsets."""
    offered = offered_prompts(toolsets)
    for function, title in offered.values():
        server.add_prompt(StrictPrompt.of(function, title))

    async def known_only(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Say which prompts there are to who asks for another: the SDK says "Internal server error" (mcp 2.3.0)."""
        if ctx.method == "prompts/get" and (wanted := (ctx.params or {}).get("name")) not in list(offered):
            raise MCPError(INVALID_PARAMS, f"There is no prompt {wanted!r}. There are: {', '.join(offered) or 'none'}.")
        return await call_next(ctx)

    server.middleware.append(known_only)
