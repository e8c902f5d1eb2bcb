"""Rows of Zou's tables, collected and copied in with COPY: through the API the same takes more than a minute."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt

    import psycopg

_NAMESPACE = uuid.UUID("6b1d7c52-6e0b-5a3c-9a39-3d2f0d4b7f10")

# Each table's columns with what a row has unless it says otherwise. `...` stands for a value that must be given.
# Columns a newer Zou adds keep the database's own default.
TABLES: dict[str, dict[str, Any]] = {
    "api_event": {"id": ..., "name": ..., "user_id": None, "project_id": None, "data": {}},
    "budget": {"id": ..., "project_id": ..., "revision": ..., "name": ..., "currency": ...},
    "budget_entry": {
        "id": ..., "budget_id": ..., "department_id": ..., "person_id": None, "start_date": ..., "months_duration": ...,
        "daily_salary": ..., "position": "artist", "seniority": "mid", "exceptions": {},
    },
    "comment": {
        "id": ..., "object_id": ..., "object_type": "Task", "text": "", "replies": [], "checklist": [], "pinned": None,
        "links": "{}", "task_status_id": ..., "person_id": ..., "for_client": False,
    },
    "comment_mentions": {"comment": ..., "person": ...},
    "comment_preview_link": {"comment": ..., "preview_file": ...},
    "day_off": {"id": ..., "date": ..., "end_date": ..., "description": "", "person_id": ...},
    "department_link": {"person_id": ..., "department_id": ...},
    "entity": {
        "id": ..., "name": ..., "code": None, "description": "", "canceled": False, "nb_frames": None,
        "nb_entities_out": 0, "is_casting_standby": False, "is_shared": False, "status": "running", "project_id": ...,
        "entity_type_id": ..., "parent_id": None, "source_id": None,
        "preview_file_id": None, "data": None, "ready_for": None,
        "created_by": None,
    },
    "entity_concept_link": {"id": ..., "entity_in_id": ..., "entity_out_id": ...},
    "entity_link": {
        "id": ..., "entity_in_id": ..., "entity_out_id": ..., "data": None, "nb_occurences": 1, "label": "",
    },
    "metadata_descriptor": {
        "id": ..., "project_id": ..., "entity_type": ..., "name": ..., "data_type": ..., "field_name": ...,
        "choices": [], "for_client": False, "position": 0,
    },
    "milestone": {"id": ..., "date": ..., "name": ..., "project_id": ..., "task_type_id": None},
    "news": {"id": ..., "change": ..., "author_id": ..., "comment_id": ..., "task_id": ..., "preview_file_id": None},
    "notification": {
        "id": ..., "read": False, "change": False, "type": "comment", "person_id": ..., "author_id": ...,
        "comment_id": None, "task_id": None, "reply_id": None,
    },
    "person": {
        "id": ..., "first_name": ..., "last_name": ..., "email": ..., "password": None, "role": "user",
        "contract_type": "open-ended", "active": True, "archived": False, "is_bot": False, "is_guest": False,
        "timezone": "Europe/Paris", "locale": "en_US", "position": "artist", "seniority": "mid", "has_avatar": False,
        "is_generated_from_ldap": False, "notifications_enabled": False, "phone": "",
    },
    "playlist": {
        "id": ..., "name": ..., "shots": [], "project_id": ..., "episode_id": None, "task_type_id": None,
        "for_client": False, "for_entity": "shot", "is_for_all": False, "created_by": None,
    },
    "preview_file": {
        "id": ..., "name": ..., "original_name": None, "revision": 1, "position": 1, "extension": ...,
        "source": "webgui", "status": "processing", "validation_status": "neutral", "annotations": None,
        "task_id": ..., "person_id": ..., "is_movie": False, "width": 0, "height": 0, "file_size": 0,
    },
    "production_schedule_version": {
        "id": ..., "name": ..., "project_id": ..., "production_schedule_from": None, "locked": False, "canceled": False,
    },
    "project": {
        "id": ..., "name": ..., "code": ..., "description": "", "data": {}, "has_avatar": False, "fps": "24",
        "ratio": "16:9", "resolution": "1920x1080", "production_type": ..., "production_style": ..., "start_date": ...,
        "end_date": ..., "man_days": None, "nb_episodes": 0, "episode_span": 0, "max_retakes": 0,
        "is_clients_isolated": False, "is_preview_download_allowed": False, "is_set_preview_automated": False,
        "homepage": "assets", "is_publish_default_for_artists": False, "project_status_id": ...,
        "is_bot_collaboration_enabled": False, "is_single_preview_per_revision": False, "revision_padding": 0,
        "is_frame_in_numbering": False, "is_client_stats_visible": True, "is_client_task_list_visible": True,
        "is_client_task_panel_visible": True,
    },
    "project_asset_type_link": {"project_id": ..., "asset_type_id": ...},
    "project_person_link": {"project_id": ..., "person_id": ...},
    "project_status_automation_link": {"project_id": ..., "status_automation_id": ...},
    "project_task_status_link": {"id": ..., "project_id": ..., "task_status_id": ..., "priority": 0},
    "project_task_type_link": {"id": ..., "project_id": ..., "task_type_id": ..., "priority": ...},
    "schedule_item": {
        "id": ..., "start_date": ..., "end_date": ..., "man_days": 0, "project_id": ..., "task_type_id": ...,
        "object_id": None,
    },
    "status_automation": {
        "id": ..., "entity_type": ..., "in_task_type_id": ..., "in_task_status_id": ..., "out_field_type": ...,
        "out_task_type_id": ..., "out_task_status_id": None, "import_last_revision": False, "archived": False,
    },
    "task": {
        "id": ..., "name": "main", "description": None, "priority": 0, "difficulty": 3, "duration": 0, "estimation": 0,
        "completion_rate": 0, "retake_count": 0, "sort_order": 0, "start_date": None, "due_date": None,
        "real_start_date": None, "end_date": None, "done_date": None, "last_comment_date": None, "nb_assets_ready": 0,
        "data": None, "nb_drawings": 0, "last_preview_file_id": None, "project_id": ..., "task_type_id": ...,
        "task_status_id": ..., "entity_id": ..., "assigner_id": None,
    },
    "task_person_link": {"task_id": ..., "person_id": ...},
    "task_status": {
        "id": ..., "name": ..., "short_name": ..., "description": None, "color": ..., "priority": 1, "archived": False,
        "is_done": False, "is_artist_allowed": True, "is_client_allowed": True, "is_retake": False,
        "is_feedback_request": False, "is_default": False, "is_wip": False, "for_concept": False,
    },
    "task_type": {
        "id": ..., "name": ..., "short_name": "", "description": None, "color": ..., "priority": 1, "for_entity": ...,
        "allow_timelog": True, "archived": False, "department_id": None,
    },
    "time_spent": {"id": ..., "duration": ..., "date": ..., "task_id": ..., "person_id": ...},
}  # fmt: skip
_UNDATED = {
    "comment_mentions", "comment_preview_link", "department_link", "project_asset_type_link", "project_person_link",
    "project_status_automation_link", "task_person_link",
}  # fmt: skip


def uid(*names: object) -> uuid.UUID:
    """The id of a thing, from what it is called: the same in every sandbox."""
    return uuid.uuid5(_NAMESPACE, "/".join(map(str, names)))


class Rows:
    """Rows waiting to be copied, by table, all created at one moment unless they say otherwise."""

    def __init__(self, moment: dt.datetime) -> None:
        self._moment = moment
        self._waiting: dict[str, list[tuple[Any, ...]]] = {}

    def add(self, table: str, *, at: dt.datetime | None = None, **values: object) -> None:
        """Add a row to `table`, created and updated `at`.

        Raises:
            KeyError: a column that the table has not, or one that must be given and was not.
        """
        columns = TABLES[table]
        if not values.keys() <= columns.keys():
            raise KeyError(table, values.keys() - columns.keys())
        row = [values.get(column, default) for column, default in columns.items()]
        if ... in row:
            raise KeyError(table, [column for column, value in zip(columns, row, strict=True) if value is ...])
        if table not in _UNDATED:
            row += [at or self._moment] * 2
        self._waiting.setdefault(table, []).append(tuple(row))

    def copy_into(self, connection: psycopg.Connection[Any]) -> None:
        """Copy every row in, in one transaction with whatever the connection already did."""
        with connection.cursor() as cursor:
            # The rows refer to one another in circles (task, preview, entity), and checking each costs half the time.
            cursor.execute("set session_replication_role = replica")
            for table, rows in self._waiting.items():
                columns = [*TABLES[table], *([] if table in _UNDATED else ["created_at", "updated_at"])]
                with cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin".encode()) as copying:
                    for row in rows:
                        copying.write_row([_plain(value) for value in row])
            cursor.execute("set session_replication_role = default")
        self._waiting.clear()


def _plain(value: object) -> object:
    return json.dumps(value) if isinstance(value, dict | list) else value
