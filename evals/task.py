"""What an evaluation is: read from `tasks/NAME.toml`, where every key is one of these fields."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

FOLDER = Path(__file__).with_name("tasks")
Trade = Literal["producer", "supervisor", "artist", "TD"]


class TaskError(Exception):
    """A task file that cannot be used, in words for the person who wrote it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Budget(_Strict):
    """The most an agent may spend: calls and tokens as `transcript.py` counts them."""

    calls: int = Field(gt=0)
    tokens: int = Field(gt=0)


class Step(_Strict):
    """A request that an admin makes. `{task:…}` and the like stand for ids."""

    method: Literal["POST", "PUT", "DELETE"]
    path: str
    body: dict[str, Any] = Field(default_factory=dict[str, Any])


class Gate(_Strict):
    """What the person does when the server asks them: the same with every question.

    `untick`: entries that hold one of these texts are unticked. More questions than `most_questions` fail the task.
    """

    answer: Literal["accept", "decline", "cancel"] = "accept"
    untick: list[str] = Field(default_factory=list[str])
    most_questions: int = 1


class Wanted(_Strict):
    """What the final answer must say. An item of `says` is a text, or several of which one is enough.

    A number is found as a number or as its word; `asks`: it must hold a question; `checks`: names out of `checks.py`.
    """

    says: list[str | list[str]] = Field(default_factory=list[str | list[str]])
    never: list[str] = Field(default_factory=list[str])
    asks: bool = False
    checks: list[str] = Field(default_factory=list[str])


class Written(_Strict):
    """One new comment: `status` is the task's status with it (empty: as it was), `text` what it says."""

    task: str
    status: str = ""
    text: list[str] = Field(default_factory=list[str])
    never: list[str] = Field(default_factory=list[str])
    mentions: list[str] = Field(default_factory=list[str])


class Changed(_Strict):
    """Rows of a table of Kitsu that are added, removed or changed. Each of `rows` says what one of them has.

    `address` is that of an entity or a task; in an object, what it names is enough. Of a changed row nothing else may
    differ than what is named, its `updated_at`, and `also`.
    """

    table: str
    how: Literal["added", "removed", "changed"]
    rows: list[dict[str, Any]] = Field(min_length=1)
    also: list[str] = Field(default_factory=list[str])


class Task(_Strict):
    """One evaluation. Without `written` and `changed` nothing in Kitsu may differ afterwards; without `gate` nobody may
    be asked.

    `role` is the role of the bot that the server signs in as, `toolsets` its KITSU_TOOLSETS (empty: as by default).
    `meanwhile` is done once the agent waits for something, `by_others` are the comments of it. `by_kitsu`: what Kitsu
    itself does because of `written`.
    """

    name: str
    about: str
    trade: Trade
    person: str
    role: Literal["admin", "manager", "supervisor", "user", "client", "vendor"]
    question: str
    toolsets: str = ""
    budget: Budget
    setup: list[Step] = Field(default_factory=list[Step])
    meanwhile: list[Step] = Field(default_factory=list[Step])
    gate: Gate | None = None
    answer: Wanted = Field(default_factory=Wanted)
    written: list[Written] = Field(default_factory=list[Written])
    changed: list[Changed] = Field(default_factory=list[Changed])
    by_others: list[Written] = Field(default_factory=list[Written])
    by_kitsu: list[Written] = Field(default_factory=list[Written])


def read_all(folder: Path = FOLDER) -> dict[str, Task]:
    """Every task of a folder by its name, which is the file's.

    Raises:
        TaskError: a file is no task.
    """
    return {path.stem: _read(path) for path in sorted(folder.glob("*.toml"))}


def _read(path: Path) -> Task:
    try:
        task = Task.model_validate(tomllib.loads(path.read_text()) | {"name": path.stem})
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise TaskError(f"{path}: {error}") from error
    if (task.written or task.changed) and task.gate is None:
        raise TaskError(f"{path}: something is to be written, so [gate] must say what the person answers.")
    return task
