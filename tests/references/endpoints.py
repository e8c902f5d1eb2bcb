"""The endpoint index: Zou's own OpenAPI document, held against the routes it really has, as pages and as a file.

The document comes from `GET /api/openapi.json`; the routes from Flask's map of them, inside Zou's environment. Where
the two differ, the routes are right.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from kitsu_server.sandbox import environment, keys, ports, web
from kitsu_tools.endpoints import pinned, specification
from references.endpoint_domains import DOMAINS, place_of
from references.generated import JsonFile, Part
from support.api import ask

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kitsu_server.sandbox.lifecycle import Sandbox
    from kitsu_tools.endpoints.specification import Endpoint
    from references.endpoint_domains import Domain

Operation = dict[str, Any]
Key = tuple[str, str]

_ROUTES = """
import json, sys
from zou.app import app
from zou.app.blueprints.crud.base import BaseModelResource, BaseModelsResource

def columns(rule):
    view = getattr(app.view_functions[rule.endpoint], "view_class", None)
    if view is None or not issubclass(view, (BaseModelResource, BaseModelsResource)):
        return {}
    resource = view()
    every = resource.model.__table__.columns
    return {one.name: str(one.type) for one in every if one.name not in resource.protected_fields}

rules = [(one.rule, sorted(one.methods - {"HEAD", "OPTIONS"}), columns(one)) for one in app.url_map.iter_rules()]
json.dump(rules, sys.stdout)
"""
_PAGES_OF_THE_API = re.compile(r"/(docs|apidocs|static)/|/oauth2-redirect|/openapi")
"""Routes that serve the document itself and its pages."""

_NOTES = {
    "DELETE /data/comments/{instance_id}": "Plain record: the same as DELETE "
    "/data/tasks/{task_id}/comments/{comment_id}.",
    "GET /actions/persons/{person_id}/invite": "Writes: sends the person a mail.",
    "GET /auth/email-otp": "Writes: sends a mail with a code.",
    "GET /auth/logout": "Writes: revokes the token it is called with.",
    "GET /data/entities/{entity_id}/chat": "Writes: makes the chat where there is none.",
    "GET /data/playlists/{playlist_id}/build/mp4": "Writes: starts a build job, which renders a movie.",
    "GET /data/projects/{project_id}/schedule-items/task-types": "Writes: makes the schedule items that are missing.",
    "GET /data/projects/{project_id}/schedule-items/{task_type_id}/asset-types": "Writes: makes the missing items.",
    "GET /data/projects/{project_id}/schedule-items/{task_type_id}/edits": "Writes: makes the missing items.",
    "GET /data/projects/{project_id}/schedule-items/{task_type_id}/episodes": "Writes: makes the missing items.",
    "GET /data/projects/{project_id}/schedule-items/{task_type_id}/sequences": "Writes: makes the missing items.",
    "GET /data/projects/{project_id}/entities/{entity_id}/casting": "For a shot, an asset or an episode.",
    "GET /data/salary-scales": "Writes: makes the salary scales that are missing.",
    "GET /status/test-event": "Writes: sends a test event to every listener.",
    "POST /actions/playlists/{playlist_id}/add-entities": "Several shots or assets at once.",
    "POST /actions/tasks/{task_id}/comment": "`checklist` is a list of {text, checked}, not an object.",
    "POST /actions/tasks/{task_id}/time-spents/{date}/persons/{person_id}": "Minutes; replaces the day's.",
    "POST /actions/tasks/{task_id}/time-spents/{date}/persons/{person_id}/add": "Minutes; adds to what the day has.",
    "POST /actions/tasks/{task_id}/comments/{comment_id}/add-preview": "Makes a new revision; its file goes to POST "
    "/pictures/preview-files/{instance_id}.",
    "POST /actions/tasks/{task_id}/comments/{comment_id}/preview-files/{preview_file_id}": "One more file beside an "
    "earlier one.",
    "POST /data/comments": "Plain record: no status changes and nobody is told; POST /actions/tasks/{task_id}/comment "
    "does both.",
    "POST /data/search": "Reads. Answers 500 where the instance has no indexer: GET /config says `indexer_configured`.",
    "POST /data/time-spents": "Plain record: 400 where the person has one of that task and day already.",
    "POST /data/tasks/{task_id}/comments/{comment_id}/ack": "Toggles: sent twice, it takes the first back.",
    "PUT /data/entities/{instance_id}": "`data` is merged: keys that are left out stay, unlike in PUT "
    "/data/shots/{shot_id}.",
    "PUT /data/projects/{project_id}/entities/{entity_id}/casting": "Replaces the whole casting of a shot or any "
    "other entity.",
    "PUT /data/shots/{shot_id}": "The frame range is `data.frame_in` and `data.frame_out`, their number `nb_frames`; "
    "`data` is replaced whole: send all of it.",
}
"""What Zou 1.0.97 does that its document does not say: each was seen on a sandbox, or in Zou's source."""

LONGEST_EXAMPLE = 30
"""Characters; a longer one is an id."""

