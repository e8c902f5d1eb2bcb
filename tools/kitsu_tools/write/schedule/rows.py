"""What agents write about a schedule: a bar or a milestone, and what is to be set of it."""

from collections.abc import Mapping, Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Argument

from kitsu_tools.gate.change import Raw
from kitsu_tools.gate.existence import THERE
from kitsu_tools.gate.text import checked
from kitsu_tools.tracker.errors import Ambiguous, BadInput, Unknown, listed, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import TaskType
from kitsu_tools.tracker.names import nearest
from kitsu_tools.tracker.places import Place
from kitsu_tools.write.schedule.now import ScheduleNow
from kitsu_tools.write.schedule.parts import BAR, DAY, END, LABELS, MAN_DAYS, MILESTONE, NAME, START, Part
from kitsu_tools.write.tasks.values import day_wanted

MOST_ROWS, LONGEST_NAME, MOST_MAN_DAYS = 200, 40, 100_000
MOST_DAYS = 5 * 366
"""Of a bar: longer than any production."""
PARTS_OF: Mapping[str, Sequence[str]] = {
    "Asset": ("asset type",),
    "Shot": ("sequence", "episode"),
    "Sequence": ("sequence", "episode"),
    "Episode": ("episode",),
    "Edit": ("edit", "episode"),
}
"""By what Kitsu's page divides the bar of a task type of each kind of entity."""


class ScheduleRow(BaseModel):
    """A bar (task_type, perhaps of a part) or a milestone, with what is to be set of it."""

    model_config = ConfigDict(extra="forbid")

    task_type: str = ""
    of: str = ""
    start: str = ""
    end: str = ""
    man_days: int = Argument(default=-1, ge=-1, le=MOST_MAN_DAYS)
    milestone: str = ""
    day: str = ""
    name: str = ""
    remove: bool = False


async def asked_of(
    kitsu: Kitsu, now: ScheduleNow, row: ScheduleRow, place: Place | None, today: date
) -> tuple[Part, Mapping[str, Raw]]:
    """The part that a row names, and what it is to be."""
    if bool(row.milestone.strip()) == bool(row.start or row.end or row.of or row.man_days >= 0):
        raise BadInput("Each row is of a bar (task_type with start, end or man_days) or of a milestone.")
    dates = {name: text for name, text in ((START, row.start), (END, row.end), (DAY, row.day)) if text.strip()}
    fields: dict[str, Raw] = {
        name: (day_wanted(text, LABELS[name], today) or "")[:10] or None for name, text in dates.items()
    }
    if None in fields.values():
        raise BadInput("A bar has a start and an end, and a milestone a day: none is cleared.")
    if row.milestone.strip():
        return await _milestone(kitsu, now, row, fields)
    if not row.task_type.strip() or row.day or row.name or row.remove:
        raise BadInput("A bar is named by its task_type; day, name and remove are of milestones.")
    task_type, object_id = await _type_of(kitsu, now, row.task_type, place), ""
    if place is not None:
        object_id = place.entity.id if place.entity is not None else await _asset_type(kitsu, place)
        now.names[object_id] = place.address
    if row.man_days >= 0:
        fields[MAN_DAYS] = row.man_days or None
    part = Part(BAR, now.project.id, task_type.id, object_id)
    if now.held(part) is None and not {START, END} <= fields.keys():
        raise BadInput(f"{now.label(part)} has no bar yet: give its start and end.")
    return part, fields


async def _milestone(
    kitsu: Kitsu, now: ScheduleNow, row: ScheduleRow, fields: dict[str, Raw]
) -> tuple[Part, Mapping[str, Raw]]:
    """The milestone that a row names, of those that there are or a new one."""
    type_id = (await _type_of(kitsu, now, row.task_type, None)).id if row.task_type.strip() else ""
    known = [one for one in now.milestones if not type_id or one.get("task_type_id") == type_id]
    text = row.name.strip()
    if text:
        fields[NAME] = _name(text)
    if row.remove and fields:
        raise BadInput("remove: a milestone that is deleted is not set otherwise too.")
    if not fields and not row.remove:
        raise BadInput(f"milestone {quoted(row.milestone)}: give a day, a name or remove.")
    wanted = row.milestone.strip()
    found = [one for one in known if wanted.casefold() in {one[NAME].casefold(), one["id"]}]
    if not found:
        if DAY not in fields or text:
            raise Unknown(
                f"No milestone {quoted(wanted)}. {nearest('milestone', wanted, [one[NAME] for one in known])}"
            )
        part = Part(MILESTONE, now.project.id, type_id, _name(wanted), "new")
        return part, {**fields, NAME: part.which}
    if len(found) > 1:
        several = listed(f"{one['id']} ({one[DAY]})" for one in found)
        raise Ambiguous(f"{len(found)} milestones are called {quoted(wanted)}. Give the id of one: {several}.")
    part = Part(MILESTONE, now.project.id, found[0].get("task_type_id") or "", found[0]["id"])
    return part, {THERE: False} if row.remove else fields


def _name(text: str) -> str:
    name = checked(text, "name")
    if len(name) > LONGEST_NAME or "\n" in name:
        raise BadInput(f"name: {quoted(name)} is longer than the line of {LONGEST_NAME} characters that Kitsu keeps.")
    return name


async def _type_of(kitsu: Kitsu, now: ScheduleNow, text: str, place: Place | None) -> TaskType:
    """The task type of a bar: of this name and of what is divided so, among those that the production uses."""
    named = await kitsu.directory.task_type(text)
    used = [one for one in named if not now.project.task_types or one.id in now.project.task_types]
    if not used:
        raise BadInput(f"{now.project.name} does not use the task type {quoted(text)}.")
    kind = "" if place is None else _kind_of(place)
    fitting = [one for one in used if not kind or kind in PARTS_OF.get(one.for_entity, ())]
    if not fitting and place is not None:
        parts = listed(f"{one}s" for one in PARTS_OF.get(used[0].for_entity, ())) or "no parts"
        raise BadInput(f"{place.address} is no part of {used[0].name}, which is scheduled by {parts}.")
    if len(fitting) > 1:
        of = listed(f"{one.for_entity} ({one.id})" for one in fitting)
        raise Ambiguous(f"task_type: {quoted(text)} is one of each of {of}. Give its id.")
    return fitting[0]


def _kind_of(place: Place) -> str:
    """What a place is to a schedule."""
    if place.entity is not None:
        return place.entity.kind
    return "asset type" if place.group and place.kind == "asset" and not place.is_main_pack else "place"


async def _asset_type(kitsu: Kitsu, place: Place) -> str:
    types = await kitsu.directory.asset_types.get()
    return next(key for key, name in types.items() if name == place.group)
