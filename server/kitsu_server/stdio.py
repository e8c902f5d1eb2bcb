"""Serving over stdin and stdout, where every way to stop is a clean one. The SDK keeps stdout for protocol alone."""

import os
import signal
import sys

import anyio
from mcp.server.mcpserver import MCPServer

from kitsu_server.lifetime import Lifetime, Running

SHUTDOWN_SECONDS = 5.0


def serve_stdio(server: MCPServer[Running], lifetime: Lifetime) -> None:
    """Serve until stdin ends, or SIGINT or SIGTERM arrives; a write that was sent is finished first. Exits 0."""
    anyio.run(_serve, server, lifetime)


async def _serve(server: MCPServer[Running], lifetime: Lifetime) -> None:
    async with anyio.create_task_group() as group:
        serving = anyio.CancelScope()
        if sys.platform != "win32":
            group.start_soon(_stop_on_signal, serving, lifetime)
        with serving:
            await server.run_stdio_async()
        group.cancel_scope.cancel()


async def _stop_on_signal(serving: anyio.CancelScope, lifetime: Lifetime) -> None:
    """Stop serving, wait until everything is closed, and end the process.

    The SDK alone hangs here: a thread of its own sits in a read of stdin that nothing can cancel (mcp 2.3.0).
    """
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            break
    serving.cancel()
    with anyio.move_on_after(SHUTDOWN_SECONDS, shield=True):
        await lifetime.ended()
    sys.stderr.flush()
    os._exit(0)
