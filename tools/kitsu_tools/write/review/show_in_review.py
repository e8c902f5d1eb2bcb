"""Moving everybody's screen in a review."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from kitsu_tools.arguments import KitsuHere, LiveHere, PlaylistNamed
from kitsu_tools.gate.change import Field as Changed
from kitsu_tools.gate.change import Item, Value
from kitsu_tools.live.screens import Seen
from kitsu_tools.tracker.addresses import encoded, relative
from kitsu_tools.tracker.errors import BadInput, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.review import MOST_FRAMES, Playlist, Screen, fps_of
from kitsu_tools.write.review.kind import NOT_COMPARED, RoomChange, message
from kitsu_tools.write.review.previews import Named, preview_named
from kitsu_tools.write.tool import writes

OFF = "off"
MOST_PIXELS = 100_000


@writes
async def show_in_review(
    kitsu: KitsuHere,
    live: LiveHere,
    playlist: PlaylistNamed,
    preview: Annotated[str, Field(description="shot, shot:Task or shot:Task v2")],
    frame: Annotated[int, Field(ge=1, le=MOST_FRAMES, description="the first is 1")] = 1,
    playing: Annotated[bool, Field(description="from there")] = False,
    comparing: Annotated[str, Field(description="task type with or without v2; off; empty: as it is")] = "",
    pan_zoom: Annotated[Sequence[float], Field(max_length=3, description="x, y, zoom")] = (),
) -> RoomChange:
    """Show something on everybody's screen in a review that you joined, after the person said yes: asked each time."""
    room = await live.room(playlist)
    if not room.joined:
        raise BadInput("You are not in this review: join_review first.")
    named = await preview_named(kitsu, room.playlist, preview)
    _refuse_frame(room.playlist, named, frame)
    if len(pan_zoom) not in {0, 3}:
        raise BadInput("pan_zoom: give three numbers: x, y, zoom.")
    if pan_zoom and not (max(abs(pan_zoom[0]), abs(pan_zoom[1])) <= MOST_PIXELS and 0.01 <= pan_zoom[2] <= 100):
        raise BadInput(f"pan_zoom: x and y go to {MOST_PIXELS:,} pixels, zoom from 0.01 to 100.")
    shown = named.preview
    state: dict[str, Any] = {
        "current_entity_id": named.entity.id,
        "current_entity_index": named.place,
        "current_preview_file_id": shown.id if shown else None,
        "current_preview_file_index": shown.position - 1 if shown else 0,
        "current_frame": frame,
        "is_playing": playing,
    }
    state |= await _compared(kitsu, named, comparing)
    screen = await live.screens.seen(
        room.playlist.project,
        Screen(named.entity.id, shown.id if shown else "", frame, playing, _pair(state.get("comparing"))),
    )
    x, y, zoom = pan_zoom or (0.0, 0.0, 0.0)
    return RoomChange(
        "rooms",
        "show_in_review",
        project_id=room.playlist.project.id,
        project=encoded(room.playlist.project.name),
        verb="Show in",
        items=(_item(room.playlist, screen),),
        noun="review",
        told=("everybody in the review",),
        posts=False,
        detail=" ".join(
            [
                "Every screen there moves.",
                *([f"Compared with {beside}."] if (beside := screen.how.partition("compared with ")[2]) else []),
                *([f"Zoom {zoom:g} at {x:g}, {y:g}."] if pan_zoom else []),
            ]
        ),
        messages=(
            message("room-updated", **state),
            *((message("panzoom-changed", x=x, y=y, zoom=zoom),) if pan_zoom else ()),
        ),
    )


def _item(playlist: Playlist, screen: Seen) -> Item:
    says = relative(replace(screen, how=screen.how.partition("compared")[0].strip(", ")).says, playlist.project.name)
    # What is on screen now moves while the person reads, and must not make another question of it.
    shown = Changed("screen", Value("", ""), Value(screen.says, says), move=says)
    return Item(playlist.id, playlist.id, playlist.address, (shown,))


def _refuse_frame(playlist: Playlist, named: Named, frame: int) -> None:
    shown = named.preview
    last = round(shown.duration * fps_of(playlist.project, named.entity.data)) if shown and shown.is_movie else 0
    if last and frame > last:
        raise BadInput(f"frame: {named.address} ends with frame {last}.")
    if frame > 1 and not (shown and shown.is_movie):
        raise BadInput(f"frame: {named.address} is no movie, so it has no frame {frame}.")


async def _compared(kitsu: Kitsu, named: Named, comparing: str) -> dict[str, Any]:
    """The part of the state that says what is compared; none where that stays."""
    word = comparing.strip()
    if not word:
        return {}
    if word.casefold() == OFF:
        return {"comparing": NOT_COMPARED}
    name, _, revision = word.rpartition(" v")
    if not (name and revision.isdecimal()):
        name, revision = word, ""
    own = {task.type_id for task in named.entity.tasks}
    found = next((one.id for one in await kitsu.directory.task_type(name) if one.id in own), "")
    if not found:
        raise BadInput(f"comparing: {named.entity.address} has no task {quoted(name)}.")
    return {"comparing": {**NOT_COMPARED, "enable": True, "task_type": found, "revision": revision or "last"}}


def _pair(comparing: dict[str, Any] | None) -> tuple[str, str] | None:
    return (comparing["task_type"], comparing["revision"]) if comparing and comparing["enable"] else None
