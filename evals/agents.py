"""The agent under evaluation: any command that takes a prompt and an MCP configuration and prints its answer."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

Output = Literal["text", "json"]
_OURS = ("KITSU_", "TRACKER_")


@dataclass(frozen=True)
class Turn:
    """What an agent gets: the task's name, the question, the configuration to connect with, a folder of its own."""

    task: str
    prompt: str
    mcp_config: Path
    folder: Path


@dataclass(frozen=True)
class Said:
    """What came of it: the final answer, why there is none (empty: there is one), and what the host counts."""

    answer: str
    failure: str = ""
    counted: dict[str, Any] | None = None


class Agent(Protocol):
    """Something that can be asked."""

    def ask(self, turn: Turn) -> Said:
        """One question, answered or failed; nothing of the agent is left when it returns."""
        ...


@dataclass(frozen=True)
class CommandAgent:
    """A command line with `{prompt}`, `{mcp_config}`, `{folder}` and `{task}` in it. It runs in the trial's folder.

    `output` says what it prints: the answer as text, or JSON with the answer under `result` (`claude -p --output-format
    json`). With `scratch_home` its HOME is the trial's folder too.
    """

    template: str
    output: Output = "text"
    seconds: float = 300
    scratch_home: bool = False

    def ask(self, turn: Turn) -> Said:
        """Run the command to its end, or to the end of its time; then end whatever it started."""
        values: dict[str, object] = {
            "prompt": turn.prompt,
            "mcp_config": turn.mcp_config,
            "folder": turn.folder,
            "task": turn.task,
        }
        program, *arguments = [_filled(part, values) for part in shlex.split(self.template)]
        # It runs elsewhere: a path below the folder of today would not be found there.
        command = [Path(shutil.which(program) or program).absolute(), *arguments]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        if self.scratch_home:
            environment["HOME"] = str(turn.folder)
        with (turn.folder / "stderr.txt").open("w+") as stderr:
            try:
                process = subprocess.Popen(
                    command, cwd=turn.folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    stderr=stderr, text=True, start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                return Said("", f"did not start: {error}")
            try:
                printed, _ = process.communicate(timeout=self.seconds)
            except subprocess.TimeoutExpired:
                _end(process)
                return Said("", f"no answer within {self.seconds:g} s")
            finally:
                _end(process)
            if process.returncode:
                stderr.seek(0)
                last = stderr.read().strip()[-300:] or printed.strip()[-300:]
                return Said("", f"ended with exit code {process.returncode}: {last}")
        return _read(printed, self.output)


def _filled(part: str, values: dict[str, object]) -> str:
    for name, value in values.items():
        if part == f"{{{name}}}":
            return str(value)
    # In a longer word the prompt is last, so that nothing in it is taken for a placeholder.
    for name in ("mcp_config", "folder", "task", "prompt"):
        part = part.replace(f"{{{name}}}", str(values[name]))
    return part


def _end(process: subprocess.Popen[str]) -> None:
    """End the command's own session: what it left behind must not reach into the next trial."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _read(printed: str, output: Output) -> Said:
    if output == "text":
        return Said(printed.strip())
    try:
        whole: dict[str, Any] | list[dict[str, Any]] = json.loads(printed)
    except ValueError:
        return Said("", f"printed no JSON: {printed.strip()[:200]!r}")
    last = whole[-1] if isinstance(whole, list) else whole
    counted = {name: last[name] for name in ("num_turns", "usage", "total_cost_usd") if name in last}
    if last.get("is_error"):
        return Said("", f"its host reports an error: {last.get('result') or last.get('subtype')}", counted)
    return Said(str(last.get("result", "")).strip(), "", counted)
