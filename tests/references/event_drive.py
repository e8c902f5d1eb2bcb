"""Everything that makes Zou emit an event, done over the API: each area of Kitsu once through its life."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import requests

if TYPE_CHECKING:
    from kitsu_server.sandbox.lifecycle import Connection

JSON = dict[str, Any]
PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR4nGNwaDiAFTEMLQkAYvNgAXSglMMAAAAASUVORK5CYII=")
HDR = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n\x80\x80\x80\x80"
_FOLDERS = {
    kind: "<Project>/<Sequence>/<Shot>/<TaskType>" if kind in {"shot", "sequence"} else "<Project>/<Asset>/<TaskType>"
    for kind in ("shot", "asset", "sequence")
}
FILE_TREE = {
    mode: {
        "mountpoint": "/mnt",
        "root": "driven",
        "folder_path": _FOLDERS,
        "file_name": dict.fromkeys(_FOLDERS, "<Name>"),
    }
    for mode in ("working", "output")
}


@dataclass(frozen=True)
class Caller:
    """Somebody who asks the API; any refusal is an error."""

    host: str
    token: str
    session: requests.Session = field(default_factory=requests.Session)

    def ask(self, method: str, path: str, body: Any = None, *, file: tuple[str, bytes] | None = None) -> Any:
        """One request to `host` (with /api) and the JSON of its answer."""
        answer = self.session.request(
            method,
            f"{self.host}/{path}",
            json=None if file else body,
            data=body if file else None,
            files={"file": file} if file else None,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=30,
        )
        if not answer.ok:
            message = f"{method} {path}: {answer.status_code} {answer.text[:500]}"
            raise AssertionError(message)
        return answer.json() if answer.content and "json" in answer.headers["Content-Type"] else None

    def get(self, path: str) -> Any:
        """GET."""
        return self.ask("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        """POST."""
        return self.ask("POST", path, {} if body is None else body)

    def put(self, path: str, body: Any) -> Any:
        """PUT."""
        return self.ask("PUT", path, body)

    def delete(self, path: str) -> None:
        """DELETE."""
        self.ask("DELETE", path)

    def upload(self, path: str, name: str, content: bytes) -> Any:
        """POST a file."""
        return self.ask("POST", path, file=(name, content))


@dataclass(frozen=True)
class Production:
    """A production made for the drive. Ids throughout; `task_types` and `statuses` by name and short name."""

    project: str
    episode: str
    sequence: str
    scene: str
    shots: list[str]
    assets: list[str]
    edit: str
    concept: str
    task_types: dict[str, str]
    statuses: dict[str, str]
    department: str
    colleague: str


def signed_in(reach: Connection) -> tuple[Caller, str]:
    """The administrator's own account, and its id."""
    credentials = {"email": reach.admin_email, "password": reach.password}
    answer = requests.post(f"{reach.host}/auth/login", json=credentials, timeout=30)
    answer.raise_for_status()
    signed = answer.json()
    return Caller(reach.host, signed["access_token"]), signed["user"]["id"]


def drive(bot: Caller, person: Caller, me: str) -> set[str]:
    """Do everything once: `bot` and `person` are an administrator's bot and account, `me` is the account's id.

    Returns the names that the log of events holds, looked up before the project's part of it goes with the project.
    """
    _records(bot, me)
    made = _production(bot, person)
    _settings(bot, made)
    _casting(bot, made)
    tasks = _tasks(bot, made, me)
    _comments(bot, person, made, tasks)
    _publish(bot, made, tasks)
    _guest(bot, person, made)
    _planning(bot, person, made, tasks, me)
    _files(bot, made, tasks[0])
    _chat(bot, person, made, me)
    _notices(bot, person, made, tasks[0], me)
    _thumbnails(bot, made, me)
    _imports(bot, made, tasks[0])
    _remove(bot, made, tasks)
    logged = set(bot.get("data/events/names"))
    _close(bot, made)
    return logged


def _life(caller: Caller, path: str, body: JSON, change: JSON) -> None:
    """Create a record, change it, delete it."""
    record = caller.post(path, body)
    caller.put(f"{path}/{record['id']}", change)
    caller.delete(f"{path}/{record['id']}")


