"""Tasks, what is said of them, and the files that are worked on for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.events.drive.life import life

if TYPE_CHECKING:
    from references.events.caller import Caller
    from references.events.drive.production import Production


def assign(bot: Caller, made: Production, me: str) -> list[str]:
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


def comment(bot: Caller, person: Caller, made: Production, tasks: list[str]) -> None:
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
    life(bot, "data/attachment-files", file, {"name": "other.txt"})
    bot.delete(f"data/comments/{crude}")


def record_files(bot: Caller, made: Production, task: str) -> None:
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
