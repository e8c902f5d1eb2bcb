"""What Kitsu itself kept of what was done: its log, for who may read it, else its news of comments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

from kitsu_tools.live.acts import Act, Joining
from kitsu_tools.live.events import Event, sound
from kitsu_tools.tracker.clock import stamp
from kitsu_tools.tracker.errors import NotFound, NotPermitted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Project
from kitsu_tools.tracker.session import KitsuSession

Way = Literal["log", "news", "nothing"]
LOG_READERS = frozenset({"admin", "manager"})
"""Roles that may read Kitsu's log; its news all may but clients (Zou 1.0.97)."""
LOG_PAGE = 1_000
NEWS_PAGE = 200
AUTHORS_PAGE = 500
MOST_ENTRIES = 20_000
MARGIN_SECONDS = 2.0
LOG_QUIET_SECONDS = 2.0
LOG_LONGEST_SECONDS = 6.0
"""Stamps are cut to the second; a publish takes Zou a few."""


@dataclass(frozen=True, slots=True)
class History:
    """What was done, oldest first. `way`: by what it is known. `back_to`: where the reading was given up, else None."""

    acts: list[Act]
    way: Way
    back_to: float | None = None


async def history_of(kitsu: Kitsu, project: Project, start: float, end: float = float("inf")) -> History:
    """What was done in a production, in seconds since 1970 by Kitsu's clock, as far as the role may know it."""
    if await kitsu.directory.role_on(project) in LOG_READERS:
        try:
            entries, back_to = await _log_of(kitsu.session, project.id, start)
            joined = Joining(LOG_QUIET_SECONDS, LOG_LONGEST_SECONDS, "log").of(entries)
            return History([one for one in joined if start <= one.at <= end], "log", back_to)
        except (NotFound, NotPermitted):
            pass
    try:
        acts, back_to = await _news_of(kitsu.session, project.id, start)
    except (NotFound, NotPermitted):
        return History([], "nothing")
    return History([one for one in acts if one.at <= end], "news", back_to)


async def authors(kitsu: Kitsu, project: Project, acts: list[Act]) -> None:
    """Note in these recent acts who did them, where the log says so and the role may read it."""
    if not acts or await kitsu.directory.role_on(project) not in LOG_READERS:
        return
    try:
        entries = await _page(kitsu.session, project.id, AUTHORS_PAGE, {})
    except (NotFound, NotPermitted):
        return
    logged = [_event(one) for one in entries]
    for act in acts:
        found = (one.author for one in logged if one.name in act.names and _is_of(one.payload, act))
        act.author = next(found, "")


async def _log_of(session: KitsuSession, project_id: str, start: float) -> tuple[list[Event], float | None]:
    """The entries since then, oldest first, and where the reading was given up."""
    query = {"after": stamp(start - 1)}
    found: list[Event] = []
    while page := await _page(session, project_id, LOG_PAGE, query):
        found += map(_event, page)
        if len(page) < LOG_PAGE:
            break
        if len(found) >= MOST_ENTRIES:
            return found[::-1], found[-1].at
        query["cursor_event_id"] = page[-1]["id"]
    return found[::-1], None


async def _page(session: KitsuSession, project_id: str, most: int, query: Mapping[str, str]) -> list[Mapping[str, Any]]:
    return await session.read("data/events/last", {"project_id": project_id, "limit": str(most), **query})


async def _news_of(session: KitsuSession, project_id: str, start: float) -> tuple[list[Act], float | None]:
    """Comments since then as acts, oldest first, and where the reading was given up."""
    found: list[Act] = []
    page, pages = 1, 1
    while page <= pages:
        query = {"after": stamp(start - 1), "page": str(page), "limit": str(NEWS_PAGE)}
        answer = await session.read(f"data/projects/{project_id}/news", query)
        found += [act for act in map(_act, answer["data"]) if act.at >= start]
        page, pages = page + 1, answer["nb_pages"]
        if len(found) >= MOST_ENTRIES and page <= pages:
            return found[::-1], found[-1].at
    return found[::-1], None


def _event(entry: Mapping[str, Any]) -> Event:
    payload = entry.get("data")
    return Event(
        str(entry.get("name") or ""),
        sound(cast("dict[str, Any]", payload)) if isinstance(payload, dict) else {},
        _seconds(entry.get("created_at")),
        entry.get("project_id") or "",
        entry.get("user_id") or "",
    )


def _act(news: Mapping[str, Any]) -> Act:
    """A comment, with what it changed, as the news have it: what the status was before they do not tell."""
    at = _seconds(news.get("created_at"))
    facts = {
        "comment_id": news.get("comment_id"),
        "task_id": news.get("task_id"),
        "revision": news.get("preview_file_revision"),
        "extension": news.get("preview_file_extension"),
    }
    names = {"comment:new"}
    if news.get("change"):
        names.add("task:status-changed")
        facts["new_task_status_id"] = news.get("task_status_id")
    if news.get("preview_file_id"):
        names.add("preview-file:add-file")
    return Act(at, news["project_id"], "news", at, author=news.get("author_id") or "", names=names, facts=facts)


def _is_of(payload: Mapping[str, Any], act: Act) -> bool:
    """Whether the log's payload is that of an event of this act."""
    people = [*act.facts.get("assigned", ()), *act.facts.get("unassigned", ())]
    return all(
        act.facts.get(name) == value or (name == "person_id" and value in people)
        for name, value in payload.items()
        if name != "project_id"
    )


def _seconds(stamp: str | None) -> float:
    """Zou's stamps are UTC without a zone."""
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC).timestamp() if stamp else 0.0
