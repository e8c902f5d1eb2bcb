"""Periods as an agent names them: `last 7 days`, `this month`, `2026-03`, a day, or FROM..TO."""

import re
from calendar import monthrange
from datetime import date, timedelta

from kitsu_tools.tracker.clock import day, monday_of
from kitsu_tools.tracker.errors import BadInput, quoted

PERIOD = "FROM..TO (YYYY-MM-DD), 2026-03, yesterday, last 7 days, this week"

_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_AWAY = {"last": -1, "this": 0, "next": 1}
_NEAR = re.compile(r"(last|this|next) (week|month|year)")
_LONG = re.compile(r"(?:(last|next) )?([1-9]\d{0,4}) (day|week)s?")
_MONTH = re.compile(r"(\d{4})-(\d{2})")


def period_named(argument: str, text: str, today: date, words: str = PERIOD) -> tuple[date, date]:
    """The first and the last day that are meant. Weeks begin on Monday; `last 7 days` ends today.

    Either end of FROM..TO may be a word or open. `argument` names the tool's, `words` what it takes beside dates.

    Raises:
        BadInput: it is none, or ends before it begins.
    """
    wanted = " ".join(text.casefold().replace("_", " ").split())
    first, dots, last = (part.strip() for part in wanted.partition(".."))

    def span(part: str) -> tuple[date, date]:
        try:
            return _span(part, today) or _only(day(part, argument))
        except (ValueError, OverflowError):
            raise BadInput(
                f"{argument}: there is no {quoted(part)}. Name a period within the years 1 to 9999."
            ) from None
        except BadInput as error:
            raise BadInput(f"{error} Or {words}.") from None

    begin = span(first)[0] if first or not dots else date.min
    end = span(last if dots else first)[1] if last or not dots else date.max
    if begin > end:
        raise BadInput(f"{argument}: {quoted(text)} ends before it begins. Write FROM..TO with the earlier date first.")
    return begin, end


def is_relative(text: str) -> bool:
    """Whether it depends on what day is today."""
    return any(word in text.casefold() for word in (*_DAYS, *_AWAY, "day", "week"))


def _span(text: str, today: date) -> tuple[date, date] | None:
    """What a word or a month names; None for what is neither.

    Raises:
        ValueError, OverflowError: it lies beyond the calendar.
    """
    if text in _DAYS:
        return _only(today + timedelta(days=_DAYS[text]))
    if long := _LONG.fullmatch(text):
        rest = timedelta(days=int(long[2]) * (7 if long[3] == "week" else 1) - 1)
        return (today, today + rest) if long[1] == "next" else (today - rest, today)
    if month := _MONTH.fullmatch(text):
        return _month(int(month[1]), int(month[2]))
    near = _NEAR.fullmatch(text)
    if near is None:
        return None
    away = _AWAY[near[1]]
    if near[2] == "week":
        monday = monday_of(today) + timedelta(weeks=away)
        return monday, monday + timedelta(days=6)
    if near[2] == "year":
        return date(today.year + away, 1, 1), date(today.year + away, 12, 31)
    months = today.year * 12 + today.month - 1 + away
    return _month(months // 12, months % 12 + 1)


def _only(one: date) -> tuple[date, date]:
    return one, one


def _month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])