def _records(bot: Caller, me: str) -> None:
    """Records of the whole studio, through the plain routes."""
    named, renamed = {"name": "Driven"}, {"name": "Driven further"}
    coloured = named | {"color": "#000000"}
    short = named | {"short_name": "drv"}
    person = {"first_name": "Driven", "last_name": "Person", "email": "driven@example.com", "role": "user"}
    plugin = named | {"plugin_id": "driven", "version": "1.0.0", "maintainer_name": "Driven", "license": "MIT"}
    _life(bot, "data/studios", coloured, renamed)
    _life(bot, "data/project-status", coloured, renamed)
    _life(bot, "data/file-status", coloured, renamed)
    _life(bot, "data/departments", coloured, renamed)
    _life(bot, "data/task-types", coloured | {"for_entity": "Shot"}, renamed)
    _life(bot, "data/task-status", coloured | short, renamed)
    _life(bot, "data/entity-types", named, renamed)
    _life(bot, "data/hardware-items", short, renamed)
    _life(bot, "data/output-types", short, renamed)
    _life(bot, "data/softwares", short | {"file_extension": ".drv"}, renamed)
    _life(bot, "data/custom-actions", named | {"url": "https://tools.example.com/"}, renamed)
    _life(bot, "data/project-templates", named, renamed)
    _life(bot, "data/organisations", named, renamed)
    _life(bot, "data/plugins", plugin, renamed)
    _life(bot, "data/search-filters", named | {"list_type": "asset", "person_id": me}, renamed)
    _life(bot, "data/search-filter-groups", coloured | {"list_type": "asset", "person_id": me}, renamed)
    _life(bot, "data/day-offs", {"person_id": me, "date": "2030-01-01", "end_date": "2030-01-02"}, {"description": "x"})
    _life(bot, "data/persons", person, {"last_name": "Further"})
    _life(bot, "data/events", {"name": "driven:driven", "data": {}}, {"data": {"driven": True}})


def _production(bot: Caller, person: Caller) -> Production:
    """A production of one episode with everything that can stand in it."""
    department = bot.post("data/departments", {"name": "Driven", "color": "#000000"})["id"]
    eve = {"first_name": "Driven", "last_name": "Colleague", "email": "colleague@example.com", "role": "user"}
    colleague = bot.post("data/persons", eve)["id"]
    bot.post(f"actions/persons/{colleague}/departments/add", {"department_id": department})
    bot.delete(f"actions/persons/{colleague}/departments/{department}")
    project = bot.post("data/projects", {"name": "Driven", "production_type": "tvshow", "file_tree": FILE_TREE})["id"]
    character = bot.get("data/asset-types")[0]["id"]
    new = f"data/projects/{project}"
    episode = bot.post(f"{new}/episodes", {"name": "E01"})["id"]
    sequence = bot.post(f"{new}/sequences", {"name": "SQ01", "episode_id": episode})["id"]
    return Production(
        project=project,
        episode=episode,
        sequence=sequence,
        scene=bot.post(f"{new}/scenes", {"name": "SC01", "sequence_id": sequence})["id"],
        shots=[bot.post(f"{new}/shots", {"name": f"SH{n}", "sequence_id": sequence})["id"] for n in range(3)],
        assets=[bot.post(f"{new}/asset-types/{character}/assets/new", {"name": name})["id"] for name in ("A", "B")],
        edit=bot.post(f"{new}/edits", {"name": "Cut", "episode_id": episode})["id"],
        concept=person.post(f"{new}/concepts", {"name": "Idea"})["id"],
        task_types={one["name"]: one["id"] for one in bot.get("data/task-types")},
        statuses={one["short_name"]: one["id"] for one in bot.get("data/task-status")},
        department=department,
        colleague=colleague,
    )


