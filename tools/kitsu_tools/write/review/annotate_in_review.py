"""Drawing on what a review shows: kept on the preview, and seen by everybody there."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from kitsu_tools.arguments import KitsuHere, LiveHere, PlaylistNamed
from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.tracker.review import MOST_FRAMES, fps_of
from kitsu_tools.write.review.annotating import MOST_MARKS, Page, plan_drawings
from kitsu_tools.write.review.drawings import Drawings
from kitsu_tools.write.review.marks import Mark
from kitsu_tools.write.review.previews import preview_named
from kitsu_tools.write.tool import writes


@writes
async def annotate_in_review(
    kitsu: KitsuHere,
    live: LiveHere,
    playlist: PlaylistNamed,
    preview: Annotated[str, Field(description="shot:Task v2")],
    frame: Annotated[int, Field(ge=1, le=MOST_FRAMES, description="of a movie")] = 1,
    draw: Annotated[Sequence[Mark], Field(max_length=MOST_MARKS, description="marks, or changes of some by id")] = (),
    remove: Annotated[Sequence[str], Field(max_length=MOST_MARKS, description="ids")] = (),
) -> Drawings:
    """Draw on a preview in a review that you joined, after the person said yes. It stays on the preview; who looks at
    that frame sees it at once. get_review_room has the ids of what is drawn.
    """
    room = await live.room(playlist)
    if not room.joined:
        raise BadInput("You are not in this review: join_review first.")
    named = await preview_named(kitsu, room.playlist, preview)
    if named.preview is None or named.task is None:
        raise BadInput(f"{named.address} has no preview to draw on.")
    fps = fps_of(room.playlist.project, named.entity.data)
    page = Page(named.task, named.preview, fps, frame, draw, remove)
    told = ("everybody in the review",)
    return await plan_drawings(kitsu, "annotate_in_review", [page], playlist=room.playlist.id, told=told)
