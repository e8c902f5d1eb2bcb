"""Pictures side by side on one sheet, each with what it is below it, in so many tokens. Blocks.

A model reads a picture at a price of its pixels / 750 in tokens (Claude's documentation of vision).
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kitsu_tools.pictures.stills import BEHIND, LONGEST_SIDE, lettered, resized

if TYPE_CHECKING:
    from PIL.Image import Image

PIXELS_A_TOKEN = 750
MOST_TILES = 48
GAP = 4
ALIKE, SHAPE = 0.9, 1.4
"""Of ways to lay them out, whose pictures differ no more than this in width, the one is taken whose sheet is nearest to
this shape.
"""
SMALLEST_LETTERS, LARGEST_LETTERS = 11, 22
LIGHT, DIM, PAPER = (240, 240, 240), (170, 170, 170), (24, 24, 24)
MOST_PNG_BYTES = 1_000_000
"""A larger one goes as JPEG, which a model sees as well."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture with its caption, a line or two; without a picture the reason why."""

    caption: Sequence[str]
    image: "Image | None" = None
    why_none: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet, and where on it each tile's picture stands: left, top, width, height, in order."""

    image: "Image"
    places: Sequence[tuple[int, int, int, int]]

    @property
    def says(self) -> str:
        """Its size and price."""
        pixels = self.image.width * self.image.height
        return f"{self.image.width} × {self.image.height} px, {math.ceil(pixels / PIXELS_A_TOKEN):,} tokens"


def sheet(tiles: Sequence[Tile], tokens: int, columns: int = 0) -> Sheet:
    """A sheet of at most so many tokens, its pictures as large as that lets them be and never larger than they are.

    `columns`: how many stand beside each other; 0: as many as make the pictures largest.
    """
    from PIL import Image, ImageDraw, ImageFont

    pictures = [one.image for one in tiles if one.image is not None]
    ratio = sorted(one.height / one.width for one in pictures)[len(pictures) // 2] if pictures else 9 / 16
    widest = max((round(min(one.width, one.height / ratio)) for one in pictures), default=320)
    lines = max(len(one.caption) for one in tiles)
    widths = {
        one: min(_cell_width(one, len(tiles), ratio, lines, tokens), widest)
        for one in ([columns] if columns else range(1, len(tiles) + 1))
    }
    large = [one for one, wide in widths.items() if wide >= ALIKE * max(widths.values())]
    across = min(large, key=lambda one: abs(math.log(one / (math.ceil(len(tiles) / one) * ratio) / SHAPE)))
    width = widths[across]
    height, letters = max(1, round(width * ratio)), _letters(width)
    band = _band(letters, lines)
    down = math.ceil(len(tiles) / across)
    made = Image.new("RGB", (across * width + (across - 1) * GAP, down * (height + band) + (down - 1) * GAP), PAPER)
    draw, font = ImageDraw.Draw(made), ImageFont.load_default(letters)
    places: list[tuple[int, int, int, int]] = []
    for number, tile in enumerate(tiles):
        left, top = number % across * (width + GAP), number // across * (height + band + GAP)
        image = tile.image
        if image is None:
            draw.rectangle((left, top, left + width - 1, top + height - 1), BEHIND)
            draw.text((left + 4, top + 4), _fitting(tile.why_none, font, width - 8), DIM, font)
            places.append((left, top, 0, 0))
        else:
            scale = min(width / image.width, height / image.height, 1.0)
            fitted = resized(image, *(max(1, round(one * scale)) for one in image.size))
            at = (left + (width - fitted.width) // 2, top + (height - fitted.height) // 2)
            made.paste(fitted, at)
            places.append((*at, *fitted.size))
        for place, line in enumerate(tile.caption):
            y = top + height + 2 + place * round(letters * 1.25)
            draw.text((left + 2, y), _fitting(line, font, width - 4), DIM if place else LIGHT, font)
    return Sheet(made, places)


def encoded(image: "Image", kind: str = "") -> tuple[bytes, str]:
    """The picture as a file, and its type: PNG or JPEG as it is wanted, or what is small enough."""
    content = io.BytesIO()
    if kind != "jpeg":
        image.save(content, "PNG")
        if kind or content.tell() <= MOST_PNG_BYTES:
            return content.getvalue(), "image/png"
    content = io.BytesIO()
    image.save(content, "JPEG", quality=90)
    return content.getvalue(), "image/jpeg"


def _cell_width(across: int, count: int, ratio: float, lines: int, tokens: int) -> int:
    """How wide a picture may be where so many stand beside each other."""
    down = math.ceil(count / across)
    low, high = 1, LONGEST_SIDE
    while low < high:
        width = (low + high + 1) // 2
        whole = across * width + (across - 1) * GAP
        tall = down * (round(width * ratio) + _band(_letters(width), lines)) + (down - 1) * GAP
        fits = max(whole, tall) <= LONGEST_SIDE and whole * tall <= tokens * PIXELS_A_TOKEN
        low, high = (width, high) if fits else (low, width - 1)
    return low


def _letters(width: int) -> int:
    return min(max(width // 22, SMALLEST_LETTERS), LARGEST_LETTERS)


def _band(letters: int, lines: int) -> int:
    return round(letters * 1.25) * lines + 6 if lines else 0


def _fitting(text: str, font: object, width: int) -> str:
    """As much of a text as fits beside nothing else."""
    from PIL.ImageFont import FreeTypeFont

    text = lettered(text)[:200]
    if not isinstance(font, FreeTypeFont) or font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}..") > width:
        text = text[:-1]
    return f"{text}.."
