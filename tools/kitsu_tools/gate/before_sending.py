"""The words that every refusal before a write ends with, each in one place."""

from collections.abc import Generator
from contextlib import contextmanager

from kitsu_tools.tracker.errors import KitsuError

NOTHING_WRITTEN = "Nothing was written."
NOT_PASSED_ON = (
    "The same call would end the same way: do not repeat it. Tell the person that this host did not pass their answer "
    "on whole; they can make the change in Kitsu, or in a host that shows all of the question."
)
"""What to do where a host answered for a person with something that is no answer."""


@contextmanager
def before_sending() -> Generator[None]:
    """For what happens before anything is sent: whatever goes wrong in this block, its message says so.

    Raises:
        KitsuError: what went wrong, and that nothing was written.
    """
    try:
        yield
    except KitsuError as error:
        raise KitsuError(f"{error} {NOTHING_WRITTEN}") from error
