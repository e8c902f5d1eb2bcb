"""What a tool says after a change was answered: one row an item, nothing claimed that Kitsu did not confirm."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mcp.types import CallToolResult

from kitsu_tools.answers import answer
from kitsu_tools.gate.change import Change, Item

Outcome = Literal["applied", "refused", "failed", "unknown", "skipped"]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item. `now` is what it is as read back, empty when it was not; `reference` the id of what was
    made.
    """

    item: Item
    outcome: Outcome
    now: str = ""
    detail: str = ""
    reference: str = ""


def receipt(change: Change, results: Sequence[Result], text: str, also: Sequence[str] = ()) -> CallToolResult:
    """The receipt of a confirmed change. `text`: the comment as the person agreed to it; `also`: what Kitsu itself
    changed besides, as read back.
    """
    counts = Counter[Outcome](result.outcome for result in results)
    return answer(
        {
            "outcome": _counted(counts),
            "columns": [change.noun, "outcome", "was", "now", "detail"],
            "rows": [[one.item.address, one.outcome, one.item.was, one.now, one.detail] for one in results],
            "steps": _steps(change, results),
            "comment_as_edited_by_the_person": text if text != change.text else "",
            "also_changed_by_kitsu": list(also),
            "already_so": list(change.unchanged),
            "warnings": list(change.warnings),
            "journal": change.code,
            "advice": _advice(counts),
        }
    )


def nothing_written(change: Change, why: str) -> CallToolResult:
    """The receipt of a change that was not confirmed."""
    return _without_rows(change, f"Nothing was written: {why}")


def not_answered(change: Change, left_seconds: float) -> CallToolResult:
    """What a call says that may wait no longer for the answer on a page."""
    if left_seconds <= 0:
        return nothing_written(change, "nobody answered on the page, which is closed now. Ask the person first.")
    why = (
        "the person was asked on a page in their browser and has not answered yet. Tell them, wait for their word, and "
        f"make exactly the same call again: it collects the answer, for {max(round(left_seconds / 60), 1)} more minutes"
    )
    return nothing_written(change, f"{why}.")


def used_already(change: Change) -> CallToolResult:
    """The receipt of a call whose confirmation another call had used: that one may have written."""
    where = f", where its comment ends with [{change.code}]," if change.posts else ""
    outcome = (
        "Another call used this confirmation and may have written the change; this call wrote nothing. Look with "
        f"get_task{where} before you propose anything again."
    )
    return _without_rows(change, outcome)


def _without_rows(change: Change, outcome: str) -> CallToolResult:
    return answer({"outcome": outcome, "rows": [], "already_so": list(change.unchanged), "journal": change.code})


def _steps(change: Change, results: Sequence[Result]) -> list[str]:
    """Where each step of several stands: `2. Assign: 3 applied, 1 skipped`."""
    steps: dict[str, Counter[Outcome]] = {}
    for one in results:
        steps.setdefault(change.step(one.item), Counter())[one.outcome] += 1
    return [f"{step}: {_counted(counts)}" for step, counts in steps.items() if step]


def _counted(counts: Counter[Outcome]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items())


def _advice(counts: Counter[Outcome]) -> str:
    if counts["unknown"]:
        return "Do not repeat what is unknown: it may have taken effect. Look after two minutes, a task with get_task."
    if counts["refused"] or counts["failed"]:
        return "Tell the person what was not done and why, before proposing it again."
    return ""
