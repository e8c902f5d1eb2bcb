"""Playing a task: sandbox as seeded, its setup, the question to the agent, and the score of what is true afterwards."""

from __future__ import annotations

import json
import shlex
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals import state, transcript
from evals.agents import Turn
from evals.scoring import Trial, failures
from evals.task import Gate, TaskError

if TYPE_CHECKING:
    from collections.abc import Generator

    from evals.agents import Agent
    from evals.state import State
    from evals.task import Step, Task
    from evals.transcript import Transcript
    from kitsu_sandbox.lifecycle import Connection, Sandbox

ROOT = Path(__file__).parents[1]
OUR_SERVER = shlex.join([sys.executable, "-m", "kitsu_server"])
POLL_SECONDS = 0.2
SECONDS = 30
"""The most that a request to the sandbox may take."""
_NOBODY = Gate(answer="decline")
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""An admin's token goes to the sandbox, whatever proxy the machine has for others."""


@dataclass(frozen=True)
class Result:
    """How one trial went. `failures` is empty when it passed."""

    task: str
    trial: int
    failures: list[str]
    answer: str
    seconds: float
    transcript: Transcript
    counted: dict[str, Any] | None = None

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.failures


def play(
    task: Task, agent: Agent, sandbox: Sandbox, folder: Path, *, trial: int = 1, server: str = OUR_SERVER
) -> Result:
    """Play a task once in `folder`, which is the agent's. The sandbox is as seeded before, and as left afterwards.

    `server` is the command of the MCP server; it gets a sandbox bot's token and the person's name.

    Raises:
        TaskError: the task names something that the sandbox has not, or its setup is refused.
    """
    folder.mkdir(parents=True)
    sandbox.reset()
    kitsu = sandbox.connection()
    ask(kitsu, "GET", "auth/authenticated")  # the first sign-in of all makes a row of its own (Zou 1.0.97)
    seeded = state.read(kitsu.database)
    for step in task.setup:
        _prepare(kitsu, task, step, seeded)
    before = state.read(kitsu.database) if task.setup else seeded
    log = folder.with_name(f"{folder.name}-log.jsonl")
    config = _configuration(task, sandbox, log, server)
    turn = Turn(task.name, seeded.filled(task.question).strip(), folder / "mcp.json", folder)
    turn.mcp_config.write_text(json.dumps(config, indent=2))
    began = time.monotonic()
    with _meanwhile(kitsu, task, seeded, log):
        said = agent.ask(turn)
    seconds = time.monotonic() - began
    passed = transcript.read(log)
    after = state.read(kitsu.database)
    wrong = failures(task, Trial(said.answer, said.failure, passed, before, after))
    return Result(task.name, trial, wrong, said.answer, seconds, passed, said.counted)


@contextmanager
def _meanwhile(kitsu: Connection, task: Task, seeded: State, log: Path) -> Generator[None]:
    """Somebody else does what the task says, once the agent waits."""
    over = threading.Event()

    def act() -> None:
        while not over.wait(POLL_SECONDS):
            if transcript.is_waiting(log):
                for step in task.meanwhile:
                    _prepare(kitsu, task, step, seeded)
                return

    with ThreadPoolExecutor(max_workers=1) as beside:
        acting = beside.submit(act) if task.meanwhile else None
        try:
            yield
        finally:
            over.set()
        if acting is not None:
            acting.result()


def ask(kitsu: Connection, method: str, path: str, body: str | None = None) -> None:
    """One request as admin, which must succeed."""
    headers = {"Authorization": f"Bearer {kitsu.token('admin').strip()}", "Content-Type": "application/json"}
    data = None if body is None else body.encode()
    request = urllib.request.Request(f"{kitsu.host}/{path}", data, headers, method=method)  # noqa: S310  the sandbox
    with _DIRECTLY.open(request, timeout=SECONDS) as answer:
        answer.read()


def _configuration(task: Task, sandbox: Sandbox, log: Path, server: str) -> dict[str, Any]:
    """The hosts' usual file of MCP servers, with our proxy before the server."""
    kitsu = sandbox.connection()
    gate = log.with_name(f"{log.stem}-gate.json")
    gate.write_text((task.gate or _NOBODY).model_dump_json())
    arguments = ["-m", "evals.proxy", "--gate", str(gate), "--log", str(log)]
    arguments += ["--sandbox", str(sandbox.state), "--", *shlex.split(server)]
    environment = {
        "PYTHONPATH": str(ROOT),
        "KITSU_HOST": kitsu.host,
        "KITSU_PAGE_HOST": "https://kitsu.example.com",  # of the links in questions
        "KITSU_BOT_TOKEN": kitsu.token(task.role).strip(),
        "KITSU_USER": task.person,
        "KITSU_JOURNAL": str(log.with_name(f"{log.stem}-journal.sqlite3")),
        "KITSU_TOOLSETS": task.toolsets,
    }
    return {"mcpServers": {"kitsu": {"command": sys.executable, "args": arguments, "env": environment}}}


def _prepare(kitsu: Connection, task: Task, step: Step, seeded: State) -> None:
    body = seeded.filled(json.dumps(step.body, ensure_ascii=False))
    try:
        ask(kitsu, step.method, seeded.filled(step.path), body)
    except urllib.error.HTTPError as refusal:
        said = refusal.read().decode(errors="replace")[:300]
        raise TaskError(f"{task.name}: {step.method} {step.path}: HTTP {refusal.code} {said}") from refusal
