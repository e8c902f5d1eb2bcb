"""Serving over stdin and stdout, where every way to stop is a clean one. The SDK keeps stdout for protocol alone."""

import os
import select
import signal
import sys

import anyio
from anyio import to_thread
from mcp.server.mcpserver import MCPServer
from mcp.server.stdio import stdio_server

from kitsu_server.lifetime import Identities, Lifetime
from kitsu_tools.read.admission import Wish

SHUTDOWN_SECONDS = 5.0
FINISH_SECONDS = 4.0


def serve_stdio(server: MCPServer[Identities], lifetime: Lifetime, channel: Wish | None = None) -> None:
    """Serve until stdin ends, or SIGINT or SIGTERM arrives; a write that was sent is finished first. Exits 0.

    `channel`: what is told unasked; with it the handshake protocols alone are served.
    """
    anyio.run(_serve, server, lifetime, channel)


async def _serve(server: MCPServer[Identities], lifetime: Lifetime, channel: Wish | None) -> None:
    async with anyio.create_task_group() as group:
        serving = anyio.CancelScope()
        if sys.platform != "win32":
            group.start_soon(_stop_on_signal, serving, lifetime)
            group.start_soon(_stop_after_hang_up, os.dup(sys.stdin.fileno()), serving, lifetime)
        with serving:
            if channel is None:
                await server.run_stdio_async()
            else:  # only servers with a channel import what serves one
                from kitsu_server.channel import serve_channel

                async with stdio_server() as (read, write):
                    await serve_channel(server, channel, read, write)
        group.cancel_scope.cancel()


async def _stop_on_signal(serving: anyio.CancelScope, lifetime: Lifetime) -> None:
    """Stop serving when asked to."""
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            break
    await _end(serving, lifetime, SHUTDOWN_SECONDS)


async def _stop_after_hang_up(stdin: int, serving: anyio.CancelScope, lifetime: Lifetime) -> None:
    """When the host is gone the SDK finishes what it is at, however long that takes; here it gets a few seconds."""
    while not await to_thread.run_sync(_hung_up, stdin, abandon_on_cancel=True):
        pass
    await anyio.sleep(FINISH_SECONDS)
    await _end(serving, lifetime, SHUTDOWN_SECONDS - FINISH_SECONDS)


def _hung_up(stdin: int) -> bool:
    """True once nobody can write to stdin any more; False after half a second without that."""
    waiting = select.poll()
    waiting.register(stdin, 0)
    return bool(waiting.poll(500))


async def _end(serving: anyio.CancelScope, lifetime: Lifetime, seconds: float) -> None:
    """Stop serving, wait until everything is closed, and end the process.

    The SDK alone hangs here: a thread of its own sits in a read of stdin that nothing can cancel (mcp 2.3.0).
    """
    serving.cancel()
    with anyio.move_on_after(seconds, shield=True):
        await lifetime.ended()
    sys.stderr.flush()
    os._exit(0)
