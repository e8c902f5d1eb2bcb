"""Everything that makes Zou emit an event, done over the API: each area of Kitsu once through its life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.events.drive import casting, imports, messages, planning, production, reviews, studio, tasks

if TYPE_CHECKING:
    from references.events.caller import Caller


def drive(bot: Caller, person: Caller, me: str) -> set[str]:
    """Do everything once: `bot` and `person` are an administrator's bot and account, `me` is the account's id.

    Returns the names that the log of events holds, looked up before the project's part of it goes with the project.
    """
    studio.records(bot, me)
    made = production.new(bot, person)
    production.settings(bot, made)
    casting.change(bot, made)
    made_tasks = tasks.assign(bot, made, me)
    tasks.comment(bot, person, made, made_tasks)
    reviews.publish(bot, made, made_tasks)
    reviews.invite(bot, person, made)
    planning.plan(bot, person, made, made_tasks, me)
    tasks.record_files(bot, made, made_tasks[0])
    messages.chat(bot, person, made, me)
    messages.notify(bot, person, made, made_tasks[0], me)
    studio.pictures(bot, made, me)
    imports.send(bot, made, made_tasks[0])
    production.remove(bot, made, made_tasks)
    logged = set(bot.get("data/events/names"))
    production.close(bot, made)
    return logged
