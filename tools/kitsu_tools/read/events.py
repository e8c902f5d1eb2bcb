"""What happened in Kitsu since a moment, by whom, and how much of it."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Literal

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Row, Table, table
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
from kitsu_tools.tracker.clock import Clock

By = Literal["nothing", "person", "kind", "day", "task_type", "address", "project"]


async def list_events(
    kitsu: KitsuHere,
    live: LiveHere,
    under: Under = "",
    since: Annotated[str, Field(description=SINCE)] = "today",
    kinds: Kinds = (),
    people: People = (),
    statuses: Statuses = (),
    count_by: Annotated[By, Field(description="count instead of listing")] = "nothing",
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
    question = ("events", place, since, sorted(asked.kinds), sorted(asked.people), sorted(asked.statuses), count_by)
    notes = [f"since {local(start, clock)}", *notes]
    if count_by != "nothing":
        groups = _grouped(lines, count_by, clock)
        return table(
            question,
            groups,
            _count,
            columns=[count_by.replace("_", " "), "acts", "kinds", f"last ({clock.zone.key})"],
            limit=limit,
            after=next,
            identity=lambda one: one[0],
            notes=notes,
            acts=len(lines),
        )
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


_Group = tuple[str, list[Line], str]


def _grouped(lines: Sequence[Line], by: By, clock: Clock) -> list[_Group]:
    """What is counted: by name, the most first, with the moment of the last."""
    keys: dict[By, Callable[[Line], Sequence[str]]] = {
        "nothing": lambda _: [],
        "person": lambda line: [line.who],
        "kind": lambda line: sorted(line.kinds),
        "day": lambda line: [local(line.act.at, clock)[:10]],
        "task_type": lambda line: [line.task_type or "none"],
        "address": lambda line: [line.address],
        "project": lambda line: [line.project.name],
    }
    groups: dict[str, list[Line]] = {}
    for line in lines:
        for key in keys[by](line):
            groups.setdefault(key, []).append(line)
    ordered = sorted(groups.items(), key=lambda one: (-len(one[1]), one[0]))
    return [(key, its, local(max(line.act.at for line in its), clock)) for key, its in ordered]


def _count(group: _Group) -> Row:
    key, lines, last = group
    kinds = Counter(kind for line in lines for kind in line.kinds)
    return [key, len(lines), ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()), last]


def _identity(line: Line) -> str:
    return line.act.identity
