"""Scripted conversations in the real Claude Code, on the sandbox Kitsu: what its model sees, and what the person sees.

The model is `stand_in_api`; host, server and Kitsu are real. What becomes of Kitsu is read in its database.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp.types import TextContent

from hosts.claude_home import CHECKOUT, CLAUDE, ClaudeHome, Server, claude_home
from hosts.claude_terminal import DOWN, ENTER, RIGHT, TAB, claude_terminal
from hosts.stand_in_api import LAST_WORDS, StandIn, ToolCall, stand_in_api
from kitsu_tools.catalog import CATALOG, offered
from support.client import connected
from support.held import held_to_plan, nothing_written

if TYPE_CHECKING:
    from collections.abc import Generator

    from kitsu_sandbox.lifecycle import Connection

PLUGIN = "mcp__plugin_kitsu_kitsu__"
TASK = "Salt Harbour/SQ010/SH0020:Animation"
SHOTS = {"under": "Salt Harbour/SQ010"}
CONDUCT = "references/agent-conduct.md"
QUESTION = "MCP server “kitsu” requests your input"
CHANGE = {"tasks": [TASK], "status": "done", "text": "Approved, thank you."}


@dataclass(frozen=True)
class Played:
    """A conversation that is over: where it was, and all that the model saw."""

    home: ClaudeHome
    api: StandIn
    listed: str
    output: str

    @property
    def results(self) -> dict[str, str]:
        """By tool, what the model got to see of its call."""
        return dict(zip((call.tool.removeprefix(PLUGIN) for call in SCRIPT), self.api.results, strict=True))


SCRIPT = [
    ToolCall("Skill", {"skill": "kitsu:kitsu"}),
    ToolCall(f"{PLUGIN}list_shots", SHOTS),
    ToolCall("ToolSearch", {"query": f"select:ReadMcpResourceTool,{PLUGIN}change_status", "max_results": 5}),
    ToolCall("ReadMcpResourceTool", {"server": "plugin:kitsu:kitsu", "uri": f"kitsu://skill/{CONDUCT}"}),
    ToolCall(f"{PLUGIN}change_status", CHANGE),
]


@pytest.fixture(scope="module")
def played(forge: Path, kitsu: Connection) -> Generator[Played]:
    """`claude -p` with the installed plugin: nobody is there to answer a question."""
    with claude_home() as home, stand_in_api(SCRIPT) as api:
        home.install_plugin(forge, kitsu_host=kitsu.host, kitsu_bot_token=kitsu.token("manager"))
        listed = home.run("mcp", "list")  # this first start makes the server's environment
        home.allow(call.tool for call in SCRIPT)
        with nothing_written(kitsu):
            output = home.run("-p", "go on", api=api)
        yield Played(home, api, listed, output)


def test_the_configured_server_connects_and_the_conversation_goes_through_to_its_end(played: Played) -> None:
    assert "✔ Connected" in played.listed
    assert played.output.strip() == LAST_WORDS


def test_the_model_sees_the_answer_as_the_server_structured_it(played: Played, kitsu: Connection) -> None:
    assert json.loads(played.results["list_shots"]) == _asked(kitsu, "list_shots", SHOTS)


def test_the_skill_names_a_folder_in_which_its_references_are(played: Played, checkout: Path) -> None:
    (base,) = [line for line in played.api.text.splitlines() if line.startswith("Base directory for this skill: ")]
    folder = Path(base.partition(": ")[2])
    assert folder.is_relative_to(played.home.home)
    linked = re.findall(r"\]\((references/[\w./-]+\.md)\)", played.api.text)
    assert CONDUCT in linked
    for path in linked:
        assert (folder / path).read_bytes() == (checkout / path).read_bytes()
    _, _, instructions = (checkout / "SKILL.md").read_text(encoding="utf-8").split("---\n", 2)
    assert instructions.strip() in played.api.text


def test_the_model_reads_a_resource(played: Played, checkout: Path) -> None:
    (content,) = json.loads(played.results["ReadMcpResourceTool"])["contents"]
    assert content["text"] == (checkout / CONDUCT).read_text(encoding="utf-8")


def test_the_model_knows_the_tools_of_every_conversation_up_front_and_finds_the_others(played: Played) -> None:
    at_first, *_, at_last = (_loaded(turn) for turn in played.api.turns)
    assert at_first == {entry.name for entry in CATALOG if entry.always_loaded}
    assert 3 <= len(at_first) <= 4
    assert at_last == at_first | {"change_status"}
    deferred = {entry.name for entry in offered()} - at_first
    assert {name for name in deferred if f"\n{PLUGIN}{name}\n" in played.api.text} == deferred


def test_with_nobody_to_ask_nothing_is_written_and_the_model_is_told(played: Played) -> None:
    # That nothing was written is held where the conversation is played.
    receipt = json.loads(played.results["change_status"])
    assert receipt["outcome"].startswith("Nothing was written: the person said no (cancel).")
    assert receipt["rows"] == []


def test_nothing_goes_out_and_no_process_stays(played: Played) -> None:
    assert played.api.strangers == []
    played.home.wait_for_silence()


def test_a_person_confirms_a_change_and_exactly_that_is_written(
    pristine: Connection, server: Server, journal: Path
) -> None:
    script = [ToolCall("mcp__kitsu__change_status", CHANGE)]
    with held_to_plan(pristine, journal), claude_terminal(CLAUDE, server, script) as terminal:
        terminal.say("go on")
        terminal.wait_for("Accept    Decline")
        terminal.settle()
        asked = terminal.text
        terminal.press(DOWN)
        terminal.wait_for("❯ Accept")
        terminal.press(ENTER)
        terminal.wait_for(LAST_WORDS)
        (told,) = terminal.api.results
    for words in (QUESTION, TASK, "wfa → done", "Approved, thank you.", "confirmed by Mara Okafor"):
        assert words in asked
    assert json.loads(told)["outcome"] == "1 applied"
    assert _status(pristine) == "done"


def test_a_person_declines_a_change_and_nothing_is_written(pristine: Connection, server: Server) -> None:
    script = [ToolCall("mcp__kitsu__change_status", CHANGE)]
    with nothing_written(pristine), claude_terminal(CLAUDE, server, script) as terminal:
        terminal.say("go on")
        terminal.wait_for("Accept    Decline")
        terminal.press(DOWN)
        terminal.wait_for("❯ Accept")
        terminal.press(RIGHT)
        terminal.wait_for("❯ Decline")
        terminal.press(ENTER)
        terminal.wait_for(LAST_WORDS)
        (told,) = terminal.api.results
    assert json.loads(told)["outcome"].startswith("Nothing was written: the person said no (decline).")
    assert _status(pristine) == "wfa"


def test_a_person_shows_the_model_a_resource_and_starts_a_prompt(server: Server, kitsu: Connection) -> None:
    with claude_terminal(CLAUDE, server, ["Read.", LAST_WORDS]) as terminal:
        terminal.say(f"Look at @kitsu:kitsu://skill/{CONDUCT} please")
        terminal.wait_for("● Read.")
        terminal.settle()
        assert f"Read MCP resource {CONDUCT} from kitsu" in terminal.text
        terminal.child.send("/kitsu:production")
        terminal.wait_for("❯ /kitsu:production_status (MCP)")
        terminal.press(TAB)
        terminal.wait_for("[project] [episode]")
        terminal.say("Salt%20Harbour")
        terminal.wait_for(LAST_WORDS)
        seen = terminal.api.text
    assert (CHECKOUT / CONDUCT).read_text(encoding="utf-8").strip() in seen
    assert _prompted(kitsu, "production_status", project="Salt Harbour") in seen


def _loaded(turn: dict[str, Any]) -> set[str]:
    """The server's tools that a request holds in full: known from the start, or found by now."""
    tools: list[dict[str, Any]] = turn["tools"]
    return {tool["name"].removeprefix(PLUGIN) for tool in tools if tool["name"].startswith(PLUGIN)}


def _status(kitsu: Connection) -> str:
    """The short name of the task's status now."""
    shots = _asked(kitsu, "list_shots", SHOTS)
    row = next(row for row in shots["rows"] if row[0] == "SH0020")
    return row[shots["columns"].index("Animation")]


def _asked(kitsu: Connection, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """What a client without a host around it is answered."""

    async def ask() -> dict[str, Any]:
        async with connected(kitsu) as agent:
            return await agent.ask(tool, **arguments)

    return anyio.run(ask)


def _prompted(kitsu: Connection, prompt: str, **arguments: str) -> str:
    """The text of a prompt, as a client without a host around it gets it."""

    async def get() -> str:
        async with connected(kitsu) as agent:
            (message,) = (await agent.mcp.get_prompt(prompt, arguments)).messages
        assert isinstance(message.content, TextContent)
        return message.content.text

    return anyio.run(get)
