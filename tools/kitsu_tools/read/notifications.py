"""What Kitsu notified the signed-in person of."""

from collections.abc import Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Annotated

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Table, shortened
from kitsu_tools.arguments import KitsuHere, Limit, Next
from kitsu_tools.read.comments import back_to_note
from kitsu_tools.read.entity_columns import WRITTEN, names_of
from kitsu_tools.read.listing import ZONE, Column, table_of
from kitsu_tools.read.moments import PERIOD, period
from kitsu_tools.read.task_columns import address_of
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.board import ALL_KINDS, View
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Project
from kitsu_tools.tracker.notifications import Notification, NotificationKind, notifications_of

EXCERPT = 300
NONE_KEPT = (
    "Kitsu tells this identity no notifications: it keeps them for people, not for bots. list_comments with "
    "mentions=me finds mentions, get_person(me) what waits for a check, wait_for_events what happens"
)


async def list_notifications(
    kitsu: KitsuHere,
    since: Annotated[str, Field(description=PERIOD)] = "",
    unread: Annotated[bool, Field(description="only what is unread")] = False,
    subscribed: Annotated[bool, Field(description="only of tasks subscribed to")] = False,
    kinds: Annotated[Sequence[NotificationKind], Field(description="empty: all")] = (),
    limit: Limit = 30,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """List what Kitsu notified you of, newest first. Reading marks nothing as read. Bots have none."""
    clock = await kitsu.clock()
    within = period(since, clock)
    kept = await notifications_of(kitsu, within.first, unread=unread, subscribed=subscribed)
    every, back_to = kept or ([], "")
    projects = {one.id: one for one in await kitsu.directory.open_projects.get()}
    found = [
        one for one in every if within.holds(one.at) and one.project_id in projects and (not kinds or one.kind in kinds)
    ]
    named = {one.project_id for one in found if one.task_id}
    views = await gather(*[partial(_view, kitsu, projects[one]) for one in named])
    views = dict(zip(named, views, strict=True))
    types, statuses = await kitsu.directory.task_types.get(), await kitsu.directory.statuses.get()
    people = await kitsu.directory.people.get()

    def of(one: Notification) -> str | None:
        if not one.task_id:
            return "/".join(map(encoded, filter(None, (projects[one.project_id].name, one.playlist))))
        task = views[one.project_id].task(one.task_id)
        return address_of(task, "", types) if task else None

    places: Mapping[str, str] = {one.id: where for one in found if (where := of(one)) is not None}
    found = [one for one in found if one.id in places]

    def set_status(one: Notification) -> str:
        status = statuses.get(one.status_id) if one.changes_status else None
        return status.short_name if status else ""

    def marks(one: Notification) -> str:
        return ", ".join([*([] if one.read else ["unread"]), *(["subscribed"] if one.subscribed else [])])

    columns: Sequence[Column[Notification]] = (
        Column("of", lambda one: places[one.id]),
        Column("kind", attrgetter("kind")),
        Column("at", attrgetter("at"), ZONE),
        Column("by", lambda one: names_of(people, [one.author_id])),
        Column("set status", set_status),
        Column("text", lambda one: shortened(one.text, EXCERPT), WRITTEN),
        Column("marks", marks),
    )
    return table_of(
        ("notifications", since, unread, subscribed, tuple(kinds)),
        found,
        columns,
        clock,
        limit=limit,
        after=next,
        notes=[back_to_note(back_to, clock, "notifications"), NONE_KEPT if kept is None else ""],
        unread=sum(not one.read for one in found),
    )


async def _view(kitsu: Kitsu, project: Project) -> View:
    return await (await kitsu.reading(project)).view(*ALL_KINDS)
