"""Several kinds of change in one plan."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from support.held import steps_of
from support.plays.play import PLAYS, SHOTS, Job, Play, plays, undone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.database import TableDifference
    from support.held import Journaled

SEVERAL = Job(
    "several",
    "propose_changes",
    {
        "changes": [
            {"tool": "change_status", "arguments": {"tasks": SHOTS[:2], "status": "retake", "text": "Once more."}},
            {"tool": "assign_tasks", "arguments": {"tasks": SHOTS[:2], "people": ["Sam Adeyemi"]}},
            {"tool": "plan_tasks", "arguments": {"tasks": SHOTS[:2], "difficulty": 5, "estimate": "3d"}},
        ]
    },
    4,
)


@plays("several")
def several() -> Play:
    """Words and a status, people and dates of the same tasks, one after the other."""
    return Play((SEVERAL, undone(SEVERAL)), _written)


def _written(plan: Journaled, changes: Mapping[str, TableDifference]) -> Counter[str]:
    found: Counter[str] = Counter()
    for number, (step, its) in enumerate(steps_of(plan, changes), 1):
        own = PLAYS[step.plan["kind"]]().written(step, its)
        found.update({f"{number}:{key}": count for key, count in own.items()})
    return found
