"""How comments are sent, found again and taken back: single ones, or batches of `comment-many`; each is known by its
signature. Follows what Zou 1.0.97 shows past every board.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from kitsu_tools.gate.change import Item, Request, Value
from kitsu_tools.gate.kind import Evidence, Looked
from kitsu_tools.gate.text import signed
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import BadInput, NotFound, listed
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.write.comments.attached import or_without, with_files
from kitsu_tools.write.comments.mentions import hashtags, spaced
from kitsu_tools.write.comments.planning import STATUS, CommentChange, Row, plan_comments

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
        """The status of each task at this moment."""
        statuses = await kitsu.directory.statuses.get()
        shorts = {status_id: status.short_name for status_id, status in statuses.items()}
        found = await records_by(kitsu.session, "data/tasks", "id", targets, relations="true")
        held = {one["id"]: one["task_status_id"] for one in found}
        return {task: {STATUS: Value(status, shorts.get(status, "?"))} for task, status in held.items()}

    async def changed_by(self, kitsu: Kitsu, target: str) -> str:
        """Who commented last on a task, when, and with which status."""
        comments = await kitsu.session.read(f"data/tasks/{target}/comments")
        if not comments:
            return "its status was changed without a comment"
        last, clock = comments[0], await kitsu.clock()
        person = (await kitsu.directory.people.get()).get(last.get("person_id") or "")
        status = (await kitsu.directory.statuses.get()).get(last.get("task_status_id") or "")
        who, short = person.label if person else "someone", status.short_name if status else "?"
        return f"{who} set {short} at {clock.local(last.get('created_at'))} {clock.zone.key}"

    async def steps(self, change: CommentChange, items: Sequence[Item], text: str) -> AsyncGenerator[Request, Any]:
        """One comment by itself, several in one request: a status that is set, and the signed text.

        Raises:
            BadInput: a file is not what was agreed to any more; nothing is sent then.
        """
        keys = tuple(item.key for item in items)
        if len(items) > 1:
            path = f"actions/projects/{change.project_id}/tasks/comment-many"
            body = [{"object_id": item.target, **comment_of(change, item, text)} for item in items]
            yield Request("POST", path, body, 201, keys)
            return
        (item,) = items
        checklist = [{"text": line, "checked": False} for line in change.checklist]
        body = {**comment_of(change, item, text), "checklist": checklist}
        async with with_files(change.files, body) as sent:
            yield Request("POST", f"actions/tasks/{item.target}/comment", sent, 201, keys)

    async def evidence(
        self, kitsu: Kitsu, change: CommentChange, items: Sequence[Item], now: Looked
    ) -> Mapping[str, Evidence]:
        """Each item's comment, by the code that it ends with, and whether the status followed."""
        found = await gather(*[partial(posted, kitsu, item.target, change.code) for item in items])
        return {item.key: comment_there(change, item, now, one) for item, (one, _) in zip(items, found, strict=True)}

    async def undo(self, kitsu: Kitsu, change: CommentChange, items: Sequence[Item]) -> CommentChange:
        """The status from before, by another comment that says what it takes back; without what somebody else has
        changed since. Words stay: whoever follows a task has been told them, and Kitsu keeps no former text.

        Raises:
            BadInput: none of them can come back.
        """
        moved = [item for item in items if item.fields[0].changes]
        if not moved:
            raise BadInput(self.stays(change))
        why = await gather(*[partial(self._why_not, kitsu, change, item) for item in moved])
        left = [f"{item.address} ({said})" for item, said in zip(moved, why, strict=True) if said]
        back = [item for item, said in zip(moved, why, strict=True) if not said]
        if not back:
            raise BadInput(f"Nothing of [{change.code}] can come back: {listed(left, 4)}.")
        rows = [Row(task=item.target, status=str(item.fields[0].before.raw)) for item in back]
        undo = await plan_comments(kitsu, "undo_change", rows, f"Takes back [{change.code}].")
        along = [one.address for one in change.effects_of(back) if one.field is not None and one.field.changes]
        said = [item.address for item in items if item not in moved]
        warnings = {"Left out": left, "What Kitsu itself changed with it stays": along, "Only words, which stay": said}
        told = (f"{what}: {listed(which, 3)}" for what, which in warnings.items() if which)
        return replace(undo, verb=f"Take back [{change.code}] on", warnings=(*told, *undo.warnings))

    def stays(self, change: CommentChange) -> str:
        """Why nothing of a change comes back that set no status."""
        return (
            f"[{change.code}] set no status, it only said something, and words do not come back: whoever follows the "
            "task has been told them. delete_comment removes it."
        )

    async def _why_not(self, kitsu: Kitsu, change: CommentChange, item: Item) -> str:
        """Why an item cannot come back, in a few words; empty where it can."""
        status = item.fields[0]
        try:
            comment, since = await posted(kitsu, item.target, change.code)
            now = (await self.look(kitsu, [item.target]))[item.target][STATUS]
        except (NotFound, KeyError):
            return "it is gone"
        if now.raw == status.before.raw:
            return f"it is {now.shown} again already"
        if now.raw != status.after.raw or any(one["task_status_id"] != now.raw for one in since):
            return f"changed since: {await self.changed_by(kitsu, item.target)}"
        return "its comment was deleted" if comment is None else ""


async def posted(kitsu: Kitsu, task_id: str, code: str) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """Our comment that ends with this journal code, as Zou lists it, and those after it; None and none where the task
    does not have it.

    Ours by its author too: who has read a code can end a comment of their own with it.
    """
    me = await kitsu.directory.me.get()
    comments = await kitsu.session.read(f"data/tasks/{task_id}/comments")
    for place, comment in enumerate(comments):
        if comment.get("person_id") == me.id and str(comment.get("text") or "").rstrip().endswith(f"[{code}]"):
            return comment, comments[:place]
    return None, []


def comment_of(change: CommentChange, item: Item, text: str) -> dict[str, Any]:
    """What a comment is made of: the status of its item, and the signed text."""
    status = item.fields[0]
    said = {"task_status_id": status.after.raw, "comment": signed(item.text or text, change.signature)}
    return said | ({"for_client": True} if change.for_client else {})


def comment_there(change: CommentChange, item: Item, looked: Looked, comment: Mapping[str, Any] | None) -> Evidence:
    """What Kitsu shows of an item, by its comment, the files in it and what its task is now."""
    found = _there(change, item, looked, comment)
    attached = [(one["name"], one["size"]) for one in (comment or {}).get("attachment_files") or ()]
    return found if comment is None else or_without(found, change.files, attached, "comment")


def _there(change: CommentChange, item: Item, looked: Looked, comment: Mapping[str, Any] | None) -> Evidence:
    status, now = item.fields[0], looked.get(item.target, {}).get(STATUS)
    shown = now.shown if now is not None else ""
    if comment is None:
        return Evidence("absent", shown, "posted nothing: the role or department may not comment here")
    if change.for_client and not comment.get("for_client"):
        return Evidence("part", shown, "the comment was posted, but clients do not see it.", comment["id"])
    if now is None or now.raw == status.after.raw:
        return Evidence("there", shown, reference=comment["id"])
    moves = {one.field.after.raw for one in change.effects if one.target == item.target and one.field is not None}
    if now.raw == status.before.raw and now.raw not in moves:
        return Evidence("part", shown, "the comment was posted, but Kitsu did not set the status.", comment["id"])
    return Evidence("there", shown, "the status has moved on since", comment["id"])


COMMENTS = Comments()
