"""Which of what is held an event of Kitsu affects: a table of Zou's events, by name (1.0.97).

Names and payloads are those of references/events.md. An event means "look again", and comes when the row is written,
but for `comment:new`, after which `task:update` comes, and `asset:delete`, which comes before the asset goes. What
stands in no table here, such as an event of a plugin, leaves unsure what changed.
"""

from collections.abc import Mapping
from typing import Any

from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.changed import Changed

NOTHING = Changed()
UNSURE = Changed(unsure=True)

TASKS = frozenset(
    {
        "comment:delete",
        "comment:new",
        "comment:update",
        "preview-file:add-file",
        "task:assign",
        "task:delete",
        "task:new",
        "task:status-changed",
        "task:to-review",
        "task:unassign",
        "task:update",
    }
)
"""Events that name a task by `task_id`. A preview names its own only in two of them."""

REFERENCE: Mapping[str, Changed] = {
    "asset-type": Changed(reference=frozenset({"asset_types"})),
    "department": Changed(reference=frozenset({"departments", "me", "people", "task_types"})),
    "metadata-descriptor": Changed(reference=frozenset({"open_projects"})),
    "organisation": Changed(reference=frozenset({"hours_by_day"})),
    "person": Changed(reference=frozenset({"me", "people", "roles"}), unsure=True),
    "project": Changed(reference=frozenset({"closed_projects", "open_projects", "roles"}), unsure=True),
    "project-status": Changed(reference=frozenset({"closed_projects", "open_projects"})),
    "status-automation": Changed(reference=frozenset({"automations", "open_projects"})),
    "task-status": Changed(reference=frozenset({"open_projects", "statuses"})),
    "task-type": Changed(reference=frozenset({"open_projects", "task_types"})),
}
"""By the object. What goes takes rows of boards with it, untold: `…:delete` leaves unsure; so does what decides who may
see what. Of a column that is changed or goes, Zou writes every entity anew."""

ELSEWHERE = frozenset(
    {
        "api-event",
        "asset-instance",
        "asset_instance",
        "attachment-file",
        "budget",
        "budget-entry",
        "build-job",
        "chat",
        "chat-message",
        "comment",
        "concept-folder",
        "custom-action",
        "data-import-error",
        "day-off",
        "desktop-login-log",
        "file-status",
        "hardware-item",
        "login-log",
        "main",
        "milestone",
        "news",
        "notification",
        "output-file",
        "output-type",
        "playlist",
        "plugin",
        "preview-background-file",
        "preview-file",
        "preview-room",
        "production-schedule-version",
        "production-schedule-version-task-link",
        "production_schedule_version",
        "project-template",
        "scene",
        "schedule-item",
        "search-filter",
        "search-filter-group",
        "software",
        "studio",
        "subscription",
        "time-spent",
        "working-file",
    }
)
"""Objects that stand on no board; what an event of theirs changes on one is told by another, such as `task:update`."""


def affected(name: str, payload: Mapping[str, Any]) -> Changed:
    """What is to be looked at again after an event, in the production that its `project_id` names; in all where it
    names none.
    """
    kind, _, action = name.partition(":")
    if name in TASKS:
        return _named(payload, "tasks", ("task_id",), gone=action == "delete" and kind == "task")
    if name == "preview-file:set-main":
        return _named(payload, "entities", ("entity_id",))
    if kind in ALL_KINDS:
        return _of_entity(kind, action, payload)
    if kind == "entity-link":
        return _of_link(action, payload)
    if kind in REFERENCE:
        changed = REFERENCE[kind]
        takes_rows = action == "delete" or (kind == "metadata-descriptor" and action != "new")
        return changed | UNSURE if takes_rows else changed
    return NOTHING if kind in ELSEWHERE or name == "task:update-casting-stats" else UNSURE


def _of_entity(kind: str, action: str, payload: Mapping[str, Any]) -> Changed:
    # Imports write the name of the id with a capital.
    ids = (f"{kind}_id", f"{kind.capitalize()}_id")
    if action == "casting-update" and kind == "shot":
        return _named(payload, "castings", ids)
    if action in {"new", "update", "delete", "casting-update"}:
        # Of what stands in an episode or a sequence that goes, not everything is told.
        below = UNSURE if action == "delete" and kind in {"episode", "sequence"} else NOTHING
        return _named(payload, "entities", ids, gone=action == "delete") | below
    return NOTHING if action in {"add-to-scene", "remove-from-scene"} else UNSURE


def _of_link(action: str, payload: Mapping[str, Any]) -> Changed:
    """Of a casting. Written by the plain routes or an import it names nobody, and no row of an entity tells of it."""
    if action == "update" and "nb_occurences" in payload:
        return NOTHING
    entity = payload.get("entity_in_id")
    ids = frozenset({str(entity)}) if entity else frozenset[str]()
    return Changed(entities=ids, castings=ids) if ids else Changed(whole=True)


def _named(payload: Mapping[str, Any], of: str, keys: tuple[str, ...], *, gone: bool = False) -> Changed:
    ids = frozenset(str(payload[key]) for key in keys if payload.get(key))
    if not ids:
        return UNSURE
    match of:
        case "tasks":
            return Changed(tasks=ids, gone=ids if gone else NOTHING.gone)
        case "entities":
            return Changed(entities=ids, gone=ids if gone else NOTHING.gone)
        case _:
            return Changed(castings=ids)
