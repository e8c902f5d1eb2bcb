"""Days off of the people of a production."""

from datetime import date

from kitsu_tools.tracker.errors import NotFound, NotPermitted
from kitsu_tools.tracker.kitsu import Kitsu


async def days_off(kitsu: Kitsu, project_id: str, first: date, last: date) -> dict[str, list[tuple[date, date]]] | None:
    """The first and the last day of each that falls between these, by person; None where the role may not see them
    (vendors), or this Zou is too old to tell.
    """
    query = {"start_date": first.isoformat(), "end_date": last.isoformat()}
    try:
        found = await kitsu.session.read(f"data/projects/{project_id}/day-offs", query)
    except (NotFound, NotPermitted):
        return None
    return {person: [(_day(one["date"]), _day(one["end_date"])) for one in its] for person, its in found.items()}


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])
