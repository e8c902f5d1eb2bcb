"""A thousand writes that go wrong: nothing lost, nothing doubled, nothing falsely reported, every one settled."""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from bench.figures import Figure
from support.faulted_writes import GROUPS, JOBS, UNTRUE, Case, Untrue, chosen, play
from support.sandbox import SharedSandbox, state_folder

SEED = 1_000
COUNT = 1_000
AT_ONCE = 2
"""Each has a sandbox of its own; half of the time one waits for its Zou."""
MOST_MINUTES = 40
TOLD_EVERY = 100
ENDED = {"applied": "done", "failed": "not", "refused": "not", "not sent": "not"}


@dataclass(frozen=True)
class Played:
    """A case by its number, how its items ended, and what was untrue of it, or else went wrong."""

    number: int
    ended: Counter[str] = field(default_factory=Counter[str])
    untrue: str = ""
    said: str = ""


def faulted_writes() -> list[Figure]:
    """The figures, after a table of what was played and how it ended."""
    every = chosen(SEED, COUNT)
    numbers = [list(range(first, len(every), AT_ONCE)) for first in range(AT_ONCE)]
    started, load = time.perf_counter(), os.getloadavg()[0]
    with ProcessPoolExecutor(AT_ONCE, multiprocessing.get_context("spawn")) as processes:
        played = [one for some in processes.map(_play, numbers) for one in some]
    minutes = (time.perf_counter() - started) / 60
    sys.stdout.write(_table(every, played))
    detail = f"{len(played)} cases, {AT_ONCE} at once, load {load:.1f} before and {os.getloadavg()[0]:.1f} after"
    counts = Counter(one.untrue for one in played if one.untrue)
    return [
        *[Figure(f"faulted writes, {what}", counts[what], 0, "cases") for what in (*UNTRUE, "not played")],
        Figure("faulted writes, time", minutes, MOST_MINUTES, "min", detail),
    ]


def _play(numbers: list[int]) -> list[Played]:
    """These cases, one after the other, in a process and on a sandbox of their own."""
    logging.disable(logging.CRITICAL)
    every = chosen(SEED, COUNT)
    with state_folder() as folder:
        sandbox = SharedSandbox(folder)
        with sandbox.running():
            return [_played(sandbox, number, every[number]) for number in numbers]


def _played(sandbox: SharedSandbox, number: int, case: Case) -> Played:
    with tempfile.TemporaryDirectory(prefix="kitsu-faulted-") as folder:
        try:
            result = Played(number, anyio.run(play, sandbox.connection(), case, Path(folder)))
        except Untrue as error:
            result = Played(number, untrue=error.what, said=str(error))
        except Exception as error:  # noqa: BLE001  a case that cannot be played must not hide the others
            result = Played(number, untrue="not played", said=f"{type(error).__name__}: {error}")
    sandbox.reset()
    if number % TOLD_EVERY == 0:
        sys.stderr.write(f"{number} of {COUNT} faulted writes\n")
    if result.untrue:
        sys.stderr.write(f"{case}: {result.said}\n")
    return result


def _table(every: list[Case], played: list[Played]) -> str:
    """A line a job, a column a group of faults: so many cases, of whose items so many were done in the end or not."""
    counts = Counter((every[one.number].job.name, every[one.number].group) for one in played)
    ended = {(job.name, group): Counter[str]() for job in JOBS for group in GROUPS}
    for one in played:
        for outcome, count in one.ended.items():
            ended[every[one.number].job.name, every[one.number].group][ENDED[outcome]] += count
    lines = [["cases: items done, not", *GROUPS]]
    for job in JOBS:
        of = [(counts[job.name, group], ended[job.name, group]) for group in GROUPS]
        lines.append([job.name, *(f"{count}: {how['done']}, {how['not']}" for count, how in of)])
    lines.append(["all", *(str(sum(counts[job.name, group] for job in JOBS)) for group in GROUPS)])
    widths = [max(len(line[at]) for line in lines) + 2 for at in range(len(lines[0]))]
    return "".join("".join(map(str.ljust, line, widths)).rstrip() + "\n" for line in lines)
