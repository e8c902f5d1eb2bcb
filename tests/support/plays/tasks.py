"""Who works on tasks, and when."""

from __future__ import annotations

from support.plays.play import SHOTS, Job, Play, plays, rows, undone

REASSIGNMENTS = Job(
    "reassignments", "assign_tasks", {"tasks": SHOTS[:3], "people": ["Super Admin"], "how": "replace"}, 2
)
PLANS = Job("plans", "plan_tasks", {"tasks": SHOTS[:3], "difficulty": 5, "estimate": "3d"}, 3)


@plays("assignments")
def assignments() -> Play:
    """Somebody comes to tasks; somebody takes the place of others."""
    more = Job("assignments", "assign_tasks", {"tasks": SHOTS[:5], "people": ["Sam Adeyemi"]})
    return Play((more, REASSIGNMENTS, undone(REASSIGNMENTS)), rows("task_person_link"))


@plays("plans")
def plans() -> Play:
    """Two fields of each task, in a request a task."""
    return Play((PLANS, undone(PLANS)), rows("task"))
