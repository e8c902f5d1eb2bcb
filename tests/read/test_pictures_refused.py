"""What no picture is made of, who is shown none, and where one may be saved."""

from __future__ import annotations

import io
import sys
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from support.client import connected
from support.movies import growing, kept, numbered, preview_id, replaced
from support.seen import MOVIE, MOVIE_NAME, PICTURE, PICTURE_NAME, refusals, same, seen, set_preview

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection, Sandbox
    from support.client import Agent

pytestmark = pytest.mark.anyio


async def test_what_cannot_be_shown_says_why_and_opens_nothing_else(
    sandbox: Sandbox, pristine: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    movie, picture = preview_id(pristine, MOVIE_NAME), preview_id(pristine, PICTURE_NAME)
    (tmp_path / "secret.ts").write_bytes(numbered(10, Fraction(24)))
    whole = numbered(240, Fraction(24))
    large, gif = io.BytesIO(), io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(large, "PNG")
    Image.new("RGB", (8, 8)).save(gif, "GIF", save_all=True, append_images=[Image.new("RGB", (8, 8), "red")])

    async def refused(kind: str, preview: str, content: bytes, *frames: str) -> str:
        replaced(sandbox, kind, preview, content)
        async with connected(pristine) as client:  # which has read nothing of it yet
            return await client.refusal("see_preview", of=preview, frames=frames)

    answers = {
        "damaged": await refused("movies/previews", movie, b"no movie " * 999),
        "playlist": await refused(
            "movies/previews", movie, f"#EXTM3U\n#EXTINF:1,\nfile://{tmp_path}/secret.ts\n".encode()
        ),
        "grows": await refused("movies/previews", movie, growing(64, 64, 6400), "3"),
        "cut off": await refused("movies/previews", movie, whole[: len(whole) // 3], "1"),
        "no picture": await refused("pictures/original", picture, b"no picture" * 99),
        "no size": await refused("pictures/original", picture, b"II*\0\x08" + bytes(9)),
        "PostScript": await refused("pictures/original", picture, b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
    }
    kept(sandbox, "movies/previews", movie).unlink()
    kept(sandbox, "movies/lowdef", movie).unlink(missing_ok=True)
    replaced(sandbox, "pictures/original", picture, large.getvalue())
    async with connected(pristine) as client:
        image, answer = await seen(client, "see_preview", of=picture)
        assert answer["notes"] == ["too large to be decoded here: this is the smaller one that Kitsu made of it"]
        assert image.width <= 1568
        for status in ("processing", "broken", "missing"):
            set_preview(pristine, picture, status=status)
            answers[status] = await client.refusal("see_preview", of=picture)
        sheet = await client.ask("see_contact_sheet", of=["Salt Harbour/Character/Maren"])
        assert sheet["rows"][0][4] == "Kitsu has lost its file"
        for extension in ("pdf", "glb"):
            set_preview(pristine, picture, status="ready", extension=extension)
            answers[extension] = await client.refusal("see_preview", of=picture)
        replaced(sandbox, "files/previews", picture, gif.getvalue())
        set_preview(pristine, picture, extension="gif")
        image, answer = await seen(client, "see_preview", of=picture, frames=["2"])
        assert answer["file"] == "gif 8 × 8, 2 frames"
        assert image.getpixel((4, 4))[0] > 200  # pyright: ignore[reportIndexIssue, reportOptionalSubscript]
        answers["frame"] = await client.refusal("see_preview", of=picture, frames=["3"])
        with monkeypatch.context() as slow:
            slow.setattr("kitsu_tools.pictures.stills.MOST_SECONDS", 0.0)
            answers["slow"] = await client.refusal("see_preview", of=picture, frames=["2"])
        answers["revision"] = await client.refusal("see_preview", of=f"{MOVIE} v9")
        answers["gone"] = await client.refusal("see_preview", of=MOVIE)
        answers["none"] = await client.refusal("see_preview", of="Salt Harbour/SQ010/SH0010:Layout")
    said = {
        "damaged": "is damaged, or of an unknown kind",
        "playlist": "is damaged, or of an unknown kind",
        "grows": "is damaged, or of an unknown kind",
        "cut off": "damaged",
        "no picture": "is no picture that can be shown, or is damaged",
        "no size": "damaged",
        "slow": "Decoding the picture took more than 0 s.",
        "PostScript": "is no picture that can be shown, or is damaged",
        "processing": "still at work on it: look again later",
        "broken": "it is broken",
        "missing": "has lost its file",
        "pdf": "it is a pdf, of which Kitsu makes no picture",
        "glb": "it is a glb, of which Kitsu makes no picture",
        "frame": "has the frames 1 to 2",
        "revision": "has no preview v9. It has v1.",
        "none": "has no preview: nothing was published on it.",
        "gone": "Kitsu has a record of it, and no file",
    }
    assert refusals(answers, said) == {}


async def test_each_role_sees_what_kitsus_pages_show_it(pristine: Connection) -> None:
    picture = preview_id(pristine, PICTURE_NAME)
    set_preview(pristine, picture, validation_status="rejected")
    for role, newest in (("user", "v2"), ("supervisor", "v2"), ("client", "v1")):
        async with connected(pristine, role=role) as client:
            assert (await client.ask("see_preview", of=PICTURE[:-3]))["preview"].endswith(newest), role
            sheet = await client.ask("see_contact_sheet", of=["Salt Harbour/Character/Maren"])
            assert sheet["rows"][0][2] == f"Concept {newest}", role
    async with connected(pristine, role="client") as client:
        assert "no preview" in await client.refusal("see_preview", of=picture)
    async with connected(pristine, role="vendor") as client:
        assert "that you may see" in await client.refusal("see_preview", of=picture)
        assert "Maren" in await client.refusal("see_contact_sheet", of=["Salt Harbour/Character/Maren"])


async def test_a_picture_is_saved_as_a_new_file_in_a_folder_that_was_named_and_nowhere_else(
    kitsu: Connection, tmp_path: Path
) -> None:
    folder, other = tmp_path / "sheets", tmp_path / "other"
    (folder / "deep").mkdir(parents=True)
    other.mkdir()
    (folder / "link").symlink_to(other)
    (folder / "loose.png").symlink_to(other / "new.png")
    (folder / "there.png").write_bytes(b"mine")
    async with connected(kitsu, KITSU_FOLDERS=str(folder)) as client:
        for name in ("deep/sheet.png", str(folder / "whole.png")):
            image, answer = await seen(client, "see_preview", of=PICTURE, save_to=name)
            with Image.open(answer["saved"]) as saved:
                assert same(saved.convert("RGB"), image)
        _, answer = await seen(client, "see_contact_sheet", of=["Salt Harbour/SQ010"], save_to="sheet.JPG")
        with Image.open(answer["saved"]) as saved:
            assert saved.format == "JPEG"
        refused = {
            "there.png": "is there already, and nothing is overwritten",
            "deep/sheet.png": "is there already, and nothing is overwritten",
            "link/new.png": "does not lie in a folder",
            "loose.png": "does not lie in a folder",
            "deep/../up.png": "holds ..",
            str(other / "new.png"): "does not lie in a folder that may be saved to",
            "nowhere/new.png": "lies in no folder that is there",
            "new.exe": "is no name of a picture",
            ".png": "is no name of a picture",
            "turned\u202egnp.png": "is no name of a picture",
            "a\0b.png": "is no name of a picture",
            "a\nb.png": "is no name of a picture",
            f"{'é' * 200}.png": "cannot be used as a path (file name too long)",
            f"{'a' * 300}/new.png": "cannot be used as a path (file name too long)",
        }
        answers = {name: await client.refusal("see_preview", of=PICTURE, save_to=name) for name in refused}
        assert refusals(answers, refused) == {}
    async with connected(kitsu) as client:
        assert "Set KITSU_FOLDERS" in await client.refusal("see_preview", of=PICTURE, save_to="new.png")
    assert (folder / "there.png").read_bytes() == b"mine"
    assert list(other.iterdir()) == []
    assert sorted(str(one.relative_to(folder)) for one in folder.rglob("*.[pJ]*")) == [
        "deep/sheet.png", "loose.png", "sheet.JPG", "there.png", "whole.png"
    ]  # fmt: skip


async def test_without_what_reads_pictures_the_tools_say_what_to_install(
    client: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    assert 'install the server with its extra, "mcp-server-kitsu[video]"' in await client.refusal(
        "see_preview", of=MOVIE
    )
    assert (await client.ask("see_preview", of=PICTURE))["preview"] == PICTURE
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert "Pictures cannot be read here" in await client.refusal("see_contact_sheet", of=["Salt Harbour/SQ010"])
