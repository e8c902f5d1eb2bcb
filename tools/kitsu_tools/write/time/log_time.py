"""`log_time`: the hours that people worked on tasks, a day at a time.

Who may is told by `check_time_spent_access` of Zou 1.0.97: only of who is assigned, oneself, or others by managers.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Field, Item, Value
from kitsu_tools.gate.sets_fields import SetsFields, Wanted
from kitsu_tools.tracker.clock import Clock, day
from kitsu_tools.tracker.days_off import each_day_off
from kitsu_tools.tracker.errors import BadInput, NotPermitted, listed
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Person
from kitsu_tools.write.snapshot import permitted
from kitsu_tools.write.task_names import MOST_TASKS, tasks_named
from kitsu_tools.write.tasks.now import EVERYWHERE, TasksNow, found_now
from kitsu_tools.write.tasks.values import minutes_value, minutes_wanted
from kitsu_tools.write.time.entries import (
    MINUTES,
    Entry,
    entry_of,
    logged,
    look_at_entries,
    requests_of_entries,
)
from kitsu_tools.write.tool import writes

A_DAY = 24 * 60
FURTHEST = timedelta(days=366)
"""From today: a day beyond has another year than was meant."""
LOCKED_AFTER = timedelta(weeks=1)
"""By which Kitsu's page lets artists log time where a studio locks its timesheets."""


class TimeRow(BaseModel):
    """One line of a timesheet; what is left out is as the call has it."""

    model_config = ConfigDict(extra="forbid")

    task: str
    time: str = ""
    day: str = ""
    person: str = ""


@writes
async def log_time(
    kitsu: KitsuHere,
    tasks: Annotated[Sequence[str], Argument(max_length=MOST_TASKS, description="each gets this time")] = (),
    time: Annotated[str, Argument(description='as 2h, 1h 30m, 0.5d; "none" takes it back')] = "",
    day: Annotated[str, Argument(description="YYYY-MM-DD, today or yesterday")] = "today",
    person: Annotated[str, Argument(description="who worked")] = "me",
    how: Annotated[Literal["set", "add"], Argument(description="add: to what is logged there")] = "set",
    rows: Annotated[
        Sequence[TimeRow], Argument(max_length=MOST_TASKS, description="several days, times or people")
    ] = (),
) -> Change:
    """Log time that somebody worked on tasks of one project, or take it back, after the person you work for said yes in
    their own dialog.

    It sets what they worked on that task that day in all; the question shows their day's sum. list_time has hours.
    """
    lines = [*(TimeRow(task=task) for task in tasks), *rows]
    if not lines:
        raise BadInput("Name tasks, or rows.")
    clock, hours = await kitsu.clock(), await kitsu.directory.hours_by_day.get()
    lines = [
        TimeRow(task=one.task, time=one.time or time, day=one.day or day, person=one.person or person) for one in lines
    ]
    if missing := [one.task for one in lines if not one.time.strip()]:
        raise BadInput(f"time: say how long, as 2h, for {listed(missing, 4)}.")
    found = await tasks_named(kitsu, [one.task for one in lines])
    names = list(dict.fromkeys(one.person.strip() for one in lines))
    people = dict(zip(names, await gather(*[partial(kitsu.find.person, one) for one in names]), strict=True))
    now = await found_now(kitsu, [one for _, one in found], about_people=True)
    given: dict[Entry, int] = {}
    for position, one in found:
        line = lines[position]
        minutes = minutes_wanted(line.time, hours, "time")
        entry = Entry(one.task.id, people[line.person.strip()].id, day_worked(line.day, clock))
        if given.setdefault(entry, minutes) != minutes:
            raise BadInput(f"{one.address} is named twice for {entry.day}, with different times.")
    if how == "add" and not all(given.values()):
        raise BadInput('how: "none" goes with set, which takes back all of a day.')
    _refuse_people(now, given)
    change = await plan_time(kitsu, "log_time", now, given, adds=how == "add")
    if not change.items:
        raise BadInput("All of it is logged so already.")
    return change


def day_worked(text: str, clock: Clock) -> str:
    """A day as Zou holds it.

    Raises:
        BadInput: it is none, or further off than anybody logs time.
    """
    today = clock.today()
    names = {"today": today, "yesterday": today - timedelta(days=1)}
    plain = text.strip().casefold()
    wanted = names.get(plain) or day(text.strip(), "day")
    if abs(wanted - today) > FURTHEST:
        raise BadInput(f"day: {wanted} is more than a year from today, {today}. Check its year.")
    return wanted.isoformat()


async def plan_time(
    kitsu: Kitsu, tool: str, now: TasksNow, given: Mapping[Entry, float], *, adds: bool = False
) -> Change:
    """What makes these minutes so, or adds them to what is logged.

    Raises:
        BadInput: somebody is not assigned, or a day would have more than 24 hours.
        NotPermitted: Zou, or Kitsu's page, would refuse the role.
    """
    await permitted(kitsu, now, partial(_refuse_others, entries=list(given)))
    held = await logged(kitsu.session, given)
    wanted = {one: minutes + (held.get(one, 0.0) if adds else 0.0) for one, minutes in given.items()}
    items = [_item(now, one, held.get(one, 0.0), minutes) for one, minutes in wanted.items()]
    moving = tuple(item for item in items if item.changes)
    entries = [entry_of(item.target) for item in moving]
    _refuse_unassigned(now, entries)
    await _refuse_locked(kitsu, now, entries)
    sums = _sums(held, {one: wanted[one] for one in entries})
    for (person_id, its_day), (_, after) in sums.items():
        if after > A_DAY:
            raise BadInput(
                f"{now.people[person_id].label} would have {minutes_value(after, None).shown} on {its_day}, with what "
                "is logged on other tasks. A day has 24h."
            )
    return now.change(
        Change,
        items,
        moving,
        kind="hours",
        tool=tool,
        verb="Log time:" if tool != "undo_change" else "Take back time:",
        noun="line",
        warnings=tuple(await _warnings(kitsu, now, [one for one in entries if wanted[one]])),
        posts=False,
        detail=_detail(now, sums),
    )


