"""Time, schedule and money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.events.drive.life import life

if TYPE_CHECKING:
    from references.events.caller import Caller
    from references.events.drive.production import Production


def plan(bot: Caller, person: Caller, made: Production, tasks: list[str], me: str) -> None:
    """Time spent, schedule, milestones, schedule versions and budgets."""
    task, task_type, project = tasks[0], made.task_types["Animation"], made.project
    spent = f"actions/tasks/{task}/time-spents/2026-01-05/persons/{me}"
    bot.post(spent, {"duration": 60})
    bot.post(f"{spent}/add", {"duration": 60})
    person.delete(spent)
    day = {"task_id": task, "person_id": me, "date": "2026-01-06", "duration": 5}
    life(bot, "data/time-spents", day, {"duration": 6})
    bot.get(f"data/projects/{project}/schedule-items/task-types")
    item = {"project_id": project, "task_type_id": task_type, "object_id": made.shots[1]}
    life(bot, "data/schedule-items", item, {"man_days": 2})
    life(bot, "data/milestones", {"project_id": project, "date": "2026-01-01", "name": "x"}, {"name": "y"})
    version = f"data/production-schedule-versions/{_new_version(bot, project)}"
    bot.put(version, {"name": "y"})
    act = version.replace("data/", "actions/")
    bot.post(f"{act}/set-task-links-from-production")
    link = bot.get(f"{version}/task-links")[0]
    bot.delete(f"data/production-schedule-version-task-links/{link['id']}")
    again = {"production_schedule_version_id": version.rpartition("/")[2], "task_id": link["task_id"]}
    new = bot.post("data/production-schedule-version-task-links", again)["id"]
    bot.put(f"data/production-schedule-version-task-links/{new}", {"estimation": 3})
    bot.post(f"{act}/apply-to-production")
    bot.delete(version)
    _budgets(bot, made)


def _new_version(bot: Caller, project: str) -> str:
    return bot.post("data/production-schedule-versions", {"project_id": project, "name": "x"})["id"]


def _budgets(bot: Caller, made: Production) -> None:
    budget = {"name": "x", "currency": "EUR"}
    entry = {
        "department_id": made.department,
        "start_date": "2026-01-01",
        "months_duration": 2,
        "daily_salary": 1,
        "position": "artist",
        "seniority": "mid",
    }
    budgets = f"data/projects/{made.project}/budgets"
    kept = bot.post(budgets, budget)["id"]
    life(bot, f"{budgets}/{kept}/entries", entry, entry)
    life(bot, "data/budget-entries", entry | {"budget_id": kept}, {"months_duration": 3})
    bot.put(f"{budgets}/{kept}", {"name": "y"})
    bot.delete(f"{budgets}/{kept}")
    life(bot, "data/budgets", budget | {"project_id": made.project, "revision": 9}, {"name": "y"})
