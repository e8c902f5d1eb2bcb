"""Metadata of shots and assets, in words: what Kitsu's page keeps in each type of column."""

from collections.abc import Mapping
from typing import Any

import orjson

from kitsu_tools.tracker.model import Column, Person

OF_ITEMS = frozenset({"checklist", "taglist"})
"""Types of column whose values are several things."""


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
            return ", ".join(f"[{'x' if ticked else ' '}] {name}" for name, ticked in value.items())  # pyright: ignore[reportUnknownVariableType]
        case _:
            return str(value)
