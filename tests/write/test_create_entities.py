"""`create_entities`, as an agent drives it, on the real sandbox Kitsu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.client import connected
from support.faults import fault_proxy
from support.held import held_to_plan
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

SQ01 = "Robo Garden/E01/SQ01"
TWENTY: dict[str, Any] = {"name": "SH0500", "under": SQ01, "count": 20, "frame_in": 1001, "frames": 48}


async def test_a_row_of_twenty_shots_is_made_with_its_tasks_and_taken_back(
    pristine: Connection, journal: Path, era: Mode
) -> None:
    person = Person()
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, mode=era, on_question=person, host=proxy.url, journal=journal) as agent,
    ):
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("create_entities", rows=[TWENTY], tasks=["Layout", "animation"])
        sent = [one for one in proxy.requests if one.method == "POST"]
        with held_to_plan(pristine, journal):
            undone = await agent.ask("undo_change", code=receipt["journal"])
    assert receipt["outcome"] == undone["outcome"] == "20 applied"
    assert receipt["rows"][1][:2] == [f"{SQ01}/SH0510", "applied"]
    assert receipt["rows"][1][3] == "there, in 1001, out 1048, frames 48, tasks Layout, Animation"
    assert "E01/SQ01: SH0500, SH0510 … SH0690" in person.asked[0]
    assert "Tasks begin as todo. Tells nobody." in person.asked[0]
    assert len([one for one in sent if one.path.endswith("/shots")]) == 20
    made = [one.json for one in sent if one.path.endswith("/create-tasks")]
    assert [len(ids) for ids in made] == [20, 20]
    assert "gone for good, with 2 tasks" in person.asked[1]