_LATE = re.compile(
    r"Artists do not see|Tokens are considered|The configuration includes|Main resource to|configuration\."
)
"""Descriptions whose first sentence does not say what the endpoint does: their summary does."""

_SUMMARIES = {
    "POST /actions/tasks/{task_id}/comments/{comment_id}/add-preview": "Add a preview revision to a comment",
    "POST /actions/tasks/{task_id}/comments/{comment_id}/preview-files/{preview_file_id}": "Add a file to a preview",
}
"""Summaries in place of Zou's, which name both of these alike."""

_KINDS: dict[str, Operation] = {
    "ARRAY": {"type": "array"},
    "BIGINT": {"type": "integer"},
    "BOOLEAN": {"type": "boolean"},
    "CHAR": {"type": "string", "format": "uuid"},
    "DATE": {"type": "string", "format": "date"},
    "DATETIME": {"type": "string", "format": "date-time"},
    "FLOAT": {"type": "number"},
    "INTEGER": {"type": "integer"},
    "JSONB": {"type": "object"},
    "TEXT": {"type": "string"},
    "VARCHAR": {"type": "string"},
}
"""What a column takes, by PostgreSQL's name of its type."""

_GENERIC = re.compile(r"\b(new )?[Mm]odel(s?)( instances?)?\b")


@dataclass
class Differences:
    """Where the document and the routes differ, as `METHOD /path`."""

    invented: list[str] = field(default_factory=list[str])
    twins: list[str] = field(default_factory=list[str])
    renamed: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    lacking: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Route:
    """A route of the API, placeholders written as OpenAPI does; `columns` of a record that it writes as it is."""

    path: str
    method: str
    columns: dict[str, str]


@cache
def described(sandbox: Sandbox) -> tuple[Operation, Differences]:
    """The corrected document, without what fills it and says nothing; and what was corrected."""
    answer = ask(sandbox.connection().host, "openapi.json")
    said: dict[Key, list[tuple[str, Operation]]] = {}
    for path, item in answer.body["paths"].items():
        for method, operation in item.items():
            said.setdefault((_shape(path), method), []).append((path, operation))
    differences = Differences()
    paths: dict[str, dict[str, Operation]] = {}
    for route in sorted(_routes(sandbox), key=lambda one: (one.path, one.method)):
        path, method = route.path, route.method
        known = said.pop((_shape(path), method), [])
        if not known:
            differences.lacking.append(f"{method.upper()} {path}")
        written = [one for one, _ in known]
        differences.twins += [f"{method.upper()} {one}" for one in written if one != "/" and one.endswith("/")]
        plain = {one.rstrip("/") or "/" for one in written} - {path}
        differences.renamed += [(f"{method.upper()} {one}", path) for one in plain]
        fullest = max((operation for _, operation in known), key=lambda one: len(str(one)), default=Operation())
        paths.setdefault(path, {})[method] = _condensed(route, fullest)
    differences.invented = sorted(f"{method.upper()} {path}" for (_, method), one in said.items() for path, _ in one)
    document = {
        "openapi": answer.body["openapi"],
        "info": {"title": "Kitsu API", "version": answer.body["info"]["version"]},
        "paths": paths,
    }
    return document, differences


def _routes(sandbox: Sandbox) -> Iterator[Route]:
    installed = environment.prepare(environment.default_folder(), lambda _: None)
    own, chosen = keys.read(sandbox.state / "secrets"), ports.remembered(sandbox.state / "ports.json")
    assert chosen is not None
    answer = subprocess.run(
        [installed.python, "-IBc", _ROUTES],
        env=web._variables(installed, sandbox.state, chosen, own),  # pyright: ignore[reportPrivateUsage]
        capture_output=True,
        text=True,
        check=True,
    )
    for rule, methods, columns in json.loads(answer.stdout):
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule)
        if not _PAGES_OF_THE_API.match(path):
            yield from (Route(path, method.lower(), columns) for method in methods)


def _shape(path: str) -> str:
    """A path without the names of its placeholders and without a slash at its end."""
    return specification.PLACEHOLDER.sub("{}", path).rstrip("/")


def _condensed(route: Route, operation: Operation) -> Operation:
    kept = {name: _lean(value) for name, value in operation.items() if name not in {"tags", "x-codeSamples"}}
    names = specification.PLACEHOLDER.findall(route.path)
    written = [one for one in kept.get("parameters", []) if one.get("in") == "path"]
    for one, name in zip(written, names, strict=False):
        if one["name"] not in names:
            one["name"] = name
    parts = route.path.split("/")
    thing = (parts[2] if len(parts) > 2 else "").removesuffix("s").replace("-", " ")
    for text in ("summary", "description"):
        if text in kept:
            kept[text] = _GENERIC.sub(rf"\1{thing}\2", " ".join(kept[text].split()))
    if _LATE.match(kept.get("description", "")):
        kept["description"] = f"{kept['summary'].rstrip('.')}. {kept['description']}"
    if route.columns and route.method in {"post", "put"}:
        _add_columns(kept, route.columns)
    name = f"{route.method.upper()} {route.path}"
    if name in _SUMMARIES:
        kept |= {"summary": _SUMMARIES[name], "description": f"{_SUMMARIES[name]}. {kept['description']}"}
    return kept | ({"x-note": _NOTES[name]} if name in _NOTES else {})


