"""Comments and statuses, and files that are published with a comment."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from support.database import TableDifference
from support.plays.play import SHOTS, Job, Play, plays, undone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.held import Journaled

LAYOUTS = [task.replace("Animation", "Layout") for task in SHOTS]
FILES = ["a.png", "b.zip"]
STATUSES = Job("statuses", "change_status", {"tasks": SHOTS[:3], "status": "done", "text": "Approved."})
PUBLICATION = Job(
    "a publication",
    "publish_preview",
    {"task": SHOTS[0], "files": FILES, "text": "First pass.", "status": "retake", "main": True},
    6,
)


@plays("comments")
def comments() -> Play:
    """A comment, one with files, one status for several, each its own, so many that they go in two requests."""
    review = [{"task": task, "status": "retake", "text": f"Note {at}."} for at, task in enumerate(SHOTS[:3])]
    return Play(
        (
            Job("a comment", "add_comment", {"task": SHOTS[0], "text": "Only once."}),
            STATUSES,
            Job("a comment with files", "add_comment", {"task": SHOTS[0], "text": "Read both.", "files": FILES}),
            Job("a review", "change_status", {"rows": review}),
            Job("many statuses", "change_status", {"tasks": [*SHOTS, *LAYOUTS], "status": "wip"}, 2),
            undone(STATUSES),
        ),
        _signed,
    )


@plays("previews")
def previews() -> Play:
    """Two files in one revision, a file each of two tasks. Taking it back is a comment a task."""
    rows = [{"task": task, "files": [name]} for task, name in zip(SHOTS[1:3], ("a.png", "b.zip"), strict=True)]
    several = Job("publications", "publish_preview", {"rows": rows, "text": "First pass."}, 6)
    return Play((PUBLICATION, undone(PUBLICATION, 1), several), _signed)


def _signed(plan: Journaled, changes: Mapping[str, TableDifference]) -> Counter[str]:
    """The comments that end with the plan's code."""
    added = changes.get("comment", TableDifference()).added.values()
    found = Counter(str(row["object_id"]) for row in added if (row["text"] or "").endswith(f"[{plan.code}]"))
    return Counter({item["key"]: found[item["target"]] for item in plan.plan["items"]})
