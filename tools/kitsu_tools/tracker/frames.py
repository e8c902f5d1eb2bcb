"""Frames of movies: how people name them, and what comments and drawings point at.

The first is 1, as Kitsu's player counts, whatever the shot's own numbers are.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from kitsu_tools.tracker.errors import BadInput, quoted
from kitsu_tools.tracker.review import MOST_FRAMES, number, records, time_of
from kitsu_tools.tracker.threads import Comment

_TIMECODE = re.compile(r"(?:(\d{1,2}):)?(\d{1,2}):(\d{2})([:;])(\d{2,3})")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s?%")
_SAID = re.compile(r"\bv(\d{1,6})[ ~](\d{1,3}:[\d:.;]+) \((\d{1,7})\)")
"""What Kitsu makes of `@frame` in a comment: `v3 00:00:01:05 (30)`, the frame last (src/lib/render.js)."""
_DROPPED = {30: 2, 60: 4}
"""Frame numbers that drop-frame timecode leaves out every minute but each tenth, by nominal rate."""


def frame_named(given: str, fps: float, count: int) -> int:
    """The frame that a number, a timecode or a percentage names. `count`: of all frames.

    A timecode counts from zero at the first frame and drops nothing, as Kitsu's player shows it; with `;` before its
    frames it is drop-frame, at 29.97 and 59.94.

    Raises:
        BadInput: none does; or the movie has no such frame.
    """
    text = given.strip()
    if text.isdecimal():
        frame = int(text[:9])
    elif percent := _PERCENT.fullmatch(text):
        share = float(percent[1])
        frame = 1 + round(min(share, 100.0) / 100 * (count - 1)) if share <= 100 else 0
    elif parts := _TIMECODE.fullmatch(text):
        frame = 1 + _counted(text, parts, fps)
    else:
        raise BadInput(f"frames: {quoted(given)} is no frame. Write a number (24), a timecode (00:00:01:12) or 50%.")
    if not 1 <= frame <= count:
        raise BadInput(f"frames: {quoted(given)} is not in this movie, which has the frames 1 to {count:,}.")
    return frame


def frame_at(time: float, fps: float) -> int:
    """The frame at a moment in seconds, on the grid that Kitsu keeps annotations on."""
    return min(1 + round(max(time, 0.0) / time_of(2, fps)), MOST_FRAMES)


def drawn_by_frame(annotations: object, fps: float) -> dict[int, list[tuple[Mapping[str, Any], Mapping[str, Any]]]]:
    """What is drawn on each frame: objects, each with the moment that it belongs to, which may tell its canvas.

    Older Kitsu kept moments beside the grid, and as texts (`normalize_annotation_times`, Zou 1.0.97).
    """
    drawn: dict[int, list[tuple[Mapping[str, Any], Mapping[str, Any]]]] = {}
    for moment in records(annotations):
        drawing: object = moment.get("drawing")
        objects = records(drawing.get("objects")) if isinstance(drawing, dict) else []  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        if objects:
            drawn.setdefault(frame_at(number(moment.get("time")), fps), []).extend((one, moment) for one in objects)
    return dict(sorted(drawn.items()))


def frames_said(comments: Iterable[Comment], revision: int) -> dict[int, list[Comment]]:
    """The frames of a revision that comments and their replies name, each with those comments."""
    said: dict[int, list[Comment]] = {}
    for comment in comments:
        for text in (comment.text, *(reply.text for reply in comment.replies), *(one for _, one in comment.checklist)):
            for of, _, frame in _SAID.findall(text):
                found = said.setdefault(int(frame), []) if int(of) == revision and int(frame) else [comment]
                if comment not in found:
                    found.append(comment)
    return dict(sorted(said.items()))


def _counted(text: str, parts: re.Match[str], fps: float) -> int:
    """Frames before this timecode."""
    hours, minutes, seconds, frames = (int(parts[place] or 0) for place in (1, 2, 3, 5))
    rate = round(fps)
    dropped = _DROPPED.get(rate, 0) if parts[4] == ";" and abs(fps - rate / 1.001) < 0.005 else 0
    if seconds > 59 or minutes > 59 or frames >= rate:
        raise BadInput(f"frames: {quoted(text)} is no timecode at {fps:g} frames a second.")
    if parts[4] == ";" and not dropped:
        raise BadInput(
            f"frames: {quoted(text)} is drop-frame, which {fps:g} frames a second have not. Write : before them."
        )
    if dropped and frames < dropped and not seconds and minutes % 10:
        raise BadInput(f"frames: {quoted(text)} is a number that drop-frame timecode leaves out.")
    whole_minutes = 60 * hours + minutes
    return (60 * whole_minutes + seconds) * rate + frames - dropped * (whole_minutes - whole_minutes // 10)
