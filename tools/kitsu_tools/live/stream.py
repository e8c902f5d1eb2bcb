"""The event stream of one identity: one Socket.IO connection, opened when first needed and kept.

Zou lets anybody connect and tells everybody everything (1.0.97). So the token is asked about over HTTP, at every
connection and every minute, and an event of a production that the identity may not read ends here, before anybody sees
or counts it. Nothing is replayed: what happened while nobody listened is a `Gap`.

python-socketio speaks the protocol. Connecting again is done here: its own loop ends for good at an error that it does
not expect, such as the empty answer of a proxy (an IndexError, 5.18).
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import anyio
from anyio import lowlevel
from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

from kitsu_tools.live.acts import ROOM
from kitsu_tools.live.events import Event, Gap, Listener, sound
from kitsu_tools.live.reachable import Reachable
from kitsu_tools.tracker.connection import Network
from kitsu_tools.tracker.directory import Directory
from kitsu_tools.tracker.errors import KitsuError, SignInRefused, Unreachable
from kitsu_tools.tracker.review import text
from kitsu_tools.tracker.session import KitsuSession
from kitsu_tools.tracker.zou_answer import moment_of

NAMESPACE = "/events"
QUIET_SECONDS = 20.0
"""After so long without an event one is asked for: that alone tells whether any would arrive."""
ANSWER_SECONDS = 8.0
VOUCHED_SECONDS = 30.0
"""A connection that is half open is found within this time, and nothing is vouched for after it."""
PATIENCE_SECONDS = 120
"""For Engine.IO's own pings: it gives up a connection on which they come a few seconds late, as they do under load."""
TOKEN_SECONDS = 60.0
LONGEST_PAUSE = 15.0
STOOD_SECONDS = 2.0
MOST_WAITING = 50_000
"""Events that may wait until it is known what the identity may read."""
EVENTS_AT_ONCE = 100
"""Some 4 ms of work, after which others have their turn."""
LOOK_BYTES = 65_536
GOODBYE_SECONDS = 4.0

logger = logging.getLogger(__name__)


class Lost(Exception):
    """The connection ended, or nothing comes through it any more. The message is for people."""


class NotThere(Lost):
    """What is at the address answers as no event stream."""


@dataclass(frozen=True, slots=True)
class State:
    """`why`: the reason why nothing is heard now, empty while all is well. `transport`: "websocket" or "polling".
    `refused`: Kitsu does not take the credential any more.
    """

    why: str
    transport: str = ""
    refused: SignInRefused | None = None


