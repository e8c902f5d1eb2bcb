"""The commands that evals/README.md names for Claude Code, run with the real one on a scripted model."""

from __future__ import annotations

import re
import shlex
import tomllib
from typing import TYPE_CHECKING

import pytest

from evals.__main__ import parser
from evals.agents import CommandAgent
from evals.runner import play
from evals.task import read_all
from hosts.claude_home import CHECKOUT, claude_home, talking_to
from hosts.stand_in_api import ToolCall, stand_in_api

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection, Sandbox

README = (CHECKOUT / "evals" / "README.md").read_text()
TASK = "bulk-untick"
GOOD = tomllib.loads((CHECKOUT / "tests" / "evals" / "good.toml").read_text())[TASK]


def command(skill: bool) -> str:
    """The line to run Claude Code with, as README has it, with or without the skill."""
    blocks: list[str] = re.findall(r"^```\w+\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    (block,) = [one for one in blocks if "claude -p" in one]
    if skill:
        (last,) = [one for one in blocks if "--plugin-dir" in one]
        block = "\n".join([*block.splitlines()[:-1], last])
    words = shlex.split(block.replace("\\\n", " ").replace("$PWD", str(CHECKOUT)))
    return parser().parse_args(words[words.index("evals") + 1 :]).agent


@pytest.mark.parametrize("skill", [False, True], ids=["tools alone", "with the skill"])
def test_claude_code_plays_a_task_through_the_proxy(
    pristine: Connection,  # noqa: ARG001  it is written to
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    skill: bool,
) -> None:
    calls = [ToolCall(f"mcp__kitsu__{step['tool']}", step["arguments"]) for step in GOOD["steps"]]
    with claude_home() as home, stand_in_api([*calls, GOOD["answer"]]) as api:
        for name, value in (home.env | talking_to(api)).items():
            monkeypatch.setenv(name, value)
        result = play(read_all()[TASK], CommandAgent(command(skill), "json", 100), sandbox, tmp_path / "trial")
    assert result.failures == []
    assert [call.name for call in result.transcript.calls] == ["list_tasks", "change_status"]
    assert result.counted is not None
    tools = {tool["name"] for tool in api.turns[0]["tools"]}
    assert {name for name in tools if name.startswith("mcp__")} >= {call.tool for call in calls}
    assert not [name for name in tools if name.startswith("mcp__plugin")]
    assert ("Skill" in tools) == ("Read" in tools) == skill
    assert ("kitsu:kitsu" in api.text) == skill
