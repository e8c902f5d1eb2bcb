"""What is written of an entity, as agents give it, as Zou holds it and as a person reads it.

Zou 1.0.97 checks neither frames nor metadata. What stands in `data` is a field `data.<key>` here.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from kitsu_tools.conditions import one_of, plain, values_of
from kitsu_tools.gate.change import Field, Item, Raw, Value
from kitsu_tools.gate.text import checked
from kitsu_tools.metadata import as_text, column_named
from kitsu_tools.tracker.errors import BadInput, listed, quoted
from kitsu_tools.tracker.model import Column, Kind, Person, Project
from kitsu_tools.tracker.names import nearest
from kitsu_tools.write.entities.keys import Record

LONGEST_NAME = 160
"""Characters that Zou's column holds; it answers a longer one with a failure of its own (1.0.97)."""
MOST_FRAMES = 10_000_000
DESCRIPTION, FRAMES, OMITTED, STATUS, NAME = "description", "nb_frames", "canceled", "status", "name"
TASKS = "tasks"
DATA = "data."
FIRST, LAST, FPS = f"{DATA}frame_in", f"{DATA}frame_out", f"{DATA}fps"
LABELS = {
    FRAMES: "frames",
    FIRST: "in",
    LAST: "out",
    FPS: "fps",
    DESCRIPTION: "description",
    STATUS: "status",
    NAME: "name",
    "parent_id": "in",
    "source_id": "episode",
    "entity_type_id": "type",
}
NUMBERS = (FIRST, LAST)


def columns_of(project: Project, kind: Kind) -> list[Column]:
    """The metadata columns that a production has for a kind."""
    return [one for one in project.columns if one.entity_type.casefold() == kind]


def values(record: Record, columns: Sequence[Column], people: Mapping[str, Person]) -> dict[str, Value]:
    """What a record holds, by the names of its fields."""
    named = {one.field_name: one for one in columns}
    found = {
        NAME: Value(record.get(NAME), str(record.get(NAME) or "")),
        DESCRIPTION: Value(record.get(DESCRIPTION) or None, str(record.get(DESCRIPTION) or "none")),
        FRAMES: _number(record.get(FRAMES)),
        OMITTED: Value(bool(record.get(OMITTED)), "omitted" if record.get(OMITTED) else "not omitted"),
        STATUS: Value(record.get(STATUS), str(record.get(STATUS) or "")),
    }
    data: Mapping[str, Any] = record.get("data") or {}
    for key in data.keys() | named.keys() | {"frame_in", "frame_out", "fps"}:
        value, name = data.get(key), f"{DATA}{key}"
        if name in NUMBERS:
            found[name] = _number(value)
        else:
            raw: Raw = value if isinstance(value, str | int | float | None) else orjson.dumps(value).decode()
            raw = None if raw == "" else raw  # Kitsu's page leaves either where nothing is
            found[name] = Value(raw, (as_text(value, named[key], people) if key in named else str(raw)) or "none")
    return found


def field_of(name: str, before: Value, after: Value, columns: Sequence[Column], *, alone: bool) -> Field:
    """A field that is set. `alone`: nothing stood there, or there is no room to say what did."""
    column = next((one.name for one in columns if f"{DATA}{one.field_name}" == name), "")
    label = column or LABELS.get(name, name.removeprefix(DATA))
    if name == OMITTED:
        return Field(name, before, after, "", "omitted" if after.raw else "restored")
    return Field(name, before, after, label, after.shown if alone else "")


def as_sent(fields: Mapping[str, Raw]) -> dict[str, Any]:
    """Fields as Zou takes them: what is in `data` below it."""
    data = {name.removeprefix(DATA): value for name, value in fields.items() if name.startswith(DATA)}
    plain_fields: dict[str, Any] = {name: value for name, value in fields.items() if not name.startswith(DATA)}
    return {**plain_fields, "data": data} if data else plain_fields


def name_wanted(text: str, what: str = "name") -> str:
    """A name as it may be sent, without blanks at its ends.

    Raises:
        BadInput: nobody could see it whole, or Zou has no room for it.
    """
    name = checked(text, what)
    if not name or "\n" in name or "\t" in name:
        raise BadInput(f"{what}: {quoted(text)} is no name. Give one line.")
    if len(name) > LONGEST_NAME:
        raise BadInput(f"{what}: {quoted(name)} has {len(name)} characters; Kitsu keeps {LONGEST_NAME}. Shorten it.")
    return name


