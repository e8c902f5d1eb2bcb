"""Every tool, in order, by toolset: the one place to read what exists."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mcp.types import ToolAnnotations

from kitsu_tools.read.assets import list_assets
from kitsu_tools.read.casting import get_casting
from kitsu_tools.read.endpoints import find_endpoint
from kitsu_tools.read.projects import get_project, list_projects
from kitsu_tools.read.search import search
from kitsu_tools.read.shots import list_shots
from kitsu_tools.read.skill import read_skill
from kitsu_tools.read.task import get_task
from kitsu_tools.read.tasks import list_tasks
from kitsu_tools.write.comments.add_comment import add_comment
from kitsu_tools.write.comments.change_status import change_status

READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
CHANGES = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One tool: what runs, its title, what it promises, and whether a model knows it before it looks for tools."""

    function: Callable[..., Any]
    title: str
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
    Entry(list_projects, "List productions", READS),
    Entry(get_project, "Progress of a production", READS, always_loaded=True),
    Entry(search, "Search by name", READS, always_loaded=True),
    Entry(list_shots, "List shots", READS, always_loaded=True),
    Entry(list_assets, "List assets", READS),
    Entry(get_casting, "Casting", READS),
    Entry(list_tasks, "List tasks", READS, always_loaded=True),
    Entry(get_task, "One task with its comments", READS),
    Entry(find_endpoint, "Find an API endpoint", READS),
    Entry(read_skill, "Read the skill", READS),
    Entry(add_comment, "Comment on a task", ADDS),
    Entry(change_status, "Change statuses", CHANGES),
)
