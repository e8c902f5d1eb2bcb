"""Previews: what was published for review where, as a list, or counted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Table
from kitsu_tools.arguments import KitsuHere, Limit, Next, Part, Sort
from kitsu_tools.read.comments import back_to_note
from kitsu_tools.read.entity_columns import names_of
from kitsu_tools.read.filters import statuses_named
from kitsu_tools.read.listing import ZONE, Column, in_order_of, named, table_of
from kitsu_tools.read.moments import PERIOD, period
from kitsu_tools.read.tasks_below import TasksBelow, tasks_below
from kitsu_tools.read.thread import size
from kitsu_tools.tracker.below import episode_of
from kitsu_tools.tracker.cached import ById
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.links import MAIN
from kitsu_tools.tracker.model import Person
from kitsu_tools.tracker.previews import PreviewFile, previews_below
from kitsu_tools.tracker.review import playlist_of, previews_shown
from kitsu_tools.tracker.statuses import Status, place_of
from kitsu_tools.tracker.visibility import ASSIGNED_ONLY

ALWAYS = ("task", "revision", "task status", "file", "by", "at", "id")


@dataclass(frozen=True)
class _Known:
    """What the ids of previews stand for."""

    below: TasksBelow
    people: ById[Person]
    statuses: ById[Status]
    kitsu: Kitsu


async def list_previews(
    kitsu: KitsuHere,
    under: Part = "",
    playlist: Annotated[str, Field(description="only of tasks in it: project/name or id")] = "",
    task_type: Annotated[str, Field(description="a task type's name")] = "",
    status: Annotated[
        Sequence[str],
        Field(description="of the task, or a role (waiting for review); then its newest revision alone"),
    ] = (),
    people: Annotated[Sequence[str], Field(description="who published")] = (),
    since: Annotated[str, Field(description=PERIOD)] = "",
    show: Annotated[Sequence[str], Field(description="extra columns: link, name, size, length, pixels, approval")] = (),
    sort: Sort = (),
    limit: Limit = 50,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """List what was published for review, newest first: task, revision, status of the task now, file, by whom and when.
    Tasks with nothing published are in list_tasks.
    """
    below = await tasks_below(kitsu, under or await _project_of(kitsu, playlist), task_type)
    clock = await kitsu.clock()
    within = period(since, clock)
    authors = [(await kitsu.find.person(one)).id for one in people]
    known = _Known(below, await kitsu.directory.people.get(), await kitsu.directory.statuses.get(), kitsu)
    columns = _columns(known)
    further = [column for column, _ in named("show", show, columns) if column.name not in ALWAYS]
    order = named("sort", sort, columns)
    tasks = below.tasks
    if playlist:
        shown = (await previews_shown(kitsu, await playlist_of(kitsu, playlist)))[0].values()
        tasks = {one.task_id: tasks[one.task_id] for one in shown if one.task_id in tasks}
    if status:
        wanted = await statuses_named(kitsu, status)
        tasks = {key: one for key, one in tasks.items() if one.status_id in wanted}
    found, back_to = await previews_below(kitsu, below.project, tasks, within.first, authors)
    found = [one for one in found if within.holds(one.at)]
    if status:
        found = _newest(found)
    assigned_only = ASSIGNED_ONLY if (await kitsu.directory.me.get()).role == "vendor" else ""
    cells = [*(columns[one] for one in ALWAYS if one != "task" or not below.one), *further]
    return table_of(
        ("previews", below.key, playlist, tuple(status), tuple(authors), since, tuple(show), tuple(sort)),
        in_order_of(found, order),
        cells,
        clock,
        under=below.under,
        limit=limit,
        after=next,
        notes=list(dict.fromkeys([back_to_note(back_to, clock, "previews"), assigned_only, *below.notes])),
        as_of=below.view.as_of,
    )


async def _project_of(kitsu: Kitsu, playlist: str) -> str:
    """The production of a playlist; empty where none is named."""
    return (await playlist_of(kitsu, playlist)).project.id if playlist else ""


def _newest(previews: Iterable[PreviewFile]) -> list[PreviewFile]:
    """Those of the newest revision of each task."""
    there = list(previews)
    newest: dict[str, int] = {}
    for one in there:
        newest[one.task_id] = max(newest.get(one.task_id, 0), one.revision)
    return [one for one in there if one.revision == newest[one.task_id]]


def _columns(known: _Known) -> Mapping[str, Column[PreviewFile]]:
    below = known.below

    def status(one: PreviewFile) -> tuple[int, str]:
        return place_of(below.tasks[one.task_id].status_id, known.statuses)

    def file(one: PreviewFile) -> str:
        """`mp4, 12 MB`; what is wrong with it."""
        state = one.status if one.status != "ready" else ""
        return ", ".join(filter(None, (one.extension, size(one.bytes), state)))

    columns: Sequence[Column[PreviewFile]] = (
        Column("task", lambda one: below.address(below.tasks[one.task_id])),
        Column("revision", lambda one: (one.revision, one.position), cell=lambda one: one.version),
        Column("task status", status, cell=lambda one: status(one)[1]),
        Column("file", lambda one: one.extension, cell=file),
        Column("by", lambda one: names_of(known.people, [one.person_id]) if one.person_id else ""),
        Column("at", lambda one: one.at, ZONE),
        Column("id", lambda one: one.id),
        Column("link", lambda one: _link(known, one)),
        Column("name", lambda one: one.name),
        Column("size", lambda one: one.bytes or None, "bytes"),
        Column("length", lambda one: round(one.duration, 2) or None, "seconds"),
        Column("pixels", lambda one: one.width * one.height, cell=_pixels),
        Column("approval", lambda one: one.validation),
    )
    return {column.name: column for column in columns}


def _pixels(one: PreviewFile) -> str:
    return f"{one.width}x{one.height}" if one.width and one.height else ""


def _link(known: _Known, one: PreviewFile) -> str:
    below, entity = known.below, known.below.tasks[one.task_id].entity
    episode = episode_of(entity, below.reading) or MAIN if below.project.has_episodes else ""
    return known.kitsu.find.pages.of_preview(below.project.id, episode, f"{entity.kind}s", one.task_id, one.id)
