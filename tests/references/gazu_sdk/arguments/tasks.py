"""Arguments of single functions of task, sync."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from references.gazu_sdk.modules import gazu

if TYPE_CHECKING:
    from collections.abc import Callable

    from references.gazu_sdk.records import Records


def own(records: Records) -> dict[str, Callable[[], dict[str, Any]]]:
    """By `module.function`: what it needs beside or instead of what all share."""
    given = records.given
    picture = {"file_path": str(records.folder / "picture.png")}
    return {
        "sync.get_link_list_diff": lambda: {
            "source_list": [given["entity_link"]],
            "target_list": [given["entity_link"]],
        },
        "sync.push_task_comments": lambda: {"task": records.new_task()},
        "sync.push_task_comment": lambda: {"task": given["target_task"]},
        "task.get_task_status_by_name": records.named("task_status"),
        "task.add_attachment_files_to_comment": lambda: {
            "comment": records.new_comment(),
            "attachments": [picture["file_path"]],
        },
        "task.create_asset_tasks": lambda: {"task_types": [records.new(gazu.task.get_task_type_by_name, "Modeling")]},
        "task.create_edit_tasks": lambda: {"task_types": [records.new(gazu.task.get_task_type_by_name, "Edit")]},
        "task.create_concept_tasks": lambda: {
            "task_types": [
                next(one for one in records.new(gazu.task.all_task_types) if one["for_entity"] == "Concept"),
            ]
        },
        "task.batch_comments": lambda: {"comments": records.comments()},
        "task.create_multiple_comments": lambda: {"comments": records.comments()},
        "task.upload_preview_file": lambda: picture | {"preview_file": records.new_preview_file()},
        "task.add_preview": lambda: {"preview_file_path": picture["file_path"], "comment": records.new_comment()},
        "task.create_preview": lambda: {"comment": records.new_comment()},
        "task.add_extra_preview": lambda: records.first_preview() | {"preview_file_path": picture["file_path"]},
        "task.create_extra_preview": records.first_preview,
        "task.publish_preview": lambda: {"preview_file_path": picture["file_path"]},
        "task.remove_preview_from_comment": records.first_preview,
        "task.delete_comment_reply": records.new_reply,
        "task.remove_comment": lambda: {"comment": records.new_comment()},
        "task.remove_task_status": lambda: {
            "task_status": records.new(gazu.task.new_task_status, records.name(), "gone", "#888888")
        },
        "task.remove_task_type": lambda: {"task_type": records.new(gazu.task.new_task_type, records.name())},
        "task.remove_time_spent": lambda: {"time_spent": records.new_time_spent()},
        "task.remove_task": lambda: {"task": records.new_task()},
        "task.remove_tasks_batch": lambda: {"tasks": [records.new_task()]},
        "task.move_comment_to_task": lambda: {"comment": records.new_comment()},
        "task.remove_tasks_for_type": lambda: {"task_type": records.new(gazu.task.get_task_type_by_name, "Edit")},
    }
