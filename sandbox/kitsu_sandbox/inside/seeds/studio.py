"""The studio around the productions: what `zou init-data` made, what is added to it, and the people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

import bcrypt

from seeds.rows import Rows, uid

if TYPE_CHECKING:
    import psycopg

ROLES = ("admin", "manager", "supervisor", "user", "client", "vendor")
# First name, last name, role, departments, position, seniority.
PEOPLE: list[tuple[str, str, str, list[str], str, str]] = [
    ("Mara", "Okafor", "manager", [], "lead", "senior"),
    ("Jonas", "Feld", "supervisor", ["Animation"], "supervisor", "senior"),
    ("Inês", "Carvalho", "supervisor", ["Modeling"], "supervisor", "senior"),
    ("Theo", "Marchand", "user", ["Animation"], "artist", "mid"),
    ("Aiko", "Hayashi", "user", ["Animation"], "artist", "senior"),
    ("Lena", "Kowalski", "user", ["Modeling"], "artist", "mid"),
    ("Sam", "Adeyemi", "user", ["Compositing"], "artist", "mid"),
    ("Noor", "Rahman", "user", ["Layout"], "artist", "junior"),
    ("Ville", "Laine", "user", ["Concept"], "artist", "senior"),
    ("Clara", "Núñez", "client", [], "artist", "mid"),
    ("Dev", "Patel", "vendor", ["Compositing"], "artist", "mid"),
    ("Piet", "Jansen", "user", ["Layout"], "artist", "mid"),
]
INACTIVE = "Piet"
# Name, short name, colour, and the flags that differ from Zou's defaults.
STATUSES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("On Hold", "hold", "#8d8d8d", {"is_artist_allowed": False, "is_client_allowed": False}),
    ("Omitted", "omit", "#5c5c5c", {"is_artist_allowed": False, "is_client_allowed": False}),
    ("Old hold", "oldhold", "#b0a89f", {"archived": True}),
]
TASK_TYPES = [("Sequence", "Color Script", "#AB47BC", "Concept"), ("Episode", "Script", "#5C6BC0", None)]


@dataclass
class Studio:
    """Ids by name: task types by entity and name, statuses by short name, people by first name, bots by role."""

    task_types: dict[tuple[str, str], UUID] = field(default_factory=dict[tuple[str, str], UUID])
    statuses: dict[str, UUID] = field(default_factory=dict[str, UUID])
    entity_types: dict[str, UUID] = field(default_factory=dict[str, UUID])
    departments: dict[str, UUID] = field(default_factory=dict[str, UUID])
    project_statuses: dict[str, UUID] = field(default_factory=dict[str, UUID])
    people: dict[str, UUID] = field(default_factory=dict[str, UUID])
    bots: dict[str, UUID] = field(default_factory=dict[str, UUID])
    admin: UUID = field(default_factory=lambda: UUID(int=0))


def read(connection: psycopg.Connection[Any]) -> Studio:
    """What the database holds of the studio."""

    def pairs(query: str) -> dict[str, UUID]:
        return dict(connection.execute(query.encode()).fetchall())

    studio = Studio(
        statuses=pairs("select short_name, id from task_status"),
        entity_types=pairs("select name, id from entity_type"),
        departments=pairs("select name, id from department"),
        project_statuses=pairs("select name, id from project_status"),
        people=pairs("select first_name, id from person where not is_bot"),
        bots=pairs("select role, id from person where is_bot"),
    )
    for entity, name, found in connection.execute("select for_entity, name, id from task_type"):
        studio.task_types[entity, name] = found
    studio.admin = studio.people.pop("Super")
    return studio


def extend(studio: Studio, rows: Rows, password: str) -> None:
    """Add the statuses, task types and people that the small productions need."""
    for name, short_name, color, flags in STATUSES:
        studio.statuses[short_name] = uid("status", name)
        rows.add("task_status", id=uid("status", name), name=name, short_name=short_name, color=color, **flags)
    for entity, name, color, department in TASK_TYPES:
        found = uid("task type", entity, name)
        studio.task_types[entity, name] = found
        rows.add(
            "task_type", id=found, name=name, for_entity=entity, color=color,
            department_id=studio.departments.get(department or ""),
        )  # fmt: skip
    # Few rounds: signing in is not what a sandbox guards.
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds=4))
    for first, last, role, departments, position, seniority in PEOPLE:
        found = studio.people[first] = uid("person", first)
        rows.add(
            "person", id=found, first_name=first, last_name=last, role=role, password=hashed, position=position,
            email=f"{first.lower().replace('ê', 'e')}@example.com", seniority=seniority, active=first != INACTIVE,
        )  # fmt: skip
        for department in departments:
            rows.add("department_link", person_id=found, department_id=studio.departments[department])
