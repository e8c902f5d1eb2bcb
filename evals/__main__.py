"""Plays an agent against a sandbox Kitsu: `python -m evals --agent 'COMMAND with {prompt} and {mcp_config}'`."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from evals import report
from evals.agents import CommandAgent
from evals.checks import CHECKS
from evals.runner import OUR_SERVER, play
from evals.task import Task, TaskError, read_all
from kitsu_sandbox.errors import SandboxError
from kitsu_sandbox.lifecycle import Sandbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evals.runner import Result

PASSED, FAILED, UNUSABLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when at least `--pass-rate` of the trials passed, 1 when not, 2 when nothing could be played."""
    given = parser().parse_args(arguments)
    try:
        tasks = chosen(given.task)
        if given.list:
            _say("\n".join(f"{name}: {task.about}" for name, task in tasks.items()))
            return PASSED
        if not (given.agent or "").strip():
            raise TaskError("--agent: which command to play? evals/README.md has some.")
        program, *_ = _words("--agent", given.agent)
        if shutil.which(program) is None:
            raise TaskError(f"--agent: there is no program {program}.")
        _words("--server", given.server)
        return _run(tasks, given)
    except (TaskError, SandboxError) as error:
        sys.stderr.write(f"{error}\n")
        return UNUSABLE


def _run(tasks: dict[str, Task], given: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="kitsu-evals-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        sandbox = Sandbox(folder / "sandbox")
        with sandbox.running(_say):
            return play_all(tasks, given, sandbox, folder)


def play_all(tasks: dict[str, Task], given: argparse.Namespace, sandbox: Sandbox, folder: Path) -> int:
    """Play the tasks as the command line says, on a running sandbox; say and write what came of it."""
    agent = CommandAgent(given.agent, given.output, given.seconds, given.home == "scratch")
    began = dt.datetime.now().astimezone()
    results: list[Result] = []
    for task in tasks.values():
        for trial in range(1, given.trials + 1):
            place = folder / f"{task.name}-{trial}"
            results.append(play(task, agent, sandbox, place, trial=trial, server=given.server))
            _say(f"{task.name} #{trial}: {'; '.join(results[-1].failures) or 'passed'}")
    _say("\n" + report.table(tasks, results))
    if given.results:
        record = report.as_record(given.agent, results, began)
        given.results.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    return PASSED if report.pass_rate(results) >= given.pass_rate else FAILED


def chosen(names: Sequence[str]) -> dict[str, Task]:
    """The tasks of these names, or all.

    Raises:
        TaskError: there is none of a name, or one wants a check that there is not.
    """
    tasks = read_all()
    unknown = [name for name in names if name not in tasks]
    if unknown:
        raise TaskError(f"There is no task {', '.join(unknown)}. There are: {', '.join(tasks)}.")
    found = {name: tasks[name] for name in names} if names else tasks
    for task in found.values():
        if not CHECKS.keys() >= set(task.answer.checks):
            raise TaskError(f"{task.name}: answer.checks: there are {', '.join(CHECKS)}.")
    return found


def _words(option: str, command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError as error:
        raise TaskError(f"{option}: {error}.") from None


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    known = argparse.ArgumentParser(prog="python -m evals", description=__doc__)
    known.add_argument("task", nargs="*", help="names of tasks (default: every one)")
    known.add_argument("--agent", help="the command, with {prompt} and {mcp_config}; also {folder} and {task}")
    known.add_argument("--output", choices=["text", "json"], default="text", help="what the command prints")
    known.add_argument("--home", choices=["own", "scratch"], default="own", help="the command's HOME")
    known.add_argument("--seconds", type=float, default=300, help="the most a trial may take (default: 300)")
    known.add_argument("--trials", type=_count, default=1, help="how often each task is played (default: 1)")
    known.add_argument("--pass-rate", type=float, default=1.0, help="below this the exit code is 1 (default: 1.0)")
    known.add_argument("--results", type=Path, help="where to write everything as JSON, transcripts included")
    known.add_argument("--server", default=OUR_SERVER, help="the MCP server's command (default: this checkout's)")
    known.add_argument("--list", action="store_true", help="say which tasks there are")
    return known


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return count


if __name__ == "__main__":
    sys.exit(main())