def frames_wanted(
    whose: str, first: int | None, last: int | None, count: int | None, held: Mapping[str, Value] | None = None
) -> dict[str, Raw]:
    """Frames as they are to be: of two that are given the third follows, and of one what it means beside what is there
    so far, which is `held`.

    Raises:
        BadInput: they contradict each other, or are none.
    """
    given = {FIRST: first, LAST: last, FRAMES: count}
    wanted = {name: value for name, value in given.items() if value is not None}
    if not wanted:
        return {}
    _refuse_frames(whose, wanted)
    beside: Mapping[str, Value] = held if held and len(wanted) == 1 else {}
    known = {name: one.raw for name, one in beside.items() if name in given and isinstance(one.raw, int)} | wanted
    first_, last_, count_ = (known.get(name) for name in given)
    if FRAMES in wanted and len(wanted) == 1 and first_ is not None:
        last_ = None  # of what is there the first frame stays
    if first_ is not None and last_ is not None:
        length = last_ - first_ + 1
        if length < 1:
            raise BadInput(f"{whose}: out {last_} lies before in {first_}. Give both, or others.")
        if wanted.get(FRAMES, length) != length:
            raise BadInput(f"{whose}: {first_} to {last_} are {length} frames, not {count}. Leave one of them out.")
        wanted[FRAMES] = length
    elif FRAMES in wanted and first_ is not None and count_ is not None:
        wanted[LAST] = first_ + count_ - 1
    elif FRAMES in wanted and last_ is not None and count_ is not None:
        wanted[FIRST] = last_ - count_ + 1
    _refuse_frames(whose, wanted)
    return {name: wanted[name] for name in given if name in wanted}


def _refuse_frames(whose: str, wanted: Mapping[str, int]) -> None:
    wrong = next((f"{LABELS[name]} {value}" for name, value in wanted.items() if not 0 <= value <= MOST_FRAMES), "")
    if wrong:
        raise BadInput(f"{whose}: {wrong} is no frame number. Give 0 to {MOST_FRAMES:,}.")


def metadata_wanted(
    given: Mapping[str, Any], columns: Sequence[Column], kind: Kind, held: Mapping[str, Any] | None = None
) -> dict[str, Raw]:
    """Metadata by the names of its fields, each value as Kitsu's page would leave it. `held`: what `data` has so far.

    Raises:
        BadInput: there is no such column, or it does not take the value.
    """
    wanted: dict[str, Raw] = {}
    for name, value in given.items():
        column = column_named(columns, name)
        if column is None:
            there = [one.name for one in columns]
            raise BadInput(f"data: no metadata column {quoted(name)} of {kind}s. {nearest('column', name, there)}")
        wanted[f"{DATA}{column.field_name}"] = _value_wanted(value, column, (held or {}).get(column.field_name))
    return wanted


def _value_wanted(value: Any, column: Column, held: Any) -> Raw:  # noqa: ANN401  JSON
    if value is None or value == "":
        return None
    match column.data_type:
        case "number":
            return _number_wanted(value, column)
        case "boolean" if str(value).strip().casefold() in {"true", "false"}:
            return str(value).strip().casefold()
        case "list":
            return _choice(value, column)
        case "taglist":
            parts: list[Any] = value if isinstance(value, list) else values_of(str(value), one_of(column.choices))  # pyright: ignore[reportUnknownVariableType]
            return ",".join(_choice(one, column) for one in parts)
        case "checklist" if isinstance(value, dict):
            ticks: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
            every = {re.sub(r"^\[[ x]\] ", "", one): one.startswith("[x]") for one in column.choices}
            lines = {_choice(line, column, list(every)): bool(ticked) for line, ticked in ticks.items()}
            before: dict[str, Any] = orjson.loads(held) if isinstance(held, str) and held.startswith("{") else {}
            return orjson.dumps({**every, **before, **lines}).decode()
        case "boolean" | "checklist" as kind:
            raise _unfit(value, column, "true or false" if kind == "boolean" else 'ticks by line, as {"plates": true}')
        case _ if isinstance(value, list | dict):
            raise _unfit(column.name, column, "a text")
        case _:
            return checked(str(value), f"data: {column.name}")


def _number_wanted(value: Any, column: Column) -> int | float:  # noqa: ANN401  JSON
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", value.strip()):
        return float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unfit(value, column, "a number")
    return value


def _choice(value: object, column: Column, among: Sequence[str] = ()) -> str:
    choices = among or column.choices
    found = next((one for one in choices if plain(one) == plain(str(value))), None)
    if found is None:
        raise _unfit(value, column, f"one of {listed(choices)}")
    return found


def _unfit(value: object, column: Column, wants: str) -> BadInput:
    return BadInput(f"data: {column.name} takes {wants}, not {quoted(str(value))}.")


def _number(value: object) -> Value:
    """A number of frames, which Kitsu's page may have left as a text."""
    text = str(value)
    raw = int(text) if value is not None and re.fullmatch(r"-?[0-9]{1,15}", text) else (value or None)
    plain_raw: Raw = raw if isinstance(raw, str | int | float | None) else text
    return Value(plain_raw, "none" if raw is None else text)


def tasks_of(item: Item) -> tuple[str, ...]:
    """The task types of the tasks that are made along with it."""
    raw = item.changed(TASKS)
    return raw if isinstance(raw, tuple) else ()
