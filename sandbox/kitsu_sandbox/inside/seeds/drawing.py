"""What previews show: a landscape of its own for each shot or asset, somebody in it, and what it is written on it.

The same every time. A revision moves the sun and dresses whoever is there anew; in a movie they walk. Below stands the
frame's number, in digits and, along the lower edge, in white and black fields from the lowest bit on.
"""

from __future__ import annotations

import colorsys
import math
import random

from PIL import Image, ImageDraw, ImageFont

SIZE = (640, 360)
BITS = 16
FIELD = 20
"""Pixels of a side of a bit's field."""


def frame(of: str, label: str, revision: int, number: int = 1, count: int = 1) -> Image.Image:
    """Frame `number` of `count` of a preview, the first being 1."""
    chance = random.Random(of)  # noqa: S311
    hue, far, near, walker = chance.random(), chance.uniform(0.4, 0.55), chance.uniform(0.6, 0.75), chance.random()
    width, height = SIZE
    image = Image.new("RGB", SIZE, _color(hue, 0.35, 0.85))
    draw = ImageDraw.Draw(image)
    sun_x, sun_y = width * (0.2 + 0.2 * revision % 0.7), height * chance.uniform(0.15, 0.35)
    draw.ellipse((sun_x - 34, sun_y - 34, sun_x + 34, sun_y + 34), fill=_color(hue + 0.45, 0.35, 1.0))
    for level, dark, waves in ((far, 0.6, chance.uniform(1, 3)), (near, 0.4, chance.uniform(2, 4))):
        shift = chance.uniform(0, 6)
        ridge = [
            (x, height * (level + 0.06 * math.sin(shift + waves * 2 * math.pi * x / width)))
            for x in range(0, width + 1, 8)
        ]
        draw.polygon([*ridge, (width, height), (0, height)], fill=_color(hue + 0.1, 0.45, dark))
    for _ in range(chance.randint(2, 6)):
        x, high = chance.uniform(20, width - 20), chance.uniform(30, 80)
        draw.polygon([(x, height * near - high), (x - 14, height * near + 8), (x + 14, height * near + 8)], "#23402f")
    step = (number - 1) / max(count - 1, 1)
    x, y = width * (0.15 + 0.5 * walker + 0.25 * step), height * 0.62 + 5 * math.sin(step * 40)
    draw.rectangle((x - 16, y, x + 16, y + 56), fill=_color(hue + 0.3 * revision, 0.8, 0.95))
    draw.ellipse((x - 18, y - 34, x + 18, y + 2), fill="#f1d3b0")
    for leg in (-1, 1):
        draw.line((x + 6 * leg, y + 56, x + 6 * leg + 8 * leg * math.sin(step * 40), y + 84), "#202020", 7)
    draw.text((14, 10), label, "white", ImageFont.load_default(20), stroke_width=2, stroke_fill="black")
    if count > 1:
        draw.text(
            (width - 110, 10), f"{number:04d}", "white", ImageFont.load_default(36), stroke_width=2, stroke_fill="black"
        )
        for bit in range(BITS):
            box = (bit * FIELD, height - FIELD, (bit + 1) * FIELD - 1, height - 1)
            draw.rectangle(box, "white" if number >> bit & 1 else "black")
    return image


def _color(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)
