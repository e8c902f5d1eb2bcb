"""What a production is planned and paid by beyond its task types' dates: parts of the schedule, a version, budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seeds.flow import DAY, Production
from seeds.rows import uid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

BASELINE = "Baseline"
# Department, first name or none, first month from the anchor's, months, a day's salary, position, seniority, exception.
_ENTRIES: list[tuple[str, str | None, int, int, float, str, str, int]] = [
    ("Animation", "Jonas", -2, 6, 320.0, "supervisor", "senior", 0),
    ("Animation", "Theo", -1, 4, 210.0, "artist", "mid", 5000),
    ("Animation", "Aiko", -1, 4, 240.5, "artist", "senior", 0),
    ("Modeling", "Lena", -2, 2, 200.0, "artist", "mid", 0),
    ("Compositing", None, 1, 3, 190.0, "artist", "junior", 0),
]


def add_plans(production: Production, parts: Mapping[tuple[str, str], Mapping[str, UUID]]) -> None:
    """Write the schedule's parts (sequences or asset types by task type), a version of it, and two budgets.

    `LINKS` gives the version its tasks once they are there.
    """
    rows, studio, anchor = production.rows, production.studio, production.anchor
    for kind, things in parts.items():
        for place, (name, found) in enumerate(things.items()):
            rows.add(
                "schedule_item", id=uid("schedule", production.id, kind, name), man_days=10 + 5 * place,
                start_date=(anchor + (14 * place - 30) * DAY).date(), end_date=(anchor + (14 * place - 2) * DAY).date(),
                project_id=production.id, task_type_id=studio.task_types[kind], object_id=found,
            )  # fmt: skip
    rows.add(
        "production_schedule_version", id=uid("version", production.id, BASELINE), name=BASELINE, locked=True,
        project_id=production.id,
    )  # fmt: skip
    for revision, share in ((1, 0.8), (2, 1.0)):
        budget = uid("budget", production.id, revision)
        rows.add(
            "budget", id=budget, project_id=production.id, revision=revision, name=f"Quote {revision}", currency="EUR"
        )
        for place, (department, name, month, months, salary, position, seniority, exception) in enumerate(_ENTRIES):
            begins = anchor.year * 12 + anchor.month - 1 + month
            rows.add(
                "budget_entry", id=uid("entry", budget, place), budget_id=budget,
                department_id=studio.departments[department], person_id=studio.people[name] if name else None,
                start_date=anchor.date().replace(begins // 12, begins % 12 + 1, 1), months_duration=months,
                daily_salary=salary * share, position=position, seniority=seniority,
                exceptions={f"{(begins + 1) // 12}-{(begins + 1) % 12 + 1:02d}": exception} if exception else {},
            )  # fmt: skip


# In the version whatever is due since was to be done three days sooner.
LINKS = """
    insert into production_schedule_version_task_link
        (id, created_at, updated_at, production_schedule_version_id, task_id, start_date, due_date, estimation)
    select md5(task.id::text)::uuid, task.created_at, task.updated_at, version.id, task.id, task.start_date,
        task.due_date - case when task.due_date >= now() then interval '3 days' else interval '0' end, task.estimation
    from task join production_schedule_version version on version.project_id = task.project_id
    where task.project_id = %s"""
