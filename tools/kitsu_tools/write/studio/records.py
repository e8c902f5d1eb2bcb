"""The records of the studio as Zou holds them, as a person reads them, and by which a change finds them.

A target is `<kind>/<id>`, and of what is not there `<kind>//` and what it will be called: its name, or what an
automation does.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from operator import itemgetter
from typing import Any

from kitsu_tools.gate.change import Item, Raw, Value
from kitsu_tools.gate.existence import THERE
from kitsu_tools.tracker.errors import BadInput, quoted
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.names import pick
from kitsu_tools.write.studio.parts import DEPARTMENT, NAME, OF, PARTS, READY, TASK_TYPES, THEN, WHEN, What
from kitsu_tools.write.tasks.values import CLEAR

Records = Mapping[What, Mapping[str, Mapping[str, Any]]]
"""All records of a kind, by id, as Zou holds them."""
DOES = (OF, WHEN, THEN)
"""What an automation is told by."""


async def records_of(kitsu: Kitsu) -> Records:
    """Everything of every kind as Zou holds it now; what is held of it elsewhere is read anew."""
    kitsu.directory.forget([part.cache for part in PARTS.values()])
    read = await gather(*[partial(kitsu.session.read, part.listed) for part in PARTS.values()])
    return {what: {one["id"]: one for one in records} for what, records in zip(PARTS, read, strict=True)}


def held(what: What, record: Mapping[str, Any]) -> dict[str, Raw]:
    """What Zou holds of one record, by the names of its settings."""
    raws: dict[str, Raw] = {}
    for name, setting in PARTS[what].settings.items():
        match name:
            case "when":
                raws[name] = f"{record['in_task_type_id']}={record['in_task_status_id']}"
            case "then":
                ready = record["out_field_type"] == READY
                raws[name] = f"{record['out_task_type_id']}={READY if ready else record['out_task_status_id']}"
            case "task_types":
                raws[name] = tuple(sorted(record.get(TASK_TYPES) or ()))
            case _:
                raw = record.get(setting.column)
                raws[name] = "" if raw is None and name in {"short_name", "description"} else raw
    return raws


def body_of(what: What, fields: Mapping[str, Raw]) -> dict[str, Any]:
    """What Zou is sent for these settings."""
    body: dict[str, Any] = {}
    for name, raw in fields.items():
        if name == WHEN:
            body["in_task_type_id"], body["in_task_status_id"] = str(raw).split("=")
        elif name == THEN:
            task_type, status = str(raw).split("=")
            ready = status == READY
            body |= {
                "out_field_type": READY if ready else "status",
                "out_task_type_id": task_type,
                "out_task_status_id": None if ready else status,
            }
        else:
            body[PARTS[what].settings[name].column] = list(raw) if isinstance(raw, tuple) else raw
    return body


def value_of(what: What, name: str, raw: Raw, records: Records) -> Value:
    """A setting as a person reads it."""
    if raw is not None and name in {WHEN, THEN}:
        task_type, status = str(raw).split("=")
        if status == READY:
            return Value(raw, f"the asset is ready for {_name('task type', task_type, records)}")
        said = _name("task status", status, records)
        return Value(raw, f"{_name('task type', task_type, records)} {'is' if name == WHEN else 'becomes'} {said}")
    if isinstance(raw, tuple):
        return Value(raw, ", ".join(sorted(_name("task type", one, records) for one in raw)) or CLEAR)
    if name == DEPARTMENT:
        return Value(raw, _name("department", str(raw), records) if raw else CLEAR)
    return Value(raw, PARTS[what].settings[name].shown(raw))


def called(what: What, fields: Mapping[str, Raw], records: Records) -> str:
    """What it is called: an automation by what it does, as get_studio tells it."""
    if what != "automation":
        return str(fields[NAME])
    does = (value_of(what, name, fields[name], records).shown for name in (OF, WHEN, THEN))
    return ": ".join(does) + ", with the last revision" * bool(fields.get("copies_revision"))


def one_named(what: What, text: str, records: Records) -> str:
    """The id of the record that is meant, by its name or id; a task type also by what it is of: `Shot Layout`.

    Raises:
        Unknown, Ambiguous: none or several; the message lists candidates.
    """
    names: list[Callable[[Mapping[str, Any]], str]] = [lambda one: called(what, held(what, one), records)]
    if what == "task type":
        names = [lambda one: f"{one['for_entity'] or 'Asset'} {one[NAME]}", itemgetter(NAME)]
    if what == "task status":
        names.append(itemgetter("short_name"))
    return pick(what, text, records[what].values(), *names, itemgetter("id"))["id"]


def _name(what: What, one: str, records: Records) -> str:
    found = records[what].get(one, {})
    return str(found.get("short_name") if what == "task status" else found.get(NAME)) if found else "?"


def setting_of(what: What, name: str, text: str, of: str, records: Records, today: date) -> Raw:
    """What Zou is to hold of a setting; `of`: what the task types of an automation are of.

    Raises:
        BadInput: it is no value of this setting.
    """
    if name == DEPARTMENT:
        return None if _clears(text) else _pick("department", text, records)
    if name == TASK_TYPES:
        names = () if _clears(text) else text.split(",")
        return tuple(sorted({_pick("task type", one.strip(), records, "asset") for one in names}))
    if name == WHEN or (name == THEN and "=" in text):
        task_type, _, status = text.rpartition("=")
        chosen = _pick("task type", task_type.strip(), records, of), _pick("task status", status.strip(), records)
        return "=".join(chosen)
    if name == THEN:
        if of != "asset":
            raise BadInput(
                f"then: {quoted(text)} has no status. Write Task Type=status; assets alone get ready for one."
            )
        return f"{_pick('task type', text.strip(), records, 'shot')}={READY}"
    return PARTS[what].settings[name].read(text, name, today)


def _clears(text: str) -> bool:
    return text.strip().casefold() == CLEAR


def _pick(what: What, text: str, records: Records, of: str = "") -> str:
    names: list[Callable[[Mapping[str, Any]], str]] = [itemgetter(NAME)]
    if what == "task status":
        names.append(itemgetter("short_name"))
    among = (
        one
        for one in records[what].values()
        if not (one.get("archived") or one.get("for_concept"))
        and (not of or (one["for_entity"] or "Asset").casefold() == of)
    )
    return pick(f"{of} {what}".strip(), text, among, *names)["id"]


def target_of(what: What, fields: Mapping[str, Raw]) -> str:
    """The target of what is not there yet."""
    return f"{what}//" + (":".join(str(fields[one]) for one in DOES) if what == "automation" else str(fields[NAME]))


def named_in(target: str) -> dict[str, Raw]:
    """What a target says of what is not there yet."""
    what, _, which = target.partition("//")
    if not which:
        return {}
    return dict(zip(DOES, which.split(":"), strict=True)) if what == "automation" else {NAME: which}


def what_of(target: str) -> What:
    """The kind that a target is of."""
    return next(what for what in PARTS if what == target.partition("/")[0])


def found(records: Records, target: str) -> Mapping[str, Any] | None:
    """The record that a target is of, where it is there."""
    what, named = what_of(target), named_in(target)
    if not named:
        return records[what].get(target.partition("/")[2])
    return next((one for one in records[what].values() if named.items() <= held(what, one).items()), None)


def is_new(item: Item) -> bool:
    """Whether it is made."""
    return item.changed(THERE) is True


def is_gone(item: Item) -> bool:
    """Whether it is deleted."""
    return item.changed(THERE) is False


def after_of(records: Records, item: Item) -> dict[str, Raw]:
    """What a record will hold."""
    record = found(records, item.target)
    before = held(what_of(item.target), record) if record else named_in(item.target)
    return before | {one.name: one.after.raw for one in item.fields if one.changes and one.name != THERE}
