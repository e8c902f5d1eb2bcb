"""What the two tools of events share: what an agent asks for, and how an act stands in an answer."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Annotated

from pydantic import Field

from kitsu_tools.answers import WRITTEN_IN_KITSU, Row
from kitsu_tools.live.acts import NEVER_LOGGED, Act, ActKind
from kitsu_tools.live.events import Gap
from kitsu_tools.live.history import Way, history_of
from kitsu_tools.live.lines import Line
from kitsu_tools.live.live import Live
from kitsu_tools.tracker.addresses import relative
from kitsu_tools.tracker.clock import Clock
from kitsu_tools.tracker.directory import Directory
from kitsu_tools.tracker.errors import BadInput, listed, quoted
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Project
from kitsu_tools.tracker.places import Place

Under = Annotated[str, Field(description="where; empty: the default project, else all")]
Kinds = Annotated[Sequence[ActKind], Field(description="empty: all")]
People = Annotated[Sequence[str], Field(description="who did it or was assigned")]
TaskTypes = Annotated[Sequence[str], Field(description="of the task")]
Statuses = Annotated[Sequence[str], Field(description="it led to, or roles")]

SINCE = "2026-03-02 14:30, yesterday, 7 days"
_AGO = re.compile(r"(\d+)\s*(minute|min|m|hour|h|day|d|week|w)s?(\s+ago)?")
_SECONDS = {"m": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which acts are asked for, in which productions by id; an empty set asks for all."""

    place: Place | None
    projects: Mapping[str, Project]
    kinds: frozenset[str]
    people: frozenset[str]
    task_types: frozenset[str]
    statuses: frozenset[str]

    def may(self, act: Act) -> bool:
        """Whether the act can be one of them, by what it holds itself."""
        return act.project_id in self.projects and (not self.kinds or not self.kinds.isdisjoint(act.kinds))

    def is_met(self, line: Line) -> bool:
        """Whether it is one of them."""
        return (
            self._is_below(line.address)
            and (not self.people or not self.people.isdisjoint(line.people))
            and (not self.task_types or line.task_type in self.task_types)
            and (not self.statuses or not self.statuses.isdisjoint(line.statuses))
        )

    def _is_below(self, address: str) -> bool:
        if self.place is None or not self.place.is_part:
            return True
        under = self.place.address
        return address == under or address.startswith((f"{under}/", f"{under}:"))


async def wanted(
    kitsu: Kitsu,
    under: str,
    kinds: Iterable[str],
    people: Iterable[str],
    task_types: Iterable[str],
    statuses: Iterable[str],
) -> Wanted:
    """What is asked for, by names.

    Raises:
        BadInput: one of them is unknown.
    """
    directory = kitsu.directory
    default = await directory.default_project()
    place = await kitsu.find.place(under) if under.strip() or default else None
    return Wanted(
        place,
        {one.id: one for one in ([place.project] if place else await directory.open_projects.get())},
        frozenset(kinds),
        frozenset([(await directory.person(one)).id for one in people]),
        frozenset([kind.name for one in task_types for kind in await directory.task_type(one)]),
        await status_ids(directory, statuses),
    )


async def status_ids(directory: Directory, names: Iterable[str]) -> frozenset[str]:
    """Statuses by name or role.

    Raises:
        BadInput: one of them is unknown.
    """
    known = await directory.statuses.get()
    roles = {one.role for one in known.values()}
    found: set[str] = set()
    for one in names:
        if one.strip().casefold() in roles:
            found |= {status.id for status in known.values() if status.role == one.strip().casefold()}
        else:
            found.add((await directory.status(one)).id)
    return frozenset(found)


def moment(text: str, clock: Clock) -> float:
    """A moment in the past, in seconds since 1970.

    Raises:
        BadInput: it is none.
    """
    word = text.strip().casefold()
    now = datetime.now(UTC)
    if ago := _AGO.fullmatch(word):
        return max(0.0, now.timestamp() - min(int(ago[1]), 10_000_000) * _SECONDS[ago[2][0]])
    if word in {"today", "yesterday"}:
        first = clock.today() - timedelta(days=word == "yesterday")
        return datetime.combine(first, time.min, clock.zone).timestamp()
    try:
        given = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(f"since: {quoted(text)} is no moment. Write {SINCE}.") from None
    return (given if given.tzinfo else given.replace(tzinfo=clock.zone)).timestamp()


async def happened(
    kitsu: Kitsu, live: Live, projects: Mapping[str, Project], start: float
) -> tuple[list[Act], list[str]]:
    """What was done since a moment, oldest first, by Kitsu's history and by what was heard, and what that lacks."""
    acts: list[Act] = []
    notes: list[str] = []
    ways: dict[Way, list[str]] = {}
    clock = await kitsu.clock()
    histories = await gather(*[partial(history_of, kitsu, project, start) for project in projects.values()])
    for project, history in zip(projects.values(), histories, strict=True):
        acts += history.acts
        ways.setdefault(history.way, []).append(project.id)
        if history.back_to is not None:
            notes.append(f"{project.name}: too much happened, read back to {local(history.back_to, clock)} only")
    # The news have comments alone, without what the status was before; the log lacks what is only told live.
    news = {one.key: one for one in acts if one.source == "news"}
    heard = [
        one
        for one in live.feed.since(start)
        if one.project_id in projects and (one.project_id not in ways.get("log", ()) or one.telling <= NEVER_LOGGED)
    ]
    for one in heard:
        if (same := news.pop(one.key, None)) is not None:
            one.author = one.author or same.author
    acts = [*(one for one in acts if one.source != "news"), *news.values(), *heard]
    began = local(live.began, clock) if live.began is not None else ""
    only: dict[Way, str] = {"news": "comments, statuses and publishes", "nothing": "nothing"}
    for way, known in only.items():
        if names := [projects[one].name for one in ways.get(way, ())]:
            rest = f", all else since {began}, when this server began to listen" if began else ""
            notes.append(f"{listed(names)}: of your role Kitsu tells {known}{rest}")
    return sorted(acts, key=lambda one: one.at), notes


def columns(clock: Clock) -> list[str]:
    """What the cells of `row` are."""
    return ["address", f"at ({clock.zone.key})", "who", "what", f"text {WRITTEN_IN_KITSU}"]


def row(line: Line, under: str, clock: Clock) -> Row:
    """An act in a table."""
    return [relative_to(line.address, under), local(line.act.at, clock), line.who, line.what, line.text]


def relative_to(address: str, under: str) -> str:
    """An address without what the answer names once; `:Layout` is a task of that itself."""
    rest = address.removeprefix(under)
    return rest if under and rest.startswith(":") else relative(address, under)


def local(at: float, clock: Clock) -> str:
    """To the second: several things are done in a minute."""
    return datetime.fromtimestamp(at, clock.zone).strftime("%Y-%m-%d %H:%M:%S")


def gap_notes(gaps: Iterable[tuple[Gap, str]], clock: Clock) -> list[str]:
    """What an answer says of times in which nothing was heard."""
    return [
        f"nothing was heard from {local(gap.start, clock)} to {local(gap.end, clock)} ({gap.why}): {filled}"
        for gap, filled in gaps
    ]
