"""Claude Code's channel: what happens in Kitsu comes into the session while its person works elsewhere.

The host takes a channel on the handshake protocols alone, of a server that declares it (Claude Code 2.1.330). A model
may act on what comes in this way. So only acts are told whose author Kitsu knows and the operator asked for, never the
identity's own, and never what a browser hands over; texts are marked as data. `claude/channel/permission` is not
declared: by it a sender could answer the host's questions.
"""

import html
import logging
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any, cast

import anyio
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.server.runner import serve_loop
from mcp.server.session import ServerSession
from mcp.shared._stream_protocols import ReadStream, WriteStream
from mcp.shared.message import SessionMessage
from pydantic import BaseModel

from kitsu_server.lifetime import Identities, Identity
from kitsu_server.subscriptions import low_level
from kitsu_tools.answers import WRITTEN_IN_KITSU, shortened
from kitsu_tools.live.lines import Line
from kitsu_tools.live.live import OFF
from kitsu_tools.read.admission import Admission, Wish, admission
from kitsu_tools.read.happenings import gap_notes, local
from kitsu_tools.tracker.clock import Clock
from kitsu_tools.tracker.errors import BadInput, KitsuError, SignInRefused
from kitsu_tools.tracker.gather import gather
from kitsu_tools.unseen import visible

logger = logging.getLogger(__name__)

CAPABILITY = "claude/channel"
METHOD = f"notifications/{CAPABILITY}"
MOMENT_SECONDS = 1.0
MOST_A_MINUTE = 10
MOST_LINES = 10
MOST_LOOKED_AT = 200
MOST_CHARACTERS = 200
AGAIN_SECONDS = 30.0


class Notice(BaseModel):
    """What is told. `meta` become attributes of the host's `<channel>`: names of letters, digits and `_`."""

    content: str
    meta: dict[str, str]


class _Told(BaseModel):
    method: str = METHOD
    params: Notice


async def serve_channel(
    server: MCPServer[Identities],
    wanted: Wish,
    read: ReadStream[SessionMessage | Exception],
    write: WriteStream[SessionMessage],
) -> None:
    """Serve one connection, on the handshake protocols alone, and tell it what happens once it is there."""
    lowlevel = low_level(server)
    there = anyio.Event()
    whom: list[tuple[Identity, ServerSession]] = []

    async def note(ctx: ServerRequestContext[Identities, Any], call_next: CallNext) -> HandlerResult:
        result = await call_next(ctx)
        if ctx.method == "notifications/initialized" and not whom:
            whom.append((ctx.lifespan_context.of(ctx), ctx.session))
            there.set()
        return result

    async def tell() -> None:
        await there.wait()
        identity, session = whom[0]
        await identity.until_listed()
        with suppress(SignInRefused):  # the stream has said so
            await _told(identity, session, wanted)

    server.middleware.append(note)
    options = lowlevel.create_initialization_options(experimental_capabilities={CAPABILITY: {}})
    async with lowlevel.lifespan(lowlevel) as state, anyio.create_task_group() as group, write:
        group.start_soon(tell)
        await serve_loop(lowlevel, read, write, lifespan_state=state, init_options=options)
        group.cancel_scope.cancel()


async def _told(identity: Identity, session: ServerSession, wanted: Wish) -> None:
    """Tell what is admitted, until cancelled: at once, or together with what comes until it may be told."""
    live, gaps, sent = identity.live, list[str](), deque[float](maxlen=MOST_A_MINUTE)
    admitted = await _admission(identity, wanted)
    if admitted is None or (await live.ready()).why == OFF:
        return
    clock, read_to = await identity.kitsu.clock(), live.feed.last
    with suppress(KitsuError):  # else the first act reads it
        await gather(*[partial(live.lines.warm, one) for one in admitted.projects.values()])
    while True:
        await live.feed.more(read_to)
        heard = live.feed.after(read_to)
        acts = [one for one in heard.acts if admitted.may(one)]
        try:
            live.stream.require_token()
            lines = await live.lines.of(acts[:MOST_LOOKED_AT])
        except SignInRefused:
            raise
        except KitsuError as error:
            logger.info("what happened cannot be told yet: %s", error)
            await anyio.sleep(AGAIN_SECONDS)
            continue
        except Exception:  # what follows is to be told all the same
            logger.exception("what happened could not be told")
            lines = []
        read_to = heard.until
        gaps = [*gaps, *gap_notes(heard.gaps, clock)][-3:]
        if found := [one for one in lines if admitted.admits(one)]:
            if heard.forgotten or len(acts) > MOST_LOOKED_AT:
                gaps.append("more happened than was looked at")
            notice = noticed(found, gaps, clock)
            await session.send_notification(cast("Any", _Told(params=notice)))
            gaps = []
            sent.append(time.monotonic())
            await anyio.sleep(_pause(sent))


async def _admission(identity: Identity, wanted: Wish) -> Admission | None:
    """None where a name is unknown: then nothing is told."""
    while True:
        try:
            return await admission(identity.kitsu, wanted)
        except BadInput as error:
            logger.warning("KITSU_CHANNEL: nothing is told: %s", error)
            return None
        except SignInRefused:
            raise
        except KitsuError as error:
            logger.info("what KITSU_CHANNEL names cannot be looked up yet: %s", error)
            await anyio.sleep(AGAIN_SECONDS)


def _pause(sent: deque[float]) -> float:
    """For how long nothing is told after these moments."""
    full = sent[0] + 60 - sent[-1] if len(sent) == MOST_A_MINUTE else 0.0
    return max(MOMENT_SECONDS, full)


def noticed(lines: Sequence[Line], notes: Sequence[str], clock: Clock) -> Notice:
    """Acts as a host is told of them: what people named and wrote cannot end what it stands in."""
    shown = [_sentence(one) for one in lines[:MOST_LINES]]
    if len(lines) > 1:
        shown.insert(0, f"{len(lines)} acts in Kitsu, oldest first:")
    if len(lines) > MOST_LINES:
        shown.append(f'and {len(lines) - MOST_LINES} more: list_events(since="{local(lines[0].act.at, clock)}")')
    every = [_meta(one, clock) for one in lines]
    same = {name: value for name, value in every[0].items() if value and all(one[name] == value for one in every)}
    return Notice(
        content="\n".join(html.escape(visible(line), quote=False) for line in [*shown, *notes]),
        meta={"count": str(len(lines))} | {name: html.escape(visible(value)) for name, value in same.items()},
    )


def _sentence(line: Line) -> str:
    said = f"{_plain(line.who)}: {_plain(line.what)} on {_plain(line.address)}"
    return f'{said}, text {WRITTEN_IN_KITSU}: "{_plain(line.text)}"' if line.text else said


def _meta(line: Line, clock: Clock) -> dict[str, str]:
    found = {
        "project": line.project.name,
        "task" if line.task_type else "address": line.address,
        "task_type": line.task_type,
        "kind": ",".join(sorted(line.kinds)),
        "person": line.who,
        "at": local(line.act.at, clock),
    }
    return {name: _plain(value) for name, value in found.items()}


def _plain(text: str) -> str:
    """In one line, without the quotation marks that it stands in."""
    return shortened(" ".join(text.split()), MOST_CHARACTERS).replace('"', "'")
