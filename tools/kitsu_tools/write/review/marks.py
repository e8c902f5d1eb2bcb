"""What an agent draws, as Kitsu's player keeps it: Fabric.js objects of the two types that every version of it shows.

Everything but text is a path, on a canvas of the preview's own size. Kitsu scales it by `canvasWidth` and
`canvasHeight` (src/composables/players/annotation.js of cgwire/kitsu; `zou/app/utils/annotations.py` of 1.0.97).
"""

import math
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import NAMESPACE_URL, uuid5

import orjson
from pydantic import Field
from typing_extensions import TypedDict

from kitsu_tools.gate.text import checked
from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.tracker.review import Preview

RED = "#ff3860"
"""With which Kitsu's player draws at first."""
MOST_POINTS = 500
LONGEST_WORDS = 200
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_NEEDED = {"line": 2, "arrow": 2, "box": 2, "ellipse": 2, "text": 1}
_WINDOWS = (1920, 1080)
"""The canvas where Kitsu does not tell how large the preview is."""


class Mark(TypedDict, total=False):
    """One thing to draw; with `id` one to change, where what is left out stays."""

    id: str
    shape: Literal["freehand", "line", "arrow", "box", "ellipse", "text"]
    points: Annotated[
        list[tuple[float, float]], Field(description="[x, y], 0 to 1 from the top left; 2 corners of a box")
    ]
    text: str
    color: Annotated[str, Field(description="#rrggbb")]


def drawn(mark: Mark, preview: Preview, time: float, author: str) -> dict[str, Any]:
    """The object of a new mark. The same mark has the same id, so that it is not drawn twice.

    Raises:
        BadInput: it cannot be drawn.
    """
    shape, points = mark.get("shape"), mark.get("points") or []
    if shape is None:
        raise BadInput("draw: a new mark needs a shape.")
    _refuse(shape, points, mark)
    size = (preview.width, preview.height) if preview.width and preview.height else _WINDOWS
    object_id = str(uuid5(NAMESPACE_URL, f"{preview.id} {time} {author} {orjson.dumps(mark).decode()}"))
    color, stroke = mark.get("color") or RED, max(2, round(size[0] / 320))
    placed = [(x * size[0], y * size[1]) for x, y in points]
    if shape == "text":
        own = _text(str(mark.get("text")), placed[0], color, size)
    else:
        own = _path(_outline(shape, placed, stroke), color, stroke)
    base = {"originX": "left", "originY": "top", "scaleX": 1, "scaleY": 1, "angle": 0, "opacity": 1}
    owner = {"id": object_id, "canvasWidth": size[0], "canvasHeight": size[1], "createdBy": author}
    return base | own | owner


def redrawn(mark: Mark, before: dict[str, Any], preview: Preview, time: float, author: str) -> dict[str, Any]:
    """An object as a mark with its id changes it; whose it is stays."""
    if mark.get("shape") or mark.get("points"):
        if not (mark.get("shape") and mark.get("points")):
            raise BadInput("draw: to change where a mark is give its shape and its points.")
        whole: dict[str, Any] = {"text": before.get("text") or "", "color": _color_of(before)} | {**mark}
        whole.pop("id")
        made = drawn(Mark(**whole), preview, time, author)
    else:
        made = {**before}
        if "color" in mark:
            _refuse_color(mark["color"])
            made["fill" if _is_text(before) else "stroke"] = mark["color"]
        if "text" in mark:
            if not _is_text(before):
                raise BadInput("draw: only a text has words to change.")
            made["text"] = _words(mark["text"])
    return made | {key: before[key] for key in ("id", "createdBy", "createdAt") if key in before}


def described(made: dict[str, Any] | None) -> str:
    """An object in a few words, without what it says."""
    if made is None:
        return "nothing"
    return f"a {'text' if _is_text(made) else str(made.get('type'))[:20]} in {_color_of(made)}"


def words_of(made: dict[str, Any]) -> str:
    """What is written in it."""
    return str(made.get("text") or "") if _is_text(made) else ""


