"""Hours that were logged, and Kitsu's quotas: by whom, when and on what, and the days on which nothing was logged."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Literal

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Table
from kitsu_tools.arguments import KitsuHere, Limit, Next, Sort
from kitsu_tools.conditions import all_named
from kitsu_tools.read.hour_columns import (
    TIMES,
    Amount,
    GroupBy,
    Names,
    estimates,
    keys_of_entries,
    missing_days,
    sum_of,
)
from kitsu_tools.read.listing import columns_of_groups, short, spread, table_of_groups
from kitsu_tools.read.logged import Asked, found_in
from kitsu_tools.read.periods import PERIOD, period_named
from kitsu_tools.tracker.errors import BadInput, NotPermitted, listed
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.hours import CountMode
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.places import Place
from kitsu_tools.tracker.visibility import DAYS_OFF_UNKNOWN

Show = Literal["estimate", "missing days", "shots", "frames", "seconds", "drawings"]
OF_QUOTAS: tuple[Amount, ...] = ("shots", "frames", "seconds", "drawings")
MOST_DAYS = 366
MISSING_HERE = "missing days: no hours on what was asked for; there may be some elsewhere"
OWN_DAYS = "days are those of your zone in Kitsu, of a bot the server's"


async def list_time(
    kitsu: KitsuHere,
    under: Annotated[str, Field(description="where; empty: default project, else all")] = "",
    period: Annotated[str, Field(description=PERIOD)] = "this month",
    group_by: Annotated[Sequence[GroupBy], Field(max_length=2, description="a time beside another: columns")] = (
        "person",
    ),
    people: Annotated[Sequence[str], Field(description="only of these")] = (),
    task_type: Annotated[str, Field(description="only of it")] = "",
    count: Annotated[
        Literal["minutes", "weighted", "weighteddone", "feedback", "done"],
        Field(
            description="minutes logged, or quotas of shots on the day sent for feedback or done; weighted: spread "
            "over logged time"
        ),
    ] = "minutes",
    show: Annotated[
        Sequence[Show],
        Field(
            description="estimate: and all spent, of these tasks; missing days: neither logged nor off; others: of "
            "quotas"
        ),
    ] = (),
    sort: Sort = (),
    limit: Limit = 100,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """Add up the minutes that people logged in a period, or Kitsu's quotas. Minutes on tasks whenever logged:
    list_tasks.
    """
    clock = await kitsu.clock()
    today = clock.today()
    first, last = period_named("period", period, today)
    names = list(dict.fromkeys(group_by)) or ["person"]
    times = [one for one in names if one in TIMES]
    across = times[0] if len(names) > len(times) == 1 else ""
    mode: CountMode | None = None if count == "minutes" else count
    shown = list(dict.fromkeys(show)) or (["frames"] if mode and across else OF_QUOTAS if mode else [])
    _refuse_what_does_not_go_together(mode, names, shown, first, min(last, today))
    places = await _places(kitsu, under)
    types, everybody = await kitsu.directory.task_types.get(), await kitsu.directory.people.get()
    named = all_named(people, [one.label for one in everybody.values()])
    asked = Asked(
        first,
        last,
        {(await kitsu.find.person(one)).id for one in named} or None,
        {one.id for one in await kitsu.directory.task_type(task_type)} if task_type else None,
        mode,
        bool({"task", "task type", "department"} & set(names) or "estimate" in shown),
        "missing days" in shown,
    )
    found = await gather(*[partial(found_in, kitsu, place, asked) for place in places])
    if places and all(one.refused for one in found):
        raise NotPermitted(f"list_time: {found[0].refused}.")
    entries = [entry for one in found for entry in one.entries]
    notes = _notes(places, [[*one.notes, one.refused] for one in found])
    amounts: list[Amount] = [one for one in OF_QUOTAS if one in shown] if mode else ["minutes"]
    measures = [*map(sum_of, amounts), *(estimates() if "estimate" in shown else ())]
    if asked.team:
        off = {person: days for one in found for person, days in (one.off or {}).items()}
        bots = {one.id for one in everybody.values() if one.is_bot}
        measures.append(missing_days(first, min(last, today - timedelta(days=1)), off, bots))
        notes += [MISSING_HERE, DAYS_OFF_UNKNOWN if any(one.off is None for one in found) else ""]
    base = places[0].address if len(places) == 1 else ""
    keys = keys_of_entries(Names(everybody, types, await kitsu.directory.departments.get(), base))
    groups, keys, measures = spread(entries, [keys[one] for one in names], measures, across, sum_of(amounts[0]))
    return table_of_groups(
        ("time", under, first, last, tuple(names), tuple(named), task_type, count, tuple(shown)),
        groups,
        columns_of_groups(keys, measures),
        sort,
        clock,
        base,
        limit,
        next,
        [*notes, OWN_DAYS if mode else ""],
        period=f"{'' if first == date.min else first}..{'' if last == date.max else last}",
        cells=f"{amounts[0]} by {across}" if across else "",
        **{one: short(sum(entry.amounts.get(one, 0) for entry in entries)) for one in amounts},
        hours_by_day=None if mode else await kitsu.directory.hours_by_day.get(),
        today=clock.stamp(),
    )


def _refuse_what_does_not_go_together(
    mode: CountMode | None, names: Sequence[str], shown: Sequence[str], first: date, last: date
) -> None:
    """As an error that says what does.

    Raises:
        BadInput: it was asked for.
    """
    odd = [one for one in shown if (one in OF_QUOTAS) != (mode is not None)]
    if odd:
        which = "minutes" if mode else "quotas"
        raise BadInput(f"show: {odd[0]} goes with {which} alone. {'Leave count out' if mode else 'Set count'} for it.")
    if mode and "task" in names:
        raise BadInput("group_by: Kitsu's quotas name no tasks. Group by task type.")
    if "missing days" not in shown:
        return
    if not {"person"} <= set(names) <= {"person", *TIMES}:
        raise BadInput("show: missing days are a person's: group by person, perhaps with day, week or month.")
    if (last - first).days > MOST_DAYS:
        raise BadInput("period: missing days are told of at most a year. Name a shorter period.")


async def _places(kitsu: Kitsu, under: str) -> list[Place]:
    """Where to look: the place that is named, the default production, or every open one."""
    if under.strip() or await kitsu.directory.default_project():
        return [await kitsu.find.place(under)]
    projects = await kitsu.directory.open_projects.get()
    if not projects:
        raise BadInput("You are on the team of no open production.")
    return await gather(*[partial(kitsu.find.production, one.id) for one in projects])


def _notes(places: Sequence[Place], notes: Sequence[Sequence[str]]) -> list[str]:
    """Each once, with the productions that it is of where it is not of all."""
    of: dict[str, list[str]] = {}
    for place, its in zip(places, notes, strict=True):
        for note in filter(None, its):
            of.setdefault(note, []).append(place.address)
    return [note if len(its) == len(places) else f"{listed(its)}: {note}" for note, its in of.items()]
