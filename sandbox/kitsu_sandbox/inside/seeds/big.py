"""Big Feature, for size: 5,000 shots, 2,000 assets, 35,000 tasks, 52,000 comments, 50,000 castings."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from seeds import studio
from seeds.flow import DAY, FLOWS, Production
from seeds.production import ASSET_TYPES, SHOT_TYPES, Plan, add_entity, add_production
from seeds.rows import Rows, uid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import psycopg

SHOTS, ASSETS, PEOPLE, LINKS_A_SHOT, SHOTS_A_SEQUENCE = 5000, 2000, 60, 10, 50
_KINDS = ["Prop"] * 11 + ["Character"] * 4 + ["Environment"] * 3 + ["FX"] * 2
_STATES = ["wip", "wfa", "retake", "ready", "todo"]
# Short histories, one done task in four brought in from elsewhere: 52,000 comments.
_FLOWS = {"done": [["wip", "wfa", "done"]] * 3 + [["done"]]}
_SURNAMES = ["Berg", "Costa", "Duval", "Ito", "Khan", "Moreau", "Novak", "Silva"]
_TEXTS = [
    "Please review.",
    "Fixed the notes from dailies: silhouette, contact shadows and the eye line at 1042.",
    "Too floaty, see annotations.",
    "Approved.",
    "Waiting for the new rig.",
]


@dataclass(frozen=True)
class _Task:
    id: UUID
    statuses: Sequence[str]
    start: int


def add_big(connection: psycopg.Connection[Any], anchor: dt.datetime) -> None:
    """Copy the whole production in, on top of the small ones."""
    rows = Rows(anchor - 300 * DAY)
    found = studio.read(connection)
    artists = _add_people(found, rows)
    plan = Plan(
        "Big Feature", "BF", "featurefilm", "3d", list(found.people), studio.ROLES,
        ["todo", "ready", "wip", "wfa", "retake", "done"], (-300, 400), resolution="4096x1716",
        description="Synthetic feature, for size.", further_shot_types=["FX"],
    )  # fmt: skip
    production = add_production(plan, found, rows, anchor)
    assets = [
        add_entity(production, kind, f"{kind.lower()}_{place:04d}", description=f"{kind} number {place}")
        for place, kind in enumerate(production.random.choices(_KINDS, k=ASSETS))
    ]
    shots = _add_shots(production, assets)
    tasks = [task for shot in shots for task in _add_tasks(production, shot, "Shot", artists)]
    tasks += [task for asset in assets for task in _add_tasks(production, asset, "Asset", artists)]
    _add_comments(production, tasks, artists)
    rows.copy_into(connection)


def _add_people(found: studio.Studio, rows: Rows) -> list[UUID]:
    """Sixty people who never sign in; returns the artists among them."""
    chance = random.Random("people")  # noqa: S311
    departments = [found.departments[name] for name in sorted(found.departments)]
    artists: list[UUID] = []
    for place in range(PEOPLE):
        name = f"Artist{place:02d}"
        person = found.people[name] = uid("person", name)
        role = "manager" if place < 3 else "supervisor" if place < 9 else "user"
        rows.add(
            "person", id=person, first_name=name, last_name=chance.choice(_SURNAMES),
            email=f"{name.lower()}@example.com", role=role,
        )  # fmt: skip
        rows.add("department_link", person_id=person, department_id=departments[place % len(departments)])
        if role == "user":
            artists.append(person)
    return artists


def _add_shots(production: Production, assets: list[UUID]) -> list[UUID]:
    chance = production.random
    shots: list[UUID] = []
    sequence = UUID(int=0)
    for place in range(SHOTS):
        if place % SHOTS_A_SEQUENCE == 0:
            sequence = add_entity(production, "Sequence", f"SQ{10 * (place // SHOTS_A_SEQUENCE + 1):04d}")
        length = chance.randint(24, 220)
        shot = add_entity(
            production, "Shot", f"SH{10 * (place % SHOTS_A_SEQUENCE + 1):04d}", parent_id=sequence, nb_frames=length,
            canceled=chance.random() < 0.02, nb_entities_out=LINKS_A_SHOT,
            description=chance.choice(["Wide on the valley", "Hero close-up", "Over the shoulder", "Crowd plate"]),
            data={
                "frame_in": 1001, "frame_out": 1000 + length, "difficulty": chance.choice(["easy", "medium", "hard"]),
                "nb_characters": chance.randint(0, 9),
            },
        )  # fmt: skip
        shots.append(shot)
        for number, asset in enumerate(chance.sample(assets, LINKS_A_SHOT)):
            production.rows.add(
                "entity_link", id=_next_id(chance), entity_in_id=shot, entity_out_id=asset,
                nb_occurences=chance.choice([1, 1, 1, 1, 2, 3, 12]), label="fixed" if number == 0 else "animate",
            )  # fmt: skip
    return shots


def _add_tasks(production: Production, entity: UUID, kind: str, artists: list[UUID]) -> Iterator[_Task]:
    """An entity's tasks in a row: done, then one under way, then waiting. Four shots in ten have a sixth, FX."""
    chance, found = production.random, production.studio
    steps = ASSET_TYPES if kind == "Asset" else [*SHOT_TYPES, *(["FX"] if chance.random() < 0.4 else [])]
    reached = chance.randint(0, len(steps))
    for place, step in enumerate(steps):
        status = "done" if place < reached else "todo" if place > reached else chance.choice(_STATES)
        flow = chance.choice(_FLOWS.get(status) or FLOWS[status][:1])
        start = 20 * (place - reached) - chance.randint(0, 10) if flow else chance.randint(1, 60)
        start -= 10 if flow else 0
        moments = _moments(production, start, len(flow))
        estimate = chance.choice([480, 960, 1440, 2400])
        task = _next_id(chance)
        spent = chance.choice([120, 240, 480]) if flow and chance.random() < 0.6 else 0
        artist = chance.choice(artists)
        production.rows.add(
            "task", id=task, priority=chance.choice([0] * 8 + [1, 2, 3]), difficulty=chance.randint(1, 5),
            estimation=estimate, duration=spent, retake_count=flow.count("retake"),
            start_date=production.anchor + start * DAY,
            due_date=production.anchor + (start + chance.randint(2, 12)) * DAY,
            real_start_date=moments[flow.index("wip")] if "wip" in flow else None,
            end_date=moments[flow.index("wfa")] if status in {"wfa", "done"} and "wfa" in flow else None,
            done_date=moments[-1] if status == "done" else None,
            last_comment_date=moments[-1] if moments else None,
            project_id=production.id, task_type_id=found.task_types[kind, step],
            task_status_id=found.statuses[status], entity_id=entity,
        )  # fmt: skip
        if chance.random() < 0.92:
            production.rows.add("task_person_link", task_id=task, person_id=artist)
        if spent:
            production.rows.add(
                "time_spent", id=_next_id(chance), duration=spent, date=(production.anchor + start * DAY).date(),
                task_id=task, person_id=artist,
            )  # fmt: skip
        yield _Task(task, flow, start)


def _moments(production: Production, start: int, count: int) -> list[dt.datetime]:
    begin = production.anchor + start * DAY + dt.timedelta(hours=9)
    return [begin + place * dt.timedelta(hours=36) for place in range(count)]


def _add_comments(production: Production, tasks: list[_Task], artists: list[UUID]) -> None:
    """What brought the tasks to their statuses."""
    chance, statuses = production.random, production.studio.statuses
    for task in tasks:
        moments = _moments(production, task.start, len(task.statuses))
        for status, moment in zip(task.statuses, moments, strict=True):
            production.rows.add(
                "comment", at=moment, id=_next_id(chance), object_id=task.id, text=chance.choice(_TEXTS),
                task_status_id=statuses[status], person_id=chance.choice(artists),
            )  # fmt: skip


def _next_id(chance: random.Random) -> UUID:
    """An id as repeatable as a name's, at a fraction of the cost."""
    return UUID(int=chance.getrandbits(128), version=4)
