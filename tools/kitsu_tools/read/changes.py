"""What was proposed and done here, as the journal of this machine has it."""

from datetime import UTC, datetime, time, timedelta
from operator import attrgetter
from typing import Annotated

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Table
from kitsu_tools.arguments import GateHere, KitsuHere, Limit, Next
from kitsu_tools.gate.history import STATES, Entry
from kitsu_tools.read.entity_columns import WRITTEN
from kitsu_tools.read.listing import ZONE, Column, table_of
from kitsu_tools.tracker.clock import Clock, day
from kitsu_tools.tracker.errors import Unknown, listed, quoted


async def list_changes(
    kitsu: KitsuHere,
    gate: GateHere,
    project: Annotated[str, Field(description="a production; empty: all")] = "",
    since: Annotated[str, Field(description="YYYY-MM-DD, today or yesterday")] = "",
    outcome: Annotated[str, Field(description=f"one of: {', '.join(STATES)}")] = "",
    limit: Limit = 50,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """List what was proposed and done through this server as this identity, newest first: when, by whom, outcome."""
    changes, clock = await gate.changes(), await kitsu.clock()
    wanted = outcome.strip().casefold()
    if wanted and wanted not in STATES:
        raise Unknown(f"outcome: there is no {quoted(outcome)}. There are: {listed(STATES, len(STATES))}.")
    first = _first_moment(since, clock)
    of = (await kitsu.find.production(project)).project.id if project else ""
    found = [
        one
        for one in changes
        if one.proposed_at >= first and of in {"", one.project_id} and (not wanted or wanted in one.states)
    ]

    columns: list[Column[Entry]] = [
        Column("code", attrgetter("code")),
        Column("at", lambda one: datetime.fromtimestamp(one.proposed_at, UTC).isoformat(), ZONE),
        Column("project", attrgetter("project")),
        Column("change", attrgetter("summary")),
        Column("outcome", attrgetter("outcome")),
        Column("by", attrgetter("by")),
        Column("text", attrgetter("text"), WRITTEN),
    ]
    return table_of(
        ("changes", of, since, wanted),
        found,
        columns,
        clock,
        limit=limit,
        after=next,
        identity=attrgetter("code"),
    )


def _first_moment(since: str, clock: Clock) -> float:
    """The beginning of a day, in seconds since 1970; of no day, that of time."""
    word = since.strip().casefold()
    if not word:
        return 0.0
    ago = {"today": 0, "yesterday": 1}.get(word)
    first = clock.today() - timedelta(days=ago) if ago is not None else day(word, "since")
    return datetime.combine(first, time.min, clock.zone).timestamp()
