"""Due dates as an agent asks for them: `overdue`, or a period."""

from kitsu_tools.read.filters import Filter, require_plans
from kitsu_tools.read.periods import PERIOD, is_relative, period_named
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Project, Task
from kitsu_tools.tracker.statuses import Role

NOT_OVERDUE: frozenset[Role] = frozenset({"done", "omitted"})

_DAY_WORDS = f"overdue, {PERIOD}"


async def due_filter(kitsu: Kitsu, project: Project, due: str) -> tuple[Filter[Task], str]:
    """A test of due dates, and the phrase that says which day it took for today (empty when it needed none).

    `due` is `overdue` (before today and neither done nor omitted) or a period.

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
    first, last = (one.isoformat() for one in period_named("due", due, today, _DAY_WORDS))
    return Filter(lambda task: bool(task.due) and first <= task.due <= last), clock.stamp() if is_relative(due) else ""
