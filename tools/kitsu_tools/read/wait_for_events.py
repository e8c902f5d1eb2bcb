"""Waiting until something happens in Kitsu."""

import re
from dataclasses import dataclass, field
from typing import Annotated, NamedTuple

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import answer, within_budget
from kitsu_tools.arguments import KitsuHere, LiveHere
from kitsu_tools.live.lines import Line
from kitsu_tools.live.live import OFF, Live
from kitsu_tools.read.happenings import (
    Kinds,
    People,
    Statuses,
    TaskTypes,
    Under,
    Wanted,
    columns,
    gap_notes,
    happened,
    moment,
    row,
    wanted,
)
from kitsu_tools.read.waiting import wait
from kitsu_tools.tracker.clock import Clock
from kitsu_tools.tracker.errors import Unavailable
from kitsu_tools.tracker.kitsu import Kitsu

MOST_ROWS = 50
AT_ONCE = 200
HISTORY = "history"
_CURSOR = re.compile(rf"([0-9a-f]{{8}}|{HISTORY})\.(\d{{1,12}})\.(\d{{1,12}})")


@dataclass(slots=True)
class _Reading:
    """Where a wait has come to: the number in the feed that it has read up to, and what it found and has to say."""

    seq: int
    found: list[Line] = field(default_factory=list[Line])
    notes: list[str] = field(default_factory=list[str])


async def wait_for_events(
    ctx: Context,
    kitsu: KitsuHere,
    live: LiveHere,
    under: Under = "",
    kinds: Kinds = (),
    people: People = (),
    task_types: TaskTypes = (),
    statuses: Statuses = (),
    since: Annotated[str, Field(description="`since` of the answer before; empty: now")] = "",
    seconds: Annotated[int, Field(ge=0, le=3600, description="at most")] = 50,
) -> CallToolResult:
    """Wait until something happens in Kitsu. Returns who did what where, and `since` by which the next wait misses
    nothing; no rows when time is up.
    """
    clock = await kitsu.clock()
    asked = await wanted(kitsu, under, kinds, people, task_types, statuses)
    if (await live.ready()).why == OFF:
        raise Unavailable(f"{OFF}: nothing can be waited for. list_events tells what happened.")
    reading, cursor = _Reading(live.feed.last), _cursor(since, clock) if since.strip() else None
    if cursor and cursor.feed == live.feed.id:
        reading.seq = cursor.number
    elif cursor:
        await _read_history(kitsu, live, asked, reading, cursor)
    if asked.place:
        await live.lines.warm(asked.place.project)
    await wait(
        ctx,
        seconds,
        lambda: _look(live, asked, reading, clock),
        lambda: live.feed.more(reading.seq),
        "Listening to Kitsu",
    )
    place, why = asked.place.address if asked.place else "", live.stream.state.why
    rows = within_budget(row(line, place, clock) for line in reading.found[:MOST_ROWS])
    return answer(
        {
            "under": place,
            "columns": columns(clock),
            "rows": rows,
            "since": str(_next(live, reading, len(rows), cursor)),
            "notes": [*reading.notes, f"nothing is heard at the moment: {why}" if why else ""],
        }
    )


async def _look(live: Live, asked: Wanted, reading: _Reading, clock: Clock) -> bool:
    """Read on in the feed, up to the first acts that are asked for. Whether there is reason to wait.

    Raises:
        SignInRefused: nothing will be heard any more.
    """
    if reading.found:
        return False
    heard = live.feed.after(reading.seq)
    reading.notes += gap_notes(heard.gaps, clock)
    if heard.forgotten:
        reading.notes.append("more happened since then than is held here: list_events tells what Kitsu kept of it")
    acts = list(filter(asked.may, heard.acts))
    for at in range(0, len(acts), AT_ONCE):
        part = acts[at : at + AT_ONCE]
        reading.found = [line for line in await live.lines.of(part) if asked.is_met(line)]
        if reading.found:
            reading.seq = part[-1].seq
            return False
    reading.seq = heard.until
    live.stream.require_token()
    return True


async def _read_history(kitsu: Kitsu, live: Live, asked: Wanted, reading: _Reading, cursor: "_Cursor") -> None:
    """What happened from a moment on until now, of which the feed need not know."""
    acts, ways = await happened(kitsu, live, asked.projects, cursor.at)
    reading.notes += ways
    acts = list(filter(asked.may, acts))
    for at in range(0, len(acts), AT_ONCE):
        found = await live.lines.of(acts[at : at + AT_ONCE])
        reading.found += [line for line in found if asked.is_met(line)]
        if len(reading.found) > cursor.number + MOST_ROWS:
            break
    reading.found = reading.found[cursor.number :]


class _Cursor(NamedTuple):
    """Where the next wait goes on: after this number in the feed of this id, or else with what happened from a moment
    on, without the first so many.
    """

    feed: str
    number: int
    at: float

    def __str__(self) -> str:
        return f"{self.feed}.{self.number}.{self.at:.0f}"


def _cursor(text: str, clock: Clock) -> _Cursor:
    if made := _CURSOR.fullmatch(text.strip()):
        return _Cursor(made[1], int(made[2]), float(made[3]))
    return _Cursor(HISTORY, 0, moment(text, clock))


def _next(live: Live, reading: _Reading, shown: int, cursor: _Cursor | None) -> _Cursor:
    rest = reading.found[shown:]
    if rest and cursor and cursor.feed != live.feed.id:
        return _Cursor(HISTORY, cursor.number + shown, cursor.at)
    if rest:
        reading.seq = reading.found[shown - 1].act.seq
    return _Cursor(live.feed.id, reading.seq, live.now)
