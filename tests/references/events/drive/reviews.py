"""Previews and playlists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.events.drive.studio import PNG

if TYPE_CHECKING:
    from references.events.caller import Caller
    from references.events.drive.life import JSON
    from references.events.drive.production import Production


def publish(bot: Caller, made: Production, tasks: list[str]) -> None:
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


def invite(bot: Caller, person: Caller, made: Production) -> None:
    """Somebody looks at a shared playlist as a guest."""
    shots = [{"entity_id": made.shots[0]}]
    body = {"name": "Shared", "project_id": made.project, "for_entity": "shot", "shots": shots}
    playlist = bot.post("data/playlists", body)["id"]
    shared = f"shared/playlists/{person.post(f'data/playlists/{playlist}/share', {'can_comment': True})['token']}"
    bot.post(f"{shared}/guest", {"first_name": "Guest"})
    bot.delete(f"data/playlists/{playlist}")
