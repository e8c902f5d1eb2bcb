"""Holding assignments and plans of tasks to what the journal says was planned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from support.database import TableDifference

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING = TableDifference()
NOT_ALL = "Kitsu did not set all of it"
"""How what the journal says of a half-done item begins; it ends with what it is then."""


class Applied(Protocol):
    """A plan as the journal holds it."""

    @property
    def sent(self) -> list[dict[str, Any]]:
        """The items that it calls applied, or of which it says what is there."""
        ...

    @property
    def partly(self) -> set[str]:
        """The keys of the latter."""
        ...

    @property
    def details(self) -> Mapping[str, str]:
        """What it says of each."""
        ...

    @property
    def made(self) -> Mapping[str, str]:
        """The id of what was made of each."""
        ...

    @property
    def effects(self) -> list[dict[str, Any]]:
        """What the plan says that Kitsu itself does because of these."""
        ...

    @property
    def plan(self) -> Mapping[str, Any]:
        """All of it."""
        ...


def hold_assignments(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """Each person comes to and goes from each task as planned, or as it is named, and joins the team; nothing else."""
    links, team = changes.pop("task_person_link", NOTHING), changes.pop("project_person_link", NOTHING)
    whole: list[tuple[str, set[str], set[str]]] = []
    for item in plan.sent:
        task, (before, after) = item["target"], (set(item["fields"][0][one]["raw"]) for one in ("before", "after"))
        if item["key"] in plan.partly:
            coming = {one for one in after - before if (task, one) in links.added}
            going = {one for one in before - after if (task, one) in links.removed}
            assert (set(), set()) != (coming, going) != (after - before, before - after)
            after = (before | coming) - going
            told = plan.details[item["key"]].removeprefix(NOT_ALL).partition("; it is ")[2].partition(".")[0]
            assert told == (", ".join(sorted(names[one] for one in after)) or "nobody")
        whole.append((task, before, after))
    assert set(links.added) == {(task, one) for task, before, after in whole for one in after - before}
    assert set(links.removed) == {(task, one) for task, before, after in whole for one in before - after}
    joining = {one["target"].partition("/")[2] for one in plan.plan["effects"]}
    assert {row["person_id"] for row in team.added.values()} == joining & {one for _, one in links.added}
    tasks = changes.pop("task", NOTHING)
    for rows in (tasks.added, tasks.removed, team.removed, team.changed):
        assert not rows
    assert {key[0] for key in tasks.changed} <= {task for task, _, _ in whole}
    assert all(columns.keys() <= {"assigner_id", "updated_at"} for columns in tasks.changed.values())
    project = changes.pop("project", NOTHING)
    assert all(columns.keys() <= {"updated_at"} for columns in project.changed.values())
    for rows in (project.added, project.removed):
        assert not rows


def hold_plans(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """Exactly the planned fields of the planned tasks have their planned values."""
    del names
    tasks = changes.pop("task", NOTHING)
    for rows in (tasks.added, tasks.removed):
        assert not rows
    wanted = {
        item["target"]: {
            one["name"]: _as_text(one["after"]["raw"])
            for one in item["fields"]
            if one["before"]["raw"] != one["after"]["raw"]
        }
        for item in plan.sent
    }
    found = {
        key[0]: {name: after for name, (_, after) in columns.items() if name != "updated_at"}
        for key, columns in tasks.changed.items()
    }
    assert found == wanted


def _as_text(raw: object) -> str | None:
    """A value as PostgreSQL prints it."""
    return None if raw is None else str(raw).replace("T", " ").removesuffix(".0")
