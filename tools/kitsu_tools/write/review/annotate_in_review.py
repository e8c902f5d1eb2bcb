"""Drawing on what a review shows: kept on the preview, and seen by everybody there."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from kitsu_tools.arguments import KitsuHere, LiveHere, PlaylistNamed
from kitsu_tools.gate.change import Item
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.errors import BadInput, NotPermitted, listed, quoted
from kitsu_tools.tracker.finder import FoundTask
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.review import MOST_FRAMES, Preview, fps_of, text, time_of
from kitsu_tools.write.review.drawings import Drawing, Drawings, item_of, objects_of, same
from kitsu_tools.write.review.marks import RED, Mark, drawn, redrawn
from kitsu_tools.write.review.previews import preview_named
from kitsu_tools.write.snapshot import Snapshot, permitted, production_now
from kitsu_tools.write.tool import writes

MOST_MARKS = 20
ANNOTATE = frozenset({"admin", "manager", "client"})
"""And supervisors, on tasks of their departments (`UpdateAnnotationsResource` of Zou 1.0.97)."""


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
    await _refuse_role(kitsu, named.task)
    shown = named.preview
    if not shown.can_be_drawn_on:
        raise BadInput(f"{named.address} is neither a picture nor a movie ({shown.extension}), so nobody draws on it.")
    fps = fps_of(room.playlist.project, named.entity.data)
    at, last = (time_of(frame, fps), round(shown.duration * fps)) if shown.is_movie else (0.0, 1)
    if last and frame > last:
        raise BadInput(f"frame: {named.address} has {last}.")
    moment = shown.moment(at)
    me = (await kitsu.directory.me.get()).id
    place = f"{named.address} frame {frame}" if shown.is_movie else named.address
    items = _items(draw, remove, shown, moment, place, me)
    return Drawings(
        "drawings",
        "annotate_in_review",
        project_id=room.playlist.project.id,
        project=encoded(room.playlist.project.name),
        verb="Annotate",
        items=items,
        noun="drawing",
        told=("everybody in the review",),
        posts=False,
        detail="It stays on the preview.",
        preview_id=shown.id,
        playlist=room.playlist.id,
        frame=frame,
        is_movie=shown.is_movie,
        moment=moment,
    )


def _items(
    draw: Sequence[Mark], remove: Sequence[str], shown: Preview, moment: float, place: str, me: str
) -> tuple[Item, ...]:
    """What becomes of each object. What is drawn there already is left out."""
    kept, here = objects_of(shown), [key for one in shown.drawn_at(moment) if (key := text(one.get("id")))]
    wanted: list[tuple[str, Drawing | None, str]] = [(_one(given, here), None, "") for given in remove]
    for mark in draw:
        key = _one(given, here) if (given := mark.get("id")) else ""
        made = redrawn(mark, kept[key], shown, moment, me) if key else drawn(mark, shown, moment, me)
        shape = f"{mark.get('shape')} in {mark.get('color') or RED}" if mark.get("shape") else ""
        wanted.append((str(made["id"]), made, f"becomes {shape}" if key and shape else shape))
    if not wanted:
        raise BadInput("Give something to draw, to change or to remove.")
    twice = next((key for key, count in Counter(key for key, *_ in wanted).items() if count > 1), "")
    if twice:
        raise BadInput(f"{quoted(twice[:8])} is named twice.")
    items = [
        item_of(shown.id, place, kept.get(key), after, key, says)
        for key, after, says in wanted
        if not same(kept.get(key), after)
    ]
    if not items:
        raise BadInput("That is drawn already.")
    return tuple(items)


def _one(given: str, here: Sequence[str]) -> str:
    """The id that an agent means, by its beginning."""
    found = [one for one in here if one.startswith(given.strip()) and given.strip()]
    if len(found) != 1:
        raise BadInput(f"{quoted(given)} is {len(found)} of what is drawn there: {listed(one[:8] for one in here)}.")
    return found[0]


async def _refuse_role(kitsu: Kitsu, found: FoundTask) -> None:
    """Refuse what Zou would.

    Raises:
        NotPermitted: the role may not draw on this task.
    """

    async def nothing() -> None:
        pass

    async def judge(now: Snapshot) -> None:
        if now.role not in ANNOTATE and not now.supervised(found.task.type_id):
            raise NotPermitted(
                f"Your role on {now.project.name} ({now.role}) may not draw on {found.address}: admins, managers, "
                "clients and supervisors of its department may."
            )

    now = Snapshot(**await production_now(kitsu, [found], nothing))
    await permitted(kitsu, now, judge)
