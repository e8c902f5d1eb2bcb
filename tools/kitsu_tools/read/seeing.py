"""What tools that show pictures share: which file is meant, its frames, what is drawn on them, and the answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from anyio import to_thread
from mcp.types import CallToolResult
from pydantic import BeforeValidator, Field

from kitsu_tools.answers import pictured
from kitsu_tools.folders import place_for_new, save_new
from kitsu_tools.pictures.drawings import drawn_on
from kitsu_tools.pictures.movies import SAME_RATE, frames_of
from kitsu_tools.pictures.sheet import Tile, encoded, sheet
from kitsu_tools.pictures.stills import MOST_PIXELS, require_pillow, still
from kitsu_tools.tracker.errors import BadInput, NotFound, TooLarge
from kitsu_tools.tracker.frames import drawn_by_frame, frame_named
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.review import Preview

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_FRAMES = 24
MARKED = "marked"


def _several(given: object) -> object:
    """Numbers are frames too, and one may stand alone."""
    items = given if isinstance(given, list) else [given]  # pyright: ignore[reportUnknownVariableType]
    return [str(one) if isinstance(one, int | float) else one for one in items]  # pyright: ignore[reportUnknownVariableType]


Of = Annotated[
    str,
    Field(description="address:Task Type, with ` v2` a revision; a shot or asset; a preview id or page link"),
]
Frames = Annotated[
    Sequence[str],
    BeforeValidator(_several),
    Field(
        description="of a movie, from 1: 24, 00:00:01:12, 50%; marked: drawn on or named in comments. Empty: marked, "
        "else three"
    ),
]
Drawings = Annotated[bool, Field(description="with what is drawn on it")]
Tokens = Annotated[int, Field(ge=100, le=5000, description="of the picture: pixels / 750")]
SaveTo = Annotated[str, Field(description="a new .png or .jpg, if the person asked for a file")]
Drawn = Mapping[int, Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]]


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen of a preview: its frames by number, how many it has, and what limits that."""

    count: int
    frames: "dict[int, Image]"
    size: tuple[int, int]
    notes: list[str] = field(default_factory=list[str])


def why_unseen(preview: Preview) -> str:
    """Why there is nothing to look at; empty where there is."""
    match preview.status:
        case "processing":
            return "Kitsu has no file of it yet, or is still at work on it: look again later"
        case "broken":
            return "Kitsu could make no pictures of it: it is broken"
        case "missing":
            return "Kitsu has lost its file"
        case _ if not preview.can_be_drawn_on:
            return f"it is a {preview.extension or 'file'}, of which Kitsu makes no picture"
        case _:
            return ""


async def look(kitsu: Kitsu, preview: Preview, fps: float, wanted: Callable[[int], Sequence[int]]) -> Looked:
    """The frames of a preview that `wanted` names when it is told how many there are.

    Raises:
        BadInput, TooLarge: it cannot be shown; says why.
    """
    if why := why_unseen(preview):
        raise BadInput(f"{preview.version} cannot be shown: {why}.")
    require_pillow(movies=preview.is_movie)
    try:
        return await (_movie(kitsu, preview, fps, wanted) if preview.is_movie else _picture(kitsu, preview, wanted))
    except NotFound:
        raise BadInput(f"{preview.version} cannot be shown: Kitsu has a record of it, and no file.") from None


