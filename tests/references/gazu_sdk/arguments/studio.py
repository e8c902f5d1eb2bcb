"""Arguments of single functions of person, project, project_template, events."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from references.gazu_sdk.modules import gazu

if TYPE_CHECKING:
    from collections.abc import Callable

    from references.gazu_sdk.records import Records


def own(records: Records) -> dict[str, Callable[[], dict[str, Any]]]:
    """By `module.function`: what it needs beside or instead of what all share."""
    given = records.given
    project = given["project"]
    picture = {"file_path": str(records.folder / "picture.png")}
    return {
        "person.get_all_month_time_spents": lambda: {"date": dt.date(2026, 1, 1)},
        "person.get_department_by_name": records.named("department"),
        "person.new_person": lambda: {"email": "sample-person@example.com"},
        "person.new_bot": lambda: {"email": "sample-bot-2@example.com"},
        "person.remove_bot": lambda: {"bot": records.new(gazu.person.new_bot, records.name(), "gone-bot@example.com")},
        "person.update_bot": lambda: {"bot": {"id": given["bot"]["id"], "first_name": "Changed"}},
        "person.remove_department": lambda: {"department": records.new(gazu.person.new_department, records.name())},
        "person.remove_person": lambda: {
            "person": records.new(gazu.person.new_person, records.name(), "Person", "gone-person@example.com")
        },
        "person.get_presence_log": lambda: {"month": "01"},
        "person.set_avatar": lambda: picture,
        "person.new_day_off": lambda: {"date": "2026-02-02", "end_date": "2026-02-03"},
        "project.add_metadata_descriptor": lambda: {"entity_type": "Shot"},
        "project.close_project": lambda: {"project": records.little},
        "project.get_project_status_by_name": lambda: {"project_status_name": "Open"},
        "project.remove_budget_entry": lambda: {"entry": records.new_entry(given["budget"])},
        "project.remove_budget": lambda: {
            "budget": records.new(gazu.project.create_budget, project, records.name(), None, "EUR")
        },
        "project.remove_status_automation": lambda: {"automation": given["status_automation"]},
        "project.remove_preview_background_file": lambda: {"background_file": given["preview_background_file"]},
        "project.remove_project": lambda: {
            "project": records.new(gazu.project.close_project, records.new(gazu.project.new_project, records.name())),
            "force": True,
        },
        "project.update_budget": lambda: {"data": {"name": "Changed"}},
        "project.update_budget_entry": lambda: {"data": given["entry"] | {"months_duration": 4, "type": None}},
        "project.reorder_metadata_descriptors": lambda: {
            "entity_type": "Shot",
            "descriptor_ids": [
                one["id"]
                for one in records.new(gazu.project.all_metadata_descriptors, project)
                if one["entity_type"] == "Shot"
            ],
        },
        "project_template.get_project_template_by_name": records.named("project_template"),
        "project_template.apply_project_template": lambda: {"project": records.little},
        "project_template.remove_project_template": lambda: {
            "project_template": records.new(gazu.project_template.new_project_template, records.name())
        },
        "events.add_listener": lambda: {
            "event_client": gazu.events.socketio.Client(),
            "event_name": "task:update",
            "event_handler": print,
        },
        "events.connect_error": lambda: {"data": "Sample"},
    }
