"""Pictures out of the bytes of a file: no larger than can be decoded here, and in colors that a screen has. Blocks."""

import io
import struct
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from kitsu_tools.tracker.errors import BadInput, NotConfigured, TooLarge

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
"""What is decoded, by what it is and not by its name. No format is among them that starts other programs."""
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 1_568
"""Larger pictures are made smaller before a model sees them (Claude's documentation of vision)."""
SEEN_APART = 16
"""Levels of 256 by which two pixels differ that look different."""
DAMAGED = (OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, ArithmeticError, struct.error)
"""What Pillow raises at files that are."""
MOST_GIF_FRAMES = 2_000
MOST_SECONDS = 20.0
BLOCK_BYTES = 4_096
"""What a decoder is given at once, and works on before it can be stopped."""
SMALL_FIRST = frozenset({"L", "LA", "RGB", "RGBA"})
"""Modes in which a picture is made small before it is converted: a copy of a large one takes as much again."""
BEHIND = (38, 38, 38)
"""What is seen through a picture: the gray of Kitsu's player."""


def require_pillow(*, movies: bool = False) -> None:
    """Refuse before anything is asked of Kitsu where what reads pictures, or movies, is not installed.

    Raises:
        NotConfigured: it says what to install.
    """
    if not all(map(find_spec, ("PIL", "cachetools", *(["av"] * movies)))):
        raise NotConfigured(
            f"{'Movies' if movies else 'Pictures'} cannot be read here: install the server with its extra, "
            '"mcp-server-kitsu[video]" (it brings PyAV and Pillow), and restart it.'
        )


@dataclass(frozen=True, slots=True)
class Still:
    """A picture: its size, how many frames it has, one but for animated ones, and those of them that were wanted."""

    size: tuple[int, int]
    count: int
    frames: "dict[int, Image]"


def still(content: bytes, wanted: Callable[[int], Sequence[int]]) -> Still:
    """A picture out of a file, no larger than a model sees; `wanted` names its frames once it is told how many it has.

    Raises:
        TooLarge: it has more pixels than are decoded here, or takes too long.
        BadInput: it is no picture, or damaged.
    """
    from PIL import Image, UnidentifiedImageError

    file = _Timed(content)
    try:
        opened = Image.open(file, formats=FORMATS)
        opened.decodermaxblock = BLOCK_BYTES
        if opened.width * opened.height > MOST_PIXELS:
            raise TooLarge(f"The picture has {opened.width} × {opened.height} pixels, more than are decoded here.")
        size, count = opened.size, min(int(getattr(opened, "n_frames", 1)), MOST_GIF_FRAMES)
        frames, place = dict[int, Image.Image](), 1
        for one in sorted(set(wanted(count))):
            while place < one:  # what comes before a frame is decoded all the same
                opened.load()
                file.refuse_late()
                opened.seek(place)
                place += 1
            frames[one] = bounded(_for_screens(_small(_upright(opened, alone=count == 1))))
        return Still(size, count, frames)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooLarge("The picture has more pixels than are decoded here.") from None
    except UnidentifiedImageError:
        raise BadInput("The file is no picture that can be shown, or is damaged.") from None
    except DAMAGED as error:
        raise BadInput(f"The picture cannot be decoded: it is damaged ({error}).") from None


class _Timed(io.BytesIO):
    """A file that is given up after so long: a few bytes may be an hour's work."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._until = time.monotonic() + MOST_SECONDS

    def read(self, size: int | None = -1, /) -> bytes:
        """As of any file.

        Raises:
            TooLarge: it took too long so far.
        """
        self.refuse_late()
        return super().read(size)

    def refuse_late(self) -> None:
        """As `read`."""
        if time.monotonic() > self._until:
            raise TooLarge(f"Decoding the picture took more than {MOST_SECONDS:.0f} s.")


def bounded(image: "Image") -> "Image":
    """The picture no larger than a model sees it."""
    scale = LONGEST_SIDE / max(image.size)
    return image if scale >= 1 else resized(image, round(image.width * scale), round(image.height * scale))


def resized(image: "Image", width: int, height: int) -> "Image":
    """The picture in another size."""
    from PIL.Image import Resampling

    if image.size == (width, height):
        return image
    return image.resize((max(1, width), max(1, height)), Resampling.LANCZOS)  # pyright: ignore[reportUnknownMemberType]


def difference(one: "Image", other: "Image") -> float:
    """The share of pixels that look different, beyond what coding a movie changes. Blocks."""
    from PIL import ImageChops

    apart = ImageChops.difference(one, resized(other, *one.size))
    red, green, blue = apart.split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return sum(most.histogram()[SEEN_APART:]) / (one.width * one.height)


def first_frame(count: int) -> Sequence[int]:
    """What is wanted where the first is enough."""
    del count
    return [1]


def lettered(text: str) -> str:
    """A text in the letters that Pillow's own font has: accents are left out, and other letters are question marks."""
    plain = (one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return "".join(one if " " <= one <= "~" else "?" for one in plain)


def _upright(image: "Image", *, alone: bool) -> "Image":
    """As its camera was held. What is `alone` in its file is turned in its place."""
    from PIL import ImageOps

    if not alone:
        return ImageOps.exif_transpose(image)
    ImageOps.exif_transpose(image, in_place=True)
    return image


def _small(image: "Image") -> "Image":
    return bounded(image) if image.mode in SMALL_FIRST and "transparency" not in image.info else image


def _for_screens(image: "Image") -> "Image":
    """In 8 bits of red, green and blue; what is transparent shows what lies behind."""
    from PIL import Image

    if image.mode.startswith("I"):  # 16 bits, which Pillow would cut off instead of scaling
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")  # pyright: ignore[reportUnknownMemberType, reportUnknownLambdaType, reportUnknownVariableType]
    if image.has_transparency_data:
        over = image.convert("RGBA")
        ground = Image.new("RGB", image.size, BEHIND)
        ground.paste(over, (0, 0), over)
        return ground
    return image.convert("RGB")
