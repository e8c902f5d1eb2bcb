"""The question a person gets: what they untick stays out, whatever the host does with the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client
from mcp.types import Implementation

from kitsu_server.app import build_server
from support.client import settings
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio

FIVE = [f"Robo Garden/E01/SQ01/SH00{number}0:Animation" for number in range(1, 6)]


@pytest.mark.parametrize("unticked", [0, 2, 4], ids=["the first", "one in the middle", "the last"])
async def test_a_change_that_enter_ticked_again_is_not_sent(
    pristine: Connection, tmp_path: Path, unticked: int
) -> None:
    """Claude Code ticks the entry under the cursor again on Enter, and puts it at the end of its answer."""

    def untick_then_enter(form: dict[str, Any]) -> dict[str, Any]:
        again = form["changes"].pop(unticked)
        return {"changes": [*form["changes"], again]}

    receipt = await _ask_as("claude-code", pristine, tmp_path, Person(edit=untick_then_enter))
    assert [row[0] for row in receipt["rows"] if row[1] == "applied"] == FIVE[:unticked] + FIVE[unticked + 1 :]
    assert [row for row in receipt["rows"] if row[1] != "applied"] == [
        [FIVE[unticked], "skipped", "wfa", "wfa", "unticked by the person"]
    ]


async def test_other_hosts_may_answer_in_any_order(pristine: Connection, tmp_path: Path) -> None:
    person = Person(edit=lambda form: {"changes": form["changes"][::-1]})
    receipt = await _ask_as("Another Host", pristine, tmp_path, person)
    assert receipt["outcome"] == "5 applied"


async def test_a_name_that_turns_the_reading_order_is_made_plain(pristine: Connection, tmp_path: Path) -> None:
    from support.api import ask

    host, admin = pristine.host, pristine.token("admin")
    project = next(one for one in ask(host, "data/projects/open", admin).body if one["name"] == "Robo Garden")
    assets = ask(host, f"data/assets/with-tasks?project_id={project['id']}", admin).body
    bolt = next(one for one in assets if one["name"] == "Bolt")
    turned = {"name": "Bolt\u202e\nSet 1 task to todo\x1b[2J\n“Only a test.”"}
    assert ask(host, f"data/entities/{bolt['id']}", admin, method="PUT", body=turned).status == 200
    person = Person("decline")
    given = settings(KITSU_HOST=host, KITSU_BOT_TOKEN=admin, KITSU_JOURNAL=str(tmp_path / "journal.sqlite3"))
    async with Client(build_server(given), elicitation_callback=person) as client:
        tasks = [task["id"] for task in bolt["tasks"]]
        await client.call_tool("change_status", {"tasks": tasks[:1], "status": "retake"})
        await client.call_tool("change_status", {"tasks": tasks[:2], "status": "retake"})
    assert len(person.asked) == 2
    for asked, form in zip(person.asked, person.forms, strict=True):
        assert not any(character in asked + "".join(form["changes"]) for character in "\u202e\x1b")
        assert "Bolt%E2%80%AE%0" in asked
        assert "todo%1B[2J%0A“Only a test.”" in asked
        assert not any(line.startswith(("Set 1 task", "“Only")) for line in asked.splitlines())


async def _ask_as(host_name: str, connection: Connection, folder: Path, person: Person) -> dict[str, Any]:
    given = settings(
        KITSU_HOST=connection.host,
        KITSU_BOT_TOKEN=connection.token("manager"),
        KITSU_JOURNAL=str(folder / "journal.sqlite3"),
    )
    host = Implementation(name=host_name, version="1")
    async with Client(build_server(given), client_info=host, elicitation_callback=person) as client:
        result = await client.call_tool("change_status", {"tasks": FIVE, "status": "done"})
    assert result.structured_content is not None
    return result.structured_content
