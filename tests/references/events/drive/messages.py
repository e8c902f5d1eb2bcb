"""What people tell each other and are told: chats, notifications, news, subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.events.drive.life import life

if TYPE_CHECKING:
    from references.events.caller import Caller
    from references.events.drive.production import Production


def chat(bot: Caller, person: Caller, made: Production, me: str) -> None:
    """The chat of a shot, as Kitsu uses it and through the plain routes."""
    shot, other, _ = made.shots
    person.post(f"actions/user/chats/{shot}/join")
    message = person.post(f"data/entities/{shot}/chat/messages", {"message": "x"})["id"]
    person.delete(f"data/entities/{shot}/chat/messages/{message}")
    person.delete(f"actions/user/chats/{shot}/join")
    chat = bot.post("data/chats", {"object_id": other})["id"]
    life(bot, "data/chat-messages", {"chat_id": chat, "person_id": me, "text": "x"}, {"text": "y"})
    bot.put(f"data/chats/{chat}", {"object_type": "entity"})
    bot.delete(f"data/chats/{chat}")


def notify(bot: Caller, person: Caller, made: Production, task: str, me: str) -> None:
    """Notifications read, news and subscriptions."""
    mine = f"data/user/notifications/{person.get('data/user/notifications')[0]['id']}"
    person.put(mine, {"read": True})
    person.put(mine, {"read": False})
    person.post("actions/user/notifications/mark-all-as-read")
    body = {"person_id": me, "author_id": made.colleague, "task_id": task}
    life(bot, "data/notifications", body | {"type": "comment"}, {"read": True})
    life(bot, "data/news", {"task_id": task, "author_id": made.colleague}, {"change": True})
    life(bot, "data/subscriptions", {"person_id": me, "task_id": task}, {})
