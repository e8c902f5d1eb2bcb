"""Every tool, in order, by toolset: the one place to read what exists."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal, get_args

from mcp.types import ToolAnnotations

from kitsu_tools.read.casting import get_casting
from kitsu_tools.read.changes import list_changes
from kitsu_tools.read.endpoints import find_endpoint
from kitsu_tools.read.entities import list_assets, list_shots
from kitsu_tools.read.events import list_events
from kitsu_tools.read.playlists import get_playlist, list_playlists
from kitsu_tools.read.projects import get_project, list_projects
from kitsu_tools.read.review import follow_review, get_review_room
from kitsu_tools.read.search import search
from kitsu_tools.read.selection import get_selection, wait_for_selection
from kitsu_tools.read.skill import read_skill
from kitsu_tools.read.studio import get_studio
from kitsu_tools.read.task import get_task
from kitsu_tools.read.tasks import list_tasks
from kitsu_tools.read.wait_for_events import wait_for_events
from kitsu_tools.read.workload import get_workload
from kitsu_tools.write.comments.add_comment import add_comment
from kitsu_tools.write.comments.change_status import change_status
from kitsu_tools.write.previews.publish_preview import publish_preview
from kitsu_tools.write.review.annotate_in_review import annotate_in_review
from kitsu_tools.write.review.join_review import join_review
from kitsu_tools.write.review.show_in_review import show_in_review
from kitsu_tools.write.tasks.assign_tasks import assign_tasks
from kitsu_tools.write.tasks.plan_tasks import plan_tasks
from kitsu_tools.write.undo_change import undo_change

READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
CHANGES = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False)

Toolset = Literal["production", "casting", "tasks", "review", "planning", "changes", "live", "skill"]
TOOLSETS: tuple[Toolset, ...] = get_args(Toolset)


@dataclass(frozen=True, slots=True)
class Entry:
    """One tool: what runs, its title, what it is offered with, what it promises, and whether a model knows it before it
    looks for tools.
    """

    function: Callable[..., Any]
    title: str
    toolset: Toolset
    annotations: ToolAnnotations
    always_loaded: bool = False

    @property
    def name(self) -> str:
        """The tool's name is its function's."""
        return self.function.__name__

    @property
    def meta(self) -> dict[str, Any] | None:
        """Hosts that load tools only on demand, Claude Code for one, make an exception for those that ask for it."""
        return {"anthropic/alwaysLoad": True} if self.always_loaded else None

    @property
    def writes(self) -> bool:
        """True for a tool that changes Kitsu, after a person said yes."""
        return not self.annotations.read_only_hint


# Always loaded are the four that open nearly every conversation; the others cost a model a look-up when it needs them.
CATALOG: tuple[Entry, ...] = (
    Entry(list_projects, "List productions", "production", READS),
    Entry(get_project, "Progress of a production", "production", READS, always_loaded=True),
    Entry(get_studio, "How the studio is set up", "production", READS),
    Entry(search, "Search by name", "production", READS, always_loaded=True),
    Entry(list_shots, "List shots", "production", READS, always_loaded=True),
    Entry(list_assets, "List assets", "production", READS),
    Entry(get_casting, "Casting", "casting", READS),
    Entry(list_tasks, "List tasks", "tasks", READS, always_loaded=True),
    Entry(get_task, "One task with its comments", "tasks", READS),
    Entry(list_playlists, "List playlists", "review", READS),
    Entry(get_playlist, "What a playlist shows", "review", READS),
    Entry(get_workload, "Workload by week", "planning", READS),
    Entry(list_changes, "Changes made here", "changes", READS),
    Entry(list_events, "What happened", "live", READS),
    Entry(wait_for_events, "Wait for events", "live", READS),
    Entry(get_selection, "Selection in Kitsu", "live", READS),
    Entry(wait_for_selection, "Wait for a selection", "live", READS),
    Entry(get_review_room, "Review room", "live", READS),
    Entry(follow_review, "Follow a review", "live", READS),
    Entry(join_review, "Join a review", "live", CHANGES),
    Entry(show_in_review, "Show in a review", "live", CHANGES),
    Entry(annotate_in_review, "Annotate in a review", "live", CHANGES),
    Entry(find_endpoint, "Find an API endpoint", "skill", READS),
    Entry(read_skill, "Read the skill", "skill", READS),
    Entry(add_comment, "Comment on a task", "review", ADDS),
    Entry(change_status, "Change statuses", "review", CHANGES),
    Entry(publish_preview, "Publish files for review", "review", ADDS),
    Entry(assign_tasks, "Assign people", "planning", CHANGES),
    Entry(plan_tasks, "Plan tasks", "planning", CHANGES),
    Entry(undo_change, "Take a change back", "changes", CHANGES),
)


def offered(toolsets: Collection[str], *, read_only: bool) -> list[Entry]:
    """What a server lists and lets be called, in order: the tools of these toolsets, or those of them that read."""
    return [entry for entry in CATALOG if entry.toolset in toolsets and not (read_only and entry.writes)]
