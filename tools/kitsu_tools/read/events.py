"""What happened in Kitsu since a moment, by whom, and how much of it."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Annotated, Literal, cast

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Table, table
from kitsu_tools.arguments import KitsuHere, Limit, LiveHere, Next
from kitsu_tools.live.lines import Line
from kitsu_tools.paging import digest_of, start_of
from kitsu_tools.read.happenings import (
    SINCE,
    Kinds,
    People,
    Statuses,
    Under,
    columns,
    happened,
    local,
    moment,
    row,
    wanted,
)
from kitsu_tools.read.listing import Key, Measure, columns_of_groups, grouped, table_of_groups
from kitsu_tools.tracker.clock import Clock

GroupBy = Literal["person", "kind", "day", "task type", "address", "project"]


async def list_events(
    kitsu: KitsuHere,
    live: LiveHere,
    under: Under = "",
    since: Annotated[str, Field(description=SINCE)] = "today",
    kinds: Kinds = (),
    people: People = (),
    statuses: Statuses = (),
    group_by: Annotated[Sequence[GroupBy], Field(max_length=2, description="count instead of listing")] = (),
    limit: Limit = 50,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """List who did what where in Kitsu since a moment, newest first, or count it. Managers see all that Kitsu's log
    has; others comments, and what this server heard.
    """
    clock = await kitsu.clock()
    asked = await wanted(kitsu, under, kinds, people, (), statuses)
    start = moment(since, clock)
    live.start()
    acts, notes = await happened(kitsu, live, asked.projects, start)
    found = await live.lines.of(list(filter(asked.may, reversed(acts))), threads=False)
    lines = list(filter(asked.is_met, found))
    place = asked.place.address if asked.place else ""
    filters = (asked.kinds, asked.people, asked.statuses)
    question = ("events", place, since, *(tuple(sorted(one)) for one in filters))
    notes = [f"since {local(start, clock)}", *notes]
    if group_by:
        keys = [_keys(clock)[one] for one in dict.fromkeys(group_by)]
        measures = _measures(clock)
        groups, columns_there = grouped(lines, keys, measures), columns_of_groups(keys, measures)
        sort = [] if "day" in group_by else ["-acts"]
        return table_of_groups(question, groups, columns_there, sort, clock, place, limit, next, notes, acts=len(lines))
    start_of_page, _ = start_of(question, next, lines, _identity, partial(digest_of, lines, _identity))
    page = await live.lines.of([one.act for one in lines[start_of_page : start_of_page + limit]])
    texts = {id(one.act): one for one in page}
    return table(
        question,
        lines,
        lambda line: row(texts.get(id(line.act), line), place, clock),
        columns=columns(clock),
        limit=limit,
        after=next,
        identity=_identity,
        under=place,
        notes=notes,
    )


def _keys(clock: Clock) -> dict[GroupBy, Key[Line]]:
    """What acts are counted by, by name. One act may be of several kinds."""

    def by(name: GroupBy, of: Callable[[Line], Iterable[str]]) -> Key[Line]:
        return Key(name, lambda line: [(one, one) for one in of(line)])

    keys = (
        by("person", lambda line: [line.who]),
        by("kind", lambda line: sorted(line.kinds)),
        by("day", lambda line: [local(line.act.at, clock)[:10]]),
        by("task type", lambda line: [line.task_type or "none"]),
        by("address", lambda line: [line.address]),
        by("project", lambda line: [line.project.name]),
    )
    return {cast("GroupBy", key.name): key for key in keys}


def _measures(clock: Clock) -> list[Measure[Line]]:
    """How many acts, of which kinds, and when the last was."""

    def kinds(lines: Sequence[Line]) -> str:
        counts = Counter(kind for line in lines for kind in line.kinds)
        return ", ".join(f"{kind} {count}" for kind, count in counts.most_common())

    def last(lines: Sequence[Line]) -> str:
        return local(max(line.act.at for line in lines), clock)

    return [Measure("acts", len), Measure("kinds", kinds), Measure("last", last, clock.zone.key)]


def _identity(line: Line) -> str:
    return line.act.identity
