"""`annotate_preview`: what is drawn is seen where it was asked, burnt there by Kitsu itself, and taken back alone."""

from __future__ import annotations

import base64
import io
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageChops

from support.api import ask
from support.client import connected
from support.doing import do
from support.held import held_to_plan, nothing_written
from support.movies import preview_id
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent, Mode

pytestmark = pytest.mark.anyio

MOVIE, PICTURE = "Salt Harbour/SQ010/SH0020:Animation v1", "Salt Harbour/Character/Maren:Concept v2"
RED, GREEN, BLUE, PINK = "#ff0000", "#00ff00", "#0000ff", "#ff00ff"
BOX: dict[str, Any] = {"shape": "box", "points": [[0.1, 0.1], [0.3, 0.4]], "color": RED}
MARKS: list[dict[str, Any]] = [
    BOX,
    {"shape": "ellipse", "points": [[0.5, 0.1], [0.9, 0.4]], "color": GREEN},
    {"shape": "freehand", "points": [[0.1, 0.6], [0.2, 0.9], [0.3, 0.7]], "color": BLUE},
    {"shape": "arrow", "points": [[0.6, 0.9], [0.9, 0.6]], "color": PINK},
]
WORDS: dict[str, Any] = {"shape": "text", "points": [[0.4, 0.5]], "text": "Softer here", "color": RED}
THEIRS = {"id": "theirs", "type": "path", "path": [["M", 5, 5], ["L", 9, 9]], "stroke": "#123456", "canvasWidth": 640}
NEAR = 0.02
"""Of the picture: a stroke is as wide, and an arrow's head reaches a little further than its point."""


async def seen(agent: Agent, of: str, frames: list[int], *, drawings: bool = True) -> Image.Image:
    result = await agent.call("see_preview", of=of, frames=frames, drawings=drawings, tokens=5000)
    (content,) = [one for one in result.content if one.type == "image"]
    return Image.open(io.BytesIO(base64.b64decode(content.data))).convert("RGB").crop((0, 0, 640, 360))


def burnt(kitsu: Connection, preview: str, frame: int) -> Image.Image:
    """What Kitsu itself makes of a frame and what is drawn on it."""
    path = f"{kitsu.host}/actions/preview-files/{preview}/extract-annotated-frame?frame_number={frame}"
    asked = urllib.request.Request(path, headers={"Authorization": f"Bearer {kitsu.token('manager')}"})
    with urllib.request.urlopen(asked) as answer:
        return Image.open(io.BytesIO(answer.read())).convert("RGB")


def area(drawn: Image.Image, bare: Image.Image, color: str) -> tuple[float, ...]:
    """The corners of what a picture has of a color, and another has not, from 0 to 1."""
    far: Any = ImageChops.difference(drawn, Image.new("RGB", drawn.size, color)).convert("L")
    new: Any = ImageChops.difference(drawn, bare).convert("L")
    found = ImageChops.multiply(far.point([255] * 12 + [0] * 244), new.point([0] + [255] * 255))
    box = found.getbbox()
    assert box is not None, color
    return tuple(one / drawn.size[place % 2] for place, one in enumerate(box))


def corners(mark: dict[str, Any]) -> tuple[float, ...]:
    across, down = [x for x, _ in mark["points"]], [y for _, y in mark["points"]]
    return min(across), min(down), max(across), max(down)


def annotate(kitsu: Connection, preview: str, role: str = "admin", **body: Any) -> int:
    path = f"actions/preview-files/{preview}/update-annotations"
    return ask(kitsu.host, path, kitsu.token(role), method="PUT", body=body).status