class Stream:
    """What Kitsu tells. `run` it in a task of its own; `listeners` hear every event and gap from then on.

    `host` is the address of the event stream, without `/socket.io`.
    """

    def __init__(self, session: KitsuSession, directory: Directory, host: str, network: Network) -> None:
        self._session = session
        self._directory = directory
        self._reachable = Reachable(session, directory)
        self._host = host
        self._network = network
        self.listeners: list[Listener] = []
        self.began: float | None = None
        self.state = State("it is not connected yet")
        self._changed = anyio.Event()
        self._waiting: deque[tuple[str, Any, float]] = deque()
        self._more = anyio.Event()
        self._heard_at = float("-inf")
        self._wall = 0.0
        self._epoch = time.time() - time.monotonic()
        self._started = time.monotonic()
        self._silent_from: float | None = None
        self._spilled: float | None = None
        self._transports = ["polling", "websocket"]
        self._client: Any = None
        self.rooms: dict[str, str] = {}
        """The review rooms that are to be heard: the production of each playlist, by id."""
        self.entering: Callable[[], Awaitable[None]] = _nothing
        self.leaving: Callable[[], Awaitable[None]] = _nothing
        """What is to be done once a connection stands, and before one is closed that stands yet."""

    @property
    def vouches(self) -> bool:
        """Whether all that Kitsu told up to now was handed on: it is connected, and something arrived lately."""
        # A machine that slept knows it by its wall clock alone.
        quiet = max(time.monotonic() - self._heard_at, abs(time.time() - self._wall))
        return not self.state.why and not self._waiting and quiet < VOUCHED_SECONDS

    def at(self, monotonic: float) -> float:
        """A moment in seconds since 1970 by Kitsu's clock, whatever happens to this machine's."""
        return monotonic + self._epoch

    async def run(self) -> None:
        """Connect, hand on what is heard, and connect again, until cancelled."""
        self._started = time.monotonic()
        async with anyio.create_task_group() as group:
            group.start_soon(self._hand_on)
            again = AsyncRetrying(
                retry=retry_if_exception_type(Exception),
                wait=wait_random_exponential(multiplier=0.5, max=LONGEST_PAUSE),
            )
            while True:
                await again(self._stand)

    def require_token(self) -> None:
        """Nothing, while the credential is taken.

        Raises:
            SignInRefused: it is not.
        """
        if self.state.refused is not None:
            raise self.state.refused

    async def settled(self, seconds: float) -> State:
        """How it stands once it is connected or was refused, or after these seconds."""
        with anyio.move_on_after(seconds):
            while self.state.why and self._silent_from is None:
                await self._changed.wait()
        return self.state

    async def say(self, name: str, body: Mapping[str, Any], *, waits: bool = False) -> None:
        """Send an event; `waits`: until Zou has dealt with it.

        Raises:
            Unreachable: there is no connection; nothing was sent.
        """
        if self._client is None or not self._client.connected:
            raise Unreachable(f"Kitsu's events are not connected: {self.state.why}.", left=False)
        from socketio.exceptions import SocketIOError  # pyright: ignore[reportMissingTypeStubs]

        say = self._client.call if waits else self._client.emit
        try:
            await say(name, dict(body), namespace=NAMESPACE)
        except SocketIOError as error:
            raise Unreachable(f"Kitsu's events are not connected: {error}.", left=False) from error

    async def tested(self) -> float:
        """Ask Kitsu for an event; how long it took to arrive, in seconds.

        Raises:
            Lost: none came.
            KitsuError: it could not be asked for.
        """
        asked = time.monotonic()
        await self._session.read("status/test-event")
        with anyio.move_on_after(ANSWER_SECONDS):
            while self._heard_at < asked:
                await self._changed.wait()
        if self._heard_at < asked:
            raise Lost(self.state.why or "no event arrives: see that Kitsu's event stream and its Redis run")
        return self._heard_at - asked

    async def _stand(self) -> None:
        """Connect, and stay until the connection ends. It counts as failed unless it stood for a while."""
        stood = float("inf")
        try:
            async with self._connected() as (client, transport):
                # Zou takes connections also while it hears nothing of its Redis, as after that was restarted (1.0.97).
                await self.tested()
                stood = time.monotonic()
                self._client = client
                self._up(transport)
                await self.entering()
                await self._watch(client)
        except Exception as error:
            short = time.monotonic() - stood < STOOD_SECONDS
            # What lets a WebSocket through and nothing in it shows only here: polls may do.
            only = short and self._transports[1:] and not isinstance(error, KitsuError | NotThere)
            self._transports = ["polling"] if only else ["polling", "websocket"]
            self._lost(error)
            if short:
                raise

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator[tuple[Any, str]]:
        """A connection, closed at the end of the block however that comes."""
        # After gazu, which takes its time to be imported and has it.
        from socketio import AsyncClient, exceptions  # pyright: ignore[reportMissingTypeStubs]

        await self._directory.me.get(time.monotonic())
        kitsu = await self._session.open()
        reply = await kitsu.look("api/", LOOK_BYTES)
        if told := reply.headers.get("Date"):
            self._epoch = moment_of(told).timestamp() + 0.5 - time.monotonic()
        async with kitsu.to_events(self._host) as http:
            client: Any = AsyncClient(
                reconnection=False,
                handle_sigint=False,
                http_session=http,
                request_timeout=self._network.connect_seconds,
            )
            client.on("*", self._hear, namespace=NAMESPACE)
            address = urlsplit(self._host)
            try:
                with anyio.fail_after(6 * self._network.connect_seconds):
                    await client.connect(
                        f"{address.scheme}://{address.netloc}",
                        transports=self._transports,
                        namespaces=[NAMESPACE],
                        socketio_path=f"{address.path}/socket.io".lstrip("/"),
                        wait_timeout=self._network.connect_seconds,
                    )
                client.eio.ping_timeout = PATIENCE_SECONDS
                yield client, client.transport()
            except exceptions.ConnectionError as error:
                raise NotThere(self._why(error)) from error
            finally:
                with anyio.CancelScope(shield=True), anyio.move_on_after(GOODBYE_SECONDS), suppress(Exception):
                    await self.leaving()
                self._client = None
                await _close(client)

    async def _watch(self, client: Any) -> None:  # noqa: ANN401  socketio has no types
        """Stay until nothing comes any more.

        Raises:
            Lost: the connection ended, or is silent.
            KitsuError: no event could be asked for: what was told meanwhile may be lost, as where Redis was restarted.
            SignInRefused: the token is not taken any more.
        """
        ended = anyio.Event()

        def end(_: str) -> None:
            ended.set()

        client.on("disconnect", end, namespace=NAMESPACE)
        checked = time.monotonic()
        while client.connected:
            quiet = time.monotonic() - self._heard_at
            with anyio.move_on_after(max(0.0, min(QUIET_SECONDS - quiet, TOKEN_SECONDS))):
                await ended.wait()
                break
            if time.monotonic() - self._heard_at >= QUIET_SECONDS:
                await self.tested()
            try:
                if time.monotonic() - checked >= TOKEN_SECONDS:
                    await self._directory.me.get(time.monotonic())
                    checked = time.monotonic()
            except SignInRefused:
                raise
            except KitsuError as error:
                logger.info("it could not be asked whether the token is taken: %s", error)
                with anyio.move_on_after(ANSWER_SECONDS):
                    await ended.wait()
        raise Lost("the connection broke off")

    def _up(self, transport: str) -> None:
        silent_from, self._silent_from = self._silent_from, None
        why, self.state = self.state.why, State("", transport)
        self._heard_at, self._wall = time.monotonic(), time.time()
        self.began = self.began or self.at(self._heard_at)
        if silent_from is not None:
            self._tell(Gap(self.at(silent_from), self.at(self._heard_at), why))
        self._wake()
        logger.info("the event stream is connected, by %s", transport)

    def _lost(self, error: Exception) -> None:
        if not self.state.why or self._silent_from is None:
            # What was half open was silent before that was noticed.
            self._silent_from = max(self._heard_at, self._started, time.monotonic() - VOUCHED_SECONDS)
        said = str(error) if isinstance(error, KitsuError | Lost) else self._why(error)
        self.state = State(said, refused=error if isinstance(error, SignInRefused) else None)
        logger.info("the event stream is not connected: %s", self.state.why)
        self._wake()

    def _why(self, error: Exception) -> str:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        return f"the event stream at {self._host} does not answer as one ({said}); check KITSU_EVENT_HOST"

    def _hear(self, name: str, *body: Any) -> None:  # noqa: ANN401  JSON
        self._heard_at, self._wall = time.monotonic(), time.time()
        self._wake()
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append((name, body[0] if body else {}, self._heard_at))
            self._more.set()
        elif self._spilled is None:
            self._spilled = self._heard_at

    def _wake(self) -> None:
        changed, self._changed = self._changed, anyio.Event()
        changed.set()

    async def _hand_on(self) -> None:
        """Tell the listeners what was heard, in order, once it is known to be theirs to hear."""
        while True:
            while self._waiting:
                name, payload, heard = self._waiting[0]
                try:
                    await self._admit(name, payload, heard)
                except KitsuError as error:
                    self._tell(Gap(self.at(heard), self.at(heard), str(error)))
                except Exception:  # one odd event must not end all hearing
                    logger.exception("an event could not be understood")
                    self._tell(Gap(self.at(heard), self.at(heard), "an event could not be understood"))
                self._waiting.popleft()
                if not len(self._waiting) % EVENTS_AT_ONCE:
                    await lowlevel.checkpoint()
            if self._spilled is not None:
                spilled, self._spilled = self._spilled, None
                self._tell(Gap(self.at(spilled), self.at(self._heard_at), "more events came than could be looked at"))
            self._more = anyio.Event()
            await self._more.wait()

    async def _admit(self, name: object, payload: object, heard: float) -> None:
        if not isinstance(name, str) or not isinstance(payload, dict):
            return
        fields = cast("dict[str, Any]", payload)
        if name.startswith(ROOM):  # what names no room of ours reaches everybody (Zou 1.0.97)
            fields = {**fields, "project_id": self.rooms.get(text(fields.get("playlist_id")), 0)}
        else:
            fields = sound(fields)
        project = await self._reachable.production(name, fields, heard)
        if project is not None:
            self._tell(Event(name, fields, self.at(heard), project))

    def _tell(self, told: Event | Gap) -> None:
        for listener in self.listeners:
            try:
                listener(told)
            except Exception:  # nor must it be kept from the others
                logger.exception("an event could not be handed on")


async def _nothing() -> None:
    pass


async def _close(client: Any) -> None:  # noqa: ANN401  socketio has no types
    """Say goodbye, without waiting for who does not answer, and end its tasks."""
    loops = [task for task in (client.eio.read_loop_task, client.eio.write_loop_task) if task is not None]
    with anyio.CancelScope(shield=True):
        with anyio.move_on_after(1):
            await client.eio.disconnect(abort=True)
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
