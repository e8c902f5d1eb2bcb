"""Records of every kind for calls of gazu: the seeds', and what they have none of, made through gazu itself."""

from __future__ import annotations

import itertools
import struct
import zlib
from typing import TYPE_CHECKING, Any

from references.gazu_sdk.modules import gazu

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gazu.client import KitsuClient

_FOLDERS = {
    "shot": "<Project>/<Sequence>/<Shot>/<TaskType>",
    "asset": "<Project>/<AssetType>/<Asset>/<TaskType>",
    "instance": "<Project>/<Sequence>/<TemporalEntity>/<Asset>/<OutputType>",
    "style": "lowercase",
}

_FILES = {
    "shot": "<Shot>_<Name>",
    "asset": "<Asset>_<Name>",
    "instance": "<Instance.name>_<Name>",
    "style": "lowercase",
}

FILE_TREE = {
    mode: {"mountpoint": f"/{mode}", "root": "productions", "folder_path": _FOLDERS, "file_name": _FILES}
    for mode in ("working", "output")
}

EDL = """TITLE: Sample
001  AX V C 00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00
* FROM CLIP NAME: Robo Garden_E01-SQ01-SH0010
"""


class Records:
    """`given` holds records of the seeds and records made here, by the name of the argument that takes them."""

    def __init__(self, client: KitsuClient, person: KitsuClient, folder: Path) -> None:
        self.client = client
        self.person = person
        self.folder = folder
        self._numbers = itertools.count(1)
        self.given = self._seeded()
        self.given |= self._made()

    def name(self) -> str:
        """A name that nothing has yet."""
        return f"Sample {next(self._numbers)}"

    def named(self, kind: str) -> Callable[[], dict[str, Any]]:
        """The `name` of a record that is there."""
        return lambda: {"name": self.given[kind]["name"]}

    def new(self, make: Callable[..., Any], *arguments: object) -> Any:
        """What a function of gazu makes, or finds."""
        return make(*arguments, client=self.client)

    def new_comment(self) -> dict[str, Any]:
        """A comment."""
        return gazu.task.add_comment(self.given["task"], self.given["task_status"], "Sample", client=self.client)

    def new_time_spent(self) -> dict[str, Any]:
        """An hour of the person at the task."""
        task, person = self.given["task"], self.given["person"]
        gazu.task.assign_task(task, person, client=self.client)
        return gazu.task.set_time_spent(task, person, "2026-01-07", 60, client=self.client)

    def new_entry(self, budget: dict[str, Any]) -> dict[str, Any]:
        """An entry of a budget; gazu itself cannot send it."""
        return gazu.client.post(
            f"data/projects/{self.given['project']['id']}/budgets/{budget['id']}/entries",
            {
                "department_id": self.given["department"]["id"],
                "start_date": "2026-01-01",
                "months_duration": 3,
                "daily_salary": 100,
                "position": "artist",
                "seniority": "mid",
            },
            client=self.client,
        )

    def new_task(self) -> dict[str, Any]:
        """A task of a new shot."""
        shot = gazu.shot.new_shot(self.given["project"], self.given["sequence"], self.name(), client=self.client)
        return gazu.task.new_task(shot, self.given["task_type"], client=self.client)

    def new_reply(self) -> dict[str, Any]:
        """A comment and its reply."""
        comment = self.new_comment()
        task = self.given["task"]
        return {"comment": comment, "reply": gazu.task.reply_to_comment(task, comment, "Sample", client=self.client)}

    def new_preview_file(self) -> dict[str, Any]:
        """A preview that has no file yet."""
        return gazu.task.create_preview(self.given["task"], self.new_comment(), client=self.client)

    def first_preview(self) -> dict[str, Any]:
        """A comment and its preview."""
        comment = self.new_comment()
        return {
            "comment": comment,
            "preview_file": gazu.task.create_preview(self.given["task"], comment, client=self.client),
        }

    def playlist(self) -> dict[str, Any]:
        """The playlist as it is now."""
        return gazu.playlist.get_playlist(self.given["playlist"], client=self.client)

    def comments(self) -> list[dict[str, Any]]:
        """Comments as the batch functions take them."""
        given = self.given
        return [{"task_id": given["task"]["id"], "task_status_id": given["task_status"]["id"], "text": "Sample"}]

    def _seeded(self) -> dict[str, Any]:
        client = self.client
        project = gazu.project.get_project_by_name("Robo Garden", client=client)
        episode = gazu.shot.all_episodes_for_project(project, client=client)[0]
        sequence = gazu.shot.all_sequences_for_episode(episode, client=client)[0]
        shot = gazu.shot.all_shots_for_sequence(sequence, client=client)[0]
        asset = gazu.asset.all_assets_for_project(project, client=client)[0]
        task_type = gazu.task.get_task_type_by_name("Animation", client=client)
        task = gazu.task.get_task_by_entity(shot, task_type, client=client)
        movie = next(one for one in gazu.client.fetch_all("preview-files", client=client) if one["extension"] == "mp4")
        return {
            "project": project,
            "episode": episode,
            "sequence": sequence,
            "shot": shot,
            "entity": shot,
            "entities": [shot],
            "asset": asset,
            "asset_to_instantiate": gazu.asset.all_assets_for_project(project, client=client)[1],
            "asset_type": gazu.asset.get_asset_type_from_asset(asset, client=client),
            "entity_type": gazu.entity.get_entity_type(asset["entity_type_id"], client=client),
            "edit": gazu.edit.all_edits_for_project(project, client=client)[0],
            "concept": gazu.concept.all_concepts_for_project(project, client=client)[0],
            "task_type": task_type,
            "task_types": [task_type],
            "task": task,
            "tasks": [task],
            "target_task": next(
                one for one in gazu.task.all_tasks_for_shot(shot, client=client) if one["id"] != task["id"]
            ),
            "task_status": gazu.task.get_task_status_by_short_name("wip", client=client),
            "comment": gazu.task.all_comments_for_task(task, client=client)[0],
            "preview_file": movie,
            "playlist": gazu.playlist.all_playlists_for_project(project, client=client)[0],
            "person": gazu.person.get_person_by_full_name("Theo Marchand", client=client),
            "department": gazu.person.get_department_by_name("Animation", client=client),
            "organisation": gazu.person.get_organisation(client=client),
            "metadata_descriptor": gazu.project.all_metadata_descriptors(project, client=client)[0],
            "status_automation": gazu.project.all_status_automations(project, client=client)[0],
            "entity_link": gazu.casting.all_entity_links_for_project(project, client=client)[0],
        }

    def _made(self) -> dict[str, Any]:
        client = self.client
        given = self.given
        project, task, shot = given["project"], given["task"], given["shot"]
        (self.folder / "picture.png").write_bytes(png())
        (self.folder / "assets.csv").write_text("Type,Name\nCharacter,Sample lamp\n", encoding="utf-8")
        (self.folder / "shots.csv").write_text("Episode,Sequence,Name\nE01,SQ01,SH999\n", encoding="utf-8")
        (self.folder / "cut.edl").write_text(EDL, encoding="utf-8")
        gazu.files.update_project_file_tree(project, FILE_TREE, client=client)
        scene = gazu.scene.new_scene(project, given["sequence"], "Sample scene", client=client)
        software = gazu.files.new_software("Blender", "blender", "blend", client=client)
        output_type = gazu.files.new_output_type("Cache", "cache", client=client)
        budget = gazu.project.create_budget(project, "Sample budget", currency="EUR", client=client)
        template = gazu.project_template.new_project_template("Sample template", client=client)
        background = gazu.client.create("preview-background-files", {"name": "Sample background"}, client=client)
        comment = gazu.task.add_comment(
            task, given["task_status"], "Sample", attachments=[str(self.folder / "picture.png")], client=client
        )
        self.little = gazu.project.new_project("Sample production", client=client)
        asset_instance = gazu.scene.new_scene_asset_instance(scene, given["asset"], client=client)
        working_file = gazu.files.new_working_file(task, software=software, client=client)
        picture = str(self.folder / "picture.png")
        gazu.files.upload_working_file(working_file, picture, client=client)
        gazu.files.upload_person_avatar(given["person"], picture, client=client)
        gazu.files.upload_project_avatar(project, picture, client=client)
        gazu.files.upload_organisation_avatar(given["organisation"], picture, client=client)
        gazu.user.subscribe_to_task(task, client=self.person)
        gazu.task.add_comment(task, given["task_status"], "Sample", client=client)
        filters = gazu.user.new_filter("Sample", "wip", "shot", project, "Shot", client=self.person)
        return {
            "scene": scene,
            "temporal_entity": scene,
            "asset_instance": asset_instance,
            "software": software,
            "output_type": output_type,
            "output_file": gazu.files.new_entity_output_file(shot, output_type, given["task_type"], "", client=client),
            "working_file": working_file,
            "file_status": gazu.files.new_file_status("Sample", "#888888", client=client),
            "budget": budget,
            "entry": self.new_entry(budget),
            "project_template": template,
            "preview_background_file": background,
            "background_file": {"preview_background_file_id": background["id"]},
            "automation": {"status_automation_id": given["status_automation"]["id"]},
            "attachment_file": gazu.client.fetch_all("attachment-files", client=client)[0],
            "comment": comment,
            "reply": gazu.task.reply_to_comment(task, comment, "Sample", client=client),
            "studio": gazu.client.create("studios", {"name": "Sample", "color": "#888888"}, client=client),
            "day_off": gazu.person.new_day_off(given["person"], "2026-01-05", "2026-01-06", client=client),
            "time_spent": self.new_time_spent(),
            "bot": gazu.person.new_bot("Sample", "sample-bot@example.com", client=client),
            "build_job": gazu.playlist.build_playlist_movie(given["playlist"], client=client),
            "filter": filters,
            "filter_group": gazu.user.new_filter_group("Sample", project, client=self.person),
            "notification": gazu.user.all_notifications(client=self.person)[0],
        }


def png() -> bytes:
    """A picture of one white pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0\xff")), chunk(b"IEND", b"")]
    )