def chosen(names: Sequence[str], fps: float, count: int, marks: Sequence[int]) -> list[int]:
    """The frames that are named, in order; by default those with `marks`, else the first, middle and last.

    Raises:
        BadInput: there is no such frame, or too many are named.
    """
    given = [part.strip() for one in names for part in one.split(",") if part.strip()]
    marked = [one for one in marks if one <= count]
    frames = [frame_named(one, fps, count) for one in given if one.casefold() != MARKED]
    if any(one.casefold() == MARKED for one in given) or (not given and marked):
        frames += marked[: MOST_FRAMES - len(set(frames))]
        if not frames:
            raise BadInput("frames: nothing is drawn on it, and no comment names a frame of it.")
    elif not given:
        frames = [1, (count + 1) // 2, count]
    if len(set(frames)) > MOST_FRAMES:
        raise BadInput(f"frames: at most {MOST_FRAMES} are shown at once.")
    return sorted(set(frames))


def marks_of(preview: Preview, fps: float) -> Drawn:
    """What is drawn on each frame; of a picture all of it on its one."""
    drawn = drawn_by_frame(preview.annotations, fps)
    return drawn if preview.is_movie or not drawn else {1: [one for several in drawn.values() for one in several]}


async def with_drawings(
    kitsu: Kitsu, image: "Image", drawn: Drawn, frame: int, preview: Preview
) -> tuple["Image", int]:
    """The picture with what is drawn on it, and how much of that was left out."""
    if not drawn.get(frame):
        return image, 0
    copy, limiter = image.copy(), kitsu.media.decoding
    return copy, await to_thread.run_sync(drawn_on, copy, drawn[frame], preview.width, limiter=limiter)


async def shown(
    kitsu: Kitsu, answer: CallToolResult, tiles: Sequence[Tile], tokens: int, save_to: str, columns: int = 0
) -> CallToolResult:
    """An answer with these pictures as one sheet, which is saved first where that was asked for."""
    folders = kitsu.studio.folders
    place = await to_thread.run_sync(_place, save_to, folders) if save_to.strip() else None
    return await to_thread.run_sync(partial(_shown, answer, tiles, tokens, place, columns))


async def refuse_place(kitsu: Kitsu, save_to: str) -> None:
    """Refuse a place where nothing may be saved, before anything is asked of Kitsu."""
    require_pillow()
    if save_to.strip():
        await to_thread.run_sync(_place, save_to, kitsu.studio.folders)


def _place(save_to: str, folders: Sequence[Path]) -> Path:
    """Where a picture may be saved. Blocks.

    Raises:
        NotConfigured, BadInput: it may not.
    """
    return place_for_new(save_to, folders, "save_to", (".png", ".jpg", ".jpeg"), "a picture")


async def _movie(kitsu: Kitsu, preview: Preview, fps: float, wanted: Callable[[int], Sequence[int]]) -> Looked:
    work = partial(frames_of, kitsu.media.movie(preview.id), fps, wanted)
    movie = await to_thread.run_sync(work, limiter=kitsu.media.decoding)
    beside = f"the movie has {movie.fps:g} frames a second, Kitsu counts {fps:g}: each frame is the one on screen then"
    return Looked(
        movie.count,
        movie.frames,
        (movie.width, movie.height),
        [beside] if abs(movie.fps - fps) > fps * SAME_RATE else [],
    )


async def _picture(kitsu: Kitsu, preview: Preview, wanted: Callable[[int], Sequence[int]]) -> Looked:
    """A picture as it was uploaded; one too large to be decoded here as Kitsu made it smaller."""

    async def of(extension: str, kind: str, *notes: str) -> Looked:
        content = await kitsu.media.picture(preview.id, extension, kind)
        seen = await to_thread.run_sync(still, content, wanted, limiter=kitsu.media.decoding)
        return Looked(seen.count, seen.frames, seen.size, list(notes))

    try:
        if preview.width * preview.height <= MOST_PIXELS:
            return await of(preview.extension, "originals")
    except TooLarge:
        if preview.extension != "png":  # of others Kitsu makes no smaller one
            raise
    return await of("png", "previews", "too large to be decoded here: this is the smaller one that Kitsu made of it")


def _shown(
    answer: CallToolResult, tiles: Sequence[Tile], tokens: int, place: Path | None, columns: int
) -> CallToolResult:
    made = sheet(tiles, tokens, columns)
    said = {"picture": made.says}
    if place is not None:
        save_new(place, encoded(made.image, "png" if place.suffix.lower() == ".png" else "jpeg")[0], "save_to")
        said["saved"] = str(place)
    return pictured(answer, *encoded(made.image), said)
