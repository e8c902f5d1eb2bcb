"""What a run says: a table for people, JSON for programs."""

from __future__ import annotations

from dataclasses import asdict
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from evals.runner import Result
    from evals.task import Task

HEADINGS = ("task", "passed", "calls", "tokens", "seconds")


def pass_rate(results: Sequence[Result]) -> float:
    """How many of the trials passed, from 0 to 1."""
    return sum(one.passed for one in results) / len(results) if results else 0.0


def table(tasks: Mapping[str, Task], results: Sequence[Result]) -> str:
    """A row a task (medians over its trials, with the budget), then every failure."""
    rows = [HEADINGS, *(_row(task, [one for one in results if one.task == name]) for name, task in tasks.items())]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    wrong = [f"{one.task} #{one.trial}: {reason}" for one in results for reason in one.failures]
    passed = sum(one.passed for one in results)
    summary = f"{passed} of {len(results)} trials passed ({pass_rate(results):.0%})."
    if unseen := sum(one.transcript.listed_tokens == 0 for one in results):
        summary += f" In {unseen} the agent never asked for the server's tools: was it connected?"
    return "\n".join([*lines, "", *wrong, *[""] * bool(wrong), summary])


def as_record(agent: str, results: Sequence[Result], began: dt.datetime) -> dict[str, Any]:
    """Everything of a run, transcripts included."""
    return {
        "agent": agent,
        "began": began.isoformat(timespec="seconds"),
        "pass_rate": pass_rate(results),
        "trials": [
            asdict(one) | {"passed": one.passed, "calls": len(one.transcript.calls), "tokens": one.transcript.tokens}
            for one in results
        ],
    }


def _row(task: Task, results: Sequence[Result]) -> tuple[str, ...]:
    calls = median(len(one.transcript.calls) for one in results)
    tokens = median(one.transcript.tokens for one in results)
    return (
        task.name,
        f"{sum(one.passed for one in results)}/{len(results)}",
        f"{calls:g} of {task.budget.calls}",
        f"{tokens:g} of {task.budget.tokens}",
        f"{median(one.seconds for one in results):.1f}",
    )
