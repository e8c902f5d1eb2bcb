"""What can go wrong between a tool and Kitsu, as one small tree.

They know nothing of MCP: `kitsu_tools.strict_tool` hands them on.
"""

from collections.abc import Iterable

from kitsu_tools.unseen import visible

MOST_QUOTED = 80


class KitsuError(Exception):
    """A failure that the model is told about as it stands: what was wrong, what to do, what was or was not written; in
    full, whatever of other people's words it holds.
    """

    def __init__(self, message: str) -> None:
        super().__init__(visible(message))


class BadInput(KitsuError):
    """An argument that cannot be used: nothing was asked of Kitsu, or nothing it knows by that name."""


class Unknown(BadInput):
    """A name, an address or an id of nothing."""


class Ambiguous(BadInput):
    """More than one thing answers to it."""


class NotConfigured(KitsuError):
    """No Kitsu to talk to, or nothing to sign in with."""


class SignInRefused(KitsuError):
    """Kitsu does not take the credential (any more): it is expired, revoked or none."""


class NotPermitted(KitsuError):
    """The role or the team does not allow it."""


class NotFound(KitsuError):
    """Kitsu has no such record or route."""


class Refused(KitsuError):
    """Kitsu understood and said no (400, 405, 409, 413, 422)."""


class Unreachable(KitsuError):
    """No answer: refused, reset, timed out, TLS. Worth another try for a read.

    `left`: the request may have reached Kitsu; False when the connection never stood.
    """

    def __init__(self, message: str, *, left: bool) -> None:
        super().__init__(message)
        self.left = left


class Unavailable(KitsuError):
    """An answer, but not from a working Zou: 429, 5xx, a proxy's page. Worth another try for a read.

    `retry_after` is in seconds, when the answer named a wait.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooLarge(KitsuError):
    """An answer larger than any may be, or than was asked for."""


class LostAnswer(KitsuError):
    """A write went out and no answer came back: its effect is unknown."""


def quoted(given: str) -> str:
    """What was given, in quotes, and cut where it is too long for a message."""
    return repr(given if len(given) <= MOST_QUOTED else f"{given[: MOST_QUOTED - 1]}…")


def listed(names: Iterable[str], most: int = 12) -> str:
    """`A, B, C (and 4 more)`: how candidates stand in a message."""
    every = list(names)
    shown = ", ".join(every[:most])
    return f"{shown} (and {len(every) - most} more)" if len(every) > most else shown


def counted(count: int, thing: str) -> str:
    """`1 shot`, `1,200 shots`."""
    return f"{count:,} {thing if count == 1 else several(thing)}"


def several(thing: str) -> str:
    """More than one of it: `shots`, `replies`."""
    return f"{thing[:-1]}ies" if thing.endswith("reply") else f"{thing}s"
