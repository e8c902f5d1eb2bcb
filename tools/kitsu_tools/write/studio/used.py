"""What uses a record of the studio: Zou 1.0.97 deletes none that something refers to, and says not what that is."""

from collections.abc import Mapping, Sequence
from functools import partial

from kitsu_tools.tracker.errors import counted, listed
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.write.studio.parts import What

TASKS = "task"
_PRODUCTIONS = "production"
USES: Mapping[What, Sequence[tuple[str, str, str]]] = {
    "task type": (
        (TASKS, "tasks", "task_type_id"),
        (_PRODUCTIONS, "projects", "task_types"),
        ("automation", "status-automations", "in_task_type_id"),
        ("automation", "status-automations", "out_task_type_id"),
        ("schedule bar", "schedule-items", "task_type_id"),
        ("milestone", "milestones", "task_type_id"),
        ("playlist", "playlists", "task_type_id"),
        ("asset type", "entity-types", "task_types"),
        ("ready asset", "entities", "ready_for"),
    ),
    "task status": (
        (TASKS, "tasks", "task_status_id"),
        (_PRODUCTIONS, "projects", "task_statuses"),
        ("automation", "status-automations", "in_task_status_id"),
        ("automation", "status-automations", "out_task_status_id"),
        ("comment", "comments", "task_status_id"),
    ),
    "asset type": (("asset", "entities", "entity_type_id"), (_PRODUCTIONS, "projects", "asset_types")),
    "department": (
        ("person", "persons", "departments"),
        ("task type", "task-types", "department_id"),
        ("metadata column", "metadata-descriptors", "departments"),
        ("hardware item", "hardware-items", "departments"),
        ("software", "softwares", "departments"),
    ),
    "automation": ((_PRODUCTIONS, "projects", "status_automations"),),
}
"""Of each kind what may refer to it: what that is called, where Zou lists it, and by which column it finds it;
gravest first."""


async def uses_of(kitsu: Kitsu, what: What, one: str) -> dict[str, int]:
    """How much of what uses it."""
    page = {"page": "1", "limit": "1"}
    read = [partial(kitsu.session.read, f"data/{path}", {column: one, **page}) for _, path, column in USES[what]]
    uses: dict[str, int] = {}
    for (noun, _, _), found in zip(USES[what], await gather(*read), strict=True):
        uses[noun] = uses.get(noun, 0) + int(found["total"])
    return {noun: count for noun, count in uses.items() if count}


def said(uses: Mapping[str, int]) -> str:
    """In a few words: `16 tasks, 4 productions`."""
    return listed((counted(count, noun) for noun, count in uses.items()), len(uses))
