"""Moments in the past as an agent asks for them: since one, or FROM..TO. Whole days are `periods.py`."""

import re
from dataclasses import dataclass

from kitsu_tools.read.happenings import SINCE, moment
from kitsu_tools.tracker.clock import Clock, stamp
from kitsu_tools.tracker.errors import BadInput, quoted

PERIOD = f"{SINCE}, FROM..TO; empty: ever"
_DAY = re.compile(r"today|yesterday|\d{4}-\d{2}-\d{2}", re.IGNORECASE)
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Period:
    """From one moment until before another, both as Zou writes them: UTC, to the second. Empty: open."""

    first: str = ""
    end: str = ""

    def holds(self, at: str) -> bool:
        """Whether a moment of Zou's is within."""
        return self.first <= at and (not self.end or at < self.end)


def period(text: str, clock: Clock) -> Period:
    """What `since` says. A day as the end counts whole.

    Raises:
        BadInput: it is no moment, or the period ends before it begins.
    """
    first, dots, last = (part.strip() for part in text.partition(".."))
    start = moment(first, clock) if first else 0.0
    end = moment(last, clock) + (_DAY_SECONDS if _DAY.fullmatch(last) else 0) if last else None
    if end is not None and first and end <= start:
        raise BadInput(f"since: {quoted(text)} ends before it begins. Write FROM..TO with the earlier moment first.")
    return Period(stamp(start) if first else "", stamp(end) if dots and end is not None else "")
