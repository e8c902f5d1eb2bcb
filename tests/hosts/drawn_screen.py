"""A terminal's screen as a picture, in the colours that the program chose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageColor, ImageDraw, ImageFont

if TYPE_CHECKING:
    import pyte

FONT = "DejaVuSansMono.ttf"
POINTS = 14
BACKGROUND, FOREGROUND = "#1e1e1e", "#d4d4d4"
_NAMED = {"brown": "#cdcd00", "brightblack": "#7f7f7f", "brightbrown": "#ffff66", "blue": "#5c8fff"}
"""Where pyte's names are none of CSS, or are too dark to be read."""
_LACKING = {"⎿": "└"}
"""What the font has not, and what looks like it."""


def drawn(screen: pyte.Screen) -> Image.Image:
    """The screen down to its last line that holds anything.

    Raises:
        OSError: the font is not on this machine.
    """
    font = ImageFont.truetype(FONT, POINTS)
    width, height = round(font.getlength("M")), round(POINTS * 1.3)
    rows = max((row for row, line in enumerate(screen.display) if line.strip()), default=0) + 1
    picture = Image.new("RGB", (screen.columns * width, rows * height), BACKGROUND)
    draw = ImageDraw.Draw(picture)
    for row in range(rows):
        for column in range(screen.columns):
            cell = screen.buffer[row][column]
            ink, paper = _colour(cell.fg, FOREGROUND), _colour(cell.bg, BACKGROUND)
            if cell.reverse:
                ink, paper = paper, ink
            place = (column * width, row * height)
            if paper != ImageColor.getrgb(BACKGROUND):
                draw.rectangle((*place, place[0] + width - 1, place[1] + height - 1), paper)
            if cell.data.strip():
                draw.text(place, _LACKING.get(cell.data, cell.data), ink, font, stroke_width=0.2 if cell.bold else 0)
    return picture


def _colour(name: str, otherwise: str) -> tuple[int, ...]:
    """Of pyte: `default`, a name, or six hexadecimal digits."""
    if name == "default":
        return ImageColor.getrgb(otherwise)
    plain = _NAMED.get(name, name)
    return ImageColor.getrgb(f"#{plain}" if len(plain) == 6 and plain not in ImageColor.colormap else plain)
