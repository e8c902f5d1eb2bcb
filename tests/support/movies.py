"""Movies whose frames say which they are, and the files that the sandbox's Kitsu keeps: for tests of what is seen."""

from __future__ import annotations

import io
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import av
import psycopg
from PIL import Image, ImageDraw

from support.doing import do

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection, Sandbox

BITS = 16
FIELD = 8
WIDTH, HEIGHT = BITS * FIELD, 72


@cache
def numbered(count: int, rate: Fraction, *, every: int = 24) -> bytes:
    """A movie of so many frames, with a key frame every so often; each shows its number, from 1, in `BITS` fields."""
    content = io.BytesIO()
    pyav = cast("Any", av)  # which is typed in part
    with pyav.open(content, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"preset": "ultrafast", "g": str(every), "bf": "2", "crf": "18"}
        for number in range(1, count + 1):
            image = Image.new("RGB", (WIDTH, HEIGHT))
            draw = ImageDraw.Draw(image)
            for bit in range(BITS):
                if number >> bit & 1:
                    draw.rectangle((bit * FIELD, 0, (bit + 1) * FIELD - 1, HEIGHT), "white")
            container.mux(stream.encode(pyav.VideoFrame.from_image(image)))
        container.mux(stream.encode(None))
    return content.getvalue()


def growing(*sides: int) -> bytes:
    """A movie whose pictures are squares with these sides, though it says that all are as large as the first."""
    content, pyav = io.BytesIO(), cast("Any", av)
    with pyav.open(content, "w", format="matroska") as container:
        stream = container.add_stream("mjpeg", rate=24, width=sides[0], height=sides[0], pix_fmt="yuvj420p")
        for number, side in enumerate(sides):
            picture = io.BytesIO()
            Image.new("L", (side, side)).save(picture, "JPEG")
            packet = pyav.Packet(picture.getvalue())
            packet.stream, packet.pts, packet.time_base = stream, number, Fraction(1, 24)
            container.mux(packet)
    return content.getvalue()


def number_in(image: Image.Image) -> int:
    """The number that a frame shows, however large it is shown."""
    across = image.width / BITS
    row = [
        cast("tuple[int, int, int]", image.getpixel((int((bit + 0.5) * across), image.height // 2)))
        for bit in range(BITS)
    ]
    return sum(1 << bit for bit, (red, _, _) in enumerate(row) if red > 127)


def decoded_one_by_one(content: bytes) -> list[Image.Image]:
    """Every frame of a movie, from the first on, without any seeking."""
    with cast("Any", av).open(io.BytesIO(content)) as container:
        return [frame.to_image() for frame in container.decode(video=0)]


def kept(sandbox: Sandbox, kind: str, preview_id: str) -> Path:
    """Where the sandbox's Kitsu keeps a file of a preview: `movies/previews`, `pictures/original`."""
    return sandbox.state / "previews" / kind / preview_id[:3] / preview_id[3:6] / preview_id


def replaced(sandbox: Sandbox, kind: str, preview_id: str, content: bytes) -> None:
    """Put another file in its place. Zou serves no picture of another size than it noted (1.0.97): it is told none."""
    if not kind.startswith("movies"):
        do(sandbox.connection(), "PUT", f"data/preview-files/{preview_id}", {"file_size": 0})
    file = kept(sandbox, kind, preview_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.write_bytes(content)


def preview_id(kitsu: Connection, label: str) -> str:
    """The id of a seeded preview, of which Kitsu keeps this as the original name."""
    with psycopg.connect(kitsu.database) as database:
        found = database.execute("select id::text from preview_file where original_name = %s", (label,)).fetchone()
    assert found, label
    return found[0]
