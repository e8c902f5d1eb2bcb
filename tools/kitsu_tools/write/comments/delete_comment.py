"""Deleting comments, with all that hangs on them, and what Kitsu then makes of their tasks."""

from collections.abc import Iterable, Mapping, Sequence

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Effect, Field, Item, Request
from kitsu_tools.gate.existence import Removes, goes
from kitsu_tools.tracker.errors import BadInput, NotPermitted, counted, listed
from kitsu_tools.tracker.model import Person
from kitsu_tools.write.comments.named import (
    WHOLE,
    CommentsNamed,
    FoundComment,
    changed_by,
    comments_named,
    excerpt,
    files_of,
    look,
    reply_values,
    values_of,
)
from kitsu_tools.write.comments.now import CommentsNow, comments_now
from kitsu_tools.write.comments.recomputed import HIDDEN, first_of, recomputed, without
from kitsu_tools.write.snapshot import permitted
from kitsu_tools.write.tool import writes

NO_WAY_BACK = "What is deleted does not come back, nor do its replies, files and revisions"


@writes
async def delete_comment(kitsu: KitsuHere, comments: CommentsNamed) -> Change:
    """Delete comments for good, with their replies, files and the revisions that were posted with them, or single
    replies (id/reply), after the person you work for said yes in their own dialog.

    Kitsu counts status, dates and retakes of the task anew. Nothing brings them back.
    """
    named = await comments_named(kitsu, comments, replies=True)
    found = [one for one in named if one.reply is None]
    if again := [one.address for one in named if one.reply and one.comment in [each.comment for each in found]]:
        raise BadInput(f"{listed(again)} goes with its comment already, which is named too.")
    now = await comments_now(kitsu, [one.task for one in named], "")
    now.refuse_gone(now.tasks)

    async def judge(known: CommentsNow) -> None:
        others = [one.address for one in found if one.comment.person_id != known.me.id]
        if known.role not in {"admin", "manager"} and others:
            raise NotPermitted(f"The role {known.role!r} deletes only its own comments, not {listed(others)}.")
        answers = [one.address for one in named if one.reply and one.reply.person_id != known.me.id]
        if known.me.role != "admin" and answers:  # the account's role, whatever it is on the production (1.0.97)
            raise NotPermitted(f"Only admins of the studio delete replies of others, such as {listed(answers)}.")

    await permitted(kitsu, now, judge)
    people = await kitsu.directory.people.get()
    items = tuple(_item(now, one, people) for one in named)
    of = {one.target: one for one in found}

    def foresee(some: Sequence[Item], _: str) -> list[Effect]:
        some = [item for item in some if item.key in of]
        gone = [of[item.key].comment.id for item in some]
        left = {of[item.key].task.task.id: without(of[item.key], gone) for item in some}
        return recomputed(now, found, left, first_of(some))

    revisions = [one for one in found if one.comment.revisions]
    posted = listed((one.address for one in revisions), 3)
    hidden = (await kitsu.hidden(now.project)).comments if found else ""
    return now.change(
        Change,
        items,
        items,
        kind="deleted comments",
        tool="delete_comment",
        verb="Delete for good",
        noun="comment" if found else "reply",
        effects=tuple(foresee(items, "")),
        warnings=(
            *((f"Revisions go too, out of playlists and pictures that show them: {posted}",) if revisions else ()),
            NO_WAY_BACK,
            *((HIDDEN,) if hidden else ()),
        ),
        posts=False,
        foresee=foresee,
    )


def _item(now: CommentsNow, found: FoundComment, people: Mapping[str, Person]) -> Item:
    one, reply = found.comment, found.reply
    along = {"file": len(files_of(one, reply))} if reply else {"reply": len(one.replies), "file": len(one.attachments)}
    if reply is None:
        along |= {"revision": len(set(one.revisions)), "revision file": len(one.revisions)}
    counts = [counted(count, what) for what, count in along.items() if count]
    said = reply or one
    author = people[said.person_id].label if said.person_id in people else "somebody"
    says = f"{author}: {excerpt(said.text)}{f', with {listed(counts)}' if counts else ''}"
    whole = (reply_values(one, reply) if reply else values_of(one, now.me.id, now.statuses))[WHOLE]
    return Item(found.target, found.target, found.address, (goes(says, says), Field(WHOLE, whole, whole)))


def _requests(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    del change
    for one in items:
        task, comment, *reply = one.target.split("/")
        if reply:
            yield Request("DELETE", f"data/tasks/{task}/comments/{comment}/reply/{reply[0]}", None, 200, (one.key,))
        else:
            yield Request("DELETE", f"data/comments/{comment}", None, 204, (one.key,))


DELETED_COMMENTS = Removes(look=look, requests=_requests, changed_by=changed_by, no_way_back=f"{NO_WAY_BACK}.")
