"""A preview as a model sees it: a picture, or frames of a movie, with what is drawn on it; and pictures in comments."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from anyio import to_thread
from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import WRITTEN_IN_KITSU, Row, answer, shortened, within_budget
from kitsu_tools.arguments import KitsuHere
from kitsu_tools.pictures.sheet import Tile
from kitsu_tools.pictures.stills import first_frame, still
from kitsu_tools.read.seeing import (
    Drawings,
    Drawn,
    Frames,
    Of,
    SaveTo,
    Tokens,
    chosen,
    look,
    marks_of,
    refuse_place,
    shown,
    with_drawings,
)
from kitsu_tools.tracker.addresses import encoded, relative
from kitsu_tools.tracker.errors import BadInput, counted, listed, quoted
from kitsu_tools.tracker.frames import frames_said
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Person
from kitsu_tools.tracker.named_previews import Meant, meant, task_named
from kitsu_tools.tracker.review import text, timecode
from kitsu_tools.tracker.threads import Attachment, Comment, thread_of

EXCERPT = 240
MOST_CHARACTERS = 16_000
COLUMNS = ("frame", "timecode", "drawn", *(f"{name} {WRITTEN_IN_KITSU}" for name in ("words drawn", "comments")))


async def see_preview(
    kitsu: KitsuHere,
    of: Of,
    frames: Frames = (),
    attachment: Annotated[str, Field(description="instead: the name of a picture attached to its comments")] = "",
    drawings: Drawings = True,
    tokens: Tokens = 1200,
    save_to: SaveTo = "",
) -> CallToolResult:
    """Look at a preview: a picture, or frames of a movie, with what people drew and wrote on them. Frames count from 1,
    as in Kitsu's player. For many shots use see_contact_sheet.
    """
    await refuse_place(kitsu, save_to)
    if attachment.strip():
        return await _attached(kitsu, of, attachment.strip(), tokens, save_to)
    found = await meant(kitsu, of)
    preview, task = found.preview, found.task
    drawn, comments = marks_of(preview, found.fps), await thread_of(kitsu.session, task.task.id)
    said = frames_said(comments, preview.revision)
    marks = sorted({*drawn, *said})
    seen = await look(kitsu, preview, found.fps, lambda count: chosen(frames, found.fps, count, marks))
    tiles: list[Tile] = []
    lost, left_out = [one for one in chosen(frames, found.fps, seen.count, marks) if one not in seen.frames], 0
    name = relative(found.says, encoded(task.reading.project.name))
    for frame, image in seen.frames.items():
        made, missed = await with_drawings(kitsu, image, drawn, frame, preview) if drawings else (image, 0)
        left_out += missed
        caption = [name, f"frame {frame}  {timecode(frame, found.fps)}"] if seen.count > 1 else [name]
        tiles.append(Tile(caption, made))
    if not tiles:
        raise BadInput(f"{found.says}: none of these frames can be decoded; the movie is damaged there.")
    people, clock = await kitsu.directory.people.get(), await kitsu.clock()
    status = (await kitsu.directory.statuses.get()).get(task.task.status_id)
    columns, rows = _table([_row(one, found, drawn, said, people) for one in seen.frames])
    others = [one.version for one in found.every if one.revision == preview.revision and one is not preview]
    elsewhere = [one for one in marks if one not in seen.frames and one <= seen.count]
    fields: dict[str, Any] = {
        "preview": found.says,
        "id": preview.id,
        "status": status.short_name if status else "?",
        "posted": f"{clock.local(preview.at)} ({clock.zone.key})",
        "by": people[preview.person_id].label if preview.person_id in people else "",
        "file": _file(found, seen.size, seen.count),
        "columns": columns,
        "rows": within_budget(rows, MOST_CHARACTERS),
        "notes": [
            *seen.notes,
            f"not the newest: that is {found.every[0].version}" if found.every[0].revision != preview.revision else "",
            f"further files of this revision: {listed(others)}" if others else "",
            f"frames {listed(map(str, lost))} could not be decoded: the movie is damaged there" if lost else "",
            f"drawn on or named in comments as well: frames {listed(map(str, elsewhere), 20)}" if elsewhere else "",
            f"{counted(left_out, 'drawing')} could not be drawn" if left_out else "",
            "drawings are left out" if drawn and not drawings else "",
        ],
    }
    return await shown(kitsu, answer(fields), tiles, tokens, save_to)


def _table(rows: Sequence[Row]) -> tuple[list[str], list[Row]]:
    """Without what stands on no frame."""
    kept = [at for at in range(len(COLUMNS)) if at < 2 or any(row[at] for row in rows)]
    return [COLUMNS[at] for at in kept], [[row[at] for at in kept] for row in rows]


def _row(
    frame: int, found: Meant, drawn: Drawn, said: Mapping[int, Sequence[Comment]], people: Mapping[str, Person]
) -> Row:
    """A frame, and what people did on it: drawn by whom, what they wrote there, which comments name it."""
    objects = [one for one, _ in drawn.get(frame, ())]
    by = {text(one.get("createdBy")) for one in objects}
    authors = [people[one].label for one in sorted(by) if one in people]
    marks = f"{counted(len(objects), 'thing')}{f' by {listed(authors)}' if authors else ''}" if objects else ""
    words = [str(one["text"])[:EXCERPT] for one in objects if isinstance(one.get("text"), str) and one["text"].strip()]
    notes = [
        f"{people[one.person_id].label if one.person_id in people else '?'}: {shortened(one.text, EXCERPT)}"
        for one in said.get(frame, ())
    ]
    return [frame, timecode(frame, found.fps), marks, words, notes]


def _file(found: Meant, size: tuple[int, int], count: int) -> str:
    """`mp4 1920 × 1080, 48 frames at 24`."""
    said = f"{found.preview.extension} {size[0]} × {size[1]}"
    return f"{said}, {count:,} frames" + (f" at {found.fps:g}" if found.preview.is_movie else "") if count > 1 else said


async def _attached(kitsu: Kitsu, of: str, name: str, tokens: int, save_to: str) -> CallToolResult:
    """A picture beside a comment, the newest of that name that the identity is shown."""
    task = await task_named(kitsu, of)
    comments = await thread_of(kitsu.session, task.task.id)
    every: list[tuple[Comment, Attachment]] = [(one, file) for one in comments for file in one.attachments]
    found = [one for one in every if one[1].name.casefold() == name.casefold()]
    if not found:
        there = listed(dict.fromkeys(file.name for _, file in every)) or "none"
        raise BadInput(f"No file {quoted(name)} is attached to the comments of {task.address}. There are: {there}.")
    (comment, file), *others = found
    content = await kitsu.media.attachment(file.id, file.name)
    seen = await to_thread.run_sync(still, content, first_frame, limiter=kitsu.media.decoding)
    people, clock = await kitsu.directory.people.get(), await kitsu.clock()
    by = people[comment.person_id].label if comment.person_id in people else "?"
    at = clock.local(comment.at)
    fields = {
        "attachment": file.name,
        "task": task.address,
        "by": by,
        "posted": f"{at} ({clock.zone.key})",
        "file": f"{file.type} {seen.size[0]} × {seen.size[1]}",
        f"comment {WRITTEN_IN_KITSU}": shortened(comment.text, EXCERPT),
        "notes": [
            f"{counted(len(others), 'older file')} of the same name" if others else "",
            f"the first of {seen.count} frames" if seen.count > 1 else "",
        ],
    }
    tile = Tile([file.name, f"{by}, {at}"], seen.frames[1])
    return await shown(kitsu, answer(fields), [tile], tokens, save_to)
