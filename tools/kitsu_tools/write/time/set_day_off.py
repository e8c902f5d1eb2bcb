"""`set_day_off`: days on which people are away, as Kitsu keeps them: for a person, not for a production.

Who may is told by `check_day_off_access` of Zou 1.0.97: oneself, and admins for everybody.
"""

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any

from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Effect, Field, Item, Request, Value
from kitsu_tools.gate.existence import ID, THERE, MakesAndSets, comes, goes
from kitsu_tools.gate.sets_fields import Wanted
from kitsu_tools.gate.text import checked
from kitsu_tools.tracker.clock import day
from kitsu_tools.tracker.errors import BadInput, NotPermitted, counted, listed
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Person
from kitsu_tools.tracker.names import is_uuid
from kitsu_tools.write.tasks.values import minutes_value
from kitsu_tools.write.time.day_off_fields import (
    DESCRIPTION,
    END,
    LABELS,
    START,
    day_off_values,
    days_off_of,
    look_at_days_off,
    requests_of_days_off,
)
from kitsu_tools.write.tool import writes

MOST_PEOPLE, LONGEST_DESCRIPTION, MOST_DAYS = 100, 200, 366
FURTHEST = timedelta(days=2 * 366)
CLEAR = "none"

Now = Mapping[str, Sequence[Mapping[str, Any]]]


@writes
async def set_day_off(
    kitsu: KitsuHere,
    people: Annotated[Sequence[str], Argument(max_length=MOST_PEOPLE, description="who is away")] = ("me",),
    start: Annotated[str, Argument(description="YYYY-MM-DD")] = "",
    end: Annotated[str, Argument(description="the last day; empty: one day")] = "",
    description: Annotated[str, Argument(max_length=LONGEST_DESCRIPTION, description='why; "none" clears it')] = "",
    of: Annotated[str, Argument(description="to change one: any day of it, as it is now")] = "",
    remove: Annotated[bool, Argument(description="take back the one of that day")] = False,
) -> Change:
    """Note days off of people, change or take them back, after the person you work for said yes in their own dialog.

    Kitsu deletes what they logged on these days: the question says how much.
    """
    named = {one.id: one for one in await gather(*[partial(kitsu.find.person, one) for one in people])}
    if not named:
        raise BadInput("people: name at least one.")
    await _refuse(kitsu, list(named.values()))
    texts = {START: start.strip(), END: end.strip(), DESCRIPTION: checked(description, "description")}
    today = (await kitsu.clock()).today()
    for name in (START, END):
        if texts[name] and abs(day(texts[name], LABELS[name]) - today) > FURTHEST:
            raise BadInput(f"{texts[name]} is more than two years from today, {today}. Check its year.")
    if remove and (not of.strip() or any(texts.values())):
        raise BadInput("remove: name the day off by a day of it in `of`, and nothing else.")
    if not remove and not texts[START] and not of.strip():
        raise BadInput("start: name the first day; to change a day off, a day of it in `of`.")
    held = await days_off_of(kitsu, named)
    given = {name: "" if text.casefold() == CLEAR else text for name, text in texts.items() if text}
    if of.strip():
        wanted = {f"{one}/{_at(named[one], held[one], of.strip())['id']}": dict(given) for one in named}
    else:
        every = {END: texts[START], DESCRIPTION: "", **given}
        wanted = {f"{one}/{texts[START]}": {THERE: True, **every} for one in named}
    change = await plan_days_off(
        kitsu, "set_day_off", named, held, {one: {THERE: False} for one in wanted} if remove else wanted
    )
    if not change.items:
        raise BadInput("All of it is noted so already.")
    return change


async def plan_days_off(kitsu: Kitsu, tool: str, people: Mapping[str, Person], held: Now, wanted: Wanted) -> Change:
    """What makes these days off so, each named by its person and its first day, or its id.

    Raises:
        BadInput: the days are reversed, too many, or overlap another day off.
    """
    items = [_item(people, held, target, fields) for target, fields in wanted.items()]
    moving = tuple(item for item in items if item.changes)
    for item in moving:
        _refuse_days(item, held[item.target.partition("/")[0]])
    today = (await kitsu.clock()).today().isoformat()
    past = [item.address for item in moving if _after(item, END) and str(_after(item, END)) < today]
    return Change(
        kind="days off",
        tool=tool,
        project_id="",
        project="the studio",
        verb="Days off:" if tool != "undo_change" else "Take back days off:",
        noun="person",
        items=moving,
        unchanged=tuple(item.address for item in items if not item.changes),
        effects=tuple(await _deleted(kitsu, moving)),
        warnings=tuple([f"Past days: {listed(past, 3)}"] if past else []),
        posts=False,
    )


def _item(people: Mapping[str, Person], held: Now, target: str, fields: Mapping[str, Any]) -> Item:
    person, _, which = target.partition("/")
    record = next((one for one in held[person] if which in {one["id"], one[START][:10]}), None)
    if record is None or not is_uuid(which):
        after = day_off_values({START: which, **fields})
        if record is not None and day_off_values(record) == after:  # it is there already, as it is to be
            return Item(
                target, target, people[person].label, tuple(Field(name, one, one) for name, one in after.items())
            )
        new = [Field(name, Value(None, ""), one, LABELS[name], one.shown) for name, one in after.items() if one.raw]
        return Item(target, target, people[person].label, (comes("off"), *new))
    before = day_off_values(record)
    goes_away = not fields.get(THERE, True)
    after = before if goes_away else day_off_values({**record, **fields})
    its = tuple(Field(name, before[name], after[name], LABELS[name]) for name in LABELS)
    own = Field(ID, Value(record["id"], ""), Value(record["id"], ""))
    span = before[START].shown if before[START] == before[END] else f"{before[START].shown} to {before[END].shown}"
    gone = goes(f"{span} taken back", span)
    return Item(target, target, people[person].label, (gone, *its) if goes_away else (*its, own))


