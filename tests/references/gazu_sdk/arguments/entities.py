"""Arguments of single functions of asset, casting, concept, edit, entity, scene, shot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from references.gazu_sdk.modules import gazu

if TYPE_CHECKING:
    from collections.abc import Callable

    from references.gazu_sdk.records import Records


def own(records: Records) -> dict[str, Callable[[], dict[str, Any]]]:
    """By `module.function`: what it needs beside or instead of what all share."""
    given = records.given
    project = given["project"]
    return {
        "asset.get_asset_by_name": records.named("asset"),
        "asset.get_asset_type_by_name": records.named("asset_type"),
        "asset.import_assets_with_csv": lambda: {"csv_file_path": str(records.folder / "assets.csv")},
        "asset.remove_asset": lambda: {
            "asset": records.new(gazu.asset.new_asset, project, given["asset_type"], records.name())
        },
        "asset.remove_asset_type": lambda: {"asset_type": records.new(gazu.asset.new_asset_type, records.name())},
        "asset.update_asset_type": lambda: {"asset_type": records.new(gazu.asset.new_asset_type, "Changed")},
        "casting.update_episode_casting": lambda: {
            "casting": [],
            "episode": records.new(gazu.shot.new_episode, project, records.name()),
        },
        "casting.delete_entity_link": lambda: {
            "entity_link": records.new(gazu.casting.all_entity_links_for_project, project)[0]
        },
        "concept.remove_concept": lambda: {"concept": records.new(gazu.concept.new_concept, project, records.name())},
        "edit.remove_edit": lambda: {"edit": records.new(gazu.edit.new_edit, project, records.name())},
        "entity.remove_entity": lambda: {"entity": records.new(gazu.edit.new_edit, project, records.name())},
        "entity.remove_entities": lambda: {"entities": [records.new(gazu.edit.new_edit, project, records.name())]},
        "entity.remove_entity_type": lambda: {"entity_type": records.new(gazu.entity.new_entity_type, records.name())},
        "scene.get_asset_instance_by_name": records.named("asset_instance"),
        "scene.update_asset_instance_data": lambda: {"data": {"note": "Sample"}},
        "shot.import_otio": lambda: {"otio_file_path": str(records.folder / "cut.edl"), "episode": given["episode"]},
        "shot.import_shots_with_csv": lambda: {"csv_file_path": str(records.folder / "shots.csv")},
        "shot.remove_episode": lambda: {"episode": records.new(gazu.shot.new_episode, project, records.name())},
        "shot.remove_sequence": lambda: {"sequence": records.new(gazu.shot.new_sequence, project, records.name())},
        "shot.remove_shot": lambda: {
            "shot": records.new(gazu.shot.new_shot, project, given["sequence"], records.name())
        },
    }