def _settings(bot: Caller, made: Production) -> None:
    """What a production is set to: team, task types, statuses, automations, descriptors, templates, folders."""
    project = f"data/projects/{made.project}"
    bot.put(project, {"description": "x"})
    bot.post(f"{project}/team", {"person_id": made.colleague})
    bot.put(f"{project}/team/{made.colleague}", {"role": "supervisor"})
    for task_type in ("Modeling", "Layout", "Animation"):
        bot.post(f"{project}/settings/task-types", {"task_type_id": made.task_types[task_type]})
    for status in ("todo", "wip", "wfa", "retake", "done"):
        bot.post(f"{project}/settings/task-status", {"task_status_id": made.statuses[status]})
    ready_for = {
        "entity_type": "asset",
        "in_task_type_id": made.task_types["Modeling"],
        "in_task_status_id": made.statuses["done"],
        "out_field_type": "ready_for",
        "out_task_type_id": made.task_types["Layout"],
    }
    automation = bot.post("data/status-automations", ready_for)["id"]
    bot.post(f"{project}/settings/status-automations", {"status_automation_id": automation})
    _life(bot, "data/status-automations", {"entity_type": "shot"}, {"entity_type": "asset"})
    descriptor = {"entity_type": "Shot", "name": "Mood", "data_type": "string"}
    _life(bot, f"{project}/metadata-descriptors", descriptor, {"name": "Light"})
    _life(bot, "data/metadata-descriptors", descriptor | {"project_id": made.project, "field_name": "mood"}, {})
    template = bot.post(f"data/project-templates/from-project/{made.project}", {"name": "Driven"})["id"]
    bot.post(f"data/project-templates/{template}/task-types", {"task_type_id": made.task_types["Layout"]})
    bot.post(f"{project}/apply-template/{template}")
    folder = bot.post(f"{project}/concept-folders", {"name": "Folder"})["id"]
    bot.put(f"data/concept-folders/{folder}", {"name": "Other"})
    move = {"concept_ids": [made.concept], "concept_folder_id": folder}
    bot.post(f"actions/projects/{made.project}/move-concepts", move)
    bot.delete(f"data/concept-folders/{folder}")
    for entity in (made.episode, made.sequence, made.scene, made.shots[0], made.assets[0], made.edit, made.concept):
        bot.put(f"data/entities/{entity}", {"description": "x"})


def _casting(bot: Caller, made: Production) -> None:
    """Casting of shots, episodes and assets, scenes, and instances of assets."""
    project = f"data/projects/{made.project}"
    shot, asset, other = made.shots[0], *made.assets
    cast = [{"asset_id": asset, "nb_occurences": 1}]
    for entity in (shot, made.episode, other):
        bot.put(f"{project}/entities/{entity}/casting", cast)
    for count in (2, 3):
        bot.put(f"{project}/entities/casting/assets/{other}", {"entity_ids": [shot], "nb_occurences": count})
    bot.put(f"{project}/entities/{made.episode}/casting", [])
    link = {"entity_in_id": made.shots[2], "entity_out_id": other, "nb_occurences": 1}
    _life(bot, "data/entity-links", link, {"nb_occurences": 2})
    bot.post(f"data/scenes/{made.scene}/shots", {"shot_id": shot})
    bot.delete(f"data/scenes/{made.scene}/shots/{shot}")
    instance = bot.post(f"data/scenes/{made.scene}/asset-instances", {"asset_id": asset})["id"]
    bot.post(f"data/shots/{shot}/asset-instances", {"asset_instance_id": instance})
    bot.delete(f"data/shots/{shot}/asset-instances/{instance}")
    inside = bot.post(f"data/assets/{other}/asset-asset-instances", {"asset_to_instantiate_id": asset})["id"]
    plain = {"asset_id": asset, "scene_id": made.scene, "name": "x", "number": 9}
    _life(bot, "data/asset-instances", plain, {"description": "x"})
    for one in (instance, inside):
        bot.delete(f"data/asset-instances/{one}")


def _tasks(bot: Caller, made: Production, me: str) -> list[str]:
    """Tasks made, assigned and changed. The tasks: Animation and Layout of a shot, Modeling of an asset."""
    create = f"actions/projects/{made.project}/task-types"
    shots, shot = f"{create}/{made.task_types['Animation']}/shots/create-tasks", made.shots[0]
    animation = bot.post(shots, [shot])[0]["id"]
    layout = bot.post(f"{create}/{made.task_types['Layout']}/shots/create-tasks", [shot])[0]["id"]
    modeling = bot.post(f"{create}/{made.task_types['Modeling']}/assets/create-tasks", made.assets)[0]["id"]
    body = {
        "name": "main",
        "project_id": made.project,
        "entity_id": made.shots[1],
        "task_type_id": made.task_types["Animation"],
        "task_status_id": made.statuses["todo"],
        "assigner_id": me,
        "assignees": [me],
    }
    bot.post("data/tasks", body)
    bot.put(f"data/tasks/{animation}", {"assignees": [me, made.colleague]})
    bot.put(f"data/tasks/{animation}", {"assignees": [made.colleague], "estimation": 60})
    bot.put(f"actions/persons/{me}/assign", {"task_ids": [animation, layout]})
    bot.put("actions/tasks/clear-assignation", {"task_ids": [layout]})
    bot.put(f"data/projects/{made.project}/entities/{shot}/casting", [{"asset_id": made.assets[1], "nb_occurences": 1}])
    return [animation, layout, modeling]


