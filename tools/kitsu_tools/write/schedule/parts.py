"""Bars and milestones of a schedule as a change sees them, each looked up by what it is of.

Kitsu's page of a schedule makes the bars that are missing when somebody looks at it, from today to tomorrow; the plain
routes that are read here make none. Zou checks no date against another (1.0.97).
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from kitsu_tools.gate.change import Change, Item, Request, Value
from kitsu_tools.gate.existence import ABSENT, THERE, present
from kitsu_tools.gate.kind import Looked
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.session import KitsuSession

START, END, MAN_DAYS, NAME, DAY = "start_date", "end_date", "man_days", "name", "date"
LABELS = {START: "start", END: "end", MAN_DAYS: "man days", NAME: "name", DAY: "on"}
OF_BARS, OF_MILESTONES = (START, END, MAN_DAYS), (DAY, NAME)
BAR, MILESTONE = "schedule-items", "milestones"

Record = Mapping[str, Any]


class Part(NamedTuple):
    """A bar, of a task type and perhaps a part of it, or a milestone, by its id or, of a new one, by its name.

    `which`: of a bar the id of an episode, sequence, edit or asset type, empty for all; of a milestone its id or name.
    """

    kind: str
    project_id: str
    type_id: str
    which: str
    new: str = ""

    @property
    def target(self) -> str:
        """How a change names it."""
        return "/".join((self.kind, self.project_id, self.new, self.type_id, self.which))


def part_of(target: str) -> Part:
    """The part that a target names."""
    kind, project_id, new, type_id, which = target.split("/", 4)
    return Part(kind, project_id, type_id, which, new)


def record_of(part: Part, records: Iterable[Record]) -> Record | None:
    """What Kitsu has of a part."""

    def answers(one: Record) -> bool:
        if part.kind == MILESTONE and not part.new:
            return one["id"] == part.which
        which = one.get("object_id") if part.kind == BAR else one[NAME]
        return (one.get("task_type_id") or "", which or "") == (part.type_id, part.which)

    return next(filter(answers, records), None)


def values_of(kind: str, record: Record) -> Mapping[str, Value]:
    """The fields of one of Zou's records."""
    names = OF_BARS if kind == BAR else OF_MILESTONES
    return {one: Value(record.get(one) or None, str(record.get(one) or "none")) for one in names}


async def look_at_parts(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    """Each part, also one that is not there."""
    parts = [part_of(one) for one in targets]
    held = await parts_held(kitsu.session, ((one.kind, one.project_id) for one in parts))
    looked: dict[str, Mapping[str, Value]] = {}
    for part in parts:
        record = record_of(part, held[part.kind, part.project_id])
        looked[part.target] = {**present(record["id"]), **values_of(part.kind, record)} if record else ABSENT
    return looked


async def parts_held(
    session: KitsuSession, wanted: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Sequence[Record]]:
    """All bars or milestones of productions, by which and whose."""
    asked = list(dict.fromkeys(wanted))
    reads = [partial(session.read, f"data/projects/{project_id}/{kind}") for kind, project_id in asked]
    return dict(zip(asked, await gather(*reads), strict=True)) if asked else {}


def requests_of_parts(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    """One request each; what is there goes by its id, which stands among its fields."""
    for item in items:
        part = part_of(item.target)
        fields = item.sets
        there, path = fields.pop(THERE, None), f"data/{part.kind}"
        found = next((one.before.raw for one in item.fields if one.name == "id"), "")
        if there is True:
            of = {"object_id": part.which or None} if part.kind == BAR else {}
            own = {"project_id": change.project_id, "task_type_id": part.type_id or None, **of}
            yield Request("POST", path, {**own, **fields}, 201, (item.key,))
        elif there is False:
            yield Request("DELETE", f"{path}/{found}", None, 204, (item.key,))
        else:
            yield Request("PUT", f"{path}/{found}", fields, 200, (item.key,))
