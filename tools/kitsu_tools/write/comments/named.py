"""Comments that are there, as an agent names them, and what they are at this moment: `task#id`, by which answers call
them, or a whole id.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

import orjson
from pydantic import Field as Argument

from kitsu_tools.gate.change import Value
from kitsu_tools.gate.existence import present
from kitsu_tools.gate.kind import Looked
from kitsu_tools.gate.text import quoted
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import BadInput, KitsuError, NotFound, NotPermitted, Unknown, listed
from kitsu_tools.tracker.errors import quoted as as_given
from kitsu_tools.tracker.finder import Finder, FoundTask
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.names import is_uuid
from kitsu_tools.tracker.statuses import Status
from kitsu_tools.tracker.threads import Attachment, Comment, Reply, thread_of
from kitsu_tools.write.comments.planning import STATUS
from kitsu_tools.write.naming import found_or_why, refuse_several, usable

MOST_COMMENTS = 20
CommentNamed = Annotated[str, Argument(description="address:Task Type#id, as answers have it, or its whole id")]
CommentsNamed = Annotated[
    Sequence[str],
    Argument(max_length=MOST_COMMENTS, description="address:Task Type#id, as answers have it, or whole ids"),
]
TEXT, CHECKLIST, PINNED, ACKNOWLEDGED, FOR_CLIENT, WHOLE = (
    "text",
    "checklist",
    "pinned",
    "acknowledged",
    "for_client",
    "whole",
)
EXCERPT = 24
_ID = "[0-9a-f][0-9a-f-]{7,35}"
_NAMED = re.compile(rf"(.+)#({_ID})(?:/({_ID}))?\s*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class FoundComment:
    """A comment of a task, or one `reply` below it, and all that the role is shown of that task, the newest first."""

    task: FoundTask
    comment: Comment
    thread: Sequence[Comment]
    reply: Reply | None = None

    @property
    def address(self) -> str:
        """How it is named, and found again."""
        return f"{self.task.address}#{self.comment.handle}{f'/{self.reply.handle}' if self.reply else ''}"

    @property
    def target(self) -> str:
        """What it is looked up by."""
        return f"{self.task.task.id}/{self.comment.id}{f'/{self.reply.id}' if self.reply else ''}"


async def comments_named(kitsu: Kitsu, texts: Sequence[str], *, replies: bool = False) -> list[FoundComment]:
    """The comments that these texts name, each once, of one production; single replies where `replies` may be meant.

    Raises:
        BadInput, NotFound, NotPermitted: none, too many, of several productions, or what is wrong with each.
    """
    if not 1 <= len(texts) <= MOST_COMMENTS:
        raise BadInput(f"{len(texts)} comments given; 1 to {MOST_COMMENTS} go in one change.")
    asked = await gather(*[partial(_asked, kitsu, text.strip()) for text in texts])
    find = await kitsu.find.for_many([one[0] for one in asked if isinstance(one, tuple)])
    found = await gather(*[partial(_task, find, one) for one in asked])
    tasks = {one.task.id: one for one in found if isinstance(one, FoundTask)}
    threads = await gather(*[partial(thread_of, kitsu.session, one) for one in tasks])
    of = dict(zip(tasks, threads, strict=True))
    comments = [
        _comment(text, asked[at], one, of[one.task.id]) if isinstance(one, FoundTask) else one
        for at, (text, one) in enumerate(zip(texts, found, strict=True))
    ]
    there = usable(texts, comments, "comment")
    refuse_several((one.task.reading.project for one in there), "comment")
    if answers := [one.address for one in there if one.reply and not replies]:
        raise BadInput(f"{listed(answers)}: a single reply can only be deleted. Name its comment.")
    return list({one.target: one for one in there}.values())


async def look(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    """What these comments are now, by `task/comment`, and of tasks alone their statuses."""
    statuses, me = await kitsu.directory.statuses.get(), (await kitsu.directory.me.get()).id
    alone = [one for one in targets if "/" not in one]
    read = await records_by(kitsu.session, "data/tasks", "id", alone) if alone else []
    looked: dict[str, Mapping[str, Value]] = {
        one["id"]: {STATUS: status_value(one["task_status_id"], statuses)} for one in read
    }
    tasks = list(dict.fromkeys(one.partition("/")[0] for one in targets if "/" in one))
    for task, thread in zip(tasks, await gather(*[partial(_thread, kitsu, one) for one in tasks]), strict=True):
        looked |= {f"{task}/{one.id}": values_of(one, me, statuses) for one in thread}
        looked |= {f"{task}/{one.id}/{reply.id}": reply_values(one, reply) for one in thread for reply in one.replies}
    return {one: looked[one] for one in targets if one in looked}


def values_of(one: Comment, me: str, statuses: Mapping[str, Status]) -> Mapping[str, Value]:
    """What may be changed of a comment; `whole` is all that would go with it."""
    lines = orjson.dumps(one.checklist).decode()
    ticks = " ".join(f"{'☑' if ticked else '☐'} {text}" for ticked, text in one.checklist)
    acknowledged = me in one.acknowledged_by
    whole = orjson.dumps([replace(one, acknowledged_by=(), pinned=False)]).decode()
    return {
        **present(one.id),
        TEXT: Value(one.text, excerpt(one.text)),
        CHECKLIST: Value(lines, ticks),
        PINNED: Value(one.pinned, "pinned" if one.pinned else "not pinned"),
        ACKNOWLEDGED: Value(acknowledged, "acknowledged" if acknowledged else "not acknowledged"),
        FOR_CLIENT: Value(one.for_client, "shown to clients" if one.for_client else "for the studio"),
        STATUS: status_value(one.status_id, statuses),
        WHOLE: Value(whole, ""),
    }


def reply_values(comment: Comment, reply: Reply) -> Mapping[str, Value]:
    """What goes with a single reply: its words and files."""
    return {**present(reply.id), WHOLE: Value(orjson.dumps([reply, files_of(comment, reply)]).decode(), "")}


def files_of(comment: Comment, reply: Reply) -> list[Attachment]:
    """The files beside a reply, which stand with those of its comment."""
    return [one for one in comment.attachments if one.reply_id == reply.id]


def excerpt(text: str) -> str:
    """The beginning of a text, as a question quotes it; without the signature below it."""
    words = text.partition("\n\n— AI agent")[0].strip()
    return quoted(words if len(words) <= EXCERPT else f"{words[:EXCERPT]}…") if words else "no words"


def status_value(status_id: str, statuses: Mapping[str, Status]) -> Value:
    """A status, by its short name."""
    return Value(status_id, statuses[status_id].short_name if status_id in statuses else "?")


async def changed_by(kitsu: Kitsu, target: str) -> str:
    """What is known of who changed a comment, or a task, last."""
    del kitsu
    return "somebody changed it or answered" if "/" in target else "its status was changed"


async def _asked(kitsu: Kitsu, text: str) -> tuple[str, str, str] | KitsuError:
    """The task to look for, and the beginnings of the comment's id and, where one is meant, of the reply's."""
    if is_uuid(text):
        try:
            record = await kitsu.session.read(f"data/comments/{text.lower()}")
        except (NotFound, NotPermitted):
            return Unknown(f"{as_given(text)} is the id of no comment that you may see.")
        return record["object_id"], text.lower(), ""
    named = _NAMED.fullmatch(text)
    if named is None:
        return BadInput(f"{as_given(text)} names no comment. Write address:Task Type#id; get_task shows the ids.")
    return named[1].strip(), named[2].lower(), (named[3] or "").lower()


async def _task(find: Finder, asked: tuple[str, str, str] | KitsuError) -> FoundTask | KitsuError:
    if isinstance(asked, KitsuError):
        return asked
    return await found_or_why(partial(find.task, asked[0]))


def _comment(
    text: str, asked: tuple[str, str, str] | KitsuError, task: FoundTask, thread: Sequence[Comment]
) -> FoundComment | KitsuError:
    _, start, below = asked if isinstance(asked, tuple) else ("", "", "")
    fits = [one for one in thread if one.id.startswith(start)]
    if len(fits) != 1:
        return _unknown(text, f"{task.address} has", "comment", fits)
    if not below:
        return FoundComment(task, fits[0], thread)
    answers = [one for one in fits[0].replies if one.id.startswith(below)]
    if len(answers) != 1:
        return _unknown(text, "there is", "reply", answers)
    return FoundComment(task, fits[0], thread, answers[0])


def _unknown(text: str, has: str, noun: str, fits: Sequence[object]) -> KitsuError:
    many = f"more than one such {noun}: write more of its id" if fits else f"no such {noun}, or none you may see"
    return Unknown(f"{as_given(text)}: {has} {many}. get_task shows them with their ids.")


async def _thread(kitsu: Kitsu, task_id: str) -> list[Comment]:
    """The comments of a task; none where it is gone."""
    try:
        return await thread_of(kitsu.session, task_id)
    except NotFound:
        return []
