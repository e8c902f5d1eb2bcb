"""Drawings on a picture, as Kitsu's player shows what it keeps of them: Fabric.js objects, and PSBrush's strokes.

Places and sizes follow Fabric: `left` and `top` are a corner of the box around an object with its stroke, everything in
it is drawn from the middle of that box, scaled and turned. The canvas is laid over the picture as Kitsu lays it, as
large as it fits (`getAnnotationContainMapping` and `addObjectToCanvas` of cgwire/kitsu; what the player leaves out, and
Zou's `annotations.py` 1.0.97 draws, is drawn too).
"""

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

from kitsu_tools.pictures.stills import lettered, resized
from kitsu_tools.tracker.review import number, record, records

if TYPE_CHECKING:
    from PIL.Image import Image

Point = tuple[float, float]
Color = tuple[int, int, int, int]
Placed = Callable[[float, float], Point]

SMOOTH = 2
"""Drawn so many times larger than it is shown, since Pillow's lines have hard edges."""
MOST_OBJECTS = 400
MOST_POINTS = 20_000
MOST_CORNERS = 4_000
POINTS_AT_ONCE = 64
FARTHEST = 20_000.0
MOST_SECONDS = 5.0
MOST_NESTED = 4
STEPS = 8
LONGEST_LINE = 200
MOST_LINES = 20
TEXT_PADDING = 10
NARROWEST = 0.2
"""Of a font's letters, in its sizes."""
LINE_HEIGHT = 1.16 * 1.13
"""Of Fabric's text, in font sizes."""
TEXTS = frozenset({"i-text", "text", "textbox", "itext"})
WHITE: Color = (255, 255, 255, 204)
_RGBA = re.compile(r"rgba?\(([^)]{1,60})\)", re.IGNORECASE)
_COMMAND = re.compile(r"([MLQCHVZ])([^MLQCHVZ]*)", re.IGNORECASE)
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Pen:
    """A layer that is drawn on, and what leads to it from where an object is measured: its places, and how much larger
    lines are there.
    """

    layer: "Image"
    at: Placed
    scale: float
    until: float = math.inf
    """When it is given up, by `time.monotonic`."""

    def line(self, points: Sequence[Point], width: float, color: Color | None, *, closed: bool = False) -> None:
        """A line with round ends and corners.

        Raises:
            TimeoutError, ValueError: it takes too long, or leads nowhere.
        """
        from PIL import ImageDraw

        if color is None or not points:
            return
        draw = ImageDraw.Draw(self.layer)
        thick = min(max(width * self.scale, 1.0), float(max(self.layer.size)))
        placed = [_near(self.at(*one)) for one in (*points, *(points[:1] if closed else ()))][:MOST_POINTS]
        for start in range(0, len(placed), POINTS_AT_ONCE):
            if time.monotonic() > self.until:
                raise TimeoutError
            part = placed[start : start + POINTS_AT_ONCE + 1]
            draw.line(part, color, round(thick), joint="curve")
            for x, y in (part[0], part[-1]):
                draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), color)

    def area(self, points: Sequence[Point], color: Color | None) -> None:
        """What lies within these corners.

        Raises:
            TimeoutError, ValueError: as `line`.
        """
        from PIL import ImageDraw

        if color is None or len(points) < 3:
            return
        if len(points) > MOST_CORNERS or time.monotonic() > self.until:
            raise TimeoutError
        ImageDraw.Draw(self.layer).polygon([_near(self.at(*one)) for one in points], color)


