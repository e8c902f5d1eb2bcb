"""The parts of a production as rows: the production itself, its entities, its casting."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seeds.flow import DAY, Production
from seeds.rows import Rows, uid

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from seeds.studio import Studio

SHOT_TYPES = ["Storyboard", "Layout", "Animation", "Lighting", "Compositing"]
ASSET_TYPES = ["Concept", "Modeling", "Shading", "Rigging"]
OTHER_TYPES = [("Edit", "Edit"), ("Concept", "Concept"), ("Sequence", "Color Script"), ("Episode", "Script")]
ENTITY_TYPES = ["Character", "Prop", "Environment", "FX"]
# Entity, name, field, data type, choices, whether clients see it.
COLUMNS: list[tuple[str, str, str, str, list[str], bool]] = [
    ("Shot", "Difficulty", "difficulty", "list", ["easy", "medium", "hard"], False),
    ("Shot", "Nb characters", "nb_characters", "number", [], False),
    ("Shot", "Stereo", "stereo", "boolean", [], True),
    ("Shot", "Lens", "lens", "string", [], False),
    ("Shot", "Delivery", "delivery", "checklist", ["[ ] plates", "[ ] sound", "[x] slate"], False),
    ("Asset", "Approved by director", "approved_by_director", "boolean", [], True),
    ("Asset", "Vendor", "vendor", "list", ["in-house", "North Bay"], False),
    ("Asset", "Poly budget", "poly_budget", "number", [], False),
    ("Asset", "Reference", "reference", "string", [], False),
    ("Asset", "Checks", "checks", "checklist", ["[ ] scale", "[ ] naming"], False),
]


@dataclass(frozen=True)
class Plan:
    """What one production is: everything about it that its entities and tasks do not say."""

    name: str
    code: str
    kind: str
    style: str
    team: Sequence[str]
    bots: Sequence[str]
    statuses: Sequence[str]
    days: tuple[int, int]
    fps: str = "24"
    resolution: str = "1920x1080"
    status: str = "Open"
    description: str = ""
    episodes: int = 0
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    bots_collaborate: bool = False
    further_shot_types: Sequence[str] = ()


def add_production(plan: Plan, studio: Studio, rows: Rows, anchor: dt.datetime) -> Production:
    """Write the production, its team, its types and statuses, its metadata columns, its schedule and its milestones."""
    production = Production(
        uid("project", plan.name), plan.name, studio, rows, anchor, random.Random(plan.name),  # noqa: S311
        fps=plan.fps, supervisors={"Shot": "Jonas", "Asset": "Inês"},
    )  # fmt: skip
    start, end = (anchor + day * DAY for day in plan.days)
    rows.add(
        "project",
        at=start,
        id=production.id,
        name=plan.name,
        code=plan.code,
        description=plan.description,
        data=dict(plan.data),
        fps=plan.fps,
        resolution=plan.resolution,
        production_type=plan.kind,
        production_style=plan.style,
        start_date=start.date(),
        end_date=end.date(),
        nb_episodes=plan.episodes,
        episode_span=20 if plan.episodes else 0,
        project_status_id=studio.project_statuses[plan.status],
        is_bot_collaboration_enabled=plan.bots_collaborate,
    )
    team = [studio.people[name] for name in plan.team] + [studio.bots[role] for role in plan.bots]
    for member in team:
        rows.add("project_person_link", project_id=production.id, person_id=member)
    _add_types(production, plan, start, end)
    for place, (entity, name, key, data_type, choices, for_client) in enumerate(COLUMNS):
        rows.add(
            "metadata_descriptor", at=start, id=uid("column", production.id, key), project_id=production.id,
            entity_type=entity, name=name, field_name=key, data_type=data_type, choices=choices, for_client=for_client,
            position=place,
        )  # fmt: skip
    for name, day, task_type in (
        ("Animatic locked", -30, None),
        ("Animation done", 30, "Animation"),
        ("Delivery", 90, None),
    ):
        rows.add(
            "milestone", id=uid("milestone", production.id, name), date=(anchor + day * DAY).date(), name=name,
            project_id=production.id, task_type_id=studio.task_types["Shot", task_type] if task_type else None,
        )  # fmt: skip
    return production


def _add_types(production: Production, plan: Plan, start: dt.datetime, end: dt.datetime) -> None:
    """Link task types, statuses and asset types. Priorities from 1: Zou reads a shot type at 0 as before every step."""
    studio, rows = production.studio, production.rows
    types = [("Shot", name) for name in [*SHOT_TYPES, *plan.further_shot_types]]
    types += [("Asset", name) for name in ASSET_TYPES]
    types += [kind for kind in OTHER_TYPES if plan.episodes or kind[0] != "Episode"]
    for place, kind in enumerate(types, 1):
        found = studio.task_types[kind]
        rows.add(
            "project_task_type_link", id=uid("type link", production.id, found), project_id=production.id,
            task_type_id=found, priority=place,
        )  # fmt: skip
        rows.add(
            "schedule_item", id=uid("schedule", production.id, found), start_date=start.date(), end_date=end.date(),
            project_id=production.id, task_type_id=found,
        )  # fmt: skip
    for place, short_name in enumerate(plan.statuses, 1):
        found = studio.statuses[short_name]
        rows.add(
            "project_task_status_link", id=uid("status link", production.id, found), project_id=production.id,
            task_status_id=found, priority=place,
        )  # fmt: skip
    for name in ENTITY_TYPES:
        rows.add("project_asset_type_link", project_id=production.id, asset_type_id=studio.entity_types[name])


def add_entity(production: Production, kind: str, name: str, *, key: object = None, **values: object) -> UUID:
    """Write an entity of a type (`Shot`, `Sequence`, `Prop`…); `key` tells twins apart. Returns its id."""
    parent = values.get("parent_id")
    found = uid("entity", production.id, kind, parent, name, *([key] if key else []))
    production.rows.add(
        "entity",
        at=production.anchor - 60 * DAY,
        id=found,
        name=name,
        project_id=production.id,
        entity_type_id=production.studio.entity_types[kind],
        created_by=production.studio.admin,
        **{"data": {}, **values},
    )
    return found


def shot_data(production: Production, first_frame: int, length: int) -> dict[str, Any]:
    """A shot's own data as Kitsu's page writes it: booleans as words, checklists as JSON text."""
    chance = production.random
    return {
        "frame_in": first_frame,
        "frame_out": first_frame + length - 1,
        "difficulty": chance.choice(["easy", "medium", "hard"]),
        "nb_characters": chance.randint(0, 3),
        "stereo": chance.choice(["true", "false"]),
        "lens": chance.choice(["24mm", "35mm", "50mm", "85mm"]),
        "delivery": json.dumps({"plates": chance.random() < 0.5, "sound": False, "slate": True}),
    }


def asset_data(production: Production, name: str) -> dict[str, Any]:
    """An asset's own data, in the same manner."""
    chance = production.random
    return {
        "approved_by_director": chance.choice(["true", "false"]),
        "vendor": chance.choice(["in-house", "North Bay"]),
        "poly_budget": chance.choice([5000, 20000, 80000]),
        "reference": f"board {name}",
        "checks": json.dumps({"scale": chance.random() < 0.5, "naming": True}),
    }


