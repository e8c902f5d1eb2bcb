"""What comes in as another Kitsu has it, or as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from references.events.caller import Caller
    from references.events.drive.production import Production


def send(bot: Caller, made: Production, task: str) -> None:
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
