"""Arguments of single functions of files, playlist."""

from __future__ import annotations

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
        "files.get_file_status_by_name": records.named("file_status"),
        "files.get_output_file_by_path": lambda: {"path": given["output_file"]["path"]},
        "files.update_comment": lambda: {"comment": "Sample"},
        "files.new_entity_output_file": lambda: {"comment": "Sample", "revision": 7},
        "files.new_asset_instance_output_file": lambda: {"comment": "Sample"},
        "files.upload_person_avatar": lambda: picture,
        "files.upload_project_avatar": lambda: picture,
        "files.upload_organisation_avatar": lambda: picture,
        "files.download_working_file": lambda: {"file_path": str(records.folder / "scrap")},
        "files.upload_working_file": lambda: picture,
        "files.remove_preview_file": lambda: {"preview_file": records.new_preview_file()},
        "files.extract_tile_from_preview": lambda: {"file_path": str(records.folder / "scrap")},
        "files.update_preview_annotations": lambda: {"additions": []},
        "playlist.get_playlist_by_name": records.named("playlist"),
        "playlist.delete_playlist": lambda: {
            "playlist": records.new(gazu.playlist.new_playlist, project, records.name())
        },
        "playlist.update_playlist": lambda: {"playlist": records.playlist()},
        "playlist.update_entity_preview": lambda: {"playlist": records.playlist()},
        "playlist.remove_entity_from_playlist": lambda: {"playlist": records.playlist()},
        "playlist.generate_temp_playlist": lambda: {"data": {"task_ids": [given["task"]["id"]]}},
    }