def _comments(bot: Caller, person: Caller, made: Production, tasks: list[str]) -> None:
    """Comments posted, changed, acknowledged, answered, moved and deleted; an automation that fires."""
    animation, layout, modeling = tasks

    def said(task: str, status: str) -> str:
        return bot.post(f"actions/tasks/{task}/comment", {"task_status_id": made.statuses[status], "comment": "x"})[
            "id"
        ]

    first, second = said(animation, "wip"), said(animation, "wfa")
    said(modeling, "done")
    bot.put(f"data/comments/{first}", {"text": "y"})
    bot.put(f"data/comments/{second}", {"task_status_id": made.statuses["retake"]})
    comment = f"data/tasks/{animation}/comments/{first}"
    for _ in range(2):
        person.post(f"{comment}/ack")
    reply = person.post(f"{comment}/reply", {"text": "z"})["id"]
    person.delete(f"{comment}/reply/{reply}")
    bot.upload(f"actions/tasks/{animation}/comments/{first}/add-attachment", "note.txt", b"x")
    bot.post(f"actions/tasks/{animation}/comments/{first}/move", {"target_task_id": layout})
    bot.delete(f"data/tasks/{animation}/comments/{second}")
    plain = {"object_id": animation, "object_type": "Task", "text": "x", "task_status_id": made.statuses["wip"]}
    crude = bot.post("data/comments", plain | {"person_id": made.colleague})["id"]
    file = {"name": "note.txt", "extension": "txt", "comment_id": crude}
    _life(bot, "data/attachment-files", file, {"name": "other.txt"})
    bot.delete(f"data/comments/{crude}")


def _publish(bot: Caller, made: Production, tasks: list[str]) -> None:
    """A preview published, drawn on, made the main one and removed; a playlist built."""
    task = tasks[0]
    comment = bot.post(f"actions/tasks/{task}/comment", {"task_status_id": made.statuses["wfa"], "comment": "x"})["id"]
    on_comment = f"actions/tasks/{task}/comments/{comment}"
    preview = bot.post(f"{on_comment}/add-preview")["id"]
    bot.upload(f"pictures/preview-files/{preview}", "frame.png", PNG)
    bot.put(f"actions/preview-files/{preview}/set-main-preview", {})
    bot.put(f"data/preview-files/{preview}", {"name": "x"})
    drawing = {"time": 0, "drawing": {"objects": [{"type": "path"}]}}
    bot.put(f"actions/preview-files/{preview}/update-annotations", {"additions": [drawing]})
    playlist: JSON = {"name": "Driven", "project_id": made.project, "for_entity": "shot", "shots": []}
    listed = bot.post("data/playlists", playlist)["id"]
    entry = {"entity_id": made.shots[0], "preview_file_id": preview}
    bot.post(f"actions/playlists/{listed}/add-entity", entry)
    bot.put(f"data/playlists/{listed}", {"name": "x"})
    _build(bot)
    bot.delete(f"data/playlists/{listed}")
    bot.delete(f"{on_comment}/preview-files/{preview}?force=true")
    bot.delete(f"data/comments/{comment}")
    plain = {"task_id": task, "person_id": made.colleague, "revision": 9, "name": "x", "extension": "png"}
    bot.delete(f"data/preview-files/{bot.post('data/preview-files', plain)['id']}")


def _build(bot: Caller) -> None:
    """One movie of a playlist; only a ready movie can be built, and the seeds hold one."""
    for project in bot.get("data/projects/open"):
        for preview in bot.get(f"data/projects/{project['id']}/preview-files"):
            if preview["extension"] == "mp4":
                entity = bot.get(f"data/tasks/{preview['task_id']}")["entity_id"]
                shots = [{"entity_id": entity, "preview_file_id": preview["id"]}]
                body = {"name": "Driven", "project_id": project["id"], "for_entity": "shot", "shots": shots}
                playlist = f"data/playlists/{bot.post('data/playlists', body)['id']}"
                job = bot.get(f"{playlist}/build/mp4")["id"]
                bot.delete(f"{playlist}/jobs/{job}")
                return


