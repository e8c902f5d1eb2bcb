"""One call of every gazu function on the sandbox: what it sends, and whether an admin's bot gets an answer.

Functions that read are called first, then those that write, then those that remove, so that nothing is used after it is
gone. Records of kinds that the seeds have none of are made before, through gazu itself.
"""

from __future__ import annotations

import datetime as dt
import importlib
import inspect
import itertools
import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import requests
    from gazu.client import KitsuClient

    from kitsu_server.sandbox.lifecycle import Connection

gazu: Any = importlib.import_module("gazu")
"""gazu without its types: they are partial, which strict checking does not take."""

MODULES = (
    *("asset", "casting", "concept", "context", "edit", "entity", "files", "person", "playlist", "project"),
    *("project_template", "scene", "search", "shot", "studio", "sync", "task", "user", "events"),
)
"""The modules whose functions talk to Kitsu."""

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
NOT_CALLED = {
    "events.run_client": "blocks until the connection ends",
    "person.invite_person": "sends mail",
}
"""The functions that no call is made of, and why."""


@dataclass
class Call:
    """What became of one call: what it sent, what an admin's bot met, and what an admin met after a bot's 403."""

    sent: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    bot: BaseException | None = None
    person: BaseException | None = None

    @property
    def person_only(self) -> bool:
        """Whether it works, but not with a bot's token."""
        return self.bot is not None and self.problem is None

    @property
    def problem(self) -> BaseException | None:
        """Why it does not work for anybody."""
        return self.person if isinstance(self.bot, gazu.exception.NotAllowedException) else self.bot

    @property
    def writes(self) -> bool:
        """Whether it sends anything but reads."""
        return any(method not in {"GET", "HEAD"} for method, _ in self.sent)


def functions(module: str) -> dict[str, Callable[..., Any]]:
    """A module's public functions, in the order of its source."""
    found = importlib.import_module(f"gazu.{module}")
    return {
        name: one
        for name, one in vars(found).items()
        if not name.startswith("_") and inspect.isfunction(one) and inspect.unwrap(one).__module__ == found.__name__
    }


def calls(connection: Connection, folder: Path) -> dict[str, Call]:
    """Call every function that is not in `NOT_CALLED`, as `module.function`, on a sandbox as seeded."""
    bot = gazu.client.create_client(connection.host, access_token=connection.token("admin"))
    bot.event_host = connection.event_host
    person = gazu.client.create_client(connection.host)
    gazu.log_in(connection.admin_email, connection.password, client=person)
    samples = Samples(bot, person, folder)
    every = [f"{module}.{name}" for module in MODULES for name in functions(module)]
    made: dict[str, Call] = {}
    for name in sorted((one for one in every if one not in NOT_CALLED), key=_round):
        module, _, function = name.partition(".")
        made[name] = _called(functions(module)[function], samples.arguments(name), bot, person)
    return made


def _round(name: str) -> int:
    function = name.partition(".")[2]
    if function.startswith(("remove_", "delete_", "clear_", "uncast_", "push_", "close_")):
        return 2
    return int(not function.startswith(("all_", "get_", "build_", "download_", "guess_", "is_", "search_")))


def _called(function: Callable[..., Any], arguments: dict[str, Any], bot: KitsuClient, person: KitsuClient) -> Call:
    call = Call()

    def note(answer: requests.Response, **_: object) -> None:
        call.sent.append((answer.request.method or "", answer.status_code))

    def attempt(client: KitsuClient) -> BaseException | None:
        client.session.hooks["response"] = [note]
        named = {"client": client} if "client" in inspect.signature(function).parameters else {}
        try:
            function(**arguments, **named)
        except Exception as problem:  # noqa: BLE001  whatever a function raises is what is asked for
            return problem
        finally:
            client.session.hooks["response"] = []
        return None

    call.bot = attempt(bot)
    if isinstance(call.bot, gazu.exception.NotAllowedException):
        call.sent.clear()
        call.person = attempt(person)
    return call


