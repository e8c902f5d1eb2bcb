"""A production from its making to its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from references.events.drive.life import life

if TYPE_CHECKING:
    from references.events.caller import Caller

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


def new(bot: Caller, person: Caller) -> Production:
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


def settings(bot: Caller, made: Production) -> None:
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
    life(bot, "data/status-automations", {"entity_type": "shot"}, {"entity_type": "asset"})
    descriptor = {"entity_type": "Shot", "name": "Mood", "data_type": "string"}
    life(bot, f"{project}/metadata-descriptors", descriptor, {"name": "Light"})
    life(bot, "data/metadata-descriptors", descriptor | {"project_id": made.project, "field_name": "mood"}, {})
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


def remove(bot: Caller, made: Production, tasks: list[str]) -> None:
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


def close(bot: Caller, made: Production) -> None:
    """The project deleted, which only a closed one can be."""
    closed = next(one["id"] for one in bot.get("data/project-status") if one["name"] == "Closed")
    bot.put(f"data/projects/{made.project}", {"project_status_id": closed})
    bot.delete(f"data/projects/{made.project}?force=true")
