"""The word that every refusal before a write ends with, added in one place."""

from collections.abc import Generator
from contextlib import contextmanager

from kitsu_tools.tracker.errors import KitsuError

NOTHING_WRITTEN = "Nothing was written."


@contextmanager
def unsent() -> Generator[None]:
    """For what happens before anything is sent: whatever goes wrong in this block, its message says so.

    Raises:
        KitsuError: what went wrong, and that nothing was written.
    """
    try:
        yield
    except KitsuError as error:
        raise KitsuError(f"{error} {NOTHING_WRITTEN}") from error
