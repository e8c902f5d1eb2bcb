"""What review rooms are told after a yes. A room keeps nothing for long: the one evidence is that it told it back."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from kitsu_tools.gate.change import Change, Item, Request
from kitsu_tools.gate.kind import Evidence, Looked
from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.review import TELL

NOT_COMPARED: Mapping[str, Any] = {
    "enable": False,
    "task_type": None,
    "revision": None,
    "mode": "sidebyside",
    "comparison_preview_index": 0,
}
"""The part of a room's state that says that nothing is compared."""
UNTOLD = "it was not heard back, and a room keeps nothing that would tell"


@dataclass(frozen=True, slots=True)
class RoomChange(Change):
    """Messages to the room of a playlist, in order: the event and its body as JSON, without the playlist."""

    messages: tuple[tuple[str, str], ...] = ()


def message(event: str, **body: object) -> tuple[str, str]:
    """One of those."""
    return event, orjson.dumps(body).decode()


class ReviewRoom:
    """The kind of change that tells a room something."""

    change = RoomChange

    def batch(self, change: Change) -> int:
        """There is one item."""
        del change
        return 1

    def edited(self, change: Change, text: str) -> str:
        """There is no text to edit."""
        del change
        return text

    async def look(self, kitsu: Kitsu, targets: Sequence[str]) -> Looked:
        """Nothing that could be overwritten: what a room shows moves all the time, and is nobody's work."""
        del kitsu
        return {target: {} for target in targets}

    async def changed_by(self, kitsu: Kitsu, target: str) -> str:
        """Nobody."""
        del kitsu, target
        return ""

    async def steps(self, change: RoomChange, items: Sequence[Item], text: str) -> AsyncGenerator[Request, Any]:
        """One message after the other."""
        del text
        (item,) = items
        for number, (event, body) in enumerate(change.messages):
            whole = {**orjson.loads(body), "playlist_id": item.target, "mark": f"{change.code} {number}"}
            yield Request(TELL, event, whole, 0, (item.key,))

    async def evidence(
        self, kitsu: Kitsu, change: RoomChange, items: Sequence[Item], now: Looked
    ) -> Mapping[str, Evidence]:
        """Whether the room told it back, and what it shows then."""
        del now
        (item,) = items
        room = kitsu.rooms.room(item.target) if kitsu.rooms else None
        if room is None or kitsu.rooms is None:
            return {item.key: Evidence("unclear", detail=UNTOLD)}
        told = [f"{change.code} {number}" in room.repeated for number in range(len(change.messages))]
        shows = await kitsu.rooms.says(item.target)
        shown = f"shows {shows}" if shows else "what the room shows is not known"
        people = await kitsu.directory.people.get()
        there = ", ".join(people[one].label for one in room.people or () if one in people) or "nobody"
        says = f"{shown}; in the review: {there}"
        if all(told):
            return {item.key: Evidence("there", says)}
        if any(told):
            return {item.key: Evidence("part", says, "Not all of it was heard back.")}
        return {item.key: Evidence("unclear", says, UNTOLD)}

    async def undo(self, kitsu: Kitsu, change: Change, items: Sequence[Item]) -> Change:
        """Nothing.

        Raises:
            BadInput: always, and what to do instead.
        """
        del kitsu, change, items
        raise BadInput(
            "What a room was told is not taken back: join_review with leave=true leaves it, show_in_review shows "
            "something else."
        )


ROOMS = ReviewRoom()
"""The kind of change that tells a room something."""
