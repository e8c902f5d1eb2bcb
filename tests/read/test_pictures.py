"""Previews, contact sheets and revisions as a model sees them: pixel by pixel as Kitsu keeps them."""

from __future__ import annotations

import io
from contextlib import asynccontextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
import pytest
from PIL import Image

from kitsu_tools.tracker.model import decoded
from kitsu_tools.tracker.review import Preview
from kitsu_tools.write.review import marks
from support.client import connected
from support.doing import comment, do, task_id
from support.faults import Fault, fault_proxy
from support.movies import decoded_one_by_one, kept, number_in, numbered, preview_id, replaced
from support.seen import MOVIE, MOVIE_NAME, PICTURE, PICTURE_NAME, same, seen, set_preview

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from kitsu_sandbox.lifecycle import Connection, Sandbox
    from support.client import Agent

pytestmark = pytest.mark.anyio

LARGE = 5000
TILE = (640, 360)


def at(image: Image.Image, place: int, size: tuple[int, int] = TILE) -> Image.Image:
    """The picture in this place of a sheet whose pictures have this size and stand in one column."""
    step = (image.height + 4) // max(1, (image.height + 4) // (size[1] + 20)) if place else 0
    return image.crop((0, place * step, size[0], place * step + size[1]))


async def test_frames_are_pixel_by_pixel_those_of_the_file_however_they_are_named(
    sandbox: Sandbox, kitsu: Connection, client: Agent
) -> None:
    every = decoded_one_by_one(kept(sandbox, "movies/previews", preview_id(kitsu, MOVIE_NAME)).read_bytes())
    assert len(every) == 48
    for name, frame in (
        ("1", 1), (2, 2), ("24", 24), ("0%", 1), ("50%", 25), ("100%", 48), ("00:00:00:00", 1), ("00:00:01:23", 48),
        ("0:01:11", 36),
    ):  # fmt: skip
        image, answer = await seen(client, "see_preview", of=MOVIE, frames=[name], tokens=LARGE)
        assert answer["rows"][0][0] == frame, name
        assert same(at(image, 0), every[frame - 1]), name
    odd = await client.refusal("see_preview", of=MOVIE, frames=["soon"])
    assert odd == "frames: 'soon' is no frame. Write a number (24), a timecode (00:00:01:12) or 50%."
    several, answer = await seen(client, "see_preview", of=f"{MOVIE} v1", tokens=100)
    assert [row[0] for row in answer["rows"]] == [1, 24, 48]
    assert several.width * several.height <= 100 * 750
    still, answer = await seen(client, "see_preview", of=PICTURE, tokens=LARGE)
    with Image.open(kept(sandbox, "pictures/original", preview_id(kitsu, PICTURE_NAME))) as original:
        assert same(at(still, 0), original.convert("RGB"))
    assert answer["preview"] == PICTURE
    assert answer["file"] == "png 640 × 360"


async def test_frames_are_exact_at_every_rate_and_drop_frame_timecodes_count_as_they_do(
    sandbox: Sandbox, pristine: Connection
) -> None:
    preview = preview_id(pristine, MOVIE_NAME)
    (project,) = [one for one in do(pristine, "GET", "data/projects/open") if one["name"] == "Salt Harbour"]

    @asynccontextmanager
    async def at_rate(fps: str, rate: Fraction, count: int) -> AsyncGenerator[Agent]:
        do(pristine, "PUT", f"data/projects/{project['id']}", {"fps": fps})
        replaced(sandbox, "movies/previews", preview, numbered(count, rate))
        async with connected(pristine) as client:
            yield client

    async def numbers(client: Agent, *frames: str) -> dict[str, int]:
        found: dict[str, int] = {}
        for one in frames:
            image, _ = await seen(client, "see_preview", of=MOVIE, frames=[one], tokens=LARGE)
            found[one] = number_in(at(image, 0, (128, 72)))
        return found

    async with at_rate("29.97", Fraction(30000, 1001), 1900) as client:
        wanted = {"1": 1, "25": 25, "1800": 1800, "1900": 1900, "00:01:00;02": 1801, "00:00:59;29": 1800}
        wanted |= {"00:01:00:00": 1801, "100%": 1900}
        assert await numbers(client, *wanted) == wanted
        odd = await client.refusal("see_preview", of=MOVIE, frames=["00:01:00;01"])
        assert "is a number that drop-frame timecode leaves out" in odd
    for fps in ("23.976", "23.98"):
        async with at_rate(fps, Fraction(24000, 1001), 1200) as client:
            wanted = {str(one): one for one in (1, 2, 23, 24, 25, 600, 1199, 1200)} | {"00:00:41:16": 1001}
            assert await numbers(client, *wanted) == wanted
            assert "is drop-frame" in await client.refusal("see_preview", of=MOVIE, frames=["00:00:01;00"])
    async with at_rate("25", Fraction(24), 240) as client:  # not normalised: what is on screen at that time
        image, answer = await seen(client, "see_preview", of=MOVIE, frames=["26", "250"], tokens=LARGE)
        assert number_in(at(image, 0, (128, 72))) == 25
        assert "the movie has 24 frames a second, Kitsu counts 25" in answer["notes"][0]
        assert "frames 1 to 250" in await client.refusal("see_preview", of=MOVIE, frames=["251"])


