"""Requests side by side, failing as one plain error."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio

T = TypeVar("T")
U = TypeVar("U")


async def gather(*reads: Callable[[], Awaitable[T]]) -> list[T]:
    """Run reads at the same time and return their results in order.

    The first failure cancels the rest and is raised as itself.
    """
    if len(reads) < 2:
        return [await read() for read in reads]
    results: dict[int, T] = {}

    async def run(position: int) -> None:
        results[position] = await reads[position]()

    try:
        async with anyio.create_task_group() as group:
            for position in range(len(reads)):
                group.start_soon(run, position)
    except ExceptionGroup as failures:
        raise _first(failures) from None
    return [results[position] for position in range(len(reads))]


async def gather_both(first: Callable[[], Awaitable[T]], second: Callable[[], Awaitable[U]]) -> tuple[T, U]:
    """As `gather`, of two reads whose results differ in type."""
    results: list[Any] = await gather(first, second)
    return results[0], results[1]


def _first(failures: ExceptionGroup[Exception]) -> Exception:
    error = failures.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error  # pyright: ignore[reportUnknownArgumentType]