def _guest(bot: Caller, person: Caller, made: Production) -> None:
    """Somebody looks at a shared playlist as a guest."""
    shots = [{"entity_id": made.shots[0]}]
    body = {"name": "Shared", "project_id": made.project, "for_entity": "shot", "shots": shots}
    playlist = bot.post("data/playlists", body)["id"]
    shared = f"shared/playlists/{person.post(f'data/playlists/{playlist}/share', {'can_comment': True})['token']}"
    bot.post(f"{shared}/guest", {"first_name": "Guest"})
    bot.delete(f"data/playlists/{playlist}")


def _planning(bot: Caller, person: Caller, made: Production, tasks: list[str], me: str) -> None:
    """Time spent, schedule, milestones, schedule versions and budgets."""
    task, task_type, project = tasks[0], made.task_types["Animation"], made.project
    spent = f"actions/tasks/{task}/time-spents/2026-01-05/persons/{me}"
    bot.post(spent, {"duration": 60})
    bot.post(f"{spent}/add", {"duration": 60})
    person.delete(spent)
    day = {"task_id": task, "person_id": me, "date": "2026-01-06", "duration": 5}
    _life(bot, "data/time-spents", day, {"duration": 6})
    bot.get(f"data/projects/{project}/schedule-items/task-types")
    item = {"project_id": project, "task_type_id": task_type, "object_id": made.shots[1]}
    _life(bot, "data/schedule-items", item, {"man_days": 2})
    _life(bot, "data/milestones", {"project_id": project, "date": "2026-01-01", "name": "x"}, {"name": "y"})
    version = f"data/production-schedule-versions/{_new_version(bot, project)}"
    bot.put(version, {"name": "y"})
    act = version.replace("data/", "actions/")
    bot.post(f"{act}/set-task-links-from-production")
    link = bot.get(f"{version}/task-links")[0]
    bot.delete(f"data/production-schedule-version-task-links/{link['id']}")
    again = {"production_schedule_version_id": version.rpartition("/")[2], "task_id": link["task_id"]}
    new = bot.post("data/production-schedule-version-task-links", again)["id"]
    bot.put(f"data/production-schedule-version-task-links/{new}", {"estimation": 3})
    bot.post(f"{act}/apply-to-production")
    bot.delete(version)
    _budgets(bot, made)


def _new_version(bot: Caller, project: str) -> str:
    return bot.post("data/production-schedule-versions", {"project_id": project, "name": "x"})["id"]


def _budgets(bot: Caller, made: Production) -> None:
    budget = {"name": "x", "currency": "EUR"}
    entry = {
        "department_id": made.department,
        "start_date": "2026-01-01",
        "months_duration": 2,
        "daily_salary": 1,
        "position": "artist",
        "seniority": "mid",
    }
    budgets = f"data/projects/{made.project}/budgets"
    kept = bot.post(budgets, budget)["id"]
    _life(bot, f"{budgets}/{kept}/entries", entry, entry)
    _life(bot, "data/budget-entries", entry | {"budget_id": kept}, {"months_duration": 3})
    bot.put(f"{budgets}/{kept}", {"name": "y"})
    bot.delete(f"{budgets}/{kept}")
    _life(bot, "data/budgets", budget | {"project_id": made.project, "revision": 9}, {"name": "y"})


def _files(bot: Caller, made: Production, task: str) -> None:
    """Working and output files; a working file without a software makes the default one."""
    working = bot.post(f"data/tasks/{task}/working-files/new", {"name": "main"})["id"]
    bot.put(f"actions/working-files/{working}/modified", {})
    bot.put(f"data/working-files/{working}", {"comment": "x"})
    output_type = bot.post("data/output-types", {"name": "Driven", "short_name": "drv"})["id"]
    body = {
        "output_type_id": output_type,
        "task_type_id": made.task_types["Animation"],
        "working_file_id": working,
        "name": "main",
        "comment": "",
    }
    output = bot.post(f"data/entities/{made.shots[0]}/output-files/new", body)["id"]
    bot.put(f"data/output-files/{output}", {"comment": "x"})
    bot.delete(f"data/output-files/{output}")
    bot.delete(f"data/working-files/{working}")


def _chat(bot: Caller, person: Caller, made: Production, me: str) -> None:
    """The chat of a shot, as Kitsu uses it and through the plain routes."""
    shot, other, _ = made.shots
    person.post(f"actions/user/chats/{shot}/join")
    message = person.post(f"data/entities/{shot}/chat/messages", {"message": "x"})["id"]
    person.delete(f"data/entities/{shot}/chat/messages/{message}")
    person.delete(f"actions/user/chats/{shot}/join")
    chat = bot.post("data/chats", {"object_id": other})["id"]
    _life(bot, "data/chat-messages", {"chat_id": chat, "person_id": me, "text": "x"}, {"text": "y"})
    bot.put(f"data/chats/{chat}", {"object_type": "entity"})
    bot.delete(f"data/chats/{chat}")


