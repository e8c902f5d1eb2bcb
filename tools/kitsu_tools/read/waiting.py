"""How a tool waits: looking at once and whenever there is more, with a word to the host now and then, cancellable."""

import time
from collections.abc import Awaitable, Callable

import anyio
from mcp.server.mcpserver import Context

PROGRESS_SECONDS = 5.0


async def wait(
    ctx: Context, seconds: float, look: Callable[[], Awaitable[bool]], more: Callable[[], Awaitable[None]], saying: str
) -> None:
    """Wait for `more` for so many seconds at most, as long as `look` says that there is reason to."""
    began = time.monotonic()
    while await look() and (left := began + seconds - time.monotonic()) > 0:
        with anyio.move_on_after(min(left, PROGRESS_SECONDS)):
            await more()
        await ctx.report_progress(min(time.monotonic() - began, seconds), seconds, saying)
