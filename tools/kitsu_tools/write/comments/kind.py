"""How comments are sent and found again: single ones, or batches of `comment-many`; each is known by its signature."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import partial
from typing import Any

from kitsu_tools.gate.change import Item, Request
from kitsu_tools.gate.kind import Evidence, Looked
from kitsu_tools.gate.text import signed
from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.write.comments.change import STATUS, CommentChange
from kitsu_tools.write.comments.mentions import hashtags, spaced
from kitsu_tools.write.comments.read_back import changed_by_whom, posted, statuses_of
from kitsu_tools.write.comments.undo import undo_comments

BATCH = 20
"""Comments in one request. Zou takes about 60 ms for each, so that a batch stays far from any proxy's time-out."""


class Comments:
    """The kind of change that is made of comments."""

    change = CommentChange

    def batch(self, change: CommentChange) -> int:
        """As many as go in one request."""
        return BATCH if change.batched else 1

    def edited(self, change: CommentChange, text: str) -> str:
        """The text with a space behind each name, so that Zou hears it.

        Raises:
            BadInput: the person added a hashtag: Kitsu would do what they were not shown.
        """
        text = spaced(text, change.mentioned)
        if hashtags(text) - hashtags(change.text):
            raise BadInput("The person added a hashtag, by which Kitsu would also comment on other tasks.")
        return text

    async def look(self, kitsu: Kitsu, targets: Sequence[str]) -> Looked:
        """The status of each task."""
        return {task: {STATUS: status} for task, status in (await statuses_of(kitsu, targets)).items()}

    async def changed_by(self, kitsu: Kitsu, target: str) -> str:
        """Who commented last on a task."""
        return await changed_by_whom(kitsu, target)

    async def steps(self, change: CommentChange, items: Sequence[Item], text: str) -> AsyncGenerator[Request, Any]:
        """One comment by itself, several in one request: a status that is set, and the signed text."""
        keys = tuple(item.key for item in items)
        if len(items) > 1:
            path = f"actions/projects/{change.project_id}/tasks/comment-many"
            body = [{"object_id": item.target, **comment_of(change, item, text)} for item in items]
            yield Request("POST", path, body, 201, keys)
            return
        (item,) = items
        checklist = [{"text": line, "checked": False} for line in change.checklist]
        body = {**comment_of(change, item, text), "checklist": checklist}
        yield Request("POST", f"actions/tasks/{item.target}/comment", body, 201, keys)

    async def evidence(
        self, kitsu: Kitsu, change: CommentChange, items: Sequence[Item], now: Looked
    ) -> Mapping[str, Evidence]:
        """Each item's comment, by the code that it ends with, and whether the status followed."""
        comments = await gather(*[partial(posted, kitsu, item.target, change.code) for item in items])
        return {
            item.key: comment_there(change, item, now, comment) for item, comment in zip(items, comments, strict=True)
        }

    async def undo(self, kitsu: Kitsu, change: CommentChange, items: Sequence[Item]) -> CommentChange:
        """The statuses from before, by other comments."""
        return await undo_comments(kitsu, change, items)


def comment_of(change: CommentChange, item: Item, text: str) -> dict[str, Any]:
    """What a comment is made of: the status of its item, and the signed text."""
    status = item.fields[0]
    return {"task_status_id": status.after.raw, "comment": signed(item.text or text, change.signature)}


def comment_there(change: CommentChange, item: Item, looked: Looked, comment: Mapping[str, Any] | None) -> Evidence:
    """What Kitsu shows of an item, by its comment and what its task is now."""
    status, now = item.fields[0], looked.get(item.target, {}).get(STATUS)
    shown = now.shown if now is not None else ""
    if comment is None:
        return Evidence("absent", shown, "posted nothing: the role or department may not comment here")
    if now is None or now.raw == status.after.raw:
        return Evidence("there", shown, reference=comment["id"])
    moves = {one.field.after.raw for one in change.effects if one.target == item.target and one.field is not None}
    if now.raw == status.before.raw and now.raw not in moves:
        return Evidence("part", shown, "the comment was posted, but Kitsu did not set the status.", comment["id"])
    return Evidence("there", shown, "the status has moved on since", comment["id"])


COMMENTS = Comments()
