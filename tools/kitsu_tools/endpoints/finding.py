"""What is told of the endpoints that a question or a path asks for."""

from collections.abc import Sequence
from typing import Any

from kitsu_tools.endpoints.index import Route, route_of
from kitsu_tools.endpoints.instance import Known
from kitsu_tools.endpoints.specification import Endpoint, Field
from kitsu_tools.tracker.errors import Unknown


def found(known: Known, text: str, limit: int) -> dict[str, Any]:
    """The best match in full and up to `limit` altogether; of a path all methods in full, or the one it names.

    Raises:
        Unknown: there is no such endpoint; the message names the nearest.
    """
    route = route_of(text)
    if route is not None and (route.rooted or known.index.at(route)):
        return _told(known, *_at(known, route))
    matches = known.index.search(text)
    if not matches:
        raise Unknown(f"No endpoint of Zou {known.index.version} answers to these words.{_after(known)}")
    return _told(known, matches[:1], matches[1:limit])


def _at(known: Known, route: Route) -> tuple[Sequence[Endpoint], Sequence[Endpoint]]:
    """The endpoints of a path that were asked for, and the other methods of the same path."""
    version = known.index.version
    endpoints = known.index.at(route)
    if not endpoints:
        near = ", ".join(known.index.nearest(route))
        raise Unknown(f"No endpoint {_shown(route)} in Zou {version}. Nearest: {near}.{_after(known)}")
    asked = [one for one in endpoints if route.method in {"", one.method}]
    if not asked:
        takes = ", ".join(one.method for one in endpoints)
        raise Unknown(f"{_shown(route)} is no endpoint of Zou {version}: that path takes {takes}.{_after(known)}")
    return asked, [one for one in endpoints if one not in asked]


def _told(known: Known, full: Sequence[Endpoint], lines: Sequence[Endpoint]) -> dict[str, Any]:
    fields: dict[str, Any] = {"zou": known.index.version, "about": known.note, "under": "/api"}
    fields |= _described(full[0]) if len(full) == 1 else {"endpoints": [_described(one) for one in full]}
    if lines:
        fields["columns"] = ["method", "path", "what it does"]
        fields["rows"] = [[one.method, one.path, one.line] for one in lines]
    return fields


def _described(endpoint: Endpoint) -> dict[str, Any]:
    """Everything known of an endpoint, empty parts left out."""
    as_list = "JSON array, each with these fields" if endpoint.body_is_list else ""
    parts = {
        "endpoint": str(endpoint),
        "does": endpoint.description or endpoint.summary,
        "note": endpoint.note,
        "path": [_line(field) for field in endpoint.path_fields],
        "query": [_line(field) for field in endpoint.query_fields],
        "body_is": as_list if endpoint.body_type == "application/json" else endpoint.body_type,
        "body": [_line(field) for field in endpoint.body_fields],
        "answers": [f"{status} {what}".strip() for status, what in endpoint.answers],
    }
    return {name: part for name, part in parts.items() if part}


def _line(field: Field) -> str:
    """`name (type, required): meaning`."""
    kind = ", ".join(part for part in (field.kind, "required" if field.required else "") if part)
    name = f"{field.name} ({kind})" if kind else field.name
    return f"{name}: {field.meaning}" if field.meaning else name


def _after(known: Known) -> str:
    return f" {known.note}" if known.note else ""


def _shown(route: Route) -> str:
    text = str(route)
    return repr(text if len(text) <= 200 else f"{text[:199]}…")
