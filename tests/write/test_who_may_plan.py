"""Who may cast, schedule and log for others: what Zou would refuse is refused before anyone is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from support.api import ask
from support.client import connected
from support.held import nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio

TODAY = datetime.now(UTC).date()
DAY = str(TODAY + timedelta(days=40))
IDS = """
select project.id, harbour.id, otto.id, milestone.id, task.id, theo.id
from project, entity harbour, entity otto, milestone, person theo, task, task_person_link link
where project.name = 'Salt Harbour' and harbour.project_id = project.id and harbour.name = 'Harbour'
and otto.project_id = project.id and otto.name = 'Otto' and milestone.name = 'Delivery' and theo.first_name = 'Theo'
and link.person_id = theo.id and link.task_id = task.id limit 1
"""
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("set_casting", {"of": ["Salt Harbour/Environment/Harbour"], "assets": ["Salt Harbour/Character/Otto"]}),
    ("change_schedule", {"project": "Robo Garden", "rows": [{"milestone": "Delivery", "day": DAY}]}),
    (
        "change_schedule",
        {"project": "Robo Garden", "rows": [{"task_type": "Layout", "of": "E01", "start": DAY, "end": DAY}]},
    ),
    ("log_time", {"tasks": ["Salt Harbour/Character/Gull:Rigging"], "time": "1h", "person": "Theo Marchand"}),
]
TOLD = {
    "set_casting": {"vendor": "There is no entity that you may see"},
    "change_schedule": {"supervisor": "sets only bars that are there", "user": "schedules nothing"},
    "log_time": {"client": "may not see assignees", "vendor": "There is no entity that you may see"},
}
TOLD_ELSE = {
    "set_casting": "casts nothing; managers",
    "change_schedule": "may not see schedules",
    "log_time": "The role '{role}' logs only its own time",
}


@pytest.mark.parametrize("role", ["manager", "supervisor", "user", "client", "vendor"])
async def test_who_may_not_is_told_before_anyone_is_asked(kitsu: Connection, journal: Path, role: str) -> None:
    """Managers may all of it but note days off of others."""
    with psycopg.connect(kitsu.database) as database:
        ((project, harbour, otto, milestone, task, theo),) = database.execute(IDS).fetchall()
    raw: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "data/day-offs", {"person_id": f"{theo}", "date": DAY, "end_date": DAY}),
        (
            "PUT",
            f"data/projects/{project}/entities/casting/assets/{otto}",
            {"entity_ids": [f"{harbour}"], "nb_occurences": 1},
        ),
        ("PUT", f"data/milestones/{milestone}", {"date": DAY}),
        ("POST", f"actions/tasks/{task}/time-spents/{TODAY}/persons/{theo}", {"duration": 60}),
    ]
    person, calls = Person(), CALLS
    if role == "manager":
        raw, calls = raw[:1], []
    with nothing_written(kitsu):
        for method, path, body in raw:
            assert ask(kitsu.host, path, kitsu.token(role), method=method, body=body).status == 403, path
        async with connected(kitsu, role=role, on_question=person, journal=journal) as agent:
            refusal = await agent.refusal("set_day_off", people=[f"{theo}"], start=DAY)
            assert "Only admins note days off of others" in refusal
            for tool, given in calls:
                assert TOLD[tool].get(role, TOLD_ELSE[tool]).format(role=role) in await agent.refusal(tool, **given), (
                    tool
                )
    assert person.asked == []
