"""Zou's own OpenAPI document, held against the routes it really has.

The document comes from `GET /api/openapi.json`. Where it differs from the routes, the routes are right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from kitsu_tools.endpoints import specification
from references.endpoints.routes import Route, routes
from support.api import ask

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Sandbox

Operation = dict[str, Any]
Key = tuple[str, str]

_NOTES = {
    "DELETE /data/comments/{instance_id}": "Plain record: the same as DELETE "
    "/data/tasks/{task_id}/comments/{comment_id}.",
    "DELETE /actions/tasks/{task_id}/time-spents/{date}/persons/{person_id}": "Answers 201 with the entry that "
    "is gone.",
    "DELETE /data/episodes/{episode_id}": "Stops half-way where the episode has edits: delete those first.",
    "GET /actions/persons/{person_id}/invite": "Writes: sends the person a mail.",
    "GET /auth/email-otp": "Writes: sends a mail with a code.",
    "GET /auth/logout": "Writes: revokes the token it is called with.",
    "GET /data/entities/{entity_id}/chat": "Writes: makes the chat where there is none.",
    "GET /data/entities/{entity_id}/chat/messages": "Writes: makes the chat where there is none.",
    "GET /data/playlists/{playlist_id}/build/mp4": "Writes: starts a build job, which renders a movie.",
    "GET /data/projects/{project_id}/schedule-items/task-types": "Writes: makes the schedule items that are missing.",
    "GET /data/projects/{project_id}/schedule-items/{task_type_id}/asset-types": "Writes: makes the missing items.",
    "GET /data/projects/{project_id}/schedule-items/{task_type_id}/edits": "Writes: makes the missing items.",
    "GET /data/projects/{project_id}/schedule-items/{task_type_id}/episodes": "Writes: makes the missing items.",
    "GET /data/projects/{project_id}/schedule-items/{task_type_id}/sequences": "Writes: makes the missing items.",
    "GET /data/projects/{project_id}/entities/{entity_id}/casting": "For a shot, an asset or an episode.",
    "GET /data/salary-scales": "Writes: makes the salary scales that are missing.",
    "GET /data/scenes/{scene_id}/camera-instances": "Writes: makes the asset type Camera where there is none.",
    "GET /status/test-event": "Writes: sends a test event to every listener.",
    "GET /data/events/login-logs/last": "Takes `limit` (100, at most 1000), `after`, `before`, `person_ids` and "
    "`cursor_login_log_id`; admin only.",
    "GET /data/persons/day-offs/{year}": "Whose the caller may read: a bot that is user, vendor or client gets [], a "
    "supervisor no descriptions.",
    "GET /data/persons/day-offs/{year}/{month}": "Whose the caller may read: a bot that is user, vendor or client gets "
    "[], a supervisor no descriptions.",
    "GET /movies/originals/preview-files/{instance_id}.mp4": "The normalised movie; the low one or the upload where "
    "there is none.",
    "GET /movies/source/preview-files/{instance_id}.mp4": "404 unless the server keeps uploads "
    "(PREVIEW_SAVE_SOURCE_FILE, off by default, or remote normalising).",
    "GET /pictures/originals/preview-files/{instance_id}.png": "In full size, as uploaded.",
    "POST /actions/projects/{project_id}/task-status-links/reorder": 'Body: {"task_status_ids": […]}, in the new '
    "order.",
    "POST /actions/playlists/{playlist_id}/add-entities": "Several shots or assets at once. Takes ids that are unknown "
    "or of another production too.",
    "POST /actions/projects/{project_id}/task-types/{task_type_id}/create-tasks/{entity_type}": "Takes any task type, "
    "also one of another kind of entity or that the production does not use. An empty list is all of them.",
    "POST /actions/tasks/{task_id}/comment": "`checklist` is a list of {text, checked}, not an object. Below manager "
    "`for_client` is dropped, with a 201.",
    "POST /actions/tasks/{task_id}/time-spents/{date}/persons/{person_id}": "Minutes, kept as "
    "they are sent, fractions too; replaces the day's.",
    "POST /actions/tasks/{task_id}/time-spents/{date}/persons/{person_id}/add": "Minutes; adds to what the day has.",
    "POST /actions/tasks/{task_id}/comments/{comment_id}/add-preview": "Makes a new revision; its file goes to POST "
    "/pictures/preview-files/{instance_id}.",
    "POST /actions/tasks/{task_id}/comments/{comment_id}/preview-files/{preview_file_id}": "One more file beside an "
    "earlier one.",
    "POST /data/comments": "Plain record: no status changes and nobody is told; POST /actions/tasks/{task_id}/comment "
    "does both.",
    "POST /data/day-offs": "Deletes the hours that the person logged on those days; their tasks keep the old sum.",
    "POST /data/milestones": "Looks at no name: a second one of that name is made.",
    "POST /data/playlists": "A name is looked for within one episode alone: beside playlists of no episode a second "
    "one of that name is made.",
    "POST /data/projects/{project_id}/asset-types/{asset_type_id}/assets/new": "Where the name is taken a second asset "
    "of that name is made.",
    "POST /data/projects/{project_id}/metadata-descriptors": "500 for a name of more than 120 characters.",
    "POST /data/projects/{project_id}/shots": "Where the name is taken: 201 with the shot that is there, unchanged.",
    "POST /data/playlists/{playlist_id}/share": "Tells nobody: POST "
    "/data/playlists/{playlist_id}/notify-clients does, POST …/share/{token}/invite mails the link.",
    "POST /data/search": "Reads. Answers 500 where the instance has no indexer: GET /config says `indexer_configured`.",
    "POST /data/time-spents": "Plain record: 400 where the person has one of that task and day already.",
    "POST /data/task-status-links": "Sets `roles_for_board` to [] where it is not sent, whatever stood there.",
    "POST /data/tasks/{task_id}/comments/{comment_id}/ack": "Toggles: sent twice, it takes the first back.",
    "PUT /data/day-offs/{instance_id}": "Deletes the hours that the person logged on those days, as POST does.",
    "PUT /data/playlists/{instance_id}": "`shots` replaces the whole list; a preview that is not the entity's own is "
    "taken out of its entry without a word.",
    "PUT /data/entities/{instance_id}": "`data` is merged: keys that are left out stay, unlike in PUT "
    "/data/shots/{shot_id}.",
    "PUT /data/projects/{project_id}/entities/{entity_id}/casting": "Replaces the whole casting of a shot or any "
    "other entity; a label that is not sent is cleared.",
    "PUT /data/projects/{project_id}/entities/casting": "Replaces the whole casting of each entity it names; a label "
    "that is not sent is cleared.",
    "PUT /data/projects/{project_id}/entities/casting/assets/{asset_id}": "Leaves the other assets; a count or label "
    "that is not sent stays.",
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
    for route in sorted(routes(sandbox), key=lambda one: (one.path, one.method)):
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
