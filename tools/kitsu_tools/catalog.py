"""Every tool, in order, by toolset: the one place to read what exists."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any, Literal, get_args

from mcp.types import ToolAnnotations

READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
CHANGES = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False)

Toolset = Literal[
    "production",
    "casting",
    "tasks",
    "review",
    "people",
    "planning",
    "time",
    "changes",
    "live",
    "rooms",
    "skill",
    "previews",
    "entities",
    "playlists",
    "setup",
    "studio",
    "exchange",
    "api",
]
TOOLSETS: tuple[Toolset, ...] = get_args(Toolset)
BY_CHOICE: tuple[Toolset, ...] = (
    *("time", "rooms", "previews", "entities", "playlists"),
    *("setup", "studio", "exchange", "api"),
)
"""What is offered only where somebody chose it: each tool costs each conversation tokens, and these are the work of
some. By default are those that find, show and discuss work, and change how it stands and who does it when.
"""
BY_DEFAULT: tuple[Toolset, ...] = tuple(one for one in TOOLSETS if one not in BY_CHOICE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One tool: its name, which is its function's, and the module of that; its title, what it is offered with, what it
    promises, and whether a model knows it before it looks for tools.
    """

    name: str
    module: str
    title: str
    toolset: Toolset
    annotations: ToolAnnotations
    always_loaded: bool = False

    @property
    def function(self) -> Callable[..., Any]:
        """What runs. Its module is imported only now: no list of tools needs it, and a host waits for that."""
        return resolve_name(f"kitsu_tools.{self.module}:{self.name}")

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
    Entry("list_projects", "read.projects", "List productions", "production", READS),
    Entry("get_project", "read.projects", "Progress of a production", "production", READS, always_loaded=True),
    Entry("get_studio", "read.studio", "How the studio is set up", "production", READS),
    Entry("search", "read.search", "Search by name", "production", READS, always_loaded=True),
    Entry("list_shots", "read.entities", "List shots", "production", READS, always_loaded=True),
    Entry("list_assets", "read.entities", "List assets", "production", READS),
    Entry("list_entities", "read.entities", "List episodes, sequences, edits …", "production", READS),
    Entry("get_entity", "read.entity", "One shot, asset … in full", "production", READS),
    Entry("get_casting", "read.casting", "Casting", "casting", READS),
    Entry("compare_casting", "read.compare_casting", "What waits for which assets", "casting", READS),
    Entry("list_tasks", "read.tasks", "List tasks", "tasks", READS, always_loaded=True),
    Entry("get_task", "read.task", "One task with its comments", "tasks", READS),
    Entry("list_playlists", "read.playlists", "List playlists", "review", READS),
    Entry("get_playlist", "read.playlists", "What a playlist shows", "review", READS),
    Entry("list_previews", "read.previews", "List previews", "review", READS),
    Entry("list_comments", "read.comments", "List comments", "review", READS),
    Entry("see_preview", "read.see_preview", "See a preview", "review", READS),
    Entry("see_contact_sheet", "read.contact_sheet", "See a contact sheet", "review", READS),
    Entry("compare_revisions", "read.compare_revisions", "Compare revisions", "review", READS),
    Entry("list_people", "read.people", "List people", "people", READS),
    Entry("get_person", "read.person", "One person and their work", "people", READS),
    Entry("list_notifications", "read.notifications", "List notifications", "people", READS),
    Entry("get_workload", "read.workload", "Workload by week", "planning", READS),
    Entry("get_schedule", "read.schedule", "Schedule against tasks", "planning", READS),
    Entry("list_time", "read.hours", "Hours and quotas", "planning", READS),
    Entry("get_budget", "read.budget", "Budget of salaries", "time", READS),
    Entry("list_changes", "read.changes", "Changes made here", "changes", READS),
    Entry("list_events", "read.events", "What happened", "live", READS),
    Entry("wait_for_events", "read.wait_for_events", "Wait for events", "live", READS),
    Entry("get_selection", "read.selection", "Selection in Kitsu", "live", READS),
    Entry("wait_for_selection", "read.selection", "Wait for a selection", "live", READS),
    Entry("get_review_room", "read.review", "Review room", "rooms", READS),
    Entry("follow_review", "read.review", "Follow a review", "rooms", READS),
    Entry("join_review", "write.review.join_review", "Join a review", "rooms", CHANGES),
    Entry("show_in_review", "write.review.show_in_review", "Show in a review", "rooms", CHANGES),
    Entry("annotate_in_review", "write.review.annotate_in_review", "Annotate in a review", "rooms", CHANGES),
    Entry("find_endpoint", "read.endpoints", "Find an API endpoint", "skill", READS),
    Entry("read_skill", "read.skill", "Read the skill", "skill", READS),
    Entry("add_comment", "write.comments.add_comment", "Comment on a task", "review", ADDS),
    Entry("reply", "write.comments.reply", "Reply to a comment", "review", ADDS),
    Entry("change_comment", "write.comments.change_comment", "Change comments", "review", CHANGES),
    Entry("delete_comment", "write.comments.delete_comment", "Delete comments", "review", CHANGES),
    Entry("change_status", "write.comments.change_status", "Change statuses", "review", CHANGES),
    Entry("publish_preview", "write.previews.publish_preview", "Publish files for review", "review", ADDS),
    Entry("change_preview", "write.previews.change_preview", "Validate and order previews", "previews", CHANGES),
    Entry("annotate_preview", "write.previews.annotate_preview", "Draw on previews", "previews", CHANGES),
    Entry("assign_tasks", "write.tasks.assign_tasks", "Assign people", "tasks", CHANGES),
    Entry("plan_tasks", "write.tasks.plan_tasks", "Plan tasks", "tasks", CHANGES),
    Entry("create_tasks", "write.tasks.create_tasks", "Create tasks", "entities", ADDS),
    Entry("delete_tasks", "write.tasks.delete_tasks", "Delete tasks", "entities", CHANGES),
    Entry("create_entities", "write.entities.create_entities", "Create shots, assets …", "entities", ADDS),
    Entry("change_entities", "write.entities.change_entities", "Change shots, assets …", "entities", CHANGES),
    Entry("delete_entities", "write.entities.delete_entities", "Delete shots, assets …", "entities", CHANGES),
    Entry("set_casting", "write.casting.set_casting", "Cast assets", "casting", CHANGES),
    Entry("create_playlist", "write.playlists.create_playlist", "Make a playlist", "playlists", ADDS),
    Entry("change_playlist", "write.playlists.change_playlist", "Change a playlist", "playlists", CHANGES),
    Entry("delete_playlist", "write.playlists.delete_playlist", "Delete a playlist", "playlists", CHANGES),
    Entry("log_time", "write.time.log_time", "Log time", "time", CHANGES),
    Entry("set_day_off", "write.time.set_day_off", "Note days off", "time", CHANGES),
    Entry("change_schedule", "write.schedule.change_schedule", "Change a schedule", "setup", CHANGES),
    Entry("change_team", "write.setup.change_team", "Change a team", "setup", CHANGES),
    Entry("change_project", "write.setup.change_project", "Set up a production", "setup", CHANGES),
    Entry("change_columns", "write.setup.change_columns", "Change metadata columns", "setup", CHANGES),
    Entry("create_project", "write.setup.create_project", "Create a production", "setup", ADDS),
    Entry("change_people", "write.studio.change_people", "Change people", "studio", CHANGES),
    Entry("change_studio", "write.studio.change_studio", "Change what the studio uses", "studio", CHANGES),
    Entry("propose_changes", "write.several.propose_changes", "Several changes as one", "changes", CHANGES),
    Entry("undo_change", "write.undo_change", "Take a change back", "changes", CHANGES),
    Entry("import_breakdown", "write.exchange.import_breakdown", "Import a breakdown", "exchange", CHANGES),
    Entry("export_table", "read.export_table", "Save a list as a file", "exchange", READS),
    Entry("read_api", "read.api", "Read Kitsu's API", "api", READS),
)


def offered(toolsets: Collection[str] = BY_DEFAULT, *, read_only: bool = False) -> list[Entry]:
    """What a server lists and lets be called, in order: the tools of these toolsets, or those of them that read."""
    return [entry for entry in CATALOG if entry.toolset in toolsets and not (read_only and entry.writes)]
