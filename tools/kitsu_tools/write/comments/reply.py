"""Replies to comments, which stand in the comment itself: signed as comments are, and found again by their code."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from kitsu_tools.arguments import KitsuHere, Text
from kitsu_tools.gate.change import Field, Item, Request, Value
from kitsu_tools.gate.kind import Evidence, Looked
from kitsu_tools.gate.text import checked, signed
from kitsu_tools.tracker.errors import BadInput, NotPermitted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.people import team_roles
from kitsu_tools.tracker.threads import thread_of
from kitsu_tools.write.comments.attached import Attached, attaching, or_without, with_files
from kitsu_tools.write.comments.kind import Comments
from kitsu_tools.write.comments.mentions import mentions, spaced
from kitsu_tools.write.comments.named import (
    TEXT,
    CommentNamed,
    FoundComment,
    changed_by,
    comments_named,
    excerpt,
    look,
)
from kitsu_tools.write.comments.now import CommentsNow, comments_now
from kitsu_tools.write.comments.planning import CommentChange, told
from kitsu_tools.write.comments.refusals import Target, may_say
from kitsu_tools.write.snapshot import omitted, permitted
from kitsu_tools.write.tool import writes


@writes
async def reply(kitsu: KitsuHere, comment: CommentNamed, text: Text, files: Attached = ()) -> CommentChange:
    """Reply to a comment, after the person you work for said yes in their own dialog; they may edit the text.

    It stands below that comment and sets no status. The receipt says what happened.
    """
    if not text.strip():
        raise BadInput("text: an empty reply.")
    (found,) = await comments_named(kitsu, [comment])
    text = checked(text)
    now = await comments_now(kitsu, [found.task], text)
    now.refuse_gone(now.tasks)
    words = mentions(text, now.team, now.departments)
    people = await kitsu.directory.people.get()
    author = people[found.comment.person_id].label if found.comment.person_id in people else "somebody"
    said = Value(found.comment.text, "")
    quote = f"{author}: {excerpt(found.comment.text)}"
    fields = (Field("reply", Value(None, ""), Value("reply", ""), move=quote), Field(TEXT, said, said))
    item = Item(found.target, found.target, found.address, fields)

    async def judge(known: CommentsNow) -> bool:
        return await _may_reply(kitsu, known, found, item)

    read_by_clients = await permitted(kitsu, now, judge)
    answered = {found.comment.person_id, *(one.person_id for one in found.comment.replies)} - {now.me.id}
    names = {people[one].label for one in answered if one in people}
    change = now.change(
        CommentChange,
        [item],
        [item],
        kind="replies",
        tool="reply",
        verb="Reply to",
        noun="comment",
        text=words.text,
        told=tuple(dict.fromkeys((*sorted(names), *told(now, [now.tasks[found.task.task.id]], [words])))),
        mentioned=(*words.people, *words.departments),
        warnings=(*(["Clients read it"] if read_by_clients else []), *omitted([found.task])),
    )
    return await attaching(kitsu, change, files)


async def _may_reply(kitsu: Kitsu, now: CommentsNow, found: FoundComment, item: Item) -> bool:
    """Whether clients read what is said below this comment (`ReplyCommentResource` of Zou 1.0.97).

    Raises:
        NotPermitted: Zou would refuse the role, as it leaves answers to clients to managers.
    """
    comment, task = found.comment, now.tasks[found.task.task.id]
    if comment.person_id != now.me.id:
        await may_say(now, kitsu=kitsu, targets=[Target(found.task, task, item)])
    roles = {} if comment.for_client else await team_roles(kitsu, now.project)
    clients = comment.for_client or roles.get(comment.person_id) == "client"
    if clients and now.role not in {"admin", "manager", "client"}:
        raise NotPermitted(
            f"The role {now.role!r} may not answer where clients read: {found.address}. Managers answer them."
        )
    return clients


class Replies(Comments):
    """The kind of change that is a reply."""

    def edited(self, change: CommentChange, text: str) -> str:
        """The text with a space behind each name. A hashtag in a reply does nothing (Zou 1.0.97)."""
        return spaced(text, change.mentioned)

    async def look(self, kitsu: Kitsu, targets: Sequence[str]) -> Looked:
        """The comment that is answered."""
        return await look(kitsu, targets)

    async def changed_by(self, kitsu: Kitsu, target: str) -> str:
        """What is known of that."""
        return await changed_by(kitsu, target)

    async def steps(self, change: CommentChange, items: Sequence[Item], text: str) -> AsyncGenerator[Request, Any]:
        """The one request there is.

        Raises:
            BadInput: a file is not what was agreed to any more; nothing is sent then.
        """
        (item,) = items
        task, _, comment = item.target.partition("/")
        async with with_files(change.files, {"text": signed(text, change.signature)}) as sent:
            yield Request("POST", f"data/tasks/{task}/comments/{comment}/reply", sent, 200, (item.key,))

    async def evidence(
        self, kitsu: Kitsu, change: CommentChange, items: Sequence[Item], now: Looked
    ) -> Mapping[str, Evidence]:
        """The reply of ours that ends with the code."""
        del now
        me, (item,) = (await kitsu.directory.me.get()).id, items
        task, _, comment = item.target.partition("/")
        its = [one for one in await thread_of(kitsu.session, task) if one.id == comment]
        below = [reply for one in its for reply in one.replies]
        ours = [one for one in below if one.person_id == me and one.text.rstrip().endswith(f"[{change.code}]")]
        if not ours:
            return {item.key: Evidence("absent", detail="posted nothing")}
        attached = [(one.name, one.bytes) for one in its[0].attachments if one.reply_id == ours[0].id]
        return {item.key: or_without(Evidence("there", reference=ours[0].id), change.files, attached, "reply")}

    async def undo(self, kitsu: Kitsu, change: CommentChange, items: Sequence[Item]) -> CommentChange:
        """Nothing.

        Raises:
            BadInput: always.
        """
        del kitsu, items
        raise BadInput(
            f"[{change.code}] is a reply, and words do not come back: whoever follows the task has been told them. "
            "delete_comment removes it."
        )


REPLIES = Replies()