def _after(item: Item, name: str) -> Any:  # noqa: ANN401  a field's raw value
    return next((one.after.raw for one in item.fields if one.name == name), None)


def _refuse_days(item: Item, held: Sequence[Mapping[str, Any]]) -> None:
    if _after(item, THERE) is False:
        return
    first, last = str(_after(item, START)), str(_after(item, END))
    if last < first:
        raise BadInput(f"{item.address}: it would end {last}, before it starts {first}.")
    if (date.fromisoformat(last) - date.fromisoformat(first)).days >= MOST_DAYS:
        raise BadInput(f"{item.address}: {first} to {last} is more than a year. Check the dates.")
    which = item.target.partition("/")[2]
    others = [
        f"{one[START][:10]} to {one[END][:10]}"
        for one in held
        if one["id"] != which and one[START][:10] <= last and one[END][:10] >= first
    ]
    if others:
        raise BadInput(
            f"{item.address} is off {listed(others)} already, and Kitsu takes no days off that overlap. Change that "
            "one, named by a day of it in `of`."
        )


def _at(person: Person, held: Sequence[Mapping[str, Any]], text: str) -> Mapping[str, Any]:
    """The day off that a day is in."""
    wanted = day(text, "of").isoformat()
    for one in held:
        if one[START][:10] <= wanted <= one[END][:10]:
            return one
    known = listed(sorted(f"{one[START][:10]} to {one[END][:10]}" for one in held)[-4:])
    raise BadInput(f"of: {person.label} is not off on {wanted}. {f'Off: {known}.' if known else 'There is none.'}")


async def _refuse(kitsu: Kitsu, people: Sequence[Person]) -> None:
    me = await kitsu.directory.me.get()
    others = [one.label for one in people if one.id != me.id]
    if others and me.role != "admin":
        me = await kitsu.directory.me.get(time.monotonic())
    if others and me.role != "admin":
        raise NotPermitted(f"Only admins note days off of others; not the role {me.role!r} those of {listed(others)}.")
    if bots := [one.label for one in people if one.is_bot]:
        raise BadInput(f"{listed(bots)}: bots have no days off. Name the person.")
    if left := [one.label for one in people if not one.active]:
        raise BadInput(f"Not active in Kitsu any more: {listed(left)}.")


async def _deleted(kitsu: Kitsu, items: Sequence[Item]) -> list[Effect]:
    """The hours that Zou deletes because of these, for good; the sums of their tasks it leaves as they were."""
    written = [item for item in items if _after(item, THERE) is not False]
    found = await gather(*[partial(kitsu.session.read, _logged(item)) for item in written])
    lost = [(item, says) for item, records in zip(written, found, strict=True) if (says := _lost(records))]
    return [Effect(item.key, item.address, "", says, says) for item, says in lost]


def _logged(item: Item) -> str:
    """Where Kitsu has what somebody logged on the days that they are to be off."""
    days = f"start_date={_after(item, START)}&end_date={_after(item, END)}"
    return f"data/persons/{item.target.partition('/')[0]}/time-spents?{days}"


def _lost(records: Sequence[Mapping[str, Any]]) -> str:
    hours = minutes_value(sum(one["duration"] for one in records), None).shown
    lines = counted(len(records), "line")
    return f"loses for good {hours} logged on these days ({lines}), which their tasks still count" if records else ""


async def _again(kitsu: Kitsu, wanted: Wanted) -> Change:
    """What an undo wants: a day off that was taken back is made anew, and so found by its first day."""
    everybody = await kitsu.directory.people.get()
    ids = dict.fromkeys(target.partition("/")[0] for target in wanted)
    people = {one: everybody[one] for one in ids if one in everybody}
    await _refuse(kitsu, list(people.values()))
    named: dict[str, Mapping[str, Any]] = {}
    held = await days_off_of(kitsu, people)
    for target, fields in wanted.items():
        person, _, which = target.partition("/")
        record = next((one for one in held[person] if one[START][:10] == which), None)
        made = f"{person}/{fields[START]}" if fields.get(THERE) is True else target
        named[f"{person}/{record['id']}" if record and fields.get(THERE) is False else made] = fields
    return await plan_days_off(kitsu, "undo_change", people, held, named)


async def _by(kitsu: Kitsu, target: str) -> str:
    del kitsu, target
    return "somebody changed the days off"


class _DaysOff(MakesAndSets):
    async def steps(self, change: Change, items: Sequence[Item], text: str) -> AsyncGenerator[Sequence[Request], Any]:
        """One request after the other, each once no other hours go with it than the person was told."""
        del text
        for item in items:
            if _after(item, THERE) is not False:
                lost = _lost((yield [Request("GET", _logged(item), None, 200, (item.key,))]))
                if lost and lost not in {one.rest for one in change.effects_of([item])}:
                    raise BadInput(f"{item.address} {lost}: that is not what you were asked.")
            yield list(requests_of_days_off(change, [item]))


DAYS_OFF = _DaysOff(look=look_at_days_off, requests=requests_of_days_off, changed_by=_by, again=_again)
