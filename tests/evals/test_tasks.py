"""Every task of `evals/tasks`, played by a scripted agent; and agents that must not pass."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp import Client

from evals.agents import Said, Turn
from evals.proxy import standing_between
from evals.runner import play
from evals.scoring import Trial, failures
from evals.state import State, read
from evals.task import Gate, read_all
from evals.transcript import Transcript, logging_to
from kitsu_server.app import build_server
from support.client import settings
from support.scripted_agent import play_steps

if TYPE_CHECKING:
    from evals.runner import Result
    from kitsu_sandbox.lifecycle import Sandbox
    from support.client import Mode

HERE = Path(__file__).parent
TASKS = read_all()
GOOD = tomllib.loads((HERE / "good.toml").read_text())
BAD = tomllib.loads((HERE / "bad.toml").read_text())


@dataclass(frozen=True)
class InOneProcess:
    """A scripted agent with proxy and server in its own process, as the configuration says: for the tests' time."""

    script: dict[str, Any]
    mode: Mode

    def ask(self, turn: Turn) -> Said:
        """Play the script."""
        server = json.loads(turn.mcp_config.read_text())["mcpServers"]["kitsu"]
        anyio.run(self._play, turn.prompt, server["args"], server["env"])
        return Said(self.script.get("answer", ""))

    async def _play(self, prompt: str, arguments: list[str], environment: dict[str, str]) -> None:
        gate, log = (Path(arguments[arguments.index(option) + 1]) for option in ("--gate", "--log"))
        given = {name: value for name, value in environment.items() if name.startswith("KITSU_")}
        # A script that ends while events are being connected to would leave a connection open.
        waits = any(step["tool"] == "wait_for_events" for step in self.script.get("steps", ()))
        given["KITSU_LIVE"] = "auto" if waits else "off"
        person = Gate.model_validate_json(gate.read_text())
        with logging_to(log) as opened:
            async with (
                standing_between(build_server(settings(**given)), person, opened) as proxy,
                Client(proxy, mode=self.mode) as client,
            ):
                await play_steps(client, self.script, prompt)


ERAS: tuple[Mode, Mode] = ("auto", "legacy")
PLAYED = [(name, ERAS[place % 2]) for place, name in enumerate(TASKS)]
"""Both protocol eras in turn, to save time; what differs between them is in test_proxy.py and test_runner.py."""


def played(name: str, script: dict[str, Any], mode: Mode, sandbox: Sandbox, folder: Path) -> Result:
    written = json.dumps(script)
    if re.search(r"\{\w+:", written):
        script = json.loads(read(sandbox.connection().database).filled(written))
    return play(TASKS[name], InOneProcess(script, mode), sandbox, folder / "trial")


def only_answers(case: str) -> bool:
    """Whether a bad agent goes wrong in its answer alone, so that it need not be played."""
    bad = BAD[case]
    writes = TASKS[bad["task"]].written
    return not writes and bad.keys() == {"task", "instead", "fails"} and bad["instead"].keys() == {"answer"}


def test_every_task_has_a_script_that_passes_it() -> None:
    assert TASKS.keys() == GOOD.keys()


@pytest.mark.parametrize(("name", "era"), PLAYED)
def test_a_good_agent_passes(name: str, era: Mode, stage: Sandbox, tmp_path: Path) -> None:
    result = played(name, GOOD[name], era, stage, tmp_path)
    assert [call.name for call in result.transcript.calls if call.failed] == GOOD[name].get("refused", [])
    assert result.failures == []


@pytest.mark.parametrize("case", [case for case in BAD if not only_answers(case)])
def test_a_bad_agent_fails_for_the_right_reason(case: str, stage: Sandbox, tmp_path: Path) -> None:
    bad = BAD[case]
    script = GOOD[bad["task"]] | bad.get("instead", {})
    script["steps"] = script.get("steps", []) + bad.get("and_then", [])
    result = played(bad["task"], script, "auto", stage, tmp_path)
    assert [re.sub(r"\d+ tokens", "… tokens", reason) for reason in result.failures] == bad["fails"]


@pytest.mark.parametrize("case", [case for case in BAD if only_answers(case)])
def test_a_bad_answer_fails_for_the_right_reason(case: str) -> None:
    bad = BAD[case]
    untouched = State({"comment": {}, "comment_mentions": {}})
    trial = Trial(bad["instead"]["answer"], "", Transcript(), untouched, untouched)
    assert failures(TASKS[bad["task"]], trial) == bad["fails"]
