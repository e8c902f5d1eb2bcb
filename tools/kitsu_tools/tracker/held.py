"""Values read from Kitsu and held for a while, shared by everyone who asks at the same time."""

import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar, cast

import anyio

T = TypeVar("T")


class ById(dict[str, T]):
    """Records by id as they were read at one time; equal only to itself, so that it can be part of a key."""

    __hash__ = object.__hash__  # pyright: ignore[reportAssignmentType]  a dict's is None
    __eq__ = object.__eq__


class Held(Generic[T]):
    """One value, reread when it is older than `max_age` seconds or when it was asked for and missed.

    Concurrent readers share one read. A read that is cancelled or fails leaves the next reader to try.
    """

    def __init__(self, read: Callable[[], Awaitable[T]], max_age: float) -> None:
        self._read = read
        self._max_age = max_age
        self._value: T | None = None
        self._read_at = float("-inf")
        self._lock = anyio.Lock()

    async def get(self, newer_than: float = float("-inf")) -> T:
        """The value, at most `max_age` old and read after the monotonic moment `newer_than`."""
        async with self._lock:
            if self._read_at <= max(newer_than, time.monotonic() - self._max_age):
                started = time.monotonic()
                self._value = await self._read()
                self._read_at = started
            return cast("T", self._value)
