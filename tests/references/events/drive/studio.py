"""What the whole studio shares: its records, and the pictures of organisation, people and projects."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

from references.events.drive.life import life

if TYPE_CHECKING:
    from references.events.caller import Caller
    from references.events.drive.production import Production

PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR4nGNwaDiAFTEMLQkAYvNgAXSglMMAAAAASUVORK5CYII=")

HDR = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n\x80\x80\x80\x80"


def records(bot: Caller, me: str) -> None:
    """Records of the whole studio, through the plain routes."""
    named, renamed = {"name": "Driven"}, {"name": "Driven further"}
    coloured = named | {"color": "#000000"}
    short = named | {"short_name": "drv"}
    person = {"first_name": "Driven", "last_name": "Person", "email": "driven@example.com", "role": "user"}
    plugin = named | {"plugin_id": "driven", "version": "1.0.0", "maintainer_name": "Driven", "license": "MIT"}
    life(bot, "data/studios", coloured, renamed)
    life(bot, "data/project-status", coloured, renamed)
    life(bot, "data/file-status", coloured, renamed)
    life(bot, "data/departments", coloured, renamed)
    life(bot, "data/task-types", coloured | {"for_entity": "Shot"}, renamed)
    life(bot, "data/task-status", coloured | short, renamed)
    life(bot, "data/entity-types", named, renamed)
    life(bot, "data/hardware-items", short, renamed)
    life(bot, "data/output-types", short, renamed)
    life(bot, "data/softwares", short | {"file_extension": ".drv"}, renamed)
    life(bot, "data/custom-actions", named | {"url": "https://tools.example.com/"}, renamed)
    life(bot, "data/project-templates", named, renamed)
    life(bot, "data/organisations", named, renamed)
    life(bot, "data/plugins", plugin, renamed)
    life(bot, "data/search-filters", named | {"list_type": "asset", "person_id": me}, renamed)
    life(bot, "data/search-filter-groups", coloured | {"list_type": "asset", "person_id": me}, renamed)
    life(bot, "data/day-offs", {"person_id": me, "date": "2030-01-01", "end_date": "2030-01-02"}, {"description": "x"})
    life(bot, "data/persons", person, {"last_name": "Further"})
    life(bot, "data/events", {"name": "driven:driven", "data": {}}, {"data": {"driven": True}})


def pictures(bot: Caller, made: Production, me: str) -> None:
    """Pictures of the organisation, a person and a project; backgrounds of previews."""
    organisation = bot.get("data/organisations")[0]["id"]
    for kind, one in (("organisations", organisation), ("persons", me), ("projects", made.project)):
        bot.upload(f"pictures/thumbnails/{kind}/{one}", "face.png", PNG)
    bot.delete(f"actions/persons/{me}/clear-avatar")
    life(bot, "data/preview-background-files", {"name": "x"}, {"name": "y"})
    background = bot.post("data/preview-background-files", {"name": "x"})["id"]
    bot.upload(f"pictures/preview-background-files/{background}", "sky.hdr", HDR)