def drawn_on(image: "Image", drawn: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], width: int = 0) -> int:
    """Draw objects, each with the moment that it belongs to, on a picture. Returns how many were left out: of kinds
    that nobody draws, broken, too many, or not done after `MOST_SECONDS`. `width`: of the picture itself, where nothing
    tells how large its canvas was.
    """
    from PIL import Image

    size = (image.width * SMOOTH, image.height * SMOOTH)
    over, layer = Image.new("RGBA", size), Image.new("RGBA", size)
    left_out, until = max(0, len(drawn) - MOST_OBJECTS), time.monotonic() + MOST_SECONDS
    for one, moment in drawn[:MOST_OBJECTS]:
        if time.monotonic() > until:
            left_out += 1
            continue
        canvas = [number(one.get(f"canvas{side}") or moment.get(side.lower())) for side in ("Width", "Height")]
        across = canvas[0] if canvas[0] >= 1 else float(width or image.width)
        tall = canvas[1] if canvas[0] >= 1 and canvas[1] >= 1 else size[1] * across / size[0]
        scale = min(size[0] / across, size[1] / tall)
        at = _transform((size[0] - across * scale) / 2, (size[1] - tall * scale) / 2, scale, scale)
        try:
            left_out += not _draw(_Pen(layer, at, scale, until), one)
        except (TimeoutError, ValueError, ArithmeticError):  # sizes that nothing can be counted with
            left_out += 1
        if (box := layer.getbbox()) is not None:
            over.alpha_composite(layer.crop(box), box[:2])
            layer.paste((0, 0, 0, 0), box)
    shrunk = resized(over, *image.size)
    image.paste(shrunk, (0, 0), shrunk)
    return left_out


def _draw(pen: _Pen, made: Mapping[str, Any], depth: int = 0) -> bool:
    """Draw one object; whether it could be."""
    kind, stroke = str(made.get("type")).lower(), _color(made.get("stroke"))
    if kind in TEXTS:
        return _draw_text(pen, made)
    if kind == "psstroke":
        return _draw_stroke(pen, made, stroke)
    if kind == "group" and depth < MOST_NESTED:
        inner = _placed(pen, made, number(made.get("width")), number(made.get("height")), 0)
        drawn = [_draw(inner, one, depth + 1) for one in records(made.get("objects"))[:MOST_OBJECTS]]
        return all(drawn)
    lines = _lines_of(kind, made)
    points = [point for line in lines for point in line]
    if not points:
        return False
    line_width = _positive(made.get("strokeWidth"), 1.0)
    x0, y0, x1, y1 = _box(points)
    inner = _placed(pen, made, x1 - x0, y1 - y0, line_width)
    moved = [[(x - (x0 + x1) / 2, y - (y0 + y1) / 2) for x, y in line] for line in lines]
    closed = kind in {"rect", "circle", "ellipse", "polygon"}
    for line in moved:
        if closed:
            inner.area(line, _color(made.get("fill")))
        inner.line(line, line_width, stroke, closed=closed)
    if kind == "arrow":
        _draw_head(inner, moved[0], made, line_width, stroke)
    _erase(inner, made)
    return True


def _lines_of(kind: str, made: Mapping[str, Any]) -> list[list[Point]]:
    """The lines of an object, wherever it was measured."""
    wide, high = _positive(made.get("width")), _positive(made.get("height"))
    match kind:
        case "path":
            return _lines_of_path(made.get("path"))
        case "rect" if wide or high:
            return [[(0, 0), (wide, 0), (wide, high), (0, high)]]
        case "circle" | "ellipse":
            rx = _positive(made.get("rx") or made.get("radius"), wide / 2)
            ry = _positive(made.get("ry") or made.get("radius"), high / 2)
            turns = [2 * math.pi * step / 72 for step in range(72)]
            return [[(rx * math.cos(one), ry * math.sin(one)) for one in turns]] if rx or ry else []
        case "line" | "arrow":
            ends = [(number(made.get(f"x{one}")), number(made.get(f"y{one}"))) for one in (1, 2)]
            return [ends] if ends[0] != ends[1] else []
        case "polyline" | "polygon":
            return [[_point(one) for one in records(made.get("points"))]]
        case _:
            return []


def _placed(pen: _Pen, made: Mapping[str, Any], width: float, height: float, beside: float) -> _Pen:
    """A pen for what is measured from the middle of an object; `beside`: what its box has more than this size."""
    across, down = (number(made.get(f"scale{axis}")) or 1.0 for axis in "XY")
    angle, (left, top) = math.radians(number(made.get("angle"))), (number(made.get(one)) for one in ("left", "top"))
    x, y = (width + beside) / 2 * across, (height + beside) / 2 * down
    turned = (left + x * math.cos(angle) - y * math.sin(angle), top + x * math.sin(angle) + y * math.cos(angle))
    inner = _transform(*turned, across, down, angle)
    scale = min(math.sqrt(abs(across * down)), FARTHEST)
    return _Pen(pen.layer, lambda x, y: pen.at(*inner(x, y)), pen.scale * scale, pen.until)


