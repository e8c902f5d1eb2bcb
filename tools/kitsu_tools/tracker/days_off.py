"""Days off of the people of a production."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeAlias

from kitsu_tools.tracker.clock import days_between
from kitsu_tools.tracker.errors import NotFound, NotPermitted
from kitsu_tools.tracker.kitsu import Kitsu

Away: TypeAlias = dict[str, list[tuple[date, date]]]
"""The first and the last day of each absence, by person."""


async def days_off(kitsu: Kitsu, project_id: str, first: date, last: date) -> Away | None:
    """The absences of each that fall between these days; None where the role may not see them
    (vendors), or this Zou is too old to tell.
    """
    query = {"start_date": first.isoformat(), "end_date": last.isoformat()}
    try:
        found = await kitsu.session.read(f"data/projects/{project_id}/day-offs", query)
    except (NotFound, NotPermitted):
        return None
    return {person: spans_of(its) for person, its in found.items()}


def spans_of(days_off: Iterable[Mapping[str, Any]]) -> list[tuple[date, date]]:
    """The first and the last day of each of Zou's records."""
    return [(_day(one["date"]), _day(one["end_date"])) for one in days_off]


async def each_day_off(kitsu: Kitsu, project_id: str, first: date, last: date) -> dict[str, frozenset[date]] | None:
    """As `days_off`, every single day of them that is between these."""
    spans = await days_off(kitsu, project_id, first, last)
    return (
        None
        if spans is None
        else {
            person: frozenset(day for begin, end in its for day in days_between(max(begin, first), min(end, last)))
            for person, its in spans.items()
        }
    )


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])
