"""The recipes did to Kitsu what references/recipes.md says, and nothing beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from references.blocks import script
from references.generated import REFERENCES
from references.studio import Studio
from support.database import difference, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection, Sandbox
    from support.database import TableDifference

SAYS_NO = "def yes(plan: list[str]) -> bool:\n    return False\n"


@pytest.fixture(scope="module")
def changes(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, TableDifference]]:
    """What the page changed in the database, table by table. It stays changed until this module's tests are done."""
    kitsu = sandbox.connection()
    before = snapshot(kitsu.database)
    try:
        done = played(kitsu, script(REFERENCES / "recipes.md"), tmp_path_factory.mktemp("recipes"))
        assert done.returncode == 0, done.stderr
        yield difference(before, snapshot(kitsu.database))
    finally:
        sandbox.reset()


def played(kitsu: Connection, text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", text],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "KITSU_HOST": kitsu.host,
            "KITSU_BOT_TOKEN": kitsu.token("manager"),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def shots(kitsu: Connection) -> dict[str, Any]:
    studio = Studio(kitsu)
    rows = studio.get(f"data/shots/with-tasks?project_id={studio.projects['Salt Harbour']}")
    return {f"{row['sequence_name']}/{row['name']}": row for row in rows}


@pytest.fixture
def after(changes: dict[str, TableDifference], kitsu: Connection) -> Connection:
    """Kitsu as the page left it."""
    assert changes
    return kitsu


def test_a_no_writes_nothing(pristine: Connection, tmp_path: Path) -> None:
    text = script(REFERENCES / "recipes.md")
    head, _, rest = text.partition("def yes(")
    body = rest.partition("\n\n\n")[2]
    lines = f"{head}{SAYS_NO}\n\n{body}".splitlines()
    kept = "\n".join("True" if line.startswith("assert ") else line for line in lines)
    before = snapshot(pristine.database)
    done = played(pristine, kept.replace("made_shots, differing", "_, _"), tmp_path)
    assert done.returncode == 0, done.stderr
    written = difference(before, snapshot(pristine.database))
    assert written.keys() <= {"person"}, written


def test_casting_one_asset_sets_its_count_and_nothing_else(changes: dict[str, TableDifference]) -> None:
    (change,) = changes["entity_link"].changed.values()
    assert change.pop("nb_occurences")[1] == "2"
    assert change.keys() <= {"updated_at"}


def test_an_asset_stands_where_the_other_stood_with_its_count_and_label(changes: dict[str, TableDifference]) -> None:
    def told(links: Iterable[dict[str, Any]]) -> set[tuple[str, str, str]]:
        return {(link["entity_in_id"], link["nb_occurences"], link["label"]) for link in links}

    links = changes["entity_link"]
    gone, new = links.removed.values(), links.added.values()
    assert len(gone) == 2
    assert told(gone) == told(new)
    assert {link["label"] for link in new} == {"animate"}
    (was,) = {link["entity_out_id"] for link in gone}
    (now,) = {link["entity_out_id"] for link in new}
    assert was != now


def test_the_dailies_show_the_version_that_waits(changes: dict[str, TableDifference], after: Connection) -> None:
    (playlist,) = changes["playlist"].added.values()
    shot = shots(after)["SQ010/SH0020"]
    waiting = {task["last_preview_file_id"] for task in shot["tasks"]} - {None}
    assert playlist["name"] == "Dailies 2 March"
    assert playlist["shots"]
    assert all(preview in playlist["shots"] for preview in waiting)
    assert shot["id"] in playlist["shots"]


def test_every_comment_stands_once_and_keeps_the_status(changes: dict[str, TableDifference]) -> None:
    added = list(changes["comment"].added.values())
    assert len(added) == 3
    assert {comment["text"] for comment in added} == {"The new camera rig is in the library."}
    assert len({comment["object_id"] for comment in added}) == 3
    assert not any("task_status_id" in change for change in changes["task"].changed.values())


def test_only_dates_of_one_shot_moved(changes: dict[str, TableDifference], after: Connection) -> None:
    moved = {key[0] for key, change in changes["task"].changed.items() if change.keys() & {"start_date", "due_date"}}
    assert moved == {one["id"] for one in shots(after)["SQ020/SH0010"]["tasks"] if one["due_date"]}


def test_the_taker_has_what_the_giver_had_and_done_work_stays(after: Connection) -> None:
    people = Studio(after).people
    statuses = {one: short for short, one in Studio(after).statuses.items()}
    animation = shots(after)["SQ010/SH0020"]["tasks"]
    assert any(task["assignees"] == [people["Aiko"]] for task in animation)
    theos = [task for shot in shots(after).values() for task in shot["tasks"] if people["Theo"] in task["assignees"]]
    assert theos
    assert {statuses[task["task_status_id"]] for task in theos} == {"done"}


def test_new_shots_have_frames_and_tasks_and_an_existing_one_is_left_alone(
    changes: dict[str, TableDifference], after: Connection
) -> None:
    made = {name: shot for name, shot in shots(after).items() if name.startswith("SQ040/")}
    assert {name: (shot["frame_in"], shot["frame_out"], shot["nb_frames"]) for name, shot in made.items()} == {
        "SQ040/SH0010": (1001, 1096, 96),
        "SQ040/SH0020": (1001, 1060, 60),
        "SQ040/SH0030": (1001, 1048, 48),
    }
    statuses = {one: short for short, one in Studio(after).statuses.items()}
    for shot in made.values():
        assert [statuses[task["task_status_id"]] for task in shot["tasks"]] == ["todo", "todo"]
    assert len(changes["entity"].added) == 4, "a sequence and three shots"
    assert not any("data" in change for change in changes["entity"].changed.values())
