"""`publish_preview`, as an agent drives it, on the sandbox Kitsu: what goes, what does not, and what is left."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from pydantic import TypeAdapter

from kitsu_sandbox import environment
from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.write.previews.kind import PREVIEWS, PreviewChange
from support.api import ask
from support.client import connected, opened
from support.held import held_to_plan, journaled, nothing_written
from support.person import Person
from support.picture import PNG
from support.shots import TASK, comments_of, task_id

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio


async def test_files_are_published_as_one_revision_exactly_as_asked(
    pristine: Connection, journal: Path, shots: Path, era: Mode
) -> None:
    person, told = Person(), list[float]()

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        assert (total, message) == (1, None)
        told.append(progress)

    arguments = {"task": TASK, "files": [str(shots / "v3/salt é 03.png"), "scene.zip"], "text": "First pass."}
    with held_to_plan(pristine, journal):
        async with connected(
            pristine, mode=era, on_question=person, journal=journal, KITSU_FOLDERS=str(shots)
        ) as agent:
            result = await agent.mcp.call_tool(
                "publish_preview", arguments | {"status": "wfa", "main": True}, progress_callback=hear
            )
    receipt: Any = result.structured_content
    assert receipt["rows"] == [[TASK, "applied", "wip", "wfa", "revision 1: v3/salt é 03.png ready, scene.zip ready."]]
    lines = person.asked[0].splitlines()
    assert lines[0] == f"Publish 2 files on {TASK} (wip → wfa, 2 files, 3.0 MB)?"
    assert lines[1].startswith("Becomes the main preview. Tells ")
    assert lines[3] == "“▸ v3/salt é 03.png (67 B picture) ▸ scene.zip (3.0 MB file) First pass.”"
    assert told == sorted(told)
    assert len(told) > 10
    assert sum(one < 1 for one in told) == len(told) - 1
    with closing(sqlite3.connect(journal)) as db:
        sent = [row[0] for row in db.execute("select request from requests")]
    digest = hashlib.sha256(PNG).hexdigest()
    assert f'"body":{{"files":[{{"name":"salt é 03.png","size":67,"sha256":"{digest}"}}]}}' in sent[2]
    assert len(sent) == 6


async def test_a_movie_is_published_and_what_is_none_is_told_as_broken(
    pristine: Connection, journal: Path, shots: Path
) -> None:
    ffmpeg = environment.prepare(environment.default_folder(), lambda _: None).ffmpeg / "ffmpeg"
    source = ["-f", "lavfi", "-i", "testsrc=size=64x36:rate=24:duration=0.1", "-pix_fmt", "yuv420p"]
    await anyio.run_process([ffmpeg, "-v", "error", *source, shots / "SH0010.mov"])
    (shots / "none.mp4").write_bytes(b"no movie" * 99)
    async with connected(pristine, on_question=Person(), journal=journal, KITSU_FOLDERS=str(shots)) as agent:
        with held_to_plan(pristine, journal):
            good = await agent.ask("publish_preview", task=TASK, files=["SH0010.mov"])
        bad = await agent.ask("publish_preview", task=TASK, files=["none.mp4"], text="Second.")
    assert good["rows"][0][1:] == ["applied", "wip", "wip", "revision 1: SH0010.mov ready."]
    assert bad["rows"][0][1] == "failed"
    assert "revision 2: none.mp4 is broken: Kitsu could make nothing of it." in bad["rows"][0][4]


REFUSED = {
    "empty.png": "is empty",
    "huge.mov": "has 3.0 GB; at most 2.0 GB",
    "v3": "is a folder",
    "out.png": "does not lie in a folder that may be published from",
    "linked/secret.png": "does not lie in a folder",
    "../secret.png": "does not lie in a folder",
    "/etc/hostname": "does not lie in a folder",
    "pipe.png": "it is no file but a pipe or a device",
    "nowhere.png": "no such file",
    "ring.png": "cannot be",
    "notes.txt": "is of no type that Kitsu takes",
    "png": "is of no type that Kitsu takes",
    "turned\u202egnp.png": "what a person would not see",
    "a\0b.png": "cannot be used as a path",
}


async def test_a_file_that_cannot_go_is_refused_before_anybody_is_asked(
    kitsu: Connection, journal: Path, shots: Path
) -> None:
    (shots.parent / "secret.png").write_bytes(PNG)
    (shots / "empty.png").touch()
    (shots / "huge.mov").touch()
    os.truncate(shots / "huge.mov", 3_000_000_000)
    (shots / "out.png").symlink_to(shots.parent / "secret.png")
    (shots / "linked").symlink_to(shots.parent)
    (shots / "ring.png").symlink_to(shots / "ring.png")
    os.mkfifo(shots / "pipe.png")
    for name in ("notes.txt", "png", "turned\u202egnp.png"):
        (shots / name).write_bytes(PNG)
    person = Person()
    with nothing_written(kitsu):
        async with connected(kitsu, on_question=person, journal=journal, KITSU_FOLDERS=str(shots)) as agent:
            said = {file: await agent.refusal("publish_preview", task=TASK, files=[file]) for file in REFUSED}
            twice = await agent.refusal("publish_preview", task=TASK, files=["scene.zip", "v3/../scene.zip"])
    assert {file: says for file, says in REFUSED.items() if says not in said[file]} == {}
    assert "is named twice" in twice
    assert all(one.endswith("Nothing was written.") for one in said.values())
    assert person.asked == []


async def test_without_folders_the_tool_says_what_to_set(kitsu: Connection, journal: Path, shots: Path) -> None:
    async with connected(kitsu, on_question=Person(), journal=journal) as agent:
        refusal = await agent.refusal("publish_preview", task=TASK, files=[str(shots / "scene.zip")])
    assert "Set KITSU_FOLDERS in the server's environment to whole paths of folders" in refusal


@pytest.mark.parametrize("meanwhile", ["gone", "another", "same size and time", "a link"])
async def test_a_file_that_changed_while_the_person_read_is_not_sent(
    kitsu: Connection, journal: Path, shots: Path, meanwhile: str, mode: Mode
) -> None:
    file = shots / "scene.zip"

    def change() -> None:
        before = file.stat()
        match meanwhile:
            case "gone":
                file.unlink()
            case "another":
                file.write_bytes(b"other")
            case "same size and time":
                file.write_bytes(b"y" * before.st_size)
                os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
            case _:
                file.rename(shots.parent / "moved.zip")
                file.symlink_to(shots.parent / "moved.zip")

    def read() -> None:
        # Where the plan is made again for the answer, another file is another question, to which they say no.
        if len(person.asked) == 1:
            change()
        else:
            person.action = "decline"

    person = Person(meanwhile=read)
    with nothing_written(kitsu):
        async with connected(kitsu, mode=mode, on_question=person, journal=journal, KITSU_FOLDERS=str(shots)) as agent:
            result = await agent.call("publish_preview", task=TASK, files=["scene.zip"], text="Look.")
    said = str(result.structured_content or result.content)
    assert ("not sent: " if mode != "auto" else "Nothing was written") in said
    assert journaled(journal)[-1].outcomes == {}


@pytest.mark.parametrize(
    ("role", "settings", "arguments", "says"),
    [
        (
            "manager",
            {"is_single_preview_per_revision": True},
            {"files": ["scene.zip", "v3/a.png"]},
            "one file a revision",
        ),
        ("manager", {}, {"files": ["scene.zip"], "main": True}, "is no picture or movie"),
        ("client", {}, {"files": ["v3/a.png"], "main": True}, "may not set the main preview"),
        ("user", {}, {"files": ["v3/a.png"]}, "may publish only on tasks assigned to it"),
    ],
    ids=["single", "no picture", "client", "artist"],
)
async def test_what_kitsu_would_refuse_is_refused_before_anybody_is_asked(
    pristine: Connection,
    journal: Path,
    shots: Path,
    role: str,
    settings: dict[str, bool],
    arguments: dict[str, Any],
    says: str,
) -> None:
    (shots / "v3" / "a.png").write_bytes(PNG)
    _project(pristine, **settings)
    bot = ask(pristine.host, "auth/authenticated", pristine.token("user")).body["user"]
    mention = {"task_status_id": comments_of(pristine)[0]["task_status_id"], "comment": f"@{bot['full_name']} look"}
    _post(pristine, f"actions/tasks/{task_id(pristine)}/comment", mention)
    person = Person()
    with nothing_written(pristine):
        async with connected(pristine, role=role, on_question=person, journal=journal, KITSU_FOLDERS=str(shots)) as one:
            refusal = await one.refusal("publish_preview", task=TASK, **arguments)
        if role == "user":
            path = f"actions/tasks/{task_id(pristine)}/comments/{comments_of(pristine)[0]['id']}/add-preview"
            assert ask(pristine.host, path, pristine.token("user"), method="POST", body={}).status == 403
    assert says in refusal
    assert person.asked == []


async def test_where_kitsu_shows_the_latest_by_itself_the_question_says_so_and_undo_says_what_stays(
    pristine: Connection, journal: Path, shots: Path
) -> None:
    _project(pristine, is_set_preview_automated=True)
    person = Person()
    with held_to_plan(pristine, journal):
        async with connected(pristine, on_question=person, journal=journal, KITSU_FOLDERS=str(shots)) as agent:
            await agent.ask("publish_preview", task=TASK, files=["v3/salt é 03.png"], status="wfa")
    assert "Kitsu itself also changes: SQ020/SH0010 shows it as the main preview" in person.asked[0]
    change = TypeAdapter(PreviewChange).validate_python(journaled(journal)[-1].plan)
    async with opened(pristine) as kitsu:
        undone = await PREVIEWS.undo(kitsu, change, change.items)
        assert [item.says for item in undone.items] == ["wfa → wip"]
        assert any("comment and its files stay" in one for one in undone.warnings)
        for now, why in (
            (undone.items[0].fields[0].after.raw, r"it is wip again already"),
            (change.items[0].fields[0].after.raw, r"changed since: Manager Bot set wfa at .*"),
        ):
            _post(pristine, f"actions/tasks/{task_id(pristine)}/comment", {"task_status_id": now})
            with pytest.raises(BadInput, match=rf"can come back: .* \({why}\)\. The comment and its files stay"):
                await PREVIEWS.undo(kitsu, change, change.items)


def _project(connection: Connection, **settings: bool) -> None:
    admin = connection.token("admin")
    found = next(one for one in ask(connection.host, "data/projects/open", admin).body if one["name"] == "Salt Harbour")
    ask(connection.host, f"data/projects/{found['id']}", admin, method="PUT", body=settings)


def _post(connection: Connection, path: str, body: dict[str, Any]) -> None:
    assert ask(connection.host, path, connection.token("manager"), method="POST", body=body).status == 201