async def test_what_is_drawn_is_where_it_was_asked_for_us_and_for_kitsu_and_is_taken_back_alone(
    pristine: Connection, journal: Path, era: Mode
) -> None:
    yes, movie = Person(), preview_id(pristine, "salt_harbour_sq010_sh0020_animation_v1")
    theirs = {"time": 0.9591, "drawing": {"objects": [THEIRS]}}  # on the same frame
    assert annotate(pristine, movie, additions=[theirs]) == 200
    async with connected(pristine, mode=era, on_question=yes, journal=journal) as agent:
        bare, before = await seen(agent, MOVIE, [24], drawings=False), await seen(agent, MOVIE, [24])
        plain = await seen(agent, PICTURE, [])
        on: list[dict[str, Any]] = [
            {"preview": MOVIE, "frame": 24, "draw": MARKS},
            {"preview": MOVIE, "frame": 2, "draw": [WORDS]},
            {"preview": PICTURE, "draw": [BOX]},
        ]
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("annotate_preview", on=on)
        assert receipt["outcome"] == "6 applied"
        drawn, kitsus = await seen(agent, MOVIE, [24]), burnt(pristine, movie, 24)
        for mark in MARKS:
            for found in (area(drawn, bare, mark["color"]), area(kitsus, bare, mark["color"])):
                assert found == pytest.approx(corners(mark), abs=NEAR), (mark, found)
        assert area(await seen(agent, PICTURE, []), plain, RED) == pytest.approx(corners(BOX), abs=NEAR)
        words = await agent.ask("see_preview", of=MOVIE, frames=[2, 24])
        assert [row[2:] for row in words["rows"]] == [
            ["1 thing by Manager Bot", ["Softer here"]],
            ["5 things by Manager Bot", []],
        ]
        assert "drawn already" in await agent.refusal("annotate_preview", on=on)
        ids = [row[4].removeprefix("id ") for row in receipt["rows"]]
        with held_to_plan(pristine, journal):
            change = {"preview": MOVIE, "frame": 24, "draw": [{"id": ids[0], "color": BLUE}], "remove": [ids[1]]}
            await agent.ask("annotate_preview", on=[change])
        with held_to_plan(pristine, journal):
            undone = await agent.ask("undo_change", code=receipt["journal"])
        assert [row[1] for row in undone["rows"]] == ["applied"] * 4
        assert "Changed or removed since, so not taken back" in undone["warnings"][0]
        assert await agent.refusal("undo_change", code=receipt["journal"])
        with held_to_plan(pristine, journal):
            box = await agent.ask("annotate_preview", on=[{"preview": MOVIE, "frame": 24, "remove": [ids[0]]}])
        assert box["outcome"] == "1 applied"
        assert (await seen(agent, MOVIE, [24])).tobytes() == before.tobytes()
        assert (await seen(agent, PICTURE, [])).tobytes() == plain.tobytes()
    kept = do(pristine, "GET", f"data/preview-files/{movie}")["annotations"]
    assert [one["id"] for moment in kept for one in moment["drawing"]["objects"]] == ["theirs"]
    lines = yes.asked[0].splitlines()
    assert lines[0].startswith("Annotate 6 drawings in Salt Harbour (box in #ff0000 ×2, ellipse in #00ff00 ×1, ")
    assert lines[2:] == ["It stays on the previews. Tells nobody.", "“▸ SH0020:Animation v1 frame 2: Softer here”"]


async def test_what_kitsu_would_refuse_or_nobody_draws_on_is_refused_before_anybody_is_asked(
    pristine: Connection, journal: Path
) -> None:
    movie = preview_id(pristine, "salt_harbour_sq010_sh0020_animation_v1")
    for role in ("user", "vendor"):
        assert annotate(pristine, movie, role, additions=[]) == 403
        yes = Person()
        async with connected(pristine, role=role, on_question=yes, journal=journal) as agent:
            with nothing_written(pristine):
                refusal = await agent.refusal("annotate_preview", on=[{"preview": MOVIE, "draw": [BOX]}])
        assert ("may not draw" if role == "user" else "Salt Harbour") in refusal
        assert yes.asked == []
    for role in ("admin", "supervisor", "client"):
        async with connected(pristine, role=role, on_question=Person(), journal=journal) as agent:
            with held_to_plan(pristine, journal):
                await agent.ask("annotate_preview", on=[{"preview": MOVIE, "draw": [BOX]}])
    other = do(pristine, "GET", "data/preview-files?fields=id,task_id,extension,original_name")
    garden = next(one["id"] for one in other if str(one["original_name"]).startswith("robo"))
    do(pristine, "PUT", f"data/preview-files/{movie}", {"status": "processing"})
    wrong: dict[str, tuple[list[dict[str, Any]], str]] = {
        "not ready": ([{"preview": MOVIE, "draw": [BOX]}], "no file of it yet"),
        "nothing": ([{"preview": PICTURE}], "Give something to draw"),
        "twice": ([{"preview": PICTURE, "draw": [BOX, BOX]}], "is named twice"),
        "two productions": ([{"preview": PICTURE, "draw": [BOX]}, {"preview": garden, "draw": [BOX]}], "several"),
        "a frame of a picture": ([{"preview": PICTURE, "frame": 2, "draw": [BOX]}], "has 1"),
        "no such": ([{"preview": f"{PICTURE[:-1]}9", "draw": [BOX]}, {"preview": "Nowhere"}], "2 of the 2 previews"),
        "an id of nothing": ([{"preview": PICTURE, "remove": ["abc"]}], "is 0 of what is drawn there: nothing."),
    }
    yes = Person()
    async with connected(pristine, on_question=yes, journal=journal) as agent:
        with nothing_written(pristine):
            said = {name: await agent.refusal("annotate_preview", on=on) for name, (on, _) in wrong.items()}
    assert {name: said[name] for name, (_, says) in wrong.items() if says not in said[name]} == {}
    assert yes.asked == []
