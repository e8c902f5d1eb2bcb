"""What stands in what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.events.drive.life import life

if TYPE_CHECKING:
    from references.events.caller import Caller
    from references.events.drive.production import Production


def change(bot: Caller, made: Production) -> None:
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
    life(bot, "data/entity-links", link, {"nb_occurences": 2})
    bot.post(f"data/scenes/{made.scene}/shots", {"shot_id": shot})
    bot.delete(f"data/scenes/{made.scene}/shots/{shot}")
    instance = bot.post(f"data/scenes/{made.scene}/asset-instances", {"asset_id": asset})["id"]
    bot.post(f"data/shots/{shot}/asset-instances", {"asset_instance_id": instance})
    bot.delete(f"data/shots/{shot}/asset-instances/{instance}")
    inside = bot.post(f"data/assets/{other}/asset-asset-instances", {"asset_to_instantiate_id": asset})["id"]
    plain = {"asset_id": asset, "scene_id": made.scene, "name": "x", "number": 9}
    life(bot, "data/asset-instances", plain, {"description": "x"})
    for one in (instance, inside):
        bot.delete(f"data/asset-instances/{one}")
