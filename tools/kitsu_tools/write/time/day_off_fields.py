"""Days off as a change sees them, each looked up by person and first day, or by person and id.

Zou refuses days off of one person that overlap, and deletes without a word what the person logged on the days that are
written, also where only the description is (`_remove_time_spents_covered_by` of 1.0.97); tasks keep the old sum.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from kitsu_tools.gate.change import Change, Item, Request, Value
from kitsu_tools.gate.existence import ABSENT, THERE, present
from kitsu_tools.gate.kind import Looked
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.names import is_uuid

START, END, DESCRIPTION = "date", "end_date", "description"
LABELS = {START: "from", END: "to", DESCRIPTION: "for"}


def day_off_values(record: Mapping[str, Any]) -> Mapping[str, Value]:
    """The fields of one of Zou's records."""
    texts = {START: record[START][:10], END: record[END][:10], DESCRIPTION: record.get(DESCRIPTION) or ""}
    return {name: Value(text, text or "nothing said") for name, text in texts.items()}


async def days_off_of(kitsu: Kitsu, people: Iterable[str]) -> dict[str, list[Mapping[str, Any]]]:
    """All days off of each of these people, which managers and admins are shown, and everybody of themselves."""
    ids = list(dict.fromkeys(people))
    found = await gather(*[partial(kitsu.session.read, f"data/persons/{one}/day-offs") for one in ids])
    return dict(zip(ids, found, strict=True))


async def look_at_days_off(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    """Each day off, also one that is not there."""
    held = await days_off_of(kitsu, (one.partition("/")[0] for one in targets))
    looked: dict[str, Mapping[str, Value]] = {}
    for target in targets:
        person, _, which = target.partition("/")
        by = "id" if is_uuid(which) else START
        record = next((one for one in held[person] if one[by][: len(which)] == which), None)
        looked[target] = {**present(record["id"]), **day_off_values(record)} if record else ABSENT
    return looked


def requests_of_days_off(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    """One request each."""
    del change
    for item in items:
        person, _, which = item.target.partition("/")
        fields = item.sets
        match fields.pop(THERE, None):
            case True:
                yield Request("POST", "data/day-offs", {"person_id": person, **fields}, 201, (item.key,))
            case False:
                yield Request("DELETE", f"data/day-offs/{which}", None, 204, (item.key,))
            case _:
                yield Request("PUT", f"data/day-offs/{which}", fields, 200, (item.key,))
