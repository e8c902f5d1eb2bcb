"""Drawing on previews without a review: kept on them, where Kitsu's player shows it."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.tracker.model import decoded
from kitsu_tools.tracker.review import MOST_FRAMES, Preview
from kitsu_tools.write.previews.named import previews_named
from kitsu_tools.write.review.annotating import MOST_MARKS, Page, plan_drawings
from kitsu_tools.write.review.drawings import Drawings
from kitsu_tools.write.review.marks import Mark
from kitsu_tools.write.tool import writes

MOST_PAGES = 50


class OnFrame(BaseModel):
    """One frame of a preview, and what to draw on it, change or remove."""

    model_config = ConfigDict(extra="forbid")

    preview: Annotated[str, Argument(description="shot:Task v2")]
    frame: Annotated[int, Argument(ge=1, le=MOST_FRAMES, description="of a movie")] = 1
    draw: Annotated[Sequence[Mark], Argument(max_length=MOST_MARKS, description="marks, or changes of some by id")] = ()
    remove: Annotated[Sequence[str], Argument(max_length=MOST_MARKS, description="ids")] = ()


@writes
async def annotate_preview(
    kitsu: KitsuHere, on: Annotated[Sequence[OnFrame], Argument(max_length=MOST_PAGES, description="frames")]
) -> Drawings:
    """Draw on frames of previews, where Kitsu's player shows it, after the person said yes in a dialog: all notes of a
    review in one call. Look with see_preview first, which counts frames alike; the receipt has ids of what is drawn.
    """
    if not on:
        raise BadInput("on: name at least one preview.")
    named = await previews_named(kitsu, [one.preview for one in on])
    records = await records_by(kitsu.session, "data/preview-files", "id", [one.preview.id for one in named])
    drawn = {one["id"]: decoded(Preview, one) for one in records}
    if gone := [one.says for one in named if one.preview.id not in drawn]:
        raise BadInput(f"{gone[0]} was deleted meanwhile. Leave it out.")
    pages = [
        Page(meant.task, drawn[meant.preview.id], meant.fps, one.frame, one.draw, one.remove)
        for meant, one in zip(named, on, strict=True)
    ]
    return await plan_drawings(kitsu, "annotate_preview", pages)
