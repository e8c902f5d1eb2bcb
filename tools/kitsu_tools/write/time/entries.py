"""Hours of people on tasks by day, as a change sees them: read a person at a time, sent an entry at a time.

Zou keeps the minutes of a person, a task and a day as one number, as they are sent (a float, seen on 1.0.97), and the
day as a plain date of the calendar, which no time zone moves.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from kitsu_tools.gate.change import Change, Item, Request
from kitsu_tools.gate.kind import Looked
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.session import KitsuSession
from kitsu_tools.write.tasks.values import minutes_value

MINUTES = "duration"


class Entry(NamedTuple):
    """Somebody's time on a task on a day (YYYY-MM-DD), which is so looked up whether it is there or not."""

    task_id: str
    person_id: str
    day: str

    @property
    def target(self) -> str:
        """How a change names it."""
        return "/".join(self)


def entry_of(target: str) -> Entry:
    """The entry that a target names."""
    return Entry(*target.split("/"))


async def logged(session: KitsuSession, entries: Iterable[Entry]) -> dict[Entry, float]:
    """The minutes of these people on the days from the first to the last that is named of each, on all their tasks as
    far as the role is shown them: managers those of their productions, others their own.
    """
    days: dict[str, list[str]] = {}
    for one in entries:
        days.setdefault(one.person_id, []).append(one.day)

    async def of(person: str) -> list[Mapping[str, str | float]]:
        query = {"start_date": min(days[person]), "end_date": max(days[person])}
        return await session.read(f"data/persons/{person}/time-spents", query)

    found = await gather(*[partial(of, person) for person in days])
    return {
        Entry(str(one["task_id"]), str(one["person_id"]), str(one["date"])[:10]): float(one[MINUTES])
        for records in found
        for one in records
    }


async def look_at_entries(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    """The minutes of each, also of one that is not there: none."""
    entries = [entry_of(one) for one in targets]
    held = await logged(kitsu.session, entries)
    return {one.target: {MINUTES: minutes_value(held.get(one, 0.0), None)} for one in entries}


def requests_of_entries(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    """One request an entry. The whole number goes, not what is added, so that sent twice it is the same."""
    del change
    for item in items:
        entry, minutes = entry_of(item.target), item.fields[0].after.raw
        path = f"actions/tasks/{entry.task_id}/time-spents/{entry.day}/persons/{entry.person_id}"
        if minutes:
            yield Request("POST", path, {MINUTES: minutes}, 201, (item.key,))
        else:
            yield Request("DELETE", path, None, 201, (item.key,))
