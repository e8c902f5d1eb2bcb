"""What is made of a picture's file before anybody sees it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from kitsu_tools.pictures.stills import BEHIND, LONGEST_SIDE, first_frame, still

SIDES = [(300, 200), (3000, 2000)]


@pytest.mark.parametrize("size", SIDES)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_picture_is_shown_as_its_camera_was_held(kind: str, size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, "red")
    image.paste("blue", (0, 0, size[0] // 2, size[1]))
    turned = Image.Exif()
    turned[0x0112] = 6
    shown = still(_file(image, kind, exif=turned), first_frame).frames[1]
    assert (shown.width < shown.height, max(shown.size)) == (True, min(max(size), LONGEST_SIDE))
    assert _color(shown, shown.width // 2, 3)[2] > 240
    assert _color(shown, shown.width // 2, shown.height - 4)[0] > 240


@pytest.mark.parametrize("size", SIDES)
@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_shows_the_gray_of_the_player(mode: str, size: tuple[int, int]) -> None:
    image = Image.new("RGBA", size, (255, 255, 255, 255))
    image.paste((255, 255, 255, 0), (0, 0, size[0] // 2, size[1]))
    shown = still(_file(image.convert(mode), "PNG"), first_frame).frames[1]
    assert _color(shown, 3, 3) == BEHIND
    assert _color(shown, shown.width - 4, 3) == (255, 255, 255)


@pytest.mark.parametrize("size", SIDES)
def test_a_color_that_stands_for_nothing_is_transparent_too(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, (0, 255, 0))
    image.paste((250, 0, 0), (0, 0, size[0] // 2, size[1]))
    shown = still(_file(image, "PNG", transparency=(0, 255, 0)), first_frame).frames[1]
    assert _color(shown, shown.width - 4, 3) == BEHIND
    assert max(_color(shown, x, 3)[1] for x in range(shown.width)) < 2 * max(BEHIND)


def _color(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    found = image.getpixel((x, y))
    assert isinstance(found, tuple)
    return tuple(map(int, found))


def _file(image: Image.Image, kind: str, **options: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()
