"""What "today" is: the operator's zone, else the signed-in person's, else this machine's. Kitsu has none for a bot."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tzlocal

from kitsu_tools.tracker.errors import BadInput, quoted

_YEAR_9999 = 253_402_300_000.0


@dataclass(frozen=True, slots=True)
class Clock:
    """Dates and times as the people of this production mean them. Zou's own times are naive UTC."""

    zone: ZoneInfo

    def today(self) -> date:
        """The date it is now in this zone."""
        return datetime.now(self.zone).date()

    def stamp(self) -> str:
        """Today and the zone in one phrase, for answers that depend on it: `2026-03-02 Europe/Paris`."""
        return f"{self.today().isoformat()} {self.zone.key}"

    def local(self, utc: str | None) -> str:
        """One of Zou's times ("2026-03-02T09:15:01", UTC) as `2026-03-02 10:15` in this zone.

        Empty when there is none.
        """
        if not utc:
            return ""
        try:
            moment = datetime.fromisoformat(utc)
        except ValueError:
            return utc
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")


def clock(setting: str, person_zone: str) -> Clock:
    """The clock for `KITSU_TIMEZONE`, else for a person's zone, else for this machine.

    A machine's zone is called "local" where only its rules are known, as with a copied /etc/localtime.
    """
    name = setting or person_zone
    try:
        name = name or tzlocal.get_localzone_name()
        return Clock(ZoneInfo(name) if name else tzlocal.get_localzone())
    except (ZoneInfoNotFoundError, ValueError) as error:
        what = quoted(name) if name else "What this machine is set to"
        raise BadInput(f"{what} is not a time zone. Set KITSU_TIMEZONE to a name such as Europe/Paris.") from error


def stamp(seconds: float) -> str:
    """A moment, in seconds since 1970, as Zou writes it: UTC, cut to the second. Those that no year holds are the last
    or the first of all.
    """
    return f"{datetime.fromtimestamp(min(max(seconds, 0.0), _YEAR_9999), UTC):%Y-%m-%dT%H:%M:%S}"


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def days_between(first: date, last: date) -> Iterable[date]:
    """Every day from the first to the last, both with it."""
    return (first + timedelta(days=one) for one in range((last - first).days + 1))


def day(text: str, what: str) -> date:
    """A date written YYYY-MM-DD.

    Raises:
        BadInput: it is not one; `what` names the argument.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{what}: {quoted(text)} is not a date. Write YYYY-MM-DD.") from None