def _item(now: TasksNow, entry: Entry, before: float, after: float) -> Item:
    who = "" if entry.person_id == now.me.id else f"{now.people[entry.person_id].label} "
    was, becomes = minutes_value(before, None), minutes_value(after, None)
    field = Field(MINUTES, Value(before, f"{who}{was.shown}"), Value(float(after), becomes.shown), entry.day)
    return Item(entry.target, entry.target, now.found[entry.task_id].address, (field,))


def _sums(held: Mapping[Entry, float], wanted: Mapping[Entry, float]) -> dict[tuple[str, str], tuple[float, float]]:
    """The minutes of each day of each person, as they are and as they will be."""
    sums: dict[tuple[str, str], tuple[float, float]] = {}
    days = {(one.person_id, one.day) for one in wanted}
    for one in [*held, *(one for one in wanted if one not in held)]:
        key = one.person_id, one.day
        if key in days:
            before, after = sums.get(key, (0.0, 0.0))
            sums[key] = before + held.get(one, 0.0), after + wanted.get(one, held.get(one, 0.0))
    return sums


def _detail(now: TasksNow, sums: Mapping[tuple[str, str], tuple[float, float]]) -> str:
    said = [
        f"{'' if person_id == now.me.id else f'{now.people[person_id].label} '}{its_day} "
        f"{minutes_value(before, None).shown} → {minutes_value(after, None).shown}"
        for (person_id, its_day), (before, after) in sums.items()
    ]
    seen = now.me.role == "admin" or all(person_id == now.me.id for person_id, _ in sums)
    return f"In all{'' if seen else ' of what you see'}: {listed(said, 3)}." if said else ""


def _refuse_people(now: TasksNow, entries: Iterable[Entry]) -> None:
    named = [now.people[one] for one in dict.fromkeys(entry.person_id for entry in entries) if one in now.people]
    bots = [one.label for one in named if one.is_bot]
    if bots:
        raise BadInput(f"{listed(bots)}: bots, whose hours Kitsu does not show. Name the person who worked.")


async def _refuse_others(now: TasksNow, entries: Sequence[Entry]) -> None:
    others = {one.person_id for one in entries if one.person_id != now.me.id}
    if others and now.role not in EVERYWHERE:
        names = listed(now.people[one].label for one in others)
        raise NotPermitted(f"The role {now.role!r} logs only its own time, not that of {names}.")


def _refuse_unassigned(now: TasksNow, entries: Sequence[Entry]) -> None:
    strangers = [
        f"{now.people[one.person_id].label} to {now.found[one.task_id].address}"
        for one in entries
        if one.person_id not in (now.records[one.task_id].get("assignees") or ())
    ]
    if strangers:
        raise BadInput(f"Kitsu takes time only of who is assigned; not so: {listed(strangers)}.")


async def _refuse_locked(kitsu: Kitsu, now: TasksNow, entries: Sequence[Entry]) -> None:
    """Zou locks nothing; Kitsu's page does, for artists."""
    first = (now.clock.today() - LOCKED_AFTER).isoformat()
    early = sorted({one.day for one in entries if one.day < first})
    if early and now.me.role == "user":
        studios: Sequence[Mapping[str, object]] = await kitsu.session.read("data/organisations")
        if any(one.get("timesheets_locked") for one in studios):
            raise NotPermitted(f"Timesheets are locked after a week here: {listed(early)}. A manager can log it.")


async def _warnings(kitsu: Kitsu, now: TasksNow, entries: Sequence[Entry]) -> list[str]:
    if not entries:
        return []
    today = now.clock.today().isoformat()
    days = [date.fromisoformat(one.day) for one in entries]
    off = await each_day_off(kitsu, now.project.id, min(days), max(days))
    future = sorted({one.day for one in entries if one.day > today})
    pairs = dict.fromkeys((one.person_id, one.day) for one in entries)
    away = [
        f"{_label(now.people, person)} {its}"
        for person, its in pairs
        if date.fromisoformat(its) in (off or {}).get(person, ())
    ]
    left = sorted({now.people[person].label for person, _ in pairs if not now.people[person].active})
    return [
        *([f"Still to come (today {now.clock.stamp()}): {listed(future, 3)}"] if future else []),
        *([f"Day off: {listed(away, 3)}"] if away else []),
        *([f"Left: {listed(left, 3)}"] if left else []),
        *(["Days off are not known here"] if off is None else []),
    ]


def _label(people: Mapping[str, Person], person_id: str) -> str:
    return people[person_id].label if person_id in people else "?"


async def _again(kitsu: Kitsu, wanted: Wanted) -> Change:
    entries = {entry_of(target): float(str(fields[MINUTES])) for target, fields in wanted.items()}
    found = [one for _, one in await tasks_named(kitsu, list(dict.fromkeys(one.task_id for one in entries)))]
    now = await found_now(kitsu, found, about_people=True)
    return await plan_time(kitsu, "undo_change", now, entries)


async def _by(kitsu: Kitsu, target: str) -> str:
    del kitsu, target
    return "somebody logged other time"


HOURS = SetsFields(look=look_at_entries, requests=requests_of_entries, changed_by=_by, again=_again)
