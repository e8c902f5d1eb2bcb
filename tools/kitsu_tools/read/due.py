"""Due dates as an agent asks for them: `overdue`, `this week`, a day, or FROM..TO."""

from datetime import date, timedelta

from kitsu_tools.read.filters import Filter, require_plans
from kitsu_tools.tracker.clock import day, monday_of
from kitsu_tools.tracker.errors import BadInput, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Project, Task
from kitsu_tools.tracker.statuses import Role

NOT_OVERDUE: frozenset[Role] = frozenset({"done", "omitted"})

_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_DAY_WORDS = "overdue, yesterday, today, tomorrow or this week"


async def due_filter(kitsu: Kitsu, project: Project, due: str) -> tuple[Filter[Task], str]:
    """A test of due dates, and the phrase that says which day it took for today (empty when it needed none).

    `due` is `overdue` (before today and neither done nor omitted), `this week` (from Monday), a day, or FROM..TO with
    either end open; a day is a date, `yesterday`, `today` or `tomorrow`.

    Raises:
        NotPermitted: the role may not see dates, and would take every task for one without.
    """
    await require_plans(kitsu, project, "due")
    wanted, clock = due.strip().casefold(), await kitsu.clock()
    today = clock.today()
    if wanted == "overdue":
        statuses = await kitsu.directory.statuses.get()
        closed = {status.id for status in statuses.values() if status.role in NOT_OVERDUE}
        before = today.isoformat()
        return Filter(lambda task: "" < task.due < before and task.status_id not in closed), clock.stamp()
    first, last = _span(wanted, today)
    if first > last:
        raise BadInput(f"due: {quoted(due)} ends before it begins. Write FROM..TO with the earlier date first.")
    words = any(word in wanted for word in (*_DAYS, "this week"))
    return Filter(lambda task: bool(task.due) and first <= task.due <= last), clock.stamp() if words else ""


def _span(wanted: str, today: date) -> tuple[str, str]:
    """The first and the last day that are meant, as YYYY-MM-DD."""
    if wanted == "this week":
        monday = monday_of(today)
        return monday.isoformat(), (monday + timedelta(days=6)).isoformat()
    first, dots, last = (part.strip() for part in wanted.partition(".."))
    if not dots:
        return _day(first, today), _day(first, today)
    return _day(first, today) if first else date.min.isoformat(), _day(last, today) if last else date.max.isoformat()


def _day(text: str, today: date) -> str:
    if text in _DAYS:
        return (today + timedelta(days=_DAYS[text])).isoformat()
    try:
        return day(text, "due").isoformat()
    except BadInput as error:
        raise BadInput(f"{error} Or {_DAY_WORDS}.") from None