def _transform(x0: float, y0: float, across: float, down: float, angle: float = 0.0) -> Placed:
    """Scaled, turned and then moved to here."""
    cos, sin = math.cos(angle), math.sin(angle)
    return lambda x, y: (x0 + x * across * cos - y * down * sin, y0 + x * across * sin + y * down * cos)


def _draw_head(pen: _Pen, line: Sequence[Point], made: Mapping[str, Any], width: float, color: Color | None) -> None:
    """The triangle at the end of an arrow (`arrowshape.js`)."""
    (x0, y0), (x1, y1) = line[0], line[-1]
    back, size = math.atan2(y0 - y1, x0 - x1), _positive(made.get("arrowHeadSize"), 15.0)
    turns = (back - math.pi / 6, back + math.pi / 6)
    wings = [(x1 + size * math.cos(turn), y1 + size * math.sin(turn)) for turn in turns]
    pen.area([wings[0], (x1, y1), wings[1]], _color(made.get("fill")))
    pen.line([wings[0], (x1, y1), wings[1]], width, color, closed=True)


def _draw_stroke(pen: _Pen, made: Mapping[str, Any], color: Color | None) -> bool:
    """A stroke of PSBrush: curves through the middles between its points, as wide as each was pressed."""
    given = records(made.get("strokePoints"))[:MOST_POINTS]
    if len(given) < 2:
        return False
    points, width = [_point(one) for one in given], _positive(made.get("strokeWidth"), 1.0)
    if len(points) == 2 and points[0] != points[1]:
        curves = [(points, width)]
    else:
        middles = [points[0], *(((x + u) / 2, (y + v) / 2) for (x, y), (u, v) in pairwise(points))]
        pressed = [_positive(one.get("pressure"), 0.5) for one in given]
        parts = zip(pairwise(middles), points, pressed, strict=False)
        curves = [([start, *_curve(start, control, end)], width * p) for (start, end), control, p in parts]
    x0, y0, x1, y1 = _box([point for line, _ in curves for point in line])
    wide, high = _positive(made.get("width"), x1 - x0), _positive(made.get("height"), y1 - y0)
    inner = _placed(pen, made, wide, high, 0)
    for line, thick in curves:
        inner.line([(x - (x0 + x1) / 2, y - (y0 + y1) / 2) for x, y in line], thick, color)
    _erase(inner, made)
    return True


def _draw_text(pen: _Pen, made: Mapping[str, Any]) -> bool:
    """Words on their background, which is larger by the padding that Kitsu gives them."""
    from PIL import Image, ImageDraw, ImageFont

    lines = [lettered(one[:LONGEST_LINE]) for one in str(made.get("text") or "").splitlines()[:MOST_LINES]]
    if not any(lines):
        return False
    across, down = (abs(number(made.get(f"scale{axis}"))) or 1.0 for axis in "XY")
    # No letter is taller, and no line much wider, than what it is drawn on: that would only cost memory.
    size = round(min(max(_positive(made.get("fontSize"), 16.0) * down * pen.scale, 4.0), pen.layer.height / 2))
    lines = [one[: math.ceil(pen.layer.width * 2 / size / NARROWEST)] for one in lines]
    font, padding, step = ImageFont.load_default(size), min(TEXT_PADDING * down * pen.scale, size), size * LINE_HEIGHT
    widest = min(max(font.getlength(one) for one in lines), pen.layer.width * 2.0)
    high = min(step * (len(lines) - 1) + size * 1.13 + padding, pen.layer.height * 2.0)
    ground = _color(made.get("backgroundColor")) or WHITE
    words = Image.new("RGBA", (round(widest + padding) + 1, round(high) + 1), ground)
    draw = ImageDraw.Draw(words)
    for place, one in enumerate(lines):
        draw.text((padding / 2, padding / 2 + place * step), one, _color(made.get("fill")) or (0, 0, 0, 255), font)
    if abs(across - down) > 0.01:
        words = resized(words, round(min(words.width * across / down, pen.layer.width * 2)), words.height)
    middle = _placed(pen, made, words.width / pen.scale / across, words.height / pen.scale / down, 0).at(0, 0)
    turned = words.rotate(-number(made.get("angle")), expand=True, resample=Image.Resampling.BICUBIC)
    x, y = _near(middle)
    pen.layer.paste(turned, (round(x - turned.width / 2), round(y - turned.height / 2)), turned)
    return True


