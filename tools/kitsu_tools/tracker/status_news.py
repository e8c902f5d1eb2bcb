"""Since when tasks are in their status, and who set it: by Kitsu's news of comments."""

from collections.abc import Mapping
from typing import TypeAlias

from kitsu_tools.tracker.errors import NotFound, NotPermitted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Project

PAGE = 200
MOST_PAGES = 3
"""Zou answers a page in 0.1 s (1.0.97), and has no way to ask for one task."""

Changes: TypeAlias = dict[str, tuple[str, str]]
"""When a task's status was set, UTC, and by whom, by the task's id."""


async def status_changes(kitsu: Kitsu, project: Project, wanted: Mapping[str, str]) -> Changes:
    """Of these tasks, each with the id of its status, those whose last change of status is among the newest news.

    A change to another status than the task has now tells nothing: what came after it is no news, such as a status that
    a script wrote. Clients are told none (Zou 1.0.97).
    """
    newest: dict[str, tuple[str, str, str]] = {}
    page, pages = 1, 1
    while page <= min(pages, MOST_PAGES) and not newest.keys() >= wanted.keys():
        try:
            answer = await kitsu.session.read(
                f"data/projects/{project.id}/news", {"page": str(page), "limit": str(PAGE)}
            )
        except (NotFound, NotPermitted):
            break
        for one in answer["data"]:
            if one["change"] and one["task_id"] in wanted:
                by = one["author_id"] or ""
                newest.setdefault(one["task_id"], (one["created_at"], by, one["task_status_id"] or ""))
        page, pages = page + 1, answer["nb_pages"]
    return {task: (at, by) for task, (at, by, status) in newest.items() if status == wanted[task]}
