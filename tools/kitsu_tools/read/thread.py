"""What people wrote on a task: pinned comments first, then the newest, with what is attached to them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from kitsu_tools.answers import BUDGET_CHARACTERS, WRITTEN_IN_KITSU, Row, within_budget
from kitsu_tools.read.entities import names_of
from kitsu_tools.tracker.clock import Clock
from kitsu_tools.tracker.model import Person
from kitsu_tools.tracker.statuses import Status

MOST_PINNED = 10
"""Pinned comments that are shown beside the newest."""

COLUMNS = ("when", "who", "status", *(f"{name} {WRITTEN_IN_KITSU}" for name in ("text", "checklist", "replies")))
FURTHER_COLUMNS = (f"attached {WRITTEN_IN_KITSU}", "preview", "marks")
"""Stand only where a comment that is shown has such a thing."""

_UNITS = ("B", "kB", "MB", "GB")


def comments_of(
    thread: Sequence[Mapping[str, Any]],
    most: int,
    people: Mapping[str, Person],
    statuses: Mapping[str, Status],
    clock: Clock,
) -> tuple[dict[str, Any], list[str]]:
    """Fields with the newest comments of a task, and what is left out. `thread`: newest first, as Zou answers.

    Pinned ones come first, as on Kitsu's page (`sortComments` in lib/sorting.js of cgwire/kitsu at 00238ae), and come
    along however old they are; none at all where `most` is 0.
    """
    all_pinned = [one for one in thread if one.get("pinned")]
    pinned = all_pinned[:MOST_PINNED] if most else []
    newest = [one for one in thread[:most] if not any(one is other for other in pinned)]

    def rows(records: Sequence[Mapping[str, Any]], characters: int) -> list[Row]:
        return within_budget((_comment(one, people, statuses, clock) for one in records), characters)

    first = rows(pinned, BUDGET_CHARACTERS // 2)
    rest = rows(newest, BUDGET_CHARACTERS // 2 if pinned else BUDGET_CHARACTERS)
    older = len(newest) - len(rest)
    not_shown = len(all_pinned) - len(first) - sum(bool(one.get("pinned")) for one in newest[: len(rest)])
    shown = [*first, *rest]
    there = [at for at in range(len(FURTHER_COLUMNS)) if any(row[len(COLUMNS) + at] for row in shown)]
    kept = [*range(len(COLUMNS)), *(len(COLUMNS) + at for at in there)]
    fields = {
        "comments_columns": [*COLUMNS, *(FURTHER_COLUMNS[at] for at in there)],
        "comments": [[row[at] for at in kept] for row in shown],
        "comments_total": len(thread),
    }
    return fields, [
        *([f"{older:,} older of the comments asked for left out: the answer would be too long"] if older else []),
        *([f"{not_shown:,} pinned comments are not shown"] if not_shown else []),
    ]


def _comment(
    record: Mapping[str, Any], people: Mapping[str, Person], statuses: Mapping[str, Status], clock: Clock
) -> Row:
    status = statuses.get(record.get("task_status_id") or "")
    replies: list[Mapping[str, Any]] = record.get("replies") or []
    files: list[Mapping[str, Any]] = record.get("attachment_files") or []
    of_replies = {reply.get("id") for reply in replies} - {None}
    own = [_file(one) for one in files if one.get("reply_id") not in of_replies]
    links: list[str] = record.get("links") or []
    return [
        clock.local(record.get("created_at")),
        names_of(people, [record.get("person_id") or ""]),
        status.short_name if status else "",
        record.get("text"),
        _checklist(record.get("checklist")),
        [_reply(reply, files, people, clock) for reply in replies],
        [*own, *filter(None, links)],
        _revisions(record.get("previews") or ()),
        _marks(record, people),
    ]


def _checklist(given: Any) -> list[str]:  # noqa: ANN401  JSON
    """`[x] hands`. Zou 1.0.97 keeps whatever a script put there: bare texts, nothing, one item that is no list."""
    items: list[Any] = given if isinstance(given, list) else [given] if given else []  # pyright: ignore[reportUnknownVariableType]
    ticks: list[Mapping[str, Any]] = [
        one if isinstance(one, dict) and "text" in one else {"text": one} for one in items
    ]
    return [f"[{'x' if one.get('checked') else ' '}] {one.get('text') or ''}" for one in ticks]


def _reply(
    record: Mapping[str, Any], files: Sequence[Mapping[str, Any]], people: Mapping[str, Person], clock: Clock
) -> str:
    who = names_of(people, [record.get("person_id") or ""])
    attached = [_file(one) for one in files if one.get("reply_id") and one["reply_id"] == record.get("id")]
    end = f" [attached: {', '.join(attached)}]" if attached else ""
    return f"{clock.local(record.get('date'))} {who}: {record.get('text') or ''}{end}"


def _file(record: Mapping[str, Any]) -> str:
    """`brief.pdf (pdf, 1.2 MB)`."""
    facts = list(filter(None, [record.get("extension") or record.get("mimetype"), _size(record.get("size"))]))
    return str(record.get("name") or "file") + (f" ({', '.join(facts)})" if facts else "")


def _size(size: int | None) -> str:
    if not size:
        return ""
    amount, unit = float(size), 0
    while amount >= 1000 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.{0 if unit == 0 or amount >= 10 else 1}f} {_UNITS[unit]}"


def _revisions(previews: Sequence[Mapping[str, Any]]) -> str:
    """`v3`, or `v3 (2 files)`: what was posted with a comment."""
    revisions = Counter(one.get("revision") or 0 for one in previews)
    return ", ".join(f"v{one}" if files == 1 else f"v{one} ({files} files)" for one, files in sorted(revisions.items()))


def _marks(record: Mapping[str, Any], people: Mapping[str, Person]) -> str:
    """What Kitsu's page says under a comment: `pinned, edited by Jonas Feld, acknowledged by Mara Okafor`."""
    editor, acknowledged = record.get("editor_id"), record.get("acknowledgements") or ()
    marks = {
        "pinned": record.get("pinned"),
        "for client": record.get("for_client"),
        f"edited by {names_of(people, [editor or ''])}": editor and editor != record.get("person_id"),
        f"acknowledged by {names_of(people, acknowledged)}": acknowledged,
    }
    return ", ".join(mark for mark, there in marks.items() if there)
