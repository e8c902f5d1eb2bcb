"""Deleting comments, with all that hangs on them, and what Kitsu then makes of their tasks."""

from collections.abc import Iterable, Sequence

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Effect, Field, Item, Request, Value
from kitsu_tools.gate.existence import Removes, goes
from kitsu_tools.tracker.errors import NotPermitted, counted, listed
from kitsu_tools.write.comments.named import (
    WHOLE,
    CommentsNamed,
    FoundComment,
    changed_by,
    comments_named,
    excerpt,
    look,
    values_of,
)
from kitsu_tools.write.comments.now import CommentsNow, comments_now
from kitsu_tools.write.comments.recomputed import HIDDEN, first_of, recomputed, without
from kitsu_tools.write.snapshot import permitted
from kitsu_tools.write.tool import writes

NO_WAY_BACK = "A deleted comment does not come back, nor do its replies, its files and the revisions posted with it"


@writes
async def delete_comment(kitsu: KitsuHere, comments: CommentsNamed) -> Change:
    """Delete comments for good, with their replies, files and the revisions that were posted with them, after the
    person you work for said yes in their own dialog.

    Kitsu counts status, dates and retakes of the task anew. Nothing brings them back.
    """
    found = await comments_named(kitsu, comments)
    now = await comments_now(kitsu, [one.task for one in found], "")
    now.refuse_gone(now.tasks)

    async def judge(known: CommentsNow) -> None:
        others = [one.address for one in found if one.comment.person_id != known.me.id]
        if known.role not in {"admin", "manager"} and others:
            raise NotPermitted(f"The role {known.role!r} deletes only its own comments, not {listed(others)}.")

    await permitted(kitsu, now, judge)
    people = await kitsu.directory.people.get()
    names = {one.comment.id: people[one.comment.person_id].label for one in found if one.comment.person_id in people}
    items = tuple(_item(now, one, names.get(one.comment.id, "somebody")) for one in found)
    of = dict(zip((item.key for item in items), found, strict=True))

    def foresee(some: Sequence[Item], _: str) -> list[Effect]:
        gone = [of[item.key].comment.id for item in some]
        left = {of[item.key].task.task.id: without(of[item.key], gone) for item in some}
        return recomputed(now, found, left, first_of(some))

    revisions = [one for one in found if one.comment.revisions]
    posted = listed((one.address for one in revisions), 3)
    hidden = (await kitsu.hidden(now.project)).comments
    return now.change(
        Change,
        items,
        items,
        kind="deleted comments",
        tool="delete_comment",
        verb="Delete for good",
        noun="comment",
        effects=tuple(foresee(items, "")),
        warnings=(
            *((f"Revisions go too, out of playlists and pictures that show them: {posted}",) if revisions else ()),
            NO_WAY_BACK,
            *((HIDDEN,) if hidden else ()),
        ),
        posts=False,
        foresee=foresee,
    )


def _item(now: CommentsNow, found: FoundComment, author: str) -> Item:
    one = found.comment
    along = {
        "reply": len(one.replies),
        "file": len(one.attachments),
        "revision": len(set(one.revisions)),
        "revision file": len(one.revisions),
    }
    counts = [counted(count, what).replace("replys", "replies") for what, count in along.items() if count]
    says = f"{author}: {excerpt(one.text)}{f', with {listed(counts)}' if counts else ''}"
    whole: Value = values_of(one, now.me.id, now.statuses)[WHOLE]
    return Item(found.target, found.target, found.address, (goes(says, says), Field(WHOLE, whole, whole)))


def _requests(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    del change
    return [Request("DELETE", f"data/comments/{one.target.partition('/')[2]}", None, 204, (one.key,)) for one in items]


DELETED_COMMENTS = Removes(look=look, requests=_requests, changed_by=changed_by, no_way_back=f"{NO_WAY_BACK}.")
