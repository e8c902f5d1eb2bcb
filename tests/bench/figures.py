"""A measured figure beside what was promised, and how times are taken."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Call = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Figure:
    """`value` must not be above `most`. `detail` says what the ratio was made of."""

    name: str
    value: float
    most: float
    unit: str
    detail: str = ""

    @property
    def reached(self) -> bool:
        """True when the promise holds."""
        return self.value <= self.most

    def __str__(self) -> str:
        mark = "ok    " if self.reached else "MISSED"
        return f"{mark} {self.name}: {self.value:.2f} {self.unit} (at most {self.most:g}) {self.detail}".rstrip()


async def timed(call: Call) -> float:
    """Milliseconds that one call takes."""
    started = time.perf_counter()
    await call()
    return (time.perf_counter() - started) * 1000


async def side_by_side(times: int, *calls: Call) -> list[float]:
    """The median milliseconds of each call, taken in turns so that what the machine does meets all alike."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(times):
        for call, into in zip(calls, taken, strict=True):
            into.append(await timed(call))
    return [statistics.median(one) for one in taken]
