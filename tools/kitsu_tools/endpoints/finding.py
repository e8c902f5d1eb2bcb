"""What is told of the endpoints that a question or a path asks for."""

from collections.abc import Iterator, Sequence
from typing import Any

from kitsu_tools.answers import within_budget
from kitsu_tools.endpoints.index import Route, route_of
from kitsu_tools.endpoints.instance import Known
from kitsu_tools.endpoints.specification import Endpoint, Field
from kitsu_tools.tracker.errors import Unknown

MOST_IN_FULL = 5
MOST_ROWS = 50
NOTHING_FITS = "nothing fits well; nearest:"


def found(known: Known, text: str, limit: int) -> dict[str, Any]:
    """The best match in full and up to `limit` altogether; of a path all methods in full, or the one it names. Where
    no endpoint does what the words ask for, none in full, and `found` says so.

    However much a document says, this is one answer's worth, and `left_out` tells what is not in it.

    Raises:
        Unknown: there is no such endpoint; the message names the nearest.
    """
    route = route_of(text)
    if route is not None and (route.rooted or known.index.at(route)):
        return _told(known, *_at(known, route))
    matches, fits = known.index.matches(text)
    if not matches:
        raise Unknown(f"No endpoint of Zou {known.index.version} answers to these words.{_after(known)}")
    if fits:
        return _told(known, matches[:1], matches[1:limit])
    return {"found": NOTHING_FITS} | _told(known, [], matches[:limit])


def _at(known: Known, route: Route) -> tuple[Sequence[Endpoint], Sequence[Endpoint]]:
    """The endpoints of a path that were asked for, and the other methods of the same path."""
    version = known.index.version
    endpoints = known.index.at(route)
    if not endpoints:
        near = ", ".join(known.index.nearest(route))
        raise Unknown(f"No endpoint {_shown(route)} in Zou {version}. Nearest: {near}.{_after(known)}")
    asked = [one for one in endpoints if route.method in {"", one.method}]
    if not asked:
        takes = ", ".join(dict.fromkeys(one.method for one in endpoints))
        raise Unknown(f"{_shown(route)} is no endpoint of Zou {version}: that path takes {takes}.{_after(known)}")
    others = [one for one in endpoints if route.method not in {"", one.method}]
    return asked[:MOST_IN_FULL], [*asked[MOST_IN_FULL:], *others]


def _told(known: Known, full: Sequence[Endpoint], others: Sequence[Endpoint]) -> dict[str, Any]:
    lines = [[position, *line] for position, one in enumerate(full) for line in _lines(one)]
    rows = [[one.method, one.path, one.line] for one in others[:MOST_ROWS]]
    kept = within_budget([*lines, *rows])
    kept_lines, kept_rows = kept[: len(lines)], kept[len(lines) :]
    described = [
        _described(one, [(part, line) for at, part, line in kept_lines if at == position])
        for position, one in enumerate(full)
    ]
    fields: dict[str, Any] = {"zou": known.index.version, "about": known.note, "under": "/api"}
    fields |= described[0] if len(described) == 1 else {"endpoints": described}
    if kept_rows:
        fields["columns"] = ["method", "path", "what it does"]
        fields["rows"] = kept_rows
    left_out = {
        "fields and answers": len(lines) - len(kept_lines),
        "endpoints of this path": len(others) - len(kept_rows),
        "endpoints of the document": known.index.left_out,
    }
    fields["left_out"] = ", ".join(f"{count:,} {what}" for what, count in left_out.items() if count)
    return {name: value for name, value in fields.items() if value or name in {"zou", "about"}}


def _lines(endpoint: Endpoint) -> Iterator[tuple[str, str]]:
    """Every field and every answer of an endpoint, each with the part that it belongs to."""
    parts = {"path": endpoint.path_fields, "query": endpoint.query_fields, "body": endpoint.body_fields}
    for part, fields in parts.items():
        yield from ((part, _line(field)) for field in fields)
    yield from (("answers", f"{status} {what}".strip()) for status, what in endpoint.answers)


def _described(endpoint: Endpoint, lines: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """What is known of an endpoint with these of its lines, empty parts left out."""
    of: dict[str, list[str]] = {}
    for part, line in lines:
        of.setdefault(part, []).append(line)
    as_list = "JSON array, each with these fields" if endpoint.body_is_list else ""
    parts = {
        "endpoint": str(endpoint),
        "does": endpoint.description or endpoint.summary,
        "note": endpoint.note,
        "path": of.get("path"),
        "query": of.get("query"),
        "body_is": as_list if endpoint.body_type == "application/json" else endpoint.body_type,
        "body": of.get("body"),
        "answers": of.get("answers"),
    }
    return {name: part for name, part in parts.items() if part}


def _line(field: Field) -> str:
    """`name (type, required): meaning`."""
    kind = ", ".join(part for part in (field.kind, "required" if field.required else "") if part)
    name = f"{field.name} ({kind})" if kind else field.name
    return f"{name}: {field.meaning}" if field.meaning else name


def _after(known: Known) -> str:
    more = f"{known.index.left_out:,} more endpoints of its document were not read." if known.index.left_out else ""
    return "".join(f" {text}" for text in (more, known.note) if text)


def _shown(route: Route) -> str:
    text = str(route)
    return repr(text if len(text) <= 200 else f"{text[:199]}…")
