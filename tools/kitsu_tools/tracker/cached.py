"""Values read from Kitsu and held for a while, shared by everyone who asks at the same time."""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Generic, TypeVar, cast

import anyio

from kitsu_tools.tracker.errors import KitsuError

T = TypeVar("T")


class SingleFlight:
    """Work that several want at the same time, done by one of them: it counts for all who waited, its failure too.

    Whoever is cancelled while doing it leaves it to the next: it was not done, and nobody else is cancelled.
    """

    def __init__(self) -> None:
        self._lock = anyio.Lock()
        self._failures = 0
        self._failure: KitsuError | None = None

    async def work(self, done: Callable[[], bool], do: Callable[[], Awaitable[None]]) -> None:
        """Do it, unless it is `done` once it is our turn or failed while we waited."""
        seen = self._failures
        async with self._lock:
            if done():
                return
            if self._failure is not None and self._failures > seen:
                raise self._failure
            try:
                await do()
            except KitsuError as error:
                self._failures, self._failure = self._failures + 1, error
                raise


class ById(dict[str, T]):
    """Records by id as they were read at one time; equal only to itself, so that it can be part of a key."""

    __hash__ = object.__hash__  # pyright: ignore[reportAssignmentType]  a dict's is None
    __eq__ = object.__eq__


class Cached(Generic[T]):
    """One value, reread when it is older than `max_age` seconds or when it was asked for and missed.

    Who asks while it is read shares that reading, and its failure: see `SingleFlight`.
    """

    def __init__(self, read: Callable[[], Awaitable[T]], max_age: float) -> None:
        self._read = read
        self._max_age = max_age
        self._value: T | None = None
        self._read_at = float("-inf")
        self._forgotten_at = float("-inf")
        self._flight = SingleFlight()

    async def get(self, newer_than: float = float("-inf")) -> T:
        """The value, at most `max_age` old and read after the monotonic moment `newer_than`."""
        if not self.is_held(newer_than):
            await self._flight.work(partial(self.is_held, newer_than), self._read_anew)
        return cast("T", self._value)

    def is_held(self, newer_than: float = float("-inf")) -> bool:
        """Whether `get` would read nothing."""
        return self._read_at > max(newer_than, self._forgotten_at, time.monotonic() - self._max_age)

    def forget(self) -> None:
        """Read it anew before it is told again, also where it is being read right now."""
        self._forgotten_at = time.monotonic()

    async def _read_anew(self) -> None:
        started = time.monotonic()
        self._value = await self._read()
        self._read_at = started
