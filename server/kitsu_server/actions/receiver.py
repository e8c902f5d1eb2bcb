"""The port on loopback where selections come in, beside stdio, as long as the server runs and its operator wants it."""

import logging
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio

from kitsu_tools.live.selections import Selections
from kitsu_tools.tracker.kitsu import Kitsu

logger = logging.getLogger(__name__)

RETRY_SECONDS = 5.0


@asynccontextmanager
async def receiving(
    kitsu: Kitsu, selections: Selections, port: int, after: Callable[[], Awaitable[None]]
) -> AsyncGenerator[None]:
    """Take selections for an identity at this port, as long as the block; 0: at none. `after`: when there is time."""
    async with anyio.create_task_group() as group:
        if port:
            group.start_soon(_receive, kitsu, selections, port, after)
        try:
            yield
        finally:
            group.cancel_scope.cancel()


async def _receive(kitsu: Kitsu, selections: Selections, port: int, after: Callable[[], Awaitable[None]]) -> None:
    await after()
    try:
        listening = await _listening(selections, port)
        from kitsu_server.actions.web import application
        from kitsu_server.pages.site import served

        async with served(application(kitsu, selections), listening):
            selections.closed = ""
            await anyio.sleep_forever()
    except Exception:  # what goes wrong here must not end the tools
        logger.exception("taking selections failed")
        selections.closed = "Selections cannot come in here any more: see the server's log, and restart it."


async def _listening(selections: Selections, port: int) -> socket.socket:
    """The port, as soon as it is free: whoever has it may end before us, most likely this server in another session."""
    while True:
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError as error:
            why = (
                f"Selections cannot come in here: port {port} of 127.0.0.1 cannot be had ({error.strerror}). If this "
                "server runs in another session too, that one gets them, and this one once it ends. Else set "
                "KITSU_ACTIONS_PORT, and install the action anew."
            )
            if selections.closed != why:
                logger.warning("%s", why)
            selections.closed = why
            await anyio.sleep(RETRY_SECONDS)
