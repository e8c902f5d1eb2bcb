"""Being in a review, seen by everybody there, and leaving it."""

from typing import Annotated, Any

from pydantic import Field

from kitsu_tools.arguments import KitsuHere, LiveHere, PlaylistNamed
from kitsu_tools.gate.change import Field as Changed
from kitsu_tools.gate.change import Item, Value
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.tracker.review import Playlist
from kitsu_tools.write.review.kind import NOT_COMPARED, RoomChange, message
from kitsu_tools.write.tool import writes

NORMAL_SPEED = 3
"""As Kitsu's player counts it."""


@writes
async def join_review(
    kitsu: KitsuHere,
    live: LiveHere,
    playlist: PlaylistNamed,
    leave: Annotated[bool, Field(description="leave it instead")] = False,
) -> RoomChange:
    """Join the live review of a playlist, or leave it, after the person said yes: everybody there sees you listed.
    get_review_room and follow_review need no joining.
    """
    room = (live.rooms.joined(playlist) if leave else None) or await live.room(playlist)
    me = await kitsu.directory.me.get()
    if room.joined and not leave:
        raise BadInput(f"You are in the review of {room.playlist.address} already.")
    if leave and not room.joined:
        others = me.id in (room.people or ())
        by = " Another connection of this identity is, and leaves it itself." if others else ""
        raise BadInput(f"You are not in the review of {room.playlist.address}.{by}")
    unseen, listed = Value(raw=False, shown="unlisted"), Value(raw=True, shown=f"listed as {me.name}")
    moved = Changed("listed", listed, unseen) if leave else Changed("listed", unseen, listed)
    return RoomChange(
        "rooms",
        "join_review",
        project_id=room.playlist.project.id,
        project=encoded(room.playlist.project.name),
        verb="Leave the review of" if leave else "Join the review of",
        items=(Item(room.playlist.id, room.playlist.id, room.playlist.address, (moved,)),),
        noun="review",
        told=("everybody in the review",),
        posts=False,
        messages=(message("leave") if leave else message("join", **_first(room.playlist)),),
    )


def _first(playlist: Playlist) -> dict[str, Any]:
    """The state of a review that begins with us: the playlist's first, at rest. One that is under way keeps its own.

    What may be left of an earlier one, frame, speed and comparison, is named as well (Zou 1.0.97).
    """
    entity, preview = playlist.shown[0] if playlist.shown else ("", "")
    return {
        "is_playing": False,
        "current_entity_id": entity or None,
        "current_entity_index": 0,
        "current_preview_file_id": preview or None,
        "current_preview_file_index": 0,
        "current_frame": 1,
        "is_annotations_displayed": True,
        "speed": NORMAL_SPEED,
        "comparing": NOT_COMPARED,
    }
