"""Comments on tasks."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from kitsu_tools.arguments import KitsuHere, Task, Text
from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.write.comments.attached import Attached, attaching
from kitsu_tools.write.comments.planning import CommentChange, Row, plan_comments
from kitsu_tools.write.task_names import MOST_TASKS
from kitsu_tools.write.tool import writes

Rows = Annotated[
    Sequence[Row], Field(max_length=MOST_TASKS, description="a review session: each task its own status and text")
]


@writes
async def add_comment(
    kitsu: KitsuHere,
    task: Task = "",
    text: Text = "",
    status: Annotated[str, Field(description="also set this status; empty: it stays")] = "",
    checklist: Annotated[Sequence[str], Field(max_length=20, description="unticked lines to add")] = (),
    rows: Rows = (),
    for_clients: Annotated[bool, Field(description="clients read it; only where the person asked for it")] = False,
    files: Attached = (),
) -> CommentChange:
    """Comment on one task, or on several in `rows`, after the person said yes in a dialog; they may edit the text.

    Returns what happened. For one status on several tasks use change_status.
    """
    if bool(task.strip()) == bool(rows):
        raise BadInput("Name one task, or several in rows.")
    if files and rows:
        raise BadInput("files: they go with one comment. Name one task; propose_changes takes several calls at once.")
    empty = [row.task for row in rows if not (row.text.strip() or text.strip())]
    if empty or not (rows or text.strip()):
        of = f" for {empty[0]}" if empty else ""
        raise BadInput(f"text: an empty comment{of}. To change only the status use change_status.")
    named = [row.model_copy(update={"status": row.status or status}) for row in rows or [Row(task=task)]]
    change = await plan_comments(kitsu, "add_comment", named, text, checklist, for_client=for_clients)
    return await attaching(kitsu, change, files)
