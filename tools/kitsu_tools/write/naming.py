"""What a write tool is told to change is looked for all at once, so that all wrong names of a call are told at once."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from kitsu_tools.gate.change import MOST_ITEMS
from kitsu_tools.tracker.errors import BadInput, KitsuError, NotFound, NotPermitted, listed

T = TypeVar("T")

MOST_COMPLAINTS = 10
LONGEST_COMPLAINT = 300


async def found_or_why(look: Callable[[], Awaitable[T]]) -> T | KitsuError:
    """What is found, or why it cannot be used; what is wrong with Kitsu itself is raised."""
    try:
        return await look()
    except (BadInput, NotFound, NotPermitted) as error:
        return error


def complaint(wrong: Sequence[tuple[str, KitsuError]], given: int, noun: str = "task") -> KitsuError:
    """All that is wrong with what one call names, so that it can be mended at once."""
    if len(wrong) == 1:
        return wrong[0][1]
    said = [f"{text[:100]}: {str(error)[:LONGEST_COMPLAINT]}" for text, error in wrong[:MOST_COMPLAINTS]]
    others = listed((text[:100] for text, _ in wrong[MOST_COMPLAINTS:]), MOST_ITEMS)
    further = [f"Nor can: {others}."] if others else []
    return BadInput(" ".join([f"{len(wrong)} of the {given} {noun}s cannot be used.", *said, *further]))
