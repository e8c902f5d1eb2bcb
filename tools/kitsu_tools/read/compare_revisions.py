"""Revisions of a task side by side at the same frames, with what happened between them."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

from anyio import to_thread
from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Row, answer
from kitsu_tools.arguments import KitsuHere, Task
from kitsu_tools.pictures.sheet import Tile
from kitsu_tools.pictures.stills import difference
from kitsu_tools.read.seeing import (
    Drawings,
    Frames,
    Looked,
    SaveTo,
    Tokens,
    chosen,
    look,
    marks_of,
    refuse_place,
    shown,
    with_drawings,
)
from kitsu_tools.read.thread import comments_of
from kitsu_tools.tracker.addresses import encoded, relative
from kitsu_tools.tracker.errors import BadInput, counted
from kitsu_tools.tracker.frames import frames_said
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.named_previews import Meant, of_task, one_of
from kitsu_tools.tracker.review import timecode
from kitsu_tools.tracker.threads import Comment, thread_of

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_COMPARED = 4


async def compare_revisions(
    kitsu: KitsuHere,
    task: Task,
    revisions: Annotated[Sequence[str], Field(description="v1, v2 …; empty: the two newest")] = (),
    frames: Frames = (),
    drawings: Drawings = True,
    tokens: Tokens = 1500,
    save_to: SaveTo = "",
) -> CallToolResult:
    """Look at revisions side by side at the same frames, with how much of each changed, and the statuses and comments
    since the first.
    """
    await refuse_place(kitsu, save_to)
    found = await kitsu.find.task(task)
    newest = await of_task(kitsu, found, "")
    versions = list(revisions) or list(dict.fromkeys(f"v{one.revision}" for one in newest.every))[:2]
    if not 2 <= len(versions) <= MOST_COMPARED:
        there = f"{found.address} has only {versions[0]}. " if not revisions else ""
        raise BadInput(f"revisions: {there}2 to {MOST_COMPARED} are compared.")
    several = [one_of(found, newest.every, one.strip()) for one in versions]
    several = sorted({one.preview.id: one for one in several}.values(), key=lambda one: one.preview.revision)
    if len(several) < 2:
        raise BadInput("revisions: these are one and the same.")
    comments = await thread_of(kitsu.session, found.task.id)
    # The frames are chosen by the newest, and the others asked for those that they have.
    last = several[-1]
    marks = sorted({frame for one in several for frame in (*marks_of(one.preview, one.fps), *_said(one, comments))})
    first_seen = await look(kitsu, last.preview, last.fps, lambda count: chosen(frames, last.fps, count, marks))
    wanted = chosen(frames, last.fps, first_seen.count, marks)
    others = await gather(*[partial(look, kitsu, one.preview, one.fps, _those_of(wanted)) for one in several[:-1]])
    seen = [*others, first_seen]

    tiles, left_out = list[Tile](), 0
    for frame in wanted:
        for one, looked in zip(several, seen, strict=True):
            tile, missed = await _tile(kitsu, one, looked, frame, drawings=drawings)
            tiles.append(tile)
            left_out += missed
    rows = [await _row(frame, last.fps, seen) for frame in wanted]
    clock = await kitsu.clock()
    people, statuses = await kitsu.directory.people.get(), await kitsu.directory.statuses.get()
    since = [one for one in comments if one.at >= _posted(several[0], comments)]
    written, notes = comments_of(since, 20, people, statuses, clock)
    told: list[Row] = []
    for one, looked in zip(several, seen, strict=True):
        by = people[one.preview.person_id].label if one.preview.person_id in people else ""
        size = f"{one.preview.extension} {looked.size[0]} × {looked.size[1]}"
        told.append([one.preview.version, clock.local(one.preview.at), by, size, looked.count, one.preview.validation])
    fields: dict[str, Any] = {
        "task": found.address,
        "revisions_columns": ["revision", f"posted ({clock.zone.key})", "by", "file", "frames", "validation"],
        "revisions": told,
        "columns": ["frame", "timecode", f"changed from {several[0].preview.version} on"],
        "rows": rows,
        **written,
        "notes": [
            *dict.fromkeys(note for one in seen for note in one.notes),
            *notes,
            f"{counted(left_out, 'drawing')} could not be drawn" if left_out else "",
            (await kitsu.hidden(found.reading.project)).comments,
        ],
    }
    return await shown(kitsu, answer(fields), tiles, tokens, save_to, columns=len(several))


def _said(one: Meant, comments: Sequence[Comment]) -> Sequence[int]:
    return list(frames_said(comments, one.preview.revision))


def _those_of(wanted: Sequence[int]) -> Callable[[int], Sequence[int]]:
    """Of the frames those that there are; a picture stands beside each."""
    return lambda count: [one for one in wanted if one <= count] if count > 1 else [1]


def _at(looked: Looked, frame: int) -> "Image | None":
    return looked.frames.get(1 if looked.count == 1 else frame)


async def _tile(kitsu: Kitsu, one: Meant, looked: Looked, frame: int, *, drawings: bool) -> tuple[Tile, int]:
    image, missed = _at(looked, frame), 0
    if image is not None and drawings:
        own = 1 if looked.count == 1 else frame
        image, missed = await with_drawings(kitsu, image, marks_of(one.preview, one.fps), own, one.preview)
    name = relative(one.says, encoded(one.task.reading.project.name))
    why = f"has {looked.count:,} frames" if frame > looked.count > 1 else "cannot be decoded"
    return Tile([name, f"frame {frame}  {timecode(frame, one.fps)}"], image, why), missed


async def _row(frame: int, fps: float, seen: Sequence[Looked]) -> Row:
    """How much of a frame each revision changed: the share of pixels that one sees change, of each pair."""
    images = [_at(one, frame) for one in seen]
    changed: list[str] = []
    for one, other in pairwise(images):
        if one is None or other is None:
            changed.append("")
        else:
            changed.append(f"{await to_thread.run_sync(difference, one, other):.0%}")
    return [frame, timecode(frame, fps), ", ".join(changed)]


def _posted(one: Meant, comments: Sequence[Comment]) -> str:
    """When the comment was written that a revision came with."""
    return min((each.at for each in comments if one.preview.revision in each.revisions), default=one.preview.at)
