"""The feed: what was heard, act by act, numbered, so that who reads on from a number misses nothing that is held."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from uuid import uuid4

import anyio

from kitsu_tools.live.acts import Act, Joining
from kitsu_tools.live.events import Event, Gap

QUIET_SECONDS = 0.15
LONGEST_SECONDS = 1.5
MOST_ACTS = 20_000
MOST_GAPS = 100
SAME_SECONDS = 5.0
"""At the edges of a gap an act may be told by the log and by the stream, whose clocks are read to the second."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a reader has not seen yet. `until` is the number to go on from. `gaps`: with what was done about each.
    `forgotten`: there was more, which is not held any more.
    """

    acts: list[Act]
    gaps: list[tuple[Gap, str]]
    until: int
    forgotten: bool


class Feed:
    """The last acts. It takes what the stream tells (`hear`) and what was read of the log for a gap (`add`)."""

    def __init__(self) -> None:
        self.id = uuid4().hex[:8]
        self._joining = Joining(QUIET_SECONDS, LONGEST_SECONDS, "stream")
        self._acts: deque[Act] = deque(maxlen=MOST_ACTS)
        self._gaps: deque[tuple[int, Gap, str]] = deque(maxlen=MOST_GAPS)
        self._forgotten = 0
        self._filled_to = 0.0
        self._edges: set[tuple[str, str, str]] = set()
        self._changed = anyio.Event()
        self._opened = anyio.Event()
        self.last = 0

    def hear(self, told: Event | Gap) -> None:
        """A listener of the stream. A gap is noted by `add`, once it is known what can be told of it."""
        if isinstance(told, Event):
            self._add_heard(self._joining.take(told))
            if self._joining:
                self._opened.set()

    def add(self, gap: Gap, filled: str, acts: Sequence[Act]) -> None:
        """What is known of a time in which nothing was heard: `filled` says in words how much."""
        self.last += 1
        self._gaps.append((self.last, gap, filled))
        self._filled_to = gap.end + SAME_SECONDS
        held = takewhile(lambda one: one.at >= gap.start - SAME_SECONDS, reversed(self._acts))
        self._edges = {one.key for one in held}
        self._add(self._new(acts))
        self._wake()

    def put(self, act: Act) -> None:
        """One act that needs no joining."""
        self._add([act])

    async def settle(self, now: Callable[[], float]) -> None:
        """End acts once nothing more comes of them, until cancelled."""
        while True:
            if not self._joining:
                self._opened = anyio.Event()
                await self._opened.wait()
            await anyio.sleep(QUIET_SECONDS / 3)
            self._add_heard(self._joining.ended(now()))

    def after(self, seq: int) -> Heard:
        """What came after this number."""
        acts = list(takewhile(lambda one: one.seq > seq, reversed(self._acts)))
        gaps = [(gap, filled) for at, gap, filled in self._gaps if at > seq]
        return Heard(acts[::-1], gaps, self.last, forgotten=self._forgotten > seq)

    def since(self, at: float) -> list[Act]:
        """What is held of what was done from this moment on, in seconds since 1970."""
        return [one for one in self._acts if one.at >= at]

    async def more(self, seq: int) -> None:
        """Wait until there is something after this number."""
        while self.last <= seq:
            await self._changed.wait()

    def _add_heard(self, acts: Sequence[Act]) -> None:
        """What the stream told, unless the log told it already for the gap just before."""
        self._add(self._new(acts) if acts and acts[0].at <= self._filled_to else acts)

    def _new(self, acts: Sequence[Act]) -> list[Act]:
        new = [one for one in acts if one.key not in self._edges]
        self._edges |= {one.key for one in new}
        return new

    def _add(self, acts: Sequence[Act]) -> None:
        for act in acts:
            self.last += 1
            act.seq = self.last
            if len(self._acts) == MOST_ACTS:
                self._forgotten = self._acts[0].seq
            self._acts.append(act)
        if acts:
            self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, anyio.Event()
        changed.set()
