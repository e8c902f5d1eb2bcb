"""`change_schedule`: bars and milestones of a production's schedule.

Who may is told by `ScheduleItemResource`, `ScheduleItemsResource` and `MilestoneResource` of Zou 1.0.97: managers, and
for bars that are there supervisors of their task type.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Annotated, Any

from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Field, Item, Raw, Value
from kitsu_tools.gate.existence import ID, THERE, MakesAndSets, comes, goes
from kitsu_tools.gate.sets_fields import Wanted
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.errors import BadInput, NotPermitted, listed, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.places import Place
from kitsu_tools.write.naming import places_named
from kitsu_tools.write.schedule.now import ScheduleNow, schedule_now
from kitsu_tools.write.schedule.parts import (
    BAR,
    DAY,
    END,
    LABELS,
    MILESTONE,
    NAME,
    START,
    Part,
    look_at_parts,
    part_of,
    requests_of_parts,
    values_of,
)
from kitsu_tools.write.schedule.rows import MOST_DAYS, MOST_ROWS, ScheduleRow, asked_of
from kitsu_tools.write.snapshot import permitted
from kitsu_tools.write.tasks.now import EVERYWHERE
from kitsu_tools.write.tool import writes


@writes
async def change_schedule(
    kitsu: KitsuHere,
    rows: Annotated[
        Sequence[ScheduleRow],
        Argument(
            max_length=MOST_ROWS,
            description="bars: task_type, of (episode, sequence, edit or asset type; empty: all of it), start, end, "
            "man_days; milestones: milestone (its name), task_type (if of one), day, name (to rename), remove",
        ),
    ],
    project: Annotated[str, Argument(description="empty: the default project")] = "",
) -> Change:
    """Set bars of a production's schedule and make, move, rename or delete milestones, after the person you work for
    said yes in their own dialog. Tasks keep their dates: plan_tasks sets those.

    What is left out stays; a bar or milestone that is not there is made. get_schedule shows them.
    """
    if not rows:
        raise BadInput("Name at least one row.")
    home = await kitsu.find.production(project) if project.strip() else await kitsu.find.place("")
    texts = {one.of.strip(): _below(home, one.of.strip()) for one in rows if one.of.strip()}
    now = await schedule_now(kitsu, home.project)
    places = await places_named(kitsu, texts.values(), "name")
    today = (await kitsu.clock()).today()
    wanted: dict[str, Mapping[str, Raw]] = {}
    for row in rows:
        place = places[texts[row.of.strip()]] if row.of.strip() else None
        part, fields = await asked_of(kitsu, now, row, place, today)
        if wanted.setdefault(part.target, fields) is not fields:
            raise BadInput(f"{now.label(part)} is named twice.")
    _refuse_twins(now, wanted)
    change = await plan_schedule(kitsu, "change_schedule", now, wanted)
    if not change.items:
        raise BadInput("All of it is so already.")
    return change


def _refuse_twins(now: ScheduleNow, wanted: Wanted) -> None:
    """Refuse milestones of one name, which nobody could tell apart; Zou takes them (1.0.97)."""
    parts = {part_of(target): fields for target, fields in wanted.items()}
    named = {one["id"]: (one.get("task_type_id") or "", one[NAME]) for one in now.milestones}
    for part, fields in parts.items():
        if part.kind == MILESTONE and not fields.get(THERE, True):
            del named[part.which]
        elif part.kind == MILESTONE and NAME in fields:
            named[part.which] = part.type_id, str(fields[NAME])
    twins = [
        name for (_, name), count in Counter((of, name.casefold()) for of, name in named.values()).items() if count > 1
    ]
    given = {str(fields[NAME]).casefold() for fields in parts.values() if NAME in fields}
    if found := sorted(given & set(twins)):
        raise BadInput(f"Two milestones would be called {listed(map(quoted, found))}. Give another name.")


def _below(home: Place, text: str) -> str:
    """The address of a part as it is named in its production, or in full."""
    base = home.address.partition("/")[0]
    return text if "://" in text or text.partition("/")[0].casefold() == base.casefold() else f"{base}/{text}"


async def plan_schedule(kitsu: Kitsu, tool: str, now: ScheduleNow, wanted: Wanted) -> Change:
    """What makes these parts of a schedule so.

    Raises:
        BadInput: a bar ends before it starts, or is longer than any production.
        NotPermitted: Zou would refuse the role.
    """
    items = [_item(now, part_of(target), fields) for target, fields in wanted.items()]
    moving = tuple(item for item in items if item.changes)
    await permitted(kitsu, now, partial(_refuse_role, items=moving))
    for item in moving:
        _refuse_dates(item)
    return now.change(
        Change,
        items,
        moving,
        kind="schedules",
        tool=tool,
        verb="Change schedule:" if tool != "undo_change" else "Take back schedule:",
        noun="part",
        warnings=tuple(_warnings(now, moving)),
        posts=False,
    )


def _item(now: ScheduleNow, part: Part, fields: Mapping[str, Any]) -> Item:
    record = now.held(part)
    address = now.label(part, record)
    if record is None:
        after = values_of(part.kind, fields)
        new = [
            Field(name, Value(None, ""), one, LABELS[name], one.shown)
            for name, one in after.items()
            if one.raw is not None
        ]
        return Item(part.target, part.target, address, (comes("new"), *new))
    before = values_of(part.kind, record)
    own = Field(ID, Value(record["id"], ""), Value(record["id"], ""))
    goes_away = not fields.get(THERE, True)
    after = before if goes_away else values_of(part.kind, {**record, **fields})
    its = (*(Field(name, before[name], after[name], LABELS[name]) for name in before), own)
    gone = goes("deleted", before[DAY].shown if part.kind == MILESTONE else "there")
    return Item(part.target, part.target, address, (gone, *its) if goes_away else its)


def _refuse_dates(item: Item) -> None:
    after = {one.name: str(one.after.raw or "") for one in item.fields}
    first, last = after.get(START, ""), after.get(END, "")
    if not first or not last:
        return
    if last < first:
        raise BadInput(f"{item.address} would end {last}, before it starts {first}.")
    if (date.fromisoformat(last) - date.fromisoformat(first)).days > MOST_DAYS:
        raise BadInput(f"{item.address}: {first} to {last} is more than five years. Check its years.")


async def _refuse_role(now: ScheduleNow, items: Sequence[Item]) -> None:
    refused: list[str] = []
    for item in items:
        part, made = part_of(item.target), any(one.name == THERE for one in item.fields)
        if now.role not in EVERYWHERE and (part.kind == MILESTONE or made or not now.supervised(part.type_id)):
            refused.append(item.address)
    if refused:
        may = "sets only bars that are there, of its departments" if now.role == "supervisor" else "schedules nothing"
        raise NotPermitted(f"The role {now.role!r} {may}; not {listed(refused)}.")


def _warnings(now: ScheduleNow, items: Sequence[Item]) -> list[str]:
    first, last = now.project.start_date, now.project.end_date
    outside = [
        item.address
        for item in items
        for one in item.fields
        if one.name in {START, END, DAY}
        and one.changes
        and one.after.raw
        and ((first and str(one.after.raw) < first) or (last and str(one.after.raw) > last))
    ]
    span = f"{first or '…'} to {last or '…'}"
    return [f"Outside the production ({span}): {listed(dict.fromkeys(outside), 3)}"] if outside else []


async def _again(kitsu: Kitsu, wanted: Wanted) -> Change:
    """What an undo wants: what was made goes by its id, what was deleted is made anew."""
    parts = {part_of(target): fields for target, fields in wanted.items()}
    project = await kitsu.directory.project_by_id(next(iter(parts)).project_id)
    if project is None:
        raise NotPermitted("Its production is not there any more for you.")
    now = await schedule_now(kitsu, project)
    places = await places_named(kitsu, [one.which for one in parts if one.kind == BAR and _is_entity(one, now)], "name")
    now.names.update({one: place.address for one, place in places.items()})
    types = await kitsu.directory.asset_types.get()
    base = encoded(project.name)
    now.names.update({one.which: f"{base}/{encoded(types[one.which])}" for one in parts if one.which in types})
    back: dict[str, Mapping[str, Raw]] = {}
    for part, fields in parts.items():
        anew = fields.get(THERE) is True and part.kind == MILESTONE
        named = part._replace(new="new", which=str(fields[NAME])) if anew else part
        back[named.target] = fields
    return await plan_schedule(kitsu, "undo_change", now, back)


def _is_entity(part: Part, now: ScheduleNow) -> bool:
    of = now.types[part.type_id].for_entity if part.type_id in now.types else ""
    return bool(part.which) and of != "Asset"


async def _by(kitsu: Kitsu, target: str) -> str:
    del kitsu, target
    return "somebody changed the schedule"


SCHEDULES = MakesAndSets(look=look_at_parts, requests=requests_of_parts, changed_by=_by, again=_again)