async def test_what_is_drawn_stands_where_kitsu_shows_it_and_is_told(
    pristine: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = preview_id(pristine, MOVIE_NAME)
    canvas = {"canvasWidth": 320, "canvasHeight": 180}  # of half the movie's size
    thick = {"stroke": "#ff00ff", "strokeWidth": 8, **canvas}
    curve = [["M", 20, 20], ["Q", 60, 20, 100, 20]]
    line, rect, magenta = {"y1": 9, "x2": 60, "y2": 9}, {"type": "rect"}, "#ff00ff"
    pressed = [{"x": x, "y": 60, "pressure": 0.5} for x in (20, 40, 60, 80, 100)]
    box = {"left": 240, "top": 120, "fontSize": 20, "fill": magenta, "backgroundColor": magenta}
    objects: list[tuple[dict[str, Any], tuple[int, int], tuple[int, int]]] = [  # a place on it, one beside it
        ({"type": "path", "left": 16, "top": 16, "path": curve}, (120, 40), (120, 60)),
        (
            {"type": "PSStroke", "left": 20, "top": 60, "width": 80, "strokeWidth": 20, "strokePoints": pressed},
            (120, 120), (120, 150),
        ),
        (rect | {"left": 120, "top": 20, "width": 40, "height": 20, "scaleX": 2}, (256, 60), (300, 64)),
        ({"type": "Circle", "left": 220, "top": 60, "radius": 26, "fill": "transparent"}, (448, 180), (508, 180)),
        ({"type": "ellipse", "left": 20, "top": 100, "rx": 40, "ry": 16, "fill": magenta}, (120, 238), (20, 210)),
        ({"type": "line", "left": 20, "top": 150, **line}, (80, 308), (80, 330)),
        ({"type": "arrow", "left": 120, "top": 150, **line}, (300, 308), (300, 346)),
        (rect | {"left": 220, "top": 140, "width": 30, "height": 1, "angle": 90}, (432, 310), (460, 310)),
        ({"type": "i-text", "text": "Softer\nhere", **box}, (486, 246), (470, 246)),
    ]  # fmt: skip
    drawn = [thick | {"id": f"{place:08}"} | made for place, (made, _, _) in enumerate(objects)]
    moments = [{"time": round(23 * 0.0417, 4), "drawing": {"objects": drawn}}]
    do(pristine, "PUT", f"actions/preview-files/{preview}/update-annotations", {"additions": moments})
    task = do(pristine, "GET", f"data/preview-files/{preview}")["task_id"]
    comment(pristine, task, "The hand, v1 00:00:00:11 (12), and not v2 00:00:01:00 (30).")
    comment(pristine, task, "No frame: v1 00:00:00:00 (0).")
    async with connected(pristine) as client:
        image, answer = await seen(client, "see_preview", of=MOVIE, frames=["marked"], tokens=LARGE)
        assert [row[0] for row in answer["rows"]] == [12, 24]
        assert answer["rows"][0][-1][0].endswith("The hand, v1 00:00:00:11 (12), and not v2 00:00:01:00 (30).")
        assert answer["rows"][1][2:4] == ["9 things", ["Softer\nhere"]]
        image, _ = await seen(client, "see_preview", of=MOVIE, frames=["24"], tokens=LARGE)
        plain, answer = await seen(client, "see_preview", of=MOVIE, frames=["24"], drawings=False, tokens=LARGE)
        assert "drawings are left out" in answer["notes"]
        for made, on, beside in objects:
            assert image.getpixel(on) == (255, 0, 255), made
            assert image.getpixel(beside) == plain.getpixel(beside), made
        endless = [{"x": 300 * (at % 2), "y": at % 180, "pressure": 1} for at in range(900)]
        odd = [
            {"type": "image"},
            {"type": "path", "path": 7},
            {"type": None},
            {"type": "rect", "width": 1e308, "left": "x"},
            {"type": "text", "text": "nowhere", "scaleX": 1e-308, "scaleY": 1e-308},
            {"type": "PSStroke", "stroke": "#ff00ff", "strokeWidth": 9000, "strokePoints": endless},
        ]
        monkeypatch.setattr("kitsu_tools.pictures.drawings.MOST_SECONDS", 0.5)
        set_preview(
            pristine,
            preview,
            annotations=orjson.dumps([{"time": "0.5", "drawing": {"objects": [*odd, 3]}}, 4]).decode(),
        )
        _, answer = await seen(client, "see_preview", of=MOVIE, frames=["13"])
        assert "6 drawings could not be drawn" in answer["notes"]


def test_what_an_agent_draws_is_shown_where_it_meant_it() -> None:
    from kitsu_tools.pictures.drawings import drawn_on

    preview = decoded(Preview, {"id": "p", "task_id": "t", "width": 640, "height": 360})
    places = {"line": (320, 180), "box": (160, 180), "ellipse": (160, 180), "arrow": (320, 180), "freehand": (320, 180)}
    for shape, place in places.items():
        points = [(0.25, 0.25), (0.75, 0.75)]
        image = Image.new("RGB", TILE)
        made = marks.drawn(marks.Mark(shape=shape, points=points, color="#00ff00"), preview, 0, "me")  # pyright: ignore[reportArgumentType]
        assert drawn_on(image, [(made, {})]) == 0
        near = image.crop((place[0] - 3, place[1] - 3, place[0] + 3, place[1] + 3))
        reds, greens, blues = near.split()
        assert (reds.getbbox(), blues.getbbox(), max(greens.tobytes()) > 200) == (None, None, True), shape
        large = Image.new("RGB", (1280, 720))
        drawn_on(large, [(made, {})])
        x0, y0, x1, y1 = large.getbbox() or (0, 0, 0, 0)
        is_even = shape != "arrow"  # whose head is on one side
        assert not is_even or max(abs(x0 + x1 - 1280), abs(y0 + y1 - 720)) <= 2, shape


async def test_a_sheet_of_twelve_shots_costs_less_than_1600_tokens_and_is_paged(client: Agent) -> None:
    image, answer = await seen(client, "see_contact_sheet", of=["Robo Garden/E01/SQ01"])
    assert answer["under"] == "Robo Garden/E01/SQ01"
    assert [row[:3] for row in answer["rows"]] == [[at, f"SH{at * 10:04}", "Animation v1"] for at in range(1, 13)]
    assert image.width * image.height / 750 + len(orjson.dumps(answer)) / 4 <= 1600
    _, rest = await seen(client, "see_contact_sheet", of=["Robo Garden/E01/SQ01"], next=answer["next"])
    assert [row[1] for row in rest["rows"]] == ["SH0130", "SH0140"]
    _, shots = await seen(
        client, "see_contact_sheet", of=["Robo Garden/E01/SQ01/SH0010", "Salt Harbour/Character/Maren"]
    )
    assert [row[1:3] for row in shots["rows"]] == [
        ["Robo Garden/E01/SQ01/SH0010", "Animation v1"],
        ["Salt Harbour/Character/Maren", "Concept v2"],
    ]
    _, shown = await seen(client, "see_contact_sheet", playlist="Salt Harbour/Dailies week 12", frame="50%")
    assert [row[4] for row in shown["rows"]] == ["no preview", "", "no preview", "no preview", "no preview"]
    _, history = await seen(client, "see_contact_sheet", of=["Salt Harbour/Character/Maren:Concept"])
    assert [row[2] for row in history["rows"]] == ["Concept v2", "Concept v1"]
    nothing = await client.ask("see_contact_sheet", of=["Salt Harbour/SQ030"])
    assert nothing["notes"][-1] == "none of these has a preview, so there is no picture"


async def test_revisions_stand_side_by_side_with_what_was_said_between_them(client: Agent) -> None:
    image, answer = await seen(client, "compare_revisions", task="Salt Harbour/Character/Maren:Concept", tokens=LARGE)
    assert [row[0] for row in answer["revisions"]] == ["v1", "v2"]
    assert image.width > image.height * 2
    assert 0.5 < int(answer["rows"][0][2].rstrip("%")) / 100 <= 1 or int(answer["rows"][0][2].rstrip("%")) > 3
    assert answer["comments"][-1][2] == "wfa"
    only = await client.refusal("compare_revisions", task=MOVIE)
    assert only.endswith("has only v1. 2 to 4 are compared.")


async def test_a_picture_beside_a_comment_is_seen(pristine: Connection) -> None:
    content, task = io.BytesIO(), task_id(pristine, MOVIE)
    Image.new("RGB", (320, 200), "#102030").save(content, "PNG")
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("task_status_id", do(pristine, "GET", "data/task-status")[0]["id"])
    form.add_field("file-1", content.getvalue(), filename="bøard 1.png", content_type="image/png")
    form.add_field("file-2", b"words", filename="notes.txt", content_type="text/plain")
    signed = {"Authorization": f"Bearer {pristine.token('admin')}"}
    async with aiohttp.request(
        "POST", f"{pristine.host}/actions/tasks/{task}/comment", data=form, headers=signed
    ) as answered:
        assert answered.status == 201, await answered.text()
    async with connected(pristine) as client:
        image, answer = await seen(client, "see_preview", of=MOVIE, attachment="Bøard 1.png", tokens=LARGE)
        assert image.getpixel((0, 0)) == (16, 32, 48)
        assert (answer["attachment"], answer["by"], answer["file"]) == ("bøard 1.png", "Admin Bot", "png 320 × 200")
        assert "is no picture that can be shown" in await client.refusal(
            "see_preview", of=MOVIE, attachment="notes.txt"
        )
        other = await client.refusal("see_preview", of=MOVIE, attachment="x.png")
        assert other.endswith("There are: bøard 1.png, notes.txt.")
    async with connected(pristine, role="client") as client:  # who is not shown that comment
        assert "There are: none." in await client.refusal("see_preview", of=MOVIE, attachment="bøard 1.png")


async def test_movies_are_read_by_parts_which_are_held(kitsu: Connection) -> None:
    async with fault_proxy(kitsu.event_host) as proxy, connected(kitsu, host=f"{proxy.url}/api") as client:
        await seen(client, "see_preview", of=MOVIE, frames=["48"])
        asked = [one for one in proxy.requests if "/movies/" in one.path]
        assert asked
        assert all(one.headers["Range"].startswith("bytes=") and one.status == 206 for one in asked)
        proxy.clear()
        await seen(client, "see_preview", of=MOVIE, frames=["46"])
        assert proxy.count(path_contains="/movies/") == 0
        await client.ask("see_preview", of="Robo Garden/E01/SQ01/SH0020")
    async with fault_proxy(kitsu.event_host) as proxy, connected(kitsu, host=f"{proxy.url}/api") as client:
        proxy.fault(Fault("strip_range", without_asked="Range"), path="/movies/", times=None)
        text = await client.refusal("see_preview", of="Robo Garden/E01/SQ01/SH0010")
        assert "does not pass on parts of files" in text


def test_no_picture_has_more_than_its_tokens_nor_more_than_a_model_takes() -> None:
    from kitsu_tools.pictures.sheet import Tile, sheet
    from kitsu_tools.pictures.stills import LONGEST_SIDE

    for count in (1, 3, 12, 48):
        for size in ((1568, 100), (100, 1568), (320, 180), (1, 1)):
            tiles = [Tile(["a", "b"], Image.new("RGB", size)) for _ in range(count)]
            for tokens in (100, 1200, 5000):
                made = sheet(tiles, tokens).image
                assert made.width * made.height <= tokens * 750, (count, size, tokens)
                assert max(made.size) <= LONGEST_SIDE