class Samples:
    """Arguments for every function, from the seeds and from records made here."""

    def __init__(self, client: KitsuClient, person: KitsuClient, folder: Path) -> None:
        self._client = client
        self._person = person
        self._numbers = itertools.count(1)
        self._folder = folder
        self._given = self._seeded()
        self._given |= self._made()
        self._given |= self._plain()
        self._own = self._for_single_functions()

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

    def _name(self) -> str:
        return f"Sample {next(self._numbers)}"

    def _seeded(self) -> dict[str, Any]:
        client = self._client
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
        client = self._client
        given = self._given
        project, task, shot = given["project"], given["task"], given["shot"]
        (self._folder / "picture.png").write_bytes(png())
        (self._folder / "assets.csv").write_text("Type,Name\nCharacter,Sample lamp\n", encoding="utf-8")
        (self._folder / "shots.csv").write_text("Episode,Sequence,Name\nE01,SQ01,SH999\n", encoding="utf-8")
        (self._folder / "cut.edl").write_text(EDL, encoding="utf-8")
        gazu.files.update_project_file_tree(project, FILE_TREE, client=client)
        scene = gazu.scene.new_scene(project, given["sequence"], "Sample scene", client=client)
        software = gazu.files.new_software("Blender", "blender", "blend", client=client)
        output_type = gazu.files.new_output_type("Cache", "cache", client=client)
        budget = gazu.project.create_budget(project, "Sample budget", currency="EUR", client=client)
        template = gazu.project_template.new_project_template("Sample template", client=client)
        background = gazu.client.create("preview-background-files", {"name": "Sample background"}, client=client)
        comment = gazu.task.add_comment(
            task, given["task_status"], "Sample", attachments=[str(self._folder / "picture.png")], client=client
        )
        self._little = gazu.project.new_project("Sample production", client=client)
        self._asset_instance = gazu.scene.new_scene_asset_instance(scene, given["asset"], client=client)
        working_file = gazu.files.new_working_file(task, software=software, client=client)
        picture = str(self._folder / "picture.png")
        gazu.files.upload_working_file(working_file, picture, client=client)
        gazu.files.upload_person_avatar(given["person"], picture, client=client)
        gazu.files.upload_project_avatar(project, picture, client=client)
        gazu.files.upload_organisation_avatar(given["organisation"], picture, client=client)
        gazu.user.subscribe_to_task(task, client=self._person)
        gazu.task.add_comment(task, given["task_status"], "Sample", client=client)
        filters = gazu.user.new_filter("Sample", "wip", "shot", project, "Shot", client=self._person)
        return {
            "scene": scene,
            "temporal_entity": scene,
            "asset_instance": self._asset_instance,
            "software": software,
            "output_type": output_type,
            "output_file": gazu.files.new_entity_output_file(shot, output_type, given["task_type"], "", client=client),
            "working_file": working_file,
            "file_status": gazu.files.new_file_status("Sample", "#888888", client=client),
            "budget": budget,
            "entry": self._new_entry(budget),
            "project_template": template,
            "preview_background_file": background,
            "background_file": {"preview_background_file_id": background["id"]},
            "automation": {"status_automation_id": given["status_automation"]["id"]},
            "attachment_file": gazu.client.fetch_all("attachment-files", client=client)[0],
            "comment": comment,
            "reply": gazu.task.reply_to_comment(task, comment, "Sample", client=client),
            "studio": gazu.client.create("studios", {"name": "Sample", "color": "#888888"}, client=client),
            "day_off": gazu.person.new_day_off(given["person"], "2026-01-05", "2026-01-06", client=client),
            "time_spent": self._new_time_spent(),
            "bot": gazu.person.new_bot("Sample", "sample-bot@example.com", client=client),
            "build_job": gazu.playlist.build_playlist_movie(given["playlist"], client=client),
            "filter": filters,
            "filter_group": gazu.user.new_filter_group("Sample", project, client=self._person),
            "notification": gazu.user.all_notifications(client=self._person)[0],
        }

    def _plain(self) -> dict[str, Any]:
        given = self._given
        records: dict[str, dict[str, Any]] = {
            name: one for name, one in given.items() if isinstance(one, dict) and "id" in one
        }
        scrap = self._folder / "scrap"
        return {
            **{f"{name}_id": one["id"] for name, one in records.items()},
            **{f"{name}_name": one["name"] for name, one in records.items() if "name" in one},
            **{f"{name}_short_name": one["short_name"] for name, one in records.items() if "short_name" in one},
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
            "token": gazu.playlist.new_share_link(given["playlist"], client=self._client)["token"],
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
            "source_client": self._client,
            "target_client": self._client,
            "client_source": self._client,
            "client_target": self._client,
            "project_source": self._little,
            "project_target": self._little,
            "default_status": given["task_status"],
            "task_status_map": {given["task_status"]["id"]: given["task_status"]["id"]},
            "person_map": {},
        }

    def _for_single_functions(self) -> dict[str, Callable[[], dict[str, Any]]]:
        given, client = self._given, self._client
        project = given["project"]
        picture = {"file_path": str(self._folder / "picture.png")}

        def named(kind: str) -> Callable[[], dict[str, Any]]:
            return lambda: {"name": given[kind]["name"]}

        def new(make: Callable[..., Any], *arguments: object) -> Any:
            return make(*arguments, client=client)

        return {
            "asset.get_asset_by_name": named("asset"),
            "asset.get_asset_type_by_name": named("asset_type"),
            "asset.import_assets_with_csv": lambda: {"csv_file_path": str(self._folder / "assets.csv")},
            "asset.remove_asset": lambda: {
                "asset": new(gazu.asset.new_asset, project, given["asset_type"], self._name())
            },
            "asset.remove_asset_type": lambda: {"asset_type": new(gazu.asset.new_asset_type, self._name())},
            "asset.update_asset_type": lambda: {"asset_type": new(gazu.asset.new_asset_type, "Changed")},
            "casting.update_episode_casting": lambda: {
                "casting": [],
                "episode": new(gazu.shot.new_episode, project, self._name()),
            },
            "casting.delete_entity_link": lambda: {
                "entity_link": new(gazu.casting.all_entity_links_for_project, project)[0]
            },
            "concept.remove_concept": lambda: {"concept": new(gazu.concept.new_concept, project, self._name())},
            "edit.remove_edit": lambda: {"edit": new(gazu.edit.new_edit, project, self._name())},
            "entity.remove_entity": lambda: {"entity": new(gazu.edit.new_edit, project, self._name())},
            "entity.remove_entities": lambda: {"entities": [new(gazu.edit.new_edit, project, self._name())]},
            "entity.remove_entity_type": lambda: {"entity_type": new(gazu.entity.new_entity_type, self._name())},
            "files.get_file_status_by_name": named("file_status"),
            "files.get_output_file_by_path": lambda: {"path": given["output_file"]["path"]},
            "files.update_comment": lambda: {"comment": "Sample"},
            "files.new_entity_output_file": lambda: {"comment": "Sample", "revision": 7},
            "files.new_asset_instance_output_file": lambda: {"comment": "Sample"},
            "files.upload_person_avatar": lambda: picture,
            "files.upload_project_avatar": lambda: picture,
            "files.upload_organisation_avatar": lambda: picture,
            "files.download_working_file": lambda: {"file_path": str(self._folder / "scrap")},
            "files.upload_working_file": lambda: picture,
            "files.remove_preview_file": lambda: {"preview_file": self._new_preview_file()},
            "files.extract_tile_from_preview": lambda: {"file_path": str(self._folder / "scrap")},
            "files.update_preview_annotations": lambda: {"additions": []},
            "person.get_all_month_time_spents": lambda: {"date": dt.date(2026, 1, 1)},
            "person.get_department_by_name": named("department"),
            "person.new_person": lambda: {"email": "sample-person@example.com"},
            "person.new_bot": lambda: {"email": "sample-bot-2@example.com"},
            "person.remove_bot": lambda: {"bot": new(gazu.person.new_bot, self._name(), "gone-bot@example.com")},
            "person.update_bot": lambda: {"bot": {"id": given["bot"]["id"], "first_name": "Changed"}},
            "person.remove_department": lambda: {"department": new(gazu.person.new_department, self._name())},
            "person.remove_person": lambda: {
                "person": new(gazu.person.new_person, self._name(), "Person", "gone-person@example.com")
            },
            "person.get_presence_log": lambda: {"month": "01"},
            "person.set_avatar": lambda: picture,
            "person.new_day_off": lambda: {"date": "2026-02-02", "end_date": "2026-02-03"},
            "playlist.get_playlist_by_name": named("playlist"),
            "playlist.delete_playlist": lambda: {"playlist": new(gazu.playlist.new_playlist, project, self._name())},
            "playlist.update_playlist": lambda: {"playlist": self._playlist()},
            "playlist.update_entity_preview": lambda: {"playlist": self._playlist()},
            "playlist.remove_entity_from_playlist": lambda: {"playlist": self._playlist()},
            "playlist.generate_temp_playlist": lambda: {"data": {"task_ids": [given["task"]["id"]]}},
            "project.add_metadata_descriptor": lambda: {"entity_type": "Shot"},
            "project.close_project": lambda: {"project": self._little},
            "project.get_project_status_by_name": lambda: {"project_status_name": "Open"},
            "project.remove_budget_entry": lambda: {"entry": self._new_entry(given["budget"])},
            "project.remove_budget": lambda: {
                "budget": new(gazu.project.create_budget, project, self._name(), None, "EUR")
            },
            "project.remove_status_automation": lambda: {"automation": given["status_automation"]},
            "project.remove_preview_background_file": lambda: {"background_file": given["preview_background_file"]},
            "project.remove_project": lambda: {
                "project": new(gazu.project.close_project, new(gazu.project.new_project, self._name())),
                "force": True,
            },
            "project.update_budget": lambda: {"data": {"name": "Changed"}},
            "project.update_budget_entry": lambda: {"data": given["entry"] | {"months_duration": 4, "type": None}},
            "project.reorder_metadata_descriptors": lambda: {
                "entity_type": "Shot",
                "descriptor_ids": [
                    one["id"]
                    for one in new(gazu.project.all_metadata_descriptors, project)
                    if one["entity_type"] == "Shot"
                ],
            },
            "project_template.get_project_template_by_name": named("project_template"),
            "project_template.apply_project_template": lambda: {"project": self._little},
            "project_template.remove_project_template": lambda: {
                "project_template": new(gazu.project_template.new_project_template, self._name())
            },
            "scene.get_asset_instance_by_name": named("asset_instance"),
            "scene.update_asset_instance_data": lambda: {"data": {"note": "Sample"}},
            "shot.import_otio": lambda: {"otio_file_path": str(self._folder / "cut.edl"), "episode": given["episode"]},
            "shot.import_shots_with_csv": lambda: {"csv_file_path": str(self._folder / "shots.csv")},
            "shot.remove_episode": lambda: {"episode": new(gazu.shot.new_episode, project, self._name())},
            "shot.remove_sequence": lambda: {"sequence": new(gazu.shot.new_sequence, project, self._name())},
            "shot.remove_shot": lambda: {"shot": new(gazu.shot.new_shot, project, given["sequence"], self._name())},
            "sync.get_link_list_diff": lambda: {
                "source_list": [given["entity_link"]],
                "target_list": [given["entity_link"]],
            },
            "sync.push_task_comments": lambda: {"task": self._new_task()},
            "sync.push_task_comment": lambda: {"task": given["target_task"]},
            "task.get_task_status_by_name": named("task_status"),
            "task.add_attachment_files_to_comment": lambda: {
                "comment": self._new_comment(),
                "attachments": [picture["file_path"]],
            },
            "task.create_asset_tasks": lambda: {"task_types": [new(gazu.task.get_task_type_by_name, "Modeling")]},
            "task.create_edit_tasks": lambda: {"task_types": [new(gazu.task.get_task_type_by_name, "Edit")]},
            "task.create_concept_tasks": lambda: {
                "task_types": [
                    next(one for one in new(gazu.task.all_task_types) if one["for_entity"] == "Concept"),
                ]
            },
            "task.batch_comments": lambda: {"comments": self._comments()},
            "task.create_multiple_comments": lambda: {"comments": self._comments()},
            "task.upload_preview_file": lambda: picture | {"preview_file": self._new_preview_file()},
            "task.add_preview": lambda: {"preview_file_path": picture["file_path"], "comment": self._new_comment()},
            "task.create_preview": lambda: {"comment": self._new_comment()},
            "task.add_extra_preview": lambda: self._first_preview() | {"preview_file_path": picture["file_path"]},
            "task.create_extra_preview": self._first_preview,
            "task.publish_preview": lambda: {"preview_file_path": picture["file_path"]},
            "task.remove_preview_from_comment": self._first_preview,
            "task.delete_comment_reply": self._new_reply,
            "task.remove_comment": lambda: {"comment": self._new_comment()},
            "task.remove_task_status": lambda: {
                "task_status": new(gazu.task.new_task_status, self._name(), "gone", "#888888")
            },
            "task.remove_task_type": lambda: {"task_type": new(gazu.task.new_task_type, self._name())},
            "task.remove_time_spent": lambda: {"time_spent": self._new_time_spent()},
            "task.remove_task": lambda: {"task": self._new_task()},
            "task.remove_tasks_batch": lambda: {"tasks": [self._new_task()]},
            "task.move_comment_to_task": lambda: {"comment": self._new_comment()},
            "task.remove_tasks_for_type": lambda: {"task_type": new(gazu.task.get_task_type_by_name, "Edit")},
            "events.add_listener": lambda: {
                "event_client": gazu.events.socketio.Client(),
                "event_name": "task:update",
                "event_handler": print,
            },
            "events.connect_error": lambda: {"data": "Sample"},
        }

    def _new_comment(self) -> dict[str, Any]:
        return gazu.task.add_comment(self._given["task"], self._given["task_status"], "Sample", client=self._client)

    def _new_time_spent(self) -> dict[str, Any]:
        task, person = self._given["task"], self._given["person"]
        gazu.task.assign_task(task, person, client=self._client)
        return gazu.task.set_time_spent(task, person, "2026-01-07", 60, client=self._client)

    def _new_entry(self, budget: dict[str, Any]) -> dict[str, Any]:
        return gazu.client.post(
            f"data/projects/{self._given['project']['id']}/budgets/{budget['id']}/entries",
            {
                "department_id": self._given["department"]["id"],
                "start_date": "2026-01-01",
                "months_duration": 3,
                "daily_salary": 100,
                "position": "artist",
                "seniority": "mid",
            },
            client=self._client,
        )

    def _new_task(self) -> dict[str, Any]:
        shot = gazu.shot.new_shot(self._given["project"], self._given["sequence"], self._name(), client=self._client)
        return gazu.task.new_task(shot, self._given["task_type"], client=self._client)

    def _new_reply(self) -> dict[str, Any]:
        comment = self._new_comment()
        task = self._given["task"]
        return {"comment": comment, "reply": gazu.task.reply_to_comment(task, comment, "Sample", client=self._client)}

    def _new_preview_file(self) -> dict[str, Any]:
        return gazu.task.create_preview(self._given["task"], self._new_comment(), client=self._client)

    def _first_preview(self) -> dict[str, Any]:
        comment = self._new_comment()
        return {
            "comment": comment,
            "preview_file": gazu.task.create_preview(self._given["task"], comment, client=self._client),
        }

    def _playlist(self) -> dict[str, Any]:
        return gazu.playlist.get_playlist(self._given["playlist"], client=self._client)

    def _comments(self) -> list[dict[str, Any]]:
        given = self._given
        return [{"task_id": given["task"]["id"], "task_status_id": given["task_status"]["id"], "text": "Sample"}]


def png() -> bytes:
    """A picture of one white pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0\xff")), chunk(b"IEND", b"")]
    )
