"""Metadata of shots and assets, in words: what Kitsu's page keeps in each type of column."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from kitsu_tools.conditions import one_of, plain, values_of
from kitsu_tools.tracker.model import Column, Person

EXPLICITLY = "column "
"""Before a column's name: the column, where something else has that name too."""


def column_named(columns: Iterable[Column], written: str) -> Column | None:
    """The column of this name, or else with this key, give or take case; `column Name` names it too."""
    there = list(columns)
    for name in (written, written.strip().removeprefix(EXPLICITLY)):
        wanted = plain(name)
        by_name = (one for one in there if plain(one.name) == wanted)
        by_key = (one for one in there if plain(one.field_name) == wanted)
        if found := next(by_name, None) or next(by_key, None):
            return found
    return None


def as_text(value: Any, column: Column, people: Mapping[str, Person]) -> str:  # noqa: ANN401  whatever was put there
    """A value as it is compared and shown: `true`, `[x] plates, [ ] sound`, a person's name.

    Kitsu's page keeps booleans as the words true and false, and a checklist as JSON text (`{"plates": true}`). Zou
    1.0.97 checks no value, so what does not read as its type says is shown as it is.
    """
    if column.data_type == "person" and value in people:
        return people[value].label
    if column.data_type == "checklist" and isinstance(value, str):
        return _plain(_ticks(value))
    return _plain(value)


def items_of(value: Any, column: Column) -> list[str]:  # noqa: ANN401  whatever was put there
    """The tags or ticks of a value, each as it is shown; nothing of a value that is one thing.

    Kitsu's page keeps tags as one text with commas between them (its ComboboxTag.vue), others keep a list.
    """
    if isinstance(value, str):
        match column.data_type:
            case "taglist":
                return values_of(value, one_of(column.choices))
            case "checklist":
                value = _ticks(value)
            case _:
                return []
    if isinstance(value, list):
        return list(map(_plain, value))  # pyright: ignore[reportUnknownArgumentType]
    ticks: dict[str, Any] = value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]
    return [_tick(name, ticked) for name, ticked in ticks.items()]


def _ticks(text: str) -> Any:  # noqa: ANN401  JSON
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _plain(value: Any) -> str:  # noqa: ANN401  JSON
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return ", ".join(map(_plain, value))  # pyright: ignore[reportUnknownArgumentType]
        case dict():
            return ", ".join(_tick(name, ticked) for name, ticked in value.items())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def _tick(name: object, ticked: object) -> str:
    return f"[{'x' if ticked else ' '}] {name}"
