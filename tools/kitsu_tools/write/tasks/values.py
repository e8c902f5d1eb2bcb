"""Dates, estimates and priorities as agents write them and as Kitsu holds them."""

import re
from datetime import date

from kitsu_tools.gate.change import Value
from kitsu_tools.tracker.clock import day
from kitsu_tools.tracker.errors import BadInput, quoted
from kitsu_tools.tracker.model import PRIORITIES, priority_name

CLEAR = "none"
"""By number, as Kitsu's page names them."""
MOST_YEARS = 20
"""From today: what is further off is of another calendar."""
MOST_DAYS = 1000
"""Working days: what is longer was meant in another unit."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PART = re.compile(r"(\d+(?:[.,]\d+)?) ?(d|days?|h|hours?|m|min|minutes?)", re.ASCII)


def day_wanted(text: str, what: str, today: date) -> str | None:
    """A date as Zou holds it, None to clear it.

    Raises:
        BadInput: no date of our calendar, written YYYY-MM-DD.
    """
    plain = text.strip()
    if plain.casefold() == CLEAR:
        return None
    if not _DAY.fullmatch(plain):
        raise BadInput(f"{what}: {quoted(text)} is not a date. Write YYYY-MM-DD, or {CLEAR!r} to clear it.")
    wanted = day(plain, what)
    if abs(wanted.year - today.year) > MOST_YEARS:
        raise BadInput(
            f"{what}: {plain} is {abs(wanted.year - today.year)} years from today, {today}. Give the date of the "
            "Gregorian calendar."
        )
    return f"{plain}T00:00:00"


def minutes_wanted(text: str, hours_by_day: float | None, what: str = "estimate") -> int:
    """A duration in minutes, 0 to clear it: `2d`, `1.5d`, `16h`, `1d 4h`, `30m`. A day is as long as the studio's.

    Raises:
        BadInput: it has no unit, is nothing, or longer than any task.
    """
    plain = text.strip().casefold()
    if plain == CLEAR:
        return 0
    if not re.fullmatch(rf"{_PART.pattern}( ?{_PART.pattern})*", plain, re.ASCII):
        raise BadInput(
            f"{what}: {quoted(text)} is not one. Write days, hours or minutes, as 2d, 1.5d, 16h or 30m, or {CLEAR!r} "
            "to clear it."
        )
    if "d" in plain and hours_by_day is None:
        raise BadInput(f"{what}: Kitsu does not tell how long a day is here. Give hours.")
    a_day = (hours_by_day or 8) * 60
    units = {"d": a_day, "h": 60, "m": 1}
    minutes = sum(float(number.replace(",", ".")) * units[unit[0]] for number, unit in _PART.findall(plain))
    if minutes > MOST_DAYS * a_day:
        raise BadInput(f"{what}: {quoted(text)} is more than {MOST_DAYS} days. Check its unit.")
    if round(minutes) < 1:
        raise BadInput(f"{what}: {quoted(text)} is nothing. Write {CLEAR!r} to clear it.")
    return round(minutes)


def priority_wanted(text: str) -> int:
    """A priority by its name or number.

    Raises:
        BadInput: it is none of Kitsu's.
    """
    plain = " ".join(text.strip().casefold().replace("_", " ").replace("-", " ").split())
    if plain == CLEAR:
        return 0
    if plain in PRIORITIES:
        return PRIORITIES.index(plain)
    if plain in {str(one) for one in range(len(PRIORITIES))}:
        return int(plain)
    raise BadInput(f"priority: {quoted(text)} is none of Kitsu's: {', '.join(PRIORITIES)} (0 to 3).")


def day_value(raw: str | None) -> Value:
    """A date of Zou, which may have a time."""
    return Value(raw, raw[:10] if raw else CLEAR)


def minutes_value(raw: float | None, hours_by_day: float | None) -> Value:
    """An estimate of Zou, in the largest unit in which it is a round number."""
    minutes = raw or 0
    days = minutes / ((hours_by_day or 8) * 60)
    if not minutes:
        return Value(minutes, CLEAR)
    if hours_by_day is not None and (days * 4).is_integer():
        return Value(minutes, f"{days:g}d")
    return Value(minutes, f"{minutes / 60:g}h" if (minutes / 15).is_integer() else f"{minutes:g}m")


def priority_value(raw: int | None) -> Value:
    """A priority of Zou; beyond Kitsu's own its number."""
    number = raw or 0
    return Value(number, priority_name(number))
