"""Every kind of change, by the name that its changes carry: what the gate carries them out and settles them by."""

from collections.abc import Iterator, Mapping
from pkgutil import resolve_name
from typing import Any

from kitsu_tools.gate.kind import Kind

_PLACES = {
    "comments": "comments.kind:COMMENTS",
    "replies": "comments.reply:REPLIES",
    "comment changes": "comments.changes:COMMENT_CHANGES",
    "deleted comments": "comments.delete_comment:DELETED_COMMENTS",
    "assignments": "tasks.assign_tasks:ASSIGNMENTS",
    "plans": "tasks.plan_tasks:PLANS",
    "new entities": "entities.create_entities:NEW_ENTITIES",
    "changed entities": "entities.change_entities:CHANGED_ENTITIES",
    "new tasks": "tasks.create_tasks:NEW_TASKS",
    "deleted tasks": "tasks.delete_tasks:DELETED_TASKS",
    "deleted entities": "entities.delete_entities:DELETED_ENTITIES",
    "previews": "previews.kind:PREVIEWS",
    "revisions": "previews.change_preview:REVISIONS",
    "rooms": "review.kind:ROOMS",
    "teams": "setup.change_team:TEAMS",
    "projects": "setup.change_project:PROJECTS",
    "columns": "setup.change_columns:COLUMNS",
    "new columns": "setup.change_columns:MADE",
    "deleted columns": "setup.change_columns:GONE",
    "productions": "setup.create_project:PRODUCTIONS",
    "people": "studio.change_people:PEOPLE",
    "studio": "studio.change_studio:STUDIO",
    "drawings": "review.drawings:DRAWINGS",
    "several": "several.kind:SEVERAL",
    "hours": "time.log_time:HOURS",
    "days off": "time.set_day_off:DAYS_OFF",
    "schedules": "schedule.change_schedule:SCHEDULES",
    "castings": "casting.set_casting:CASTINGS",
    "playlists": "playlists.changes:PLAYLISTS",
    "new playlists": "playlists.existence:NEW_PLAYLISTS",
    "deleted playlists": "playlists.existence:DELETED_PLAYLISTS",
}


class _Kinds(Mapping[str, Kind[Any]]):
    """A kind's module is imported when its first change is: no start of the server waits for it."""

    def __getitem__(self, name: str) -> Kind[Any]:
        return resolve_name(f"kitsu_tools.write.{_PLACES[name]}")

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


KINDS: Mapping[str, Kind[Any]] = _Kinds()
