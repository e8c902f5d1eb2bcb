"""What people hand over from Kitsu's menu, for an agent to see and to wait for."""

from collections.abc import Sequence
from typing import Annotated

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Row, answer, table
from kitsu_tools.arguments import KitsuHere, Next, SelectionsHere
from kitsu_tools.live.selections import MOST_TASKS, SeenTask, Selection, Selections, seen
from kitsu_tools.tracker.addresses import relative
from kitsu_tools.tracker.errors import NotConfigured, counted, listed
from kitsu_tools.tracker.kitsu import Kitsu

PROGRESS_SECONDS = 5.0
UNKNOWN = "nobody known: any program on the person's machine could have sent it"


async def get_selection(
    kitsu: KitsuHere,
    selections: SelectionsHere,
    number: Annotated[int, Field(ge=0, description="an earlier one; 0: the newest")] = 0,
    next: Next = "",
) -> CallToolResult:
    """Show the tasks that a person selected in Kitsu and handed over by its menu, with their statuses."""
    return await shown(kitsu, selections, number, next)


async def wait_for_selection(
    ctx: Context,
    kitsu: KitsuHere,
    selections: SelectionsHere,
    seconds: Annotated[int, Field(ge=1, le=3600, description="how long at most")] = 50,
) -> CallToolResult:
    """Wait until a person hands over a selection, and show it as get_selection does; no rows when time is up."""
    left = 0 if selections.closed else seconds
    while left > 0:
        await ctx.report_progress(seconds - left, seconds, "Waiting for a selection in Kitsu")
        found = await selections.following(min(PROGRESS_SECONDS, left))
        if found is not None:
            return await shown(kitsu, selections, found.number)
        left -= PROGRESS_SECONDS
    return _none(kitsu, selections, f"nobody handed over a selection in {seconds} s")


async def shown(kitsu: Kitsu, selections: Selections, number: int = 0, after: str = "") -> CallToolResult:
    """A selection as its tasks are now."""
    selection = selections.numbered(number)
    if selection is None:
        return _none(kitsu, selections, "nobody handed over a selection yet; wait_for_selection waits for one")
    tasks, unseen = await seen(kitsu, selection.task_ids)
    selections.given = max(selections.given, selection.number)
    productions = {one.address.partition("/")[0] for one in tasks}
    under = productions.pop() if len(productions) == 1 else ""

    def row(task: SeenTask) -> Row:
        return [relative(task.address, under), task.status]

    clock = await kitsu.clock()
    earlier = listed(str(one.number) for one in selections.held if one.number < selection.number)
    return table(
        ("selection", selection.number),
        tasks,
        row,
        under=under,
        columns=["task", "status"],
        limit=MOST_TASKS,
        after=after,
        number=selection.number,
        at=f"{clock.local(selection.at.isoformat())} ({clock.zone.key})",
        sent_by=f"{selection.person}, as Kitsu says" if selection.person else UNKNOWN,
        notes=[
            *_left_out(selection, unseen),
            f"earlier ones: {earlier}" if earlier else "",
            f"no more can come: {selections.closed}" if selections.closed else "",
        ],
    )


def _none(kitsu: Kitsu, selections: Selections, why: str) -> CallToolResult:
    if missing := kitsu.session.credentials.missing:
        raise NotConfigured(missing)
    return answer({"rows": [], "notes": [selections.closed or why]})


def _left_out(selection: Selection, unseen: Sequence[str]) -> list[str]:
    """What of a selection is not shown."""
    parts = (
        (len(unseen), f"of no task that this identity sees: {listed(unseen, 3)}"),
        (selection.withheld, "of no task that the sender sees"),
    )
    return [f"{counted(count, 'id')} {what}" for count, what in parts if count]
