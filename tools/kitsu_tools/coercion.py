"""What models and hosts send as arguments, read as it was meant: before any tool, prompt or completion looks at it.

Models write null for what they leave out and one text for a list; hosts add names of their own. None of that is wrong
enough to refuse, and the schemas stay as strict and small as they are. A name that is merely misspelt stays in, to be
refused with the right ones.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue

_NOTHING = frozenset({"null", "undefined"})
"""A null that became text on its way."""

_OF_HOSTS = frozenset({"toolcallid", "tooluseid", "callid", "sessionid", "requestid", "messageid", "traceid"})
"""Seen beside a tool's own arguments; none of our tools has one of these."""

Schema = Mapping[str, Any]


def as_meant(given: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """The arguments of a call, by the JSON schema of its tool: what is left out is out, and each value has the shape
    that is asked for wherever it can only be meant so. The rest is for validation to refuse.
    """
    properties: Mapping[str, Schema] = schema.get("properties", {})
    required = frozenset[str](schema.get("required", ()))
    return {
        name: _shaped(value, properties.get(name, {}))
        for name, value in own(given, properties).items()
        if value is not None and (name in required or not (left_out(value) or _is_empty(value, properties.get(name))))
    }


def own(given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Without what a host adds for itself: names that begin with `_`, ids of its calls and sessions."""
    return {name: value for name, value in given.items() if name in known or not _is_a_hosts(name)}


def left_out(value: object) -> bool:
    """True for null, also as text."""
    return value is None or (isinstance(value, str) and value.strip() in _NOTHING)


def _is_empty(value: object, asked: Schema | None) -> bool:
    """True for a blank text where a number, a yes or one of certain words is asked for."""
    wanted = asked or {}
    certain = "enum" in wanted or wanted.get("type") in {"integer", "number", "boolean"}
    return certain and isinstance(value, str) and not value.strip()


def _is_a_hosts(name: str) -> bool:
    return name.startswith("_") or name.replace("_", "").replace("-", "").casefold() in _OF_HOSTS


def _shaped(value: Any, asked: Schema) -> Any:  # noqa: ANN401  JSON
    match asked:
        case {"type": "array", "items": items}:
            if not isinstance(value, str):
                return _items(value, items)
            return value if value.lstrip().startswith("[") else _items([value] if value.strip() else [], items)
        case {"properties": {}} if isinstance(value, dict):
            return as_meant(value, asked)  # pyright: ignore[reportUnknownArgumentType]  JSON
        case {"enum": words}:
            return _word(value, words)
        case _:
            return value


def _items(given: JsonValue, asked: Schema) -> JsonValue:
    """The items that were given. Several words in one text stand apart where only certain words are asked for (`shot,
    asset`); where anything may be, a comma may be part of a name, which only the tool can tell.
    """
    if isinstance(given, dict) and "properties" in asked:
        given = [given]
    if not isinstance(given, list):
        return given
    items = [_shaped(one, asked) for one in given if not left_out(one)]
    if words := asked.get("enum"):
        apart = [word for one in items for word in (one.split(",") if isinstance(one, str) else [one])]
        return [_word(word, words) for word in apart if word != ""]
    return items


def _word(value: JsonValue, words: Sequence[str]) -> JsonValue:
    """One of these words, however it was spelt: `Shots`, `used in`."""
    plain = value.strip().casefold().replace(" ", "_").replace("-", "_") if isinstance(value, str) else ""
    return next((word for word in words if plain in {word, f"{word}s"}), value)