def _is_text(made: dict[str, Any]) -> bool:
    return str(made.get("type")).casefold() in {"i-text", "text", "textbox"}


def _color_of(made: dict[str, Any]) -> str:
    found = str(made.get("fill" if _is_text(made) else "stroke"))
    return found if _COLOR.fullmatch(found) else RED


def _refuse(shape: str, points: Sequence[tuple[float, float]], mark: Mark) -> None:
    needed = _NEEDED.get(shape, 0)
    if (needed and len(points) != needed) or not 1 + (shape == "freehand") <= len(points) <= MOST_POINTS:
        raise BadInput(f"draw: {shape} takes {needed or f'2 to {MOST_POINTS}'} points.")
    if not all(math.isfinite(one) and 0 <= one <= 1 for point in points for one in point):
        raise BadInput("draw: points go from 0, 0 (top left) to 1, 1.")
    _refuse_color(mark.get("color") or RED)
    if (shape == "text") != bool((mark.get("text") or "").strip()):
        raise BadInput("draw: a text needs `text`, and only that has one.")
    if shape == "text":
        _words(mark.get("text") or "")


def _refuse_color(color: str) -> None:
    if not _COLOR.fullmatch(color):
        raise BadInput("draw: write a color as #rrggbb.")


def _words(given: str) -> str:
    words = checked(given, "draw: text")
    if not 0 < len(words) <= LONGEST_WORDS:
        raise BadInput(f"draw: a text has 1 to {LONGEST_WORDS} characters.")
    return words


def _outline(shape: str, points: list[tuple[float, float]], stroke: int) -> list[tuple[float, float]]:
    """The points of one line that is drawn without lifting the pen."""
    (x0, y0), (x1, y1) = points[0], points[-1]
    match shape:
        case "box":
            return [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
        case "ellipse":
            turns = [2 * math.pi * step / 48 for step in range(49)]
            middle, radius = ((x0 + x1) / 2, (y0 + y1) / 2), (abs(x1 - x0) / 2, abs(y1 - y0) / 2)
            return [(middle[0] + radius[0] * math.cos(one), middle[1] + radius[1] * math.sin(one)) for one in turns]
        case "arrow":
            back, head = math.atan2(y0 - y1, x0 - x1), 5 * stroke
            wings = [(x1 + head * math.cos(back + turn), y1 + head * math.sin(back + turn)) for turn in (-0.5, 0.5)]
            return [(x0, y0), (x1, y1), wings[0], (x1, y1), wings[1]]
        case _:
            return points


def _path(points: list[tuple[float, float]], color: str, stroke: int) -> dict[str, Any]:
    """Fabric's `left` and `top` are of the box around it with its stroke, all else of its line."""
    at = [(round(x, 1), round(y, 1)) for x, y in points]
    left, top = min(x for x, _ in at), min(y for _, y in at)
    width, height = max(x for x, _ in at) - left, max(y for _, y in at) - top
    return {
        "type": "path",
        "path": [["L" if number else "M", x, y] for number, (x, y) in enumerate(at)],
        "left": left - stroke / 2,
        "top": top - stroke / 2,
        "width": width,
        "height": height,
        "pathOffset": {"x": left + width / 2, "y": top + height / 2},
        "fill": "transparent",
        "stroke": color,
        "strokeWidth": stroke,
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
    }


def _text(given: str, at: tuple[float, float], color: str, size: tuple[int, int]) -> dict[str, Any]:
    words, font = _words(given), round(12 * max(size[1] / 320, 1))
    lines = words.split("\n")
    return {
        "type": "i-text",
        "text": words,
        "left": round(at[0], 1),
        "top": round(at[1], 1),
        "width": round(max(map(len, lines)) * font * 0.55, 1),
        "height": round(len(lines) * font * 1.2, 1),
        "fill": color,
        "fontFamily": "arial",
        "fontSize": font,
        "backgroundColor": "rgba(255,255,255, 0.8)",
        "padding": 10,
    }
