"""Every kind of change, by the name that its changes carry: what the gate carries them out and settles them by."""

from collections.abc import Mapping
from typing import Any

from kitsu_tools.gate.kind import Kind
from kitsu_tools.write.comments.kind import COMMENTS
from kitsu_tools.write.previews.kind import PREVIEWS
from kitsu_tools.write.review.drawings import DRAWINGS
from kitsu_tools.write.review.kind import ROOMS
from kitsu_tools.write.tasks.assign_tasks import ASSIGNMENTS
from kitsu_tools.write.tasks.plan_tasks import PLANS

KINDS: Mapping[str, Kind[Any]] = {
    "comments": COMMENTS,
    "assignments": ASSIGNMENTS,
    "plans": PLANS,
    "previews": PREVIEWS,
    "rooms": ROOMS,
    "drawings": DRAWINGS,
}
