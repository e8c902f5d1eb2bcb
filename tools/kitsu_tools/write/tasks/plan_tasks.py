"""Planning tasks: dates, estimates, priorities, difficulties."""

from typing import Annotated

from pydantic import Field

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Raw
from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.write.task_names import Tasks, tasks_named
from kitsu_tools.write.tasks.now import tasks_now
from kitsu_tools.write.tasks.plans import DIFFICULTY, DUE, ESTIMATE, PRIORITY, START, plan_fields, refuse_reversed
from kitsu_tools.write.tasks.values import day_wanted, minutes_wanted, priority_wanted
from kitsu_tools.write.tool import writes


@writes
async def plan_tasks(
    kitsu: KitsuHere,
    tasks: Tasks,
    start: Annotated[str, Field(description="YYYY-MM-DD")] = "",
    due: Annotated[str, Field(description="YYYY-MM-DD")] = "",
    estimate: Annotated[str, Field(description="as 2d, 1.5d, 16h or 30m; a day is the studio's")] = "",
    priority: Annotated[
        str, Field(coerce_numbers_to_str=True, description="normal, high, very high or emergency")
    ] = "",
    difficulty: Annotated[int, Field(ge=1, le=5, description="3 is usual")] = 0,
) -> Change:
    """Set dates, estimate, priority or difficulty of up to 100 tasks of one project, after the person you work for said
    yes in their own dialog.

    What is left out stays; "none" clears a date or an estimate. The receipt says what became of each task.
    """
    today, hours = (await kitsu.clock()).today(), await kitsu.directory.hours_by_day.get() if estimate.strip() else None
    fields: dict[str, Raw] = {}
    for name, text in ((START, start), (DUE, due)):
        if text.strip():
            fields[name] = day_wanted(text, "start" if name == START else "due", today)
    if estimate.strip():
        fields[ESTIMATE] = minutes_wanted(estimate, hours)
    if priority.strip():
        fields[PRIORITY] = priority_wanted(priority)
    if difficulty:
        fields[DIFFICULTY] = difficulty
    if not fields:
        raise BadInput("Name at least one of start, due, estimate, priority and difficulty.")
    now = await tasks_now(kitsu, [one for _, one in await tasks_named(kitsu, tasks)])
    wanted = dict.fromkeys(now.found, fields)
    refuse_reversed(now, wanted)
    change = await plan_fields(kitsu, "plan_tasks", now, wanted, "Plan")
    if not change.items:
        raise BadInput("Every task is planned so already.")
    return change