def _notices(bot: Caller, person: Caller, made: Production, task: str, me: str) -> None:
    """Notifications read, news and subscriptions."""
    mine = f"data/user/notifications/{person.get('data/user/notifications')[0]['id']}"
    person.put(mine, {"read": True})
    person.put(mine, {"read": False})
    person.post("actions/user/notifications/mark-all-as-read")
    body = {"person_id": me, "author_id": made.colleague, "task_id": task}
    _life(bot, "data/notifications", body | {"type": "comment"}, {"read": True})
    _life(bot, "data/news", {"task_id": task, "author_id": made.colleague}, {"change": True})
    _life(bot, "data/subscriptions", {"person_id": me, "task_id": task}, {})


def _thumbnails(bot: Caller, made: Production, me: str) -> None:
    """Pictures of the organisation, a person and a project; backgrounds of previews."""
    organisation = bot.get("data/organisations")[0]["id"]
    for kind, one in (("organisations", organisation), ("persons", me), ("projects", made.project)):
        bot.upload(f"pictures/thumbnails/{kind}/{one}", "face.png", PNG)
    bot.delete(f"actions/persons/{me}/clear-avatar")
    _life(bot, "data/preview-background-files", {"name": "x"}, {"name": "y"})
    background = bot.post("data/preview-background-files", {"name": "x"})["id"]
    bot.upload(f"pictures/preview-background-files/{background}", "sky.hdr", HDR)


def _imports(bot: Caller, made: Production, task: str) -> None:
    """Records sent as they are, as another Kitsu would: what is known by its id is updated, the rest is made."""
    status = made.statuses["wip"]
    comment = bot.post(f"actions/tasks/{task}/comment", {"task_status_id": status, "comment": "x"})["id"]
    bot.post("import/kitsu/comments", [{"id": comment, "object_id": task, "text": "y"}])
    bot.post("import/kitsu/projects", [{"id": made.project, "description": "z"}])
    bot.post("import/kitsu/tasks", [{"id": task, "project_id": made.project, "estimation": 30}])
    for entity, kind in ((made.shots[0], "Shot"), (made.assets[0], "Asset")):
        known = {"id": entity, "type": kind, "project_id": made.project}
        entity_type = bot.get(f"data/entities/{entity}")["entity_type_id"]
        bot.post("import/kitsu/entities", [known | {"entity_type_id": entity_type}])
    link = {"id": str(uuid4()), "type": "EntityLink", "entity_in_id": made.shots[1], "entity_out_id": made.assets[0]}
    bot.post("import/kitsu/entity-links", [link])
    kind = bot.get("data/asset-types")[0]["name"]
    parents = f"SQ01,SH0,{kind},A,2,,E01\n{kind},B,{kind},A,1,,\n"
    table = f"Parent,Name,Asset Type,Asset,Occurences,Label,Episode\n{parents}"
    bot.upload(f"import/csv/projects/{made.project}/casting", "casting.csv", table.encode())


def _remove(bot: Caller, made: Production, tasks: list[str]) -> None:
    """Entities deleted: first canceled where Kitsu cancels, then for good. A person, too."""
    bot.delete(f"data/tasks/{tasks[1]}?force=true")
    for path in (f"assets/{made.assets[0]}", f"shots/{made.shots[0]}"):
        bot.delete(f"data/{path}")
        bot.delete(f"data/{path}?force=true")
    for path in (f"scenes/{made.scene}", f"edits/{made.edit}", f"concepts/{made.concept}"):
        bot.delete(f"data/{path}")
    bot.delete(f"data/sequences/{made.sequence}?force=true")
    bot.delete(f"data/episodes/{made.episode}?force=true")
    bot.delete(f"data/persons/{made.colleague}?force=true")


def _close(bot: Caller, made: Production) -> None:
    """The project deleted, which only a closed one can be."""
    closed = next(one["id"] for one in bot.get("data/project-status") if one["name"] == "Closed")
    bot.put(f"data/projects/{made.project}", {"project_status_id": closed})
    bot.delete(f"data/projects/{made.project}?force=true")
