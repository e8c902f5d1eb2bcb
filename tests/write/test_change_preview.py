"""`change_preview`: validation, main previews and places in a revision, as Kitsu has them, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from support.api import ask
from support.client import connected
from support.doing import do
from support.held import held_to_plan, nothing_written
from support.movies import preview_id
from support.person import Person
from support.picture import PNG

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

MAREN, MOVIE = "Salt Harbour/Character/Maren:Concept", "Salt Harbour/SQ010/SH0020:Animation"
ON = "Salt Harbour/SQ020/SH0010:Layout"
NAMES = {"MAREN1": "salt_harbour_maren_concept_v1", "MAREN2": "salt_harbour_maren_concept_v2"}


def places(kitsu: Connection, revision: str) -> list[str]:
    """The files of a revision in Zou's order, by name."""
    with psycopg.connect(kitsu.database) as database:
        rows = database.execute(
            "select original_name from preview_file where task_id = (select task_id from preview_file where id = %s) "
            "order by position",
            (revision,),
        ).fetchall()
    return [row[0] for row in rows]


async def test_previews_are_validated_shown_and_moved_as_asked_and_taken_back(
    pristine: Connection, journal: Path, shots: Path, era: Mode
) -> None:
    yes = Person()
    for name in ("a", "b", "c"):
        (shots / f"{name}.png").write_bytes(PNG)
    async with connected(pristine, mode=era, on_question=yes, journal=journal, KITSU_FOLDERS=str(shots)) as agent:
        with held_to_plan(pristine, journal):
            receipt = await agent.ask(
                "change_preview", previews=[f"{MAREN} v1", MOVIE], validation="rejected", main=True
            )
        assert sorted(row[:4] for row in receipt["rows"]) == [
            ["Salt Harbour/Character/Maren", "applied", "main preview salt_harbour_maren_concept_v2 v2",
             "main preview salt_harbour_maren_concept_v1 v1"],
            [f"{MAREN} v1", "applied", "neutral", "rejected"],
            ["Salt Harbour/SQ010/SH0020", "applied", "main preview none",
             "main preview salt_harbour_sq010_sh0020_animation_v1 v1"],
            [f"{MOVIE} v1", "applied", "neutral", "rejected"],
        ]  # fmt: skip
        assert "Clients are told nothing of what is rejected. Tells nobody." in yes.asked[0]
        again = await agent.refusal("change_preview", previews=[MOVIE], validation="rejected", main=True)
        assert again.startswith("All of that is so already.")
        do(pristine, "PUT", f"data/preview-files/{preview_id(pristine, 'salt_harbour_sq010_sh0020_animation_v1')}",
           {"validation_status": "validated"})  # fmt: skip
        with held_to_plan(pristine, journal):
            undone = await agent.ask("undo_change", code=receipt["journal"])
        assert {row[0] for row in undone["rows"]} == {
            "Salt Harbour/Character/Maren",
            f"{MAREN} v1",
            MOVIE.partition(":")[0],
        }
        assert "Animation v1" in undone["warnings"][0]
        await agent.ask("publish_preview", task=ON, files=["a.png", "b.png", "c.png"], text="Three.")
        first = preview_id(pristine, "a")
        with held_to_plan(pristine, journal):
            moved = await agent.ask("change_preview", previews=[f"{ON} v1 file 3"], position=1)
        assert places(pristine, first) == ["c", "a", "b"]
        with held_to_plan(pristine, journal):
            await agent.ask("undo_change", code=moved["journal"])
        assert places(pristine, first) == ["a", "b", "c"]
        part = await agent.ask("change_preview", previews=[MAREN, f"{ON} v1 file 2"], main=True)
        assert part["already_so"] == ["Salt Harbour/Character/Maren"]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({"previews": [MOVIE]}, "at least one of validation"),
    "none": ({"previews": [], "main": True}, "Name previews"),
    "two of one": ({"previews": [f"{MAREN} v1", f"{MAREN} v2"], "main": True}, "and it has one"),
    "two moved": ({"previews": [MOVIE, MAREN], "position": 1}, "one file is moved at a time"),
    "beyond": ({"previews": [MOVIE], "position": 2}, "has 1 files"),
    "odd": ({"previews": [MOVIE], "validation": "odd"}, "validation"),
    "unknown": ({"previews": [MOVIE, f"{MAREN} v7"], "main": True}, "v7"),
}


async def test_what_a_role_may_not_is_refused_before_anybody_is_asked_as_zou_would(
    pristine: Connection, journal: Path
) -> None:
    yes = Person()
    async with connected(pristine, on_question=yes, journal=journal) as agent:
        with nothing_written(pristine):
            said = {name: await agent.refusal("change_preview", **call) for name, (call, _) in WRONG.items()}
    assert {name: said[name] for name, (_, says) in WRONG.items() if says not in said[name]} == {}
    preview = preview_id(pristine, NAMES["MAREN1"])
    for role, mains, validates in (
        ("supervisor", True, True), ("user", True, False), ("client", False, False), ("vendor", False, False),
    ):  # fmt: skip
        yes = Person("decline")
        async with connected(pristine, role=role, on_question=yes, journal=journal) as agent:
            with nothing_written(pristine):
                shown = await agent.call("change_preview", previews=[f"{MAREN} v1"], main=True)
                judged = await agent.call("change_preview", previews=[f"{MAREN} v1"], validation="validated")
        assert (shown.is_error, judged.is_error, len(yes.asked)) == (not mains, not validates, mains + validates), role
        paths = f"actions/preview-files/{preview}/set-main-preview", f"data/preview-files/{preview}"
        for path, may, body in zip(paths, (mains, validates), ({}, {"validation_status": "neutral"}), strict=True):
            told = ask(pristine.host, path, pristine.token(role), method="PUT", body=body).status
            assert told == (200 if may else 403), (role, path)
        do(pristine, "PUT", f"actions/preview-files/{preview_id(pristine, NAMES['MAREN2'])}/set-main-preview", {})
