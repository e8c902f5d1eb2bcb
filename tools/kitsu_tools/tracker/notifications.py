"""What Kitsu notified the signed-in person of. To read it marks nothing as read: a PUT or POST does (Zou 1.0.97)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from kitsu_tools.tracker.errors import NotFound, NotPermitted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Flag, Text, decoded, zou

NotificationKind = Literal["comment", "mention", "assignation", "reply", "reply-mention", "playlist-ready"]
PAGE = 100
"""So many Zou answers at once, the newest; it pages by the moment alone (`get_last_notifications`, 1.0.97)."""
MOST_PAGES = 5


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification. `at` is UTC. `text`: of the comment or the reply, which Zou keeps from artists where a client
    wrote it. `subscribed`: the person watches the task. `status_id`: what the comment set.
    """

    id: str
    kind: Annotated[Text, zou("notification_type")] = ""
    at: Annotated[Text, zou("created_at")] = ""
    author_id: Text = ""
    task_id: Text = ""
    project_id: Text = ""
    status_id: Annotated[Text, zou("task_status_id")] = ""
    comment_text: Text = ""
    reply_text: Text = ""
    playlist: Annotated[Text, zou("playlist_name")] = ""
    read: Flag = False
    changes_status: Annotated[Flag, zou("change")] = False
    subscribed: Annotated[bool, BeforeValidator(bool), zou("subscription_id")] = False

    @property
    def text(self) -> str:
        """What was said."""
        return self.reply_text or ("" if self.kind.startswith("reply") else self.comment_text)


async def notifications_of(
    kitsu: Kitsu, since: str, *, unread: bool, subscribed: bool
) -> tuple[list[Notification], str] | None:
    """Those since a moment, the newest first, and, where there are more than are read, since when these are all; None
    where Kitsu keeps none for the identity, as for every bot.
    """
    query = {"after": _shifted(since, -1)} if since else {}
    query |= {"read": "false"} if unread else {}
    query |= {"watching": "true"} if subscribed else {}
    found: dict[str, Notification] = {}
    for _ in range(MOST_PAGES):
        try:
            page: list[dict[str, Any]] = await kitsu.session.read("data/user/notifications", query)
        except (NotFound, NotPermitted):
            return None
        before = len(found)
        found |= {one["id"]: decoded(Notification, one) for one in page}
        if len(page) < PAGE or len(found) == before:
            return list(found.values()), ""
        # Stamps are cut to the second: those of the last one come again.
        query["before"] = _shifted(page[-1]["created_at"], 1)
    return list(found.values()), list(found.values())[-1].at


def _shifted(stamp: str, seconds: int) -> str:
    return (datetime.fromisoformat(stamp) + timedelta(seconds=seconds)).isoformat()