def _add_columns(operation: Operation, columns: dict[str, str]) -> None:
    """Name the columns that the document leaves out of the body of a plain record: it takes them all."""
    content = operation.setdefault("requestBody", {}).setdefault("content", {})
    schema = content.setdefault("application/json", {}).setdefault("schema", {"type": "object"})
    named = schema.setdefault("properties", {})
    for name, column in columns.items():
        kind = _KINDS.get(column.partition("(")[0])
        if kind and name not in {"id", "created_at", "updated_at", "password"}:
            named.setdefault(name, kind)


def _lean(value: Any, name: str = "") -> Any:
    """Without examples that repeat what a description says, or are only some id."""
    if isinstance(value, list):
        return [_lean(one) for one in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    given = cast("Operation", value)
    example = given.get("example")
    tells = isinstance(example, str) and len(example) <= LONGEST_EXAMPLE and "description" not in given
    return {
        key: _lean(one, key)
        for key, one in given.items()
        if name == "properties" or (key != "headers" and (key != "example" or tells))
    }


def _endpoints(sandbox: Sandbox) -> tuple[Endpoint, ...]:
    document, _ = described(sandbox)
    return specification.read(document, document["info"]["version"]).endpoints


def _document(sandbox: Sandbox) -> Operation:
    document, _ = described(sandbox)
    if document["info"]["version"] != pinned.PINNED:
        raise LookupError(f"this is Zou {document['info']['version']}: set PINNED in pinned.py")
    return document


def _overview(sandbox: Sandbox) -> str:
    document, _ = described(sandbox)
    endpoints = _endpoints(sandbox)
    counts = Counter(place_of(one.path)[0] for one in endpoints)
    methods = Counter(one.method for one in endpoints)
    by_method = ", ".join(f"{count} {method}" for method, count in methods.most_common())
    paths = len({one.path for one in endpoints})
    return "\n".join(
        [
            f"Zou {document['info']['version']} has {len(endpoints)} endpoints on {paths} paths ({by_method}).",
            "",
            "| Page | Endpoints | What is on it |",
            "|---|---|---|",
            *(f"| [{one.title}]({one.page}) | {counts[one.name]} | {one.covers} |" for one in DOMAINS),
        ]
    )


def _corrections(sandbox: Sandbox) -> str:
    document, found = described(sandbox)
    twins = sorted({path.partition(" ")[2] for path in found.twins})
    return "\n".join(
        [
            f"`openapi.json` of Zou {document['info']['version']}, held against the routes that the server really has:",
            "",
            "| What is wrong there | Where |",
            "|---|---|",
            f"| invented: no such route | {_codes(found.invented)} |",
            f"| real, but not in it | {_codes(found.lacking) or 'none'} |",
            f"| written with a slash at the end, most of them a second time (both ways answer) | {_codes(twins)} |",
            "| other names for a placeholder | "
            + ", ".join(f"`{old}`: the route says `{new}`" for old, new in found.renamed)
            + " |",
        ]
    )


def _writing_gets(sandbox: Sandbox) -> str:
    rows = [one for one in _endpoints(sandbox) if one.method == "GET" and one.note.startswith("Writes")]
    return "\n".join(
        ["| GET | What it writes |", "|---|---|", *(f"| `{one.path}` | {_cell(_told(one))} |" for one in rows)]
    )


def _told(endpoint: Endpoint) -> str:
    said = endpoint.note.removeprefix("Writes: ")
    return said[0].upper() + said[1:]


def _codes(texts: Iterable[str]) -> str:
    return ", ".join(f"`{one}`" for one in texts)


def _page(domain: Domain) -> Part:
    def make(sandbox: Sandbox) -> str:
        endpoints = [one for one in _endpoints(sandbox) if place_of(one.path)[0] == domain.name]
        version = described(sandbox)[0]["info"]["version"]
        lines = [f"{len(endpoints)} endpoints of Zou {version}. Paths stand below `/api`.", "", "## Contents", ""]
        lines += [f"- [{one}](#{_slug(one)})" for one in domain.sections]
        for section in domain.sections:
            lines += ["", f"## {section}", "", "| Method | Path | What it does |", "|---|---|---|"]
            lines += [
                f"| {one.method} | `{one.path}` | {_cell(one.line)}{f' **{one.note}**' if one.note else ''} |"
                for one in endpoints
                if place_of(one.path)[1] == section
            ]
        return "\n".join(lines)

    return Part(domain.page, "endpoints", make)


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


PARTS = (
    Part("endpoints.md", "overview", _overview),
    Part("endpoints.md", "gets that write", _writing_gets),
    Part("endpoints.md", "corrections", _corrections),
    *(_page(domain) for domain in DOMAINS),
)
FILES = (JsonFile(pinned.DOCUMENT, _document),)
