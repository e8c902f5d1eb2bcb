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

SQ83 = "Robo Garden/E01/SQ83"
MADE_AND_NAMED = Job(
    "made and named",
    "propose_changes",
    {
        "changes": [
            {
                "tool": "create_entities",
                "arguments": {
                    "rows": [
                        {"name": "SQ83", "under": "Robo Garden/E01"},
                        {"name": "SH8310", "under": "SQ83", "count": 2, "tasks": ["Storyboard"]},
                        {"name": "Zarg", "under": "Robo Garden/Character"},
                    ]
                },
            },
            {"tool": "create_tasks", "arguments": {"entities": [f"{SQ83}/SH8310"], "task_types": ["Layout"]}},
            {
                "tool": "assign_tasks",
                "arguments": {
                    "tasks": [f"{SQ83}/SH8310:Layout", f"{SQ83}/SH8320:Storyboard"],
                    "people": ["Sam Adeyemi"],
                },
            },
            {
                "tool": "set_casting",
                "arguments": {"of": [f"{SQ83}/SH8310", f"{SQ83}/SH8320"], "assets": ["Robo Garden/Character/Zarg"]},
            },
        ]
    },
    8,
)


@plays("several")
def several() -> Play:
    """What is made is worked on in the same plan; words and a status, people and dates of the same tasks."""
    return Play((MADE_AND_NAMED, SEVERAL, undone(SEVERAL), undone(MADE_AND_NAMED, 2)), _written)


def _written(plan: Journaled, changes: Mapping[str, TableDifference]) -> Counter[str]:
    found: Counter[str] = Counter()
    for number, (step, its) in enumerate(steps_of(plan, changes), 1):
        own = PLAYS[step.plan["kind"]]().written(step, its)
        found.update({f"{number}:{key}": count for key, count in own.items()})
    return found
