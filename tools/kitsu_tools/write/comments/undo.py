"""Taking comments back: each task gets the status that it had before, by another comment that says what it takes back.

Words stay: whoever follows a task has been told them, and Kitsu keeps no former text of a comment.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from kitsu_tools.gate.change import Item
from kitsu_tools.tracker.errors import BadInput, NotFound, listed
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.write.comments.change import CommentChange
from kitsu_tools.write.comments.planning import Row, plan_comments
from kitsu_tools.write.comments.read_back import changed_by_whom, statuses_of, statuses_since


async def undo_comments(kitsu: Kitsu, change: CommentChange, items: Sequence[Item]) -> CommentChange:
    """The comments that set what these items were before; without those that somebody else has changed since.

    Raises:
        BadInput: none of them can come back.
    """
    moved = [item for item in items if item.fields[0].changes]
    if not moved:
        raise BadInput(
            f"[{change.code}] set no status, it only said something, and words do not come back: whoever follows the "
            "task has been told them. A person may delete the comment in Kitsu."
        )
    why = dict(zip(moved, await gather(*[partial(_why_not, kitsu, change, item) for item in moved]), strict=True))
    left = [f"{item.address} ({said})" for item, said in why.items() if said]
    back = [item for item, said in why.items() if not said]
    if not back:
        raise BadInput(f"Nothing of [{change.code}] can come back: {listed(left, 4)}.")
    rows = [Row(task=item.target, status=str(item.fields[0].before.raw)) for item in back]
    undo = await plan_comments(kitsu, "undo_change", rows, f"Takes back [{change.code}].")
    along = [one.address for one in change.effects_of(back) if one.field is not None and one.field.changes]
    said = [item.address for item in items if item not in why]
    warnings = [
        *([f"Left out: {listed(left, 3)}"] if left else []),
        *([f"What Kitsu itself changed with it stays: {listed(along, 3)}"] if along else []),
        *([f"Only words, which stay: {listed(said, 3)}"] if said else []),
    ]
    return replace(undo, verb=f"Take back [{change.code}] on", warnings=(*warnings, *undo.warnings))


async def _why_not(kitsu: Kitsu, change: CommentChange, item: Item) -> str:
    """Why an item cannot come back, in a few words; empty where it can."""
    (status,) = item.fields
    try:
        since = await statuses_since(kitsu, item.target, change.code)
        now = (await statuses_of(kitsu, [item.target])).get(item.target)
    except NotFound:
        return "it is gone"
    if now is None:
        return "it is gone"
    if now.raw == status.before.raw:
        return f"it is {now.shown} again already"
    if now.raw != status.after.raw or any(one != now.raw for one in since or ()):
        return f"changed since: {await changed_by_whom(kitsu, item.target)}"
    return "its comment was deleted" if since is None else ""
