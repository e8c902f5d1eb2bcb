"""Frames of a movie, each exactly the picture that Kitsu's player shows at it. In a worker thread: decoding blocks."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from anyio import from_thread

from kitsu_tools.pictures.stills import MOST_PIXELS, bounded, resized
from kitsu_tools.tracker.errors import BadInput, TooLarge
from kitsu_tools.tracker.media import MovieFile

if TYPE_CHECKING:
    from av import VideoFrame, VideoStream
    from av.container import InputContainer
    from PIL.Image import Image

FORMATS = "mov,matroska,webm,avi,mpegts"
"""What movies come in. Nothing that names other files or addresses, as playlists do, is ever opened."""
SMALL_ENOUGH = {"max_pixels": str(MOST_PIXELS)}
"""For the decoder: a movie may tell one size and have pictures of another."""
MOST_SECONDS = 30.0
JUMP_SECONDS = 2.0
"""Less is decoded on to, more is sought."""
SAME_RATE = 0.0005
"""So much apart two rates may be and mean the same: 23.98 is 23.976, and 24 is not."""
_HD_LINES = 720
_COVER = 1024
"""FFmpeg's flag of a picture that goes with a sound (AV_DISPOSITION_ATTACHED_PIC)."""
_UNTOLD = 2
"""FFmpeg's number of a color space that a movie does not tell."""


@dataclass(frozen=True, slots=True)
class Movie:
    """What was seen of a movie. `fps` is its own rate, `count` the frames that Kitsu's player counts in it; `frames`,
    by number, those that could be decoded.
    """

    width: int
    height: int
    fps: float
    count: int
    frames: dict[int, "Image"]


def frames_of(file: MovieFile, fps: float, wanted: Callable[[int], Sequence[int]]) -> Movie:
    """The frames that `wanted` names once it is told how many there are. Blocks.

    `fps` is what Kitsu counts by. Frame n is the movie's nth picture; in a movie of another rate it is the one on
    screen at (n - 1) / fps seconds.

    Raises:
        BadInput: it cannot be decoded.
        TooLarge: it takes too long, or its pictures are too large.
        KitsuError: reading it failed.
    """
    with _opened(file) as (container, stream):
        context = stream.codec_context
        rate = float(stream.average_rate or stream.guessed_rate or fps)
        if context.width * context.height > MOST_PIXELS:
            raise TooLarge(
                f"The movie's pictures have {context.width} × {context.height} pixels, more than are decoded."
            )
        same = abs(rate - fps) <= fps * SAME_RATE
        seconds = _seconds(container, stream)
        count = max(1, (stream.frames if same and stream.frames else round(seconds * fps)))
        numbers = sorted(set(wanted(count)))
        # The middle of a frame's time in a movie of this rate, its beginning in any other.
        moments = {one: (one - 0.5) / rate if same else (one - 1) / fps + 0.0005 for one in numbers}
        found = dict(_pictures(container, stream, moments))
        return Movie(context.width, context.height, rate, count, found)


def _seconds(container: "InputContainer", stream: "VideoStream") -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return (container.duration or 0) / 1_000_000


@contextmanager
def _opened(file: MovieFile) -> Generator[tuple["InputContainer", "VideoStream"]]:
    import av
    from av.error import FFmpegError

    try:
        with av.open(
            file,
            mode="r",
            container_options={"format_whitelist": FORMATS, "protocol_whitelist": "none"},
            options=SMALL_ENOUGH,
        ) as container:
            flags = [int(cast("Any", one).disposition) for one in container.streams.video]
            streams = zip(container.streams.video, flags, strict=True)
            stream = next((one for one, flag in streams if not flag & _COVER), None)
            if stream is None:
                raise BadInput("The movie has no pictures in it, only sound or other data.")
            stream.thread_type = "AUTO"
            stream.codec_context.options = SMALL_ENOUGH
            yield container, stream
    except (FFmpegError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise BadInput(f"The movie cannot be decoded: it is damaged, or of an unknown kind ({said}).") from error


def _pictures(
    container: "InputContainer", stream: "VideoStream", moments: dict[int, float]
) -> Iterator[tuple[int, "Image"]]:
    """The picture that is on screen at each moment, these in seconds from the first picture on, in order. What cannot
    be decoded is left out.
    """
    until, rate = time.monotonic() + MOST_SECONDS, float(stream.average_rate or stream.guessed_rate or 1)
    base, start = float(stream.time_base or 1), stream.start_time or 0
    decoded: Iterator[VideoFrame] = iter(())
    shown, ahead = None, None
    for number, moment in moments.items():
        target = start + moment / base
        for place in (int(target), start):  # from the start where what is sought is not found by the movie's index
            if shown is None or not 0 <= (target - _at(shown)) * base < JUMP_SECONDS:
                container.seek(place, stream=stream)
                decoded = container.decode(stream)
                shown, ahead = None, _following(decoded)
            while ahead is not None and (shown is None or _at(ahead) <= target):
                shown, ahead = ahead, _following(decoded)
                if time.monotonic() > until:
                    raise TooLarge(f"Decoding took more than {MOST_SECONDS:.0f} s. Ask for fewer frames.")
            if shown is not None and _at(shown) <= target:
                break
        # A movie that was cut off ends before its index says so.
        if shown is not None and 0 <= (target - _at(shown)) * base < 1.5 / rate and not shown.is_corrupt:
            yield number, _image(shown, stream)


def _at(frame: "VideoFrame") -> int:
    return frame.pts if frame.pts is not None else frame.dts or 0


def _following(decoded: Iterator["VideoFrame"]) -> "VideoFrame | None":
    """The next picture; None at the end, and where what follows is damaged."""
    from av.error import InvalidDataError

    from_thread.check_cancelled()
    try:
        return next(decoded, None)
    except InvalidDataError:
        return None


def _image(frame: "VideoFrame", stream: "VideoStream") -> "Image":
    """A frame in the colors and the shape that a browser gives it: what tells no color space is in that of HD from 720
    lines on.
    """
    from av.video.reformatter import Colorspace

    is_hd = frame.colorspace == _UNTOLD and frame.height >= _HD_LINES
    image = bounded(cast("Image", cast("Any", frame).to_image(src_colorspace=Colorspace.ITU709 if is_hd else None)))
    ratio = float(stream.sample_aspect_ratio or 1)
    return bounded(image if ratio in (0.0, 1.0) else resized(image, round(image.width * min(ratio, 4.0)), image.height))
