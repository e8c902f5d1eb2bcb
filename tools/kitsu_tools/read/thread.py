"""What people wrote on a task: pinned comments first, then the newest, with what is attached to them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kitsu_tools.answers import BUDGET_CHARACTERS, WRITTEN_IN_KITSU, Row, within_budget
from kitsu_tools.read.entity_columns import names_of
from kitsu_tools.tracker.clock import Clock
from kitsu_tools.tracker.errors import counted
from kitsu_tools.tracker.model import Person
from kitsu_tools.tracker.statuses import Status
from kitsu_tools.tracker.threads import Attachment, Comment, Reply

MOST_PINNED = 10
"""Pinned comments that are shown beside the newest."""

COLUMNS = ("when", "who", "status", *(f"{name} {WRITTEN_IN_KITSU}" for name in ("text", "checklist", "replies")), "id")
"""By the last a comment is named to tools that write, `task#id`, and a reply by its first word: `task#id/reply`."""
UP_TO_TEXT = 4
"""So many columns stand in lists of many tasks in any case."""
FURTHER_COLUMNS = (f"attached {WRITTEN_IN_KITSU}", "preview", "marks")
"""Stand only where a comment that is shown has such a thing."""

_UNITS = ("B", "kB", "MB", "GB")


def comments_of(
    thread: Sequence[Comment], most: int, people: Mapping[str, Person], statuses: Mapping[str, Status], clock: Clock
) -> tuple[dict[str, Any], list[str]]:
    """Fields with the newest comments of a task, and what is left out.

    Pinned ones come first, as on Kitsu's page (`sortComments` in lib/sorting.js of cgwire/kitsu at 00238ae), and come
    along however old they are; none at all where `most` is 0.
    """
    all_pinned = [one for one in thread if one.pinned]
    pinned = all_pinned[:MOST_PINNED] if most else []
    newest = [one for one in thread[:most] if not any(one is other for other in pinned)]

    def rows(comments: Iterable[Comment], characters: int) -> list[Row]:
        return within_budget((row_of_comment(one, people, statuses, clock) for one in comments), characters)

    first = rows(pinned, BUDGET_CHARACTERS // 2)
    rest = rows(newest, BUDGET_CHARACTERS // 2 if pinned else BUDGET_CHARACTERS)
    older = len(newest) - len(rest)
    not_shown = len(all_pinned) - len(first) - sum(one.pinned for one in newest[: len(rest)])
    columns, shown = without_empty([*first, *rest])
    fields = {"comments_columns": columns, "comments": shown, "comments_total": len(thread)}
    are = "is" if not_shown == 1 else "are"
    return fields, [
        f"{older:,} older of the comments asked for left out: the answer would be too long" if older else "",
        f"{counted(not_shown, 'pinned comment')} {are} not shown" if not_shown else "",
    ]


def without_empty(rows: Sequence[Row], always: int = len(COLUMNS)) -> tuple[list[str], list[Row]]:
    """The columns of these rows of comments, and the rows, without those columns after the first that say nothing."""
    columns = (*COLUMNS, *FURTHER_COLUMNS)
    kept = [at for at in range(len(columns)) if at < always or any(row[at] for row in rows)]
    return [columns[at] for at in kept], [[row[at] for at in kept] for row in rows]


def row_of_comment(comment: Comment, people: Mapping[str, Person], statuses: Mapping[str, Status], clock: Clock) -> Row:
    """A comment, by `COLUMNS` and `FURTHER_COLUMNS`."""
    status = statuses.get(comment.status_id)
    of_replies = {reply.id for reply in comment.replies} - {""}
    own = [_file(one) for one in comment.attachments if one.reply_id not in of_replies]
    return [
        clock.local(comment.at),
        names_of(people, [comment.person_id]),
        status.short_name if status else "",
        comment.text,
        [f"[{'x' if ticked else ' '}] {text}" for ticked, text in comment.checklist],
        [_reply(reply, comment.attachments, people, clock) for reply in comment.replies],
        comment.handle,
        [*own, *filter(None, comment.links)],
        _revisions(comment.revisions),
        _marks(comment, people),
    ]


def _reply(reply: Reply, files: Sequence[Attachment], people: Mapping[str, Person], clock: Clock) -> str:
    attached = [_file(one) for one in files if one.reply_id and one.reply_id == reply.id]
    end = f" [attached: {', '.join(attached)}]" if attached else ""
    return f"{reply.handle} {clock.local(reply.at)} {names_of(people, [reply.person_id])}: {reply.text}{end}".strip()


def _file(attachment: Attachment) -> str:
    """`brief.pdf (pdf, 1.2 MB)`."""
    facts = list(filter(None, [attachment.type, size(attachment.bytes)]))
    return attachment.name + (f" ({', '.join(facts)})" if facts else "")


def size(count: int) -> str:
    """Bytes as people write them; empty for none."""
    if not count:
        return ""
    amount, unit = float(count), 0
    while amount >= 1000 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.{0 if unit == 0 or amount >= 10 else 1}f} {_UNITS[unit]}"


def _revisions(revisions: Sequence[int]) -> str:
    """`v3`, or `v3 (2 files)`: what was posted with a comment."""
    files = sorted(Counter(revisions).items())
    return ", ".join(f"v{one}" if count == 1 else f"v{one} ({count} files)" for one, count in files)


def _marks(comment: Comment, people: Mapping[str, Person]) -> str:
    """What Kitsu's page says under a comment: `pinned, edited by Jonas Feld, acknowledged by Mara Okafor`."""
    marks = {
        "pinned": comment.pinned,
        "for client": comment.for_client,
        f"edited by {names_of(people, [comment.editor_id])}": comment.editor_id not in {"", comment.person_id},
        f"acknowledged by {names_of(people, comment.acknowledged_by)}": comment.acknowledged_by,
    }
    return ", ".join(mark for mark, there in marks.items() if there)