def _erase(pen: _Pen, made: Mapping[str, Any]) -> None:
    """Take away what was rubbed out, of this object alone: paths, measured from its middle (`eraserbrush.js`)."""
    from PIL import Image, ImageChops

    rubbed = records(record(made.get("eraser")).get("objects"))[:MOST_OBJECTS]
    if not rubbed:
        return
    mask = Image.new("RGBA", pen.layer.size)
    for one in rubbed:
        _draw(replace(pen, layer=mask), {**one, "stroke": "#000000", "eraser": None}, MOST_NESTED)
    pen.layer.putalpha(ImageChops.subtract(pen.layer.getchannel("A"), mask.getchannel("A")))


def _lines_of_path(path: object) -> list[list[Point]]:
    """The lines of an SVG path, its curves as points."""
    lines: list[list[Point]] = []
    for name, given in _commands(path)[:MOST_POINTS]:
        if name == "M" or not lines:
            lines.append([])
        line: list[Point] = lines[-1]
        pairs: list[Point] = [(given[at], given[at + 1]) for at in range(0, len(given) - 1, 2)]
        here = line[-1] if line else pairs[0] if pairs else (0.0, 0.0)
        match name:
            case "M" | "L":
                line += pairs
            case "Q" if len(pairs) > 1:
                line += _curve(here, pairs[0], pairs[1])
            case "C" if len(pairs) > 2:
                line += _curve(here, *pairs[:3])
            case "H" | "V" if given:
                line.append((given[0], here[1]) if name == "H" else (here[0], given[0]))
            case "Z" if line:
                line.append(line[0])
            case _:
                pass
    return [line for line in lines if line]


def _commands(path: object) -> list[tuple[str, list[float]]]:
    """The commands of a path, each with its numbers: Fabric keeps lists, and takes a text."""
    if isinstance(path, str):
        found = _COMMAND.findall(path[: MOST_POINTS * 20])
        return [(name.upper(), [number(one) for one in _NUMBER.findall(rest)]) for name, rest in found]
    several = cast("list[Any]", path) if isinstance(path, list) else []
    commands = [cast("list[Any]", one) for one in several if isinstance(one, list) and one]
    return [(str(one[0]).upper(), list(map(number, one[1:]))) for one in commands]


def _curve(start: Point, *rest: Point) -> list[Point]:
    """A Bézier curve of two or three more points, as the ends of short lines."""
    line: list[Point] = []
    for step in range(1, STEPS + 1):
        points: list[Point] = [start, *rest]
        part = step / STEPS
        while len(points) > 1:
            points = [(x + (u - x) * part, y + (v - y) * part) for (x, y), (u, v) in pairwise(points)]
        line += points
    return line


def _point(given: Mapping[str, Any]) -> Point:
    return number(given.get("x")), number(given.get("y"))


def _positive(given: object, otherwise: float = 0.0) -> float:
    found = number(given)
    return found if found > 0 else otherwise


def _near(point: Point) -> Point:
    """Not so far away that Pillow cannot count there.

    Raises:
        ValueError: it is no place.
    """
    if any(map(math.isnan, point)):
        raise ValueError
    x, y = (min(max(one, -FARTHEST), FARTHEST) for one in point)
    return x, y


def _box(points: Sequence[Point]) -> tuple[float, float, float, float]:
    across, down = [x for x, _ in points], [y for _, y in points]
    return min(across), min(down), max(across), max(down)


def _color(given: object) -> Color | None:
    """A color as CSS writes it; None for none, and for what is no color."""
    from PIL import ImageColor

    text = given.strip() if isinstance(given, str) else ""
    if parts := _RGBA.fullmatch(text):
        numbers = [number(one.strip()) for one in parts[1].split(",")]
        if len(numbers) in {3, 4}:
            red, green, blue = (round(min(max(one, 0), 255)) for one in numbers[:3])
            alpha = round(min(max(numbers[3] if len(numbers) == 4 else 1.0, 0), 1) * 255)
            return (red, green, blue, alpha) if alpha else None
    try:
        found = ImageColor.getrgb(text)
    except ValueError:
        return None
    return (*found[:3], found[3] if len(found) == 4 else 255)
