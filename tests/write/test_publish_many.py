"""`publish_preview` for many tasks: rows, and a folder whose files name them; what is not sure stays out, by name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from support.client import connected
from support.doing import do, task_id
from support.faults import answer, fault_proxy
from support.held import held_to_plan, journaled, nothing_written
from support.person import Person
from support.picture import PNG

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio

TASKS = [f"Salt Harbour/SQ020/SH00{shot}0:Layout" for shot in (1, 2, 3)]
PICTURES = ("a.png", "b.png", "c.png")
STRAY = os.fsdecode(b"no\xfftext\n.txt")
FOLDER = {
    "SQ020_SH0010_v003.png": "Salt Harbour/SQ020/SH0010:Layout",
    "sq020-sh0020v2.png": "Salt Harbour/SQ020/SH0020:Layout",
    "SQ020.SH0030.layout.a.png": "Salt Harbour/SQ020/SH0030:Layout",
    "SQ020.SH0030.layout.b.zip": "Salt Harbour/SQ020/SH0030:Layout",
    "SH0020.png": "as they could be Salt Harbour/SQ010/SH0020, Salt Harbour/SQ020/SH0020, Salt Harbour/SQ030/SH0020",
    "SQ030_SH0040.png": "as their names name nothing there",  # SQ010 and SQ020 have a shot of that name
    "SQ010_SH00100.png": "as their names name nothing there",
    "SQ010_SH0010_v1.png": "as these are several versions of Salt Harbour/SQ010/SH0010:Layout",
    "SQ010_SH0010_v2.png": "as these are several versions of Salt Harbour/SQ010/SH0010:Layout",
    "SQ010_SH0030_animation.png": "as their names name another task type than Layout",
    "SQ010_SH0030.txt": "of no type that Kitsu takes",
    STRAY: "of no type that Kitsu takes",
    "Maren.png": "as Salt Harbour/Character/Maren has no such task",
}


async def test_a_folder_goes_to_the_tasks_that_its_files_name_and_what_does_not_fit_is_named(
    pristine: Connection, journal: Path, shots: Path
) -> None:
    (shots / "dailies").mkdir()
    for name in FOLDER:
        (shots / "dailies" / name).write_bytes(PNG)
    yes = Person()
    call: dict[str, Any] = {"folder": "dailies", "task": "Salt Harbour:Layout", "status": "wfa", "text": "Dailies."}
    async with connected(pristine, on_question=yes, journal=journal, KITSU_FOLDERS=str(shots)) as agent:
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("publish_preview", **call, main=True)
        assert {row[0]: row[1] for row in receipt["rows"]} == dict.fromkeys(TASKS, "applied")
        assert {row[0]: row[4] for row in receipt["rows"]}[TASKS[2]].endswith("SQ020.SH0030.layout.b.zip ready.")
        left = {says: [name for name in FOLDER if FOLDER[name] == says] for says in FOLDER.values() if says[12] != "/"}
        said = [one for one in receipt["warnings"] if one.startswith("Not published")]
        for why, names in left.items():
            listed = ", ".join(sorted(names)).replace(STRAY, "no⟨U+DCFF⟩text?.txt")
            assert [f"Not published, {why}: {listed}"] == [one for one in said if f", {why}:" in one]
        lines = yes.asked[0].splitlines()
        assert lines[0].startswith("Publish 4 files on 3 tasks in Salt Harbour (")
        assert "268 B in all." in f"{yes.asked} {yes.schemas}"
        read = " ".join(one["title"] for one in yes.schemas[0]["reading"]["oneOf"])
        assert all(name in read for name in list(FOLDER)[:4])
        with held_to_plan(pristine, journal):
            undone = await agent.ask("undo_change", code=receipt["journal"])
        assert undone["outcome"] == "3 applied"
        with nothing_written(pristine):
            none = await agent.refusal("publish_preview", folder="v3", task="Salt Harbour:Layout")
    assert "no file in 'v3' is of a task there. Not published, as their names name nothing there: salt é 03.png" in none


async def test_what_fails_on_one_of_many_tasks_is_cleaned_up_and_named_and_nothing_follows(
    pristine: Connection, journal: Path, shots: Path
) -> None:
    for name in PICTURES:
        (shots / name).write_bytes(PNG)
    rows = [{"task": task, "files": [name], "text": f"On {name}"} for task, name in zip(TASKS, PICTURES, strict=True)]
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(answer(400, {"message": "bad picture"}), path="/pictures/preview-files/", after=1)
        async with connected(
            pristine, host=proxy.url, on_question=Person(), journal=journal, KITSU_FOLDERS=str(shots)
        ) as agent:
            with held_to_plan(pristine, journal):
                receipt = await agent.ask("publish_preview", rows=rows)
        assert proxy.count("POST", "/pictures/preview-files/") == 2
    assert [row[1] for row in receipt["rows"]] == ["applied", "failed", "skipped"]
    assert receipt["rows"][1][4].startswith("the comment stands, without b.png. Kitsu refused the request")
    assert "because an earlier request failed" in receipt["rows"][2][4]
    assert list(journaled(journal)[-1].outcomes.values()) == ["applied", "failed"]
    for task, previews in zip(TASKS, (1, 0), strict=False):
        (said, *_) = do(pristine, "GET", f"data/tasks/{task_id(pristine, task)}/comments")
        assert len(said["previews"]) == previews


async def test_rows_that_do_not_fit_together_are_refused_and_a_file_that_vanishes_stops_there(
    kitsu: Connection, journal: Path, shots: Path
) -> None:
    for name in PICTURES:
        (shots / name).write_bytes(PNG)
    (shots / "empty.png").touch()
    first, second = ({"task": task, "files": [name]} for task, name in zip(TASKS[:2], PICTURES[:2], strict=True))
    other_of_first = {"task": TASKS[0].replace("Layout", "Animation"), "files": ["c.png"]}
    wrong: dict[str, tuple[dict[str, Any], str]] = {
        "nothing": ({}, "Give files for one task, or rows, or a folder."),
        "both": ({"rows": [first, second], "task": TASKS[2], "files": ["c.png"]}, "Give files for one task, or rows"),
        "a task twice": ({"rows": [first, second, first | {"files": ["c.png"]}]}, "stands in two"),
        "a file twice": ({"rows": [first, second | {"files": ["a.png"]}]}, "stands on two tasks"),
        "several in one": ({"rows": [first, second | {"task": ", ".join(TASKS[1:])}]}, "this names several"),
        "no files": ({"rows": [first, second | {"files": []}]}, "0 given; 1 to 20"),
        "empty": ({"rows": [first, second | {"files": ["empty.png"]}]}, "'empty.png' is empty"),
        "two productions": (
            {"rows": [first, second | {"task": "Robo Garden/E01/SQ01/SH0010:Layout"}]},
            "of several productions",
        ),
        "one picture": ({"rows": [first, other_of_first], "main": True}, "it has one main preview"),
        "no folder": ({"folder": "a.png", "task": "Salt Harbour:Layout"}, "is no folder"),
        "outside": ({"folder": "/etc", "task": "Salt Harbour:Layout"}, "does not lie in a folder"),
        "no type": ({"folder": ".", "task": "Salt Harbour:Nothing"}, "task type"),
    }
    yes = Person(meanwhile=(shots / "a.png").unlink)
    with nothing_written(kitsu):
        async with connected(kitsu, mode="legacy", on_question=yes, journal=journal, KITSU_FOLDERS=str(shots)) as agent:
            said = {name: await agent.refusal("publish_preview", **call) for name, (call, _) in wrong.items()}
            assert {name: said[name] for name, (_, says) in wrong.items() if says not in said[name]} == {}
            assert yes.asked == []
            receipt = await agent.ask("publish_preview", rows=[first, second], text="Look.")
    assert ["a.png" in row[4] for row in receipt["rows"]] == [True, True]
    assert {row[1] for row in receipt["rows"]} == {"skipped"}
