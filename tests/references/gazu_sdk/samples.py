"""What each function of gazu is called with."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from references.gazu_sdk.arguments import entities, files, studio, tasks
from references.gazu_sdk.modules import functions, gazu
from references.gazu_sdk.records import FILE_TREE, Records

if TYPE_CHECKING:
    from pathlib import Path

    from gazu.client import KitsuClient


class Samples:
    """Arguments for every function, from the seeds and from records made for it."""

    def __init__(self, client: KitsuClient, person: KitsuClient, folder: Path) -> None:
        records = Records(client, person, folder)
        self._name = records.name
        self._given = records.given | _plain(records)
        self._own = entities.own(records) | tasks.own(records) | files.own(records) | studio.own(records)

    def arguments(self, name: str) -> dict[str, Any]:
        """The arguments of `module.function` without the client: what it requires, and what it needs besides."""
        module, _, function = name.partition(".")
        own = self._own[name]() if name in self._own else {}
        found: dict[str, Any] = {}
        for one in inspect.signature(functions(module)[function]).parameters.values():
            if one.name in own:
                found[one.name] = own[one.name]
            elif one.name == "name" and one.default is one.empty:
                found["name"] = self._name()
            elif one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD and one.name != "client":
                found[one.name] = self._given[one.name]
        return found


def _plain(records: Records) -> dict[str, Any]:
    """What no single function has of its own: ids and names of the records, and values."""
    given = records.given
    known: dict[str, dict[str, Any]] = {
        name: one for name, one in given.items() if isinstance(one, dict) and "id" in one
    }
    scrap = records.folder / "scrap"
    return {
        **{f"{name}_id": one["id"] for name, one in known.items()},
        **{f"{name}_name": one["name"] for name, one in known.items() if "name" in one},
        **{f"{name}_short_name": one["short_name"] for name, one in known.items() if "short_name" in one},
        "id": given["person"]["id"],
        "ids": ["a"],
        "model_map": {"a": "b"},
        "status_id": given["file_status"]["id"],
        "desktop_login": "",
        "email": given["person"]["email"],
        "full_name": given["person"]["full_name"],
        "first_name": "Sample",
        "last_name": "Person",
        "password": "kitsu-sandbox-2",
        "role": "user",
        "short_name": "smp",
        "text": "Sample",
        "color": "#888888",
        "query": "SH01",
        "list_type": "shot",
        "path": "/working/productions/robo_garden/e01/sq01/sh010/animation/sh010_main",
        "file_path": str(scrap),
        "csv_file_path": str(scrap),
        "file_extension": "blend",
        "frame_number": 2,
        "position": 1,
        "priority": 1,
        "year": 2026,
        "month": 1,
        "week": 1,
        "date": "2026-01-07",
        "duration": 60,
        "start_date": "2026-01-05",
        "end_date": "2026-01-09",
        "data": {"description": "Sample"},
        "file_tree": FILE_TREE,
        "casting": [{"asset_id": given["asset"]["id"], "nb_occurences": 1}],
        "descriptors": [{"name": "Sample", "entity_type": "Shot", "data_type": "string"}],
        "field_name": given["metadata_descriptor"]["field_name"],
        "project_status_name": "Open",
        "links": [],
        "token": gazu.playlist.new_share_link(given["playlist"], client=records.client)["token"],
        "chat": {"id": given["asset"]["id"]},
        "comments_data": {
            "text": "Sample",
            "task_status_id": given["task_status"]["id"],
            "person_id": given["person"]["id"],
        },
        "source_list": [given["asset"]],
        "target_list": [given["asset"]],
        "source_model": given["asset"],
        "target_model": given["asset"],
        "source_client": records.client,
        "target_client": records.client,
        "client_source": records.client,
        "client_target": records.client,
        "project_source": records.little,
        "project_target": records.little,
        "default_status": given["task_status"],
        "task_status_map": {given["task_status"]["id"]: given["task_status"]["id"]},
        "person_map": {},
    }