def cast(
    production: Production, into: UUID, assets: Iterable[tuple[UUID, int, str]], *, data: dict[str, Any] | None = None
) -> None:
    """Cast assets (id, occurrences, label) into a shot, an asset or an episode."""
    for asset, occurrences, label in assets:
        production.rows.add(
            "entity_link", id=uid("cast", into, asset), entity_in_id=into, entity_out_id=asset,
            nb_occurences=occurrences, label=label, data=data,
        )  # fmt: skip


# What Zou keeps beside the rows: how many assets are cast, and how many of them are ready for each task of a shot.
COUNTERS = (
    """update entity set nb_entities_out = (
         select count(*) from entity_link link join entity asset on asset.id = link.entity_out_id
         where link.entity_in_id = entity.id and not asset.canceled)
       where project_id = %s""",
    """update task set nb_assets_ready = (
         select count(*) from entity_link link
         join entity asset on asset.id = link.entity_out_id
         join project_task_type_link ready
           on ready.project_id = task.project_id and ready.task_type_id = asset.ready_for
         join project_task_type_link own on own.project_id = task.project_id and own.task_type_id = task.task_type_id
         where link.entity_in_id = task.entity_id and not asset.canceled and own.priority <= ready.priority)
       from task_type
       where task_type.id = task.task_type_id and task_type.for_entity = 'Shot' and task.project_id = %s""",
)
