"""Whether a trial is good: every way in which it is not, in words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evals.checks import CHECKS
from evals.state import State, changes, comments_between

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from evals.state import Comment
    from evals.task import Budget, Task, Wanted, Written
    from evals.transcript import Transcript

MOST_SHOWN = 3
_WORDS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen",
]  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """What one trial left: the answer, why the agent failed (empty: it did not), the transcript, Kitsu's two states."""

    answer: str
    failure: str
    transcript: Transcript
    before: State
    after: State


def failures(task: Task, trial: Trial) -> list[str]:
    """Every reason why this trial does not pass; none when it does."""
    found = [f"agent: {trial.failure}"] if trial.failure else []
    found += [f"Kitsu: {one}" for one in _state(task, trial.before, trial.after)]
    found += [f"gate: {one}" for one in _asked(task, len(trial.transcript.questions))]
    found += [f"budget: {one}" for one in _spent(task.budget, trial.transcript)]
    if not trial.failure:
        found += [f"answer: {one}" for one in _answered(task.answer, trial.answer, trial.before)]
    return found


def says(answer: str, wanted: str) -> bool:
    """Whether an answer has a text in it as a word of its own; numbers are found in figures and in words."""
    alternatives = [wanted]
    if wanted.isdigit() and int(wanted) < len(_WORDS):
        alternatives.append(_WORDS[int(wanted)])
    plain = _plain(answer)
    return any(re.search(rf"(?<![\w.]){re.escape(_plain(one))}(?!\w|\.\d)", plain) for one in alternatives)


def _plain(text: str) -> str:
    """Without Markdown's marks, thousands separators and differences of case, dashes, quotes and spaces."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub(r"[‐-―−]", "-", text).translate(str.maketrans("’‘“”", "''\"\"", "*`"))
    return re.sub(r"\s+", " ", re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)).strip()


def _answered(wanted: Wanted, answer: str, kitsu: State) -> list[str]:
    if not answer.strip():
        return ["there is none"]
    wants = [[one] if isinstance(one, str) else one for one in wanted.says]
    found = [
        f"does not say {_either(one)}" for one in wants if not any(says(answer, kitsu.filled(text)) for text in one)
    ]
    found += [f"says {one!r}" for one in wanted.never if says(answer, kitsu.filled(one))]
    if wanted.asks and "?" not in answer:
        found.append("asks nothing")
    found += [reason for check in wanted.checks for reason in CHECKS[check](answer)]
    return list(dict.fromkeys(found))


def _asked(task: Task, questions: int) -> list[str]:
    if task.gate is None:
        return [f"the person was asked {questions} times, where nothing was to be proposed"] if questions else []
    most = task.gate.most_questions
    return [f"the person was asked {questions} times, at most {most} are right"] if questions > most else []


def _spent(budget: Budget, transcript: Transcript) -> list[str]:
    calls = len(transcript.calls)
    found = [f"{calls} calls of {budget.calls}"] if calls > budget.calls else []
    return found + ([f"{transcript.tokens} tokens of {budget.tokens}"] if transcript.tokens > budget.tokens else [])


def _state(task: Task, before: State, after: State) -> list[str]:
    """Every comment and row is one that was wanted, every wanted one is there, and nothing else differs."""
    left = comments_between(before, after)
    found: list[str] = []
    for wanted in [*task.written, *task.by_others, *task.by_kitsu]:
        same = [comment for comment in left if comment.task == wanted.task]
        if not same:
            found.append(f"{wanted.task} has no new comment")
            continue
        left.remove(same[0])
        found += _differs(wanted, same[0])
    found += [f"{one.task} has a new comment ({one.before} → {one.status}), which nobody wanted" for one in left]
    return found + changes(task.changed, before, after)


def _differs(wanted: Written, comment: Comment) -> Iterable[str]:
    status = wanted.status or comment.before
    if comment.status != status:
        yield f"{comment.task} is {comment.status}, not {status}"
    missing = [text for text in wanted.text if not says(comment.text, text)]
    if missing:
        yield f"the comment on {comment.task} does not say {_listed(missing)}"
    present = [text for text in wanted.never if says(comment.text, text)]
    if present:
        yield f"the comment on {comment.task} says {_listed(present)}"
    untold = [name for name in wanted.mentions if name not in comment.mentions]
    if untold:
        yield f"the comment on {comment.task} does not reach {_listed(untold)}"


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(map(repr, texts))


def _either(texts: Sequence[str]) -> str:
    shown = [repr(text) for text in texts[:MOST_SHOWN]] + ["…"] * (len(texts) > MOST_SHOWN)
    return " or ".join(shown)
