"""What people logged on tasks by day, and Kitsu's quotas: what it counts them to have done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Day, Text, decoded, zou

CountMode = Literal["weighted", "weighteddone", "feedback", "done"]
"""Of which shots Zou counts what, and on which day (`quotas_service` of 1.0.97).

`feedback`: the whole shot on the day on which its task was sent for feedback, for each who is assigned; `done`: on
the day it was done. `weighted`, `weighteddone`: of the same tasks, a share on each day on which time was logged, by
that and for whoever logged it; of a task without any, evenly on the working days from its real start to that day.
"""


@dataclass(frozen=True, slots=True)
class Logged:
    """Minutes that somebody logged on a task on a day (YYYY-MM-DD, a calendar day as the person meant it)."""

    person_id: Text
    task_id: Text
    day: Annotated[Day, zou("date")]
    minutes: Annotated[float, zou("duration")]


@dataclass(frozen=True, slots=True)
class Quota:
    """What somebody did of a task type on a day, of shots alone: how many, or a part of one."""

    person_id: str
    type_id: str
    day: str
    shots: float
    frames: float
    seconds: float
    drawings: float


async def logged_on(kitsu: Kitsu, project_id: str, first: date, last: date) -> list[Logged]:
    """All that was logged on a production's tasks between two days, in no order.

    Zou shows it to all but clients, with everybody's hours, and takes no period: this reads all there ever was (seen on
    1.0.97: 14,000 rows in 0.5 s). Its pages show artists and vendors only their own.
    """
    begin, end = first.isoformat(), last.isoformat()
    records: list[Mapping[str, Any]] = await kitsu.session.read(f"data/projects/{project_id}/time-spents")
    return [decoded(Logged, one) for one in records if begin <= str(one["date"])[:10] <= end]


async def quotas_of(
    kitsu: Kitsu,
    project_id: str,
    type_ids: Sequence[str],
    mode: CountMode,
    first: date,
    last: date,
    *,
    alone: bool = False,
) -> list[Quota]:
    """The quotas on a production's shots, of these task types, a request each; or in one of the signed-in identity
    `alone`, which is all that artists and vendors may ask for.

    Days are those of the identity's zone in Kitsu, of a bot the server's.
    """
    base, query = f"data/projects/{project_id}/quotas", {"count_mode": mode}
    if alone:
        me = (await kitsu.directory.me.get()).id
        by_type: Mapping[str, Any] = await kitsu.session.read(f"{base}/persons/{me}", query)
        entries = [(me, one, by_type[one]) for one in type_ids if one in by_type]
    else:
        reads = [partial(kitsu.session.read, f"{base}/{one}", query) for one in type_ids]
        found: list[Mapping[str, Any]] = await gather(*reads)
        by_person = zip(type_ids, found, strict=True)
        entries = [(who, one, its) for one, people in by_person for who, its in people.items() if who != "total"]
    return [quota for who, one, entry in entries for quota in _days(who, one, entry, first, last)]


def _days(person_id: str, type_id: str, entry: Mapping[str, Any], first: date, last: date) -> Iterable[Quota]:
    """Weeks and months of Zou's answer are sums of its days."""
    by_day: Mapping[str, Mapping[str, float]] = entry["day"]
    for day, count in by_day["count"].items():
        if first.isoformat() <= day <= last.isoformat():
            amounts = (by_day[one].get(day, 0) for one in ("frames", "seconds", "drawings"))
            yield Quota(person_id, type_id, day, count, *amounts)
