"""Drawings on previews."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from support.held_drawings import drawn
from support.plays.play import Job, Play, plays, undone
from support.reviewer import DAILIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.database import TableDifference
    from support.held import Journaled

MARKS: list[dict[str, Any]] = [
    {"shape": "arrow", "points": [[0.25, 0.25], [0.5, 0.5]]},
    {"shape": "text", "points": [[0.5, 0.5]], "text": "Softer here"},
]
MOVIE: dict[str, Any] = {"playlist": DAILIES, "preview": "SQ010/SH0020:Animation v1"}
IN_REVIEW = (("join_review", {"playlist": DAILIES}), ("show_in_review", MOVIE | {"frame": 24}))
DRAWINGS = Job("drawings", "annotate_in_review", MOVIE | {"frame": 24, "draw": MARKS}, before=IN_REVIEW)

NOTES = Job(
    "notes",
    "annotate_preview",
    {
        "on": [
            {"preview": "Salt Harbour/SQ010/SH0020:Animation v1", "frame": 24, "draw": MARKS},
            {"preview": "Salt Harbour/Character/Maren:Concept", "draw": MARKS},
        ]
    },
    2,
)


@plays("drawings")
def drawings() -> Play:
    """In a review, on the frame that it shows and on another; without one, on two previews."""
    elsewhere = MOVIE | {"frame": 2, "draw": MARKS}
    off_screen = Job("drawings not on screen", "annotate_in_review", elsewhere, before=IN_REVIEW)
    return Play((DRAWINGS, off_screen, undone(DRAWINGS), NOTES, undone(NOTES)), _drawn)


def _drawn(plan: Journaled, changes: Mapping[str, TableDifference]) -> Counter[str]:
    there = drawn(plan, changes)
    return Counter({item["key"]: int(item["key"] in there) for item in plan.plan["items"]})
