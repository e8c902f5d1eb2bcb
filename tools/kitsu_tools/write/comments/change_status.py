"""Statuses of tasks, which comments set."""

from typing import Annotated

from pydantic import Field

from kitsu_tools.arguments import KitsuHere, Text
from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.write.comments.add_comment import Rows
from kitsu_tools.write.comments.planning import CommentChange, Row, plan_comments
from kitsu_tools.write.task_names import Tasks
from kitsu_tools.write.tool import writes


@writes
async def change_status(
    kitsu: KitsuHere,
    tasks: Tasks = (),
    status: Annotated[str, Field(description="the new status, by short name or name")] = "",
    text: Text = "",
    rows: Rows = (),
) -> CommentChange:
    """Set the status of up to 1,000 tasks of one project, after the person said yes in a dialog.

    Propose all changes in one call, with `rows` where they differ: they are asked once and can untick single ones.
    Returns what became of each.
    """
    wanted = [*(Row(task=task, status=status) for task in tasks), *rows]
    if not wanted:
        raise BadInput("tasks: name at least one, here or in rows.")
    named = [row if row.status.strip() else row.model_copy(update={"status": status}) for row in wanted]
    if not all(row.status.strip() for row in named):
        raise BadInput("status: name the status to set.")
    change = await plan_comments(kitsu, "change_status", named, text)
    if not change.items:
        raise BadInput(f"Every task is {status or 'as its row says'!r} already.")
    return change
