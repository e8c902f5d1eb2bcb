"""`publish_preview`, as an agent drives it, on the sandbox Kitsu: what goes, what does not, and what is left."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from pydantic import TypeAdapter

from kitsu_sandbox import environment
from kitsu_tools.tracker.errors import BadInput, Unreachable
from kitsu_tools.tracker.upload import Upload
from kitsu_tools.write.previews.kind import PREVIEWS, PreviewChange
from support.api import ask
from support.client import connected, opened
from support.faults import answer, cut_before, cut_upload, fault_proxy, hang, hold, lose_answer, rewrite
from support.held import held_to_plan, journaled, nothing_written
from support.person import Person
from support.picture import PNG
from support.stopped import stopped_while

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode
    from support.faults import Fault

pytestmark = pytest.mark.anyio

TASK = "Salt Harbour/SQ020/SH0010:Layout"
OTHER = "Salt Harbour/SQ020/SH0020:Layout"
COMMENT, PREVIEW, FILE, MAIN = "/comment", "/add-preview", "/pictures/preview-files/", "/set-main-preview"


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """The folder that files may come from, with a picture and a large file in it."""
    folder = tmp_path / "shots"
    (folder / "v3").mkdir(parents=True)
    (folder / "v3" / "salt é 03.png").write_bytes(PNG)
    (folder / "scene.zip").write_bytes(b"x" * 3_000_000)
    return folder


async def test_files_are_published_as_one_revision_exactly_as_asked(
    pristine: Connection, journal: Path, shots: Path, mode: Mode
) -> None:
    person, told = Person(), list[float]()

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        assert (total, message) == (1, None)
        told.append(progress)

    arguments = {"task": TASK, "files": [str(shots / "v3/salt é 03.png"), "scene.zip"], "text": "First pass."}
    with held_to_plan(pristine, journal):
        async with connected(
            pristine, mode=mode, on_question=person, journal=journal, KITSU_FOLDERS=str(shots)
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
    assert f'"body":{{"name":"salt é 03.png","size":67,"sha256":"{digest}"}}' in sent[2]
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
    assert ("not sent: " if mode == "legacy" else "Nothing was written") in said
    assert journaled(journal)[-1].outcomes == {}


@pytest.mark.parametrize(
    ("path", "fault", "outcome", "says", "left"),
    [
        (PREVIEW, answer(403, {"message": "no"}), "failed", "the comment stands, without v3/a.png.", 0),
        (PREVIEW, lose_answer(), "unknown", "without v3/a.png; 1 empty preview left", 1),
        (PREVIEW, cut_before(), "unknown", "the comment stands, without v3/a.png.", 0),
        (FILE, answer(400, {"message": "bad picture"}), "failed", "without v3/a.png. Kitsu refused the request", 0),
        (FILE, answer(413, b"<html>", content_type="text/html"), "failed", "larger than what stands in front", 0),
        (FILE, lose_answer(), "applied", "revision 1: v3/a.png ready.", 1),
        (FILE, cut_before(), "unknown", "1 empty preview left", 1),
        (FILE, cut_upload(300_000), "failed", "bytes were out: it was not taken.", 0),
        (FILE, cut_upload(300_000, stall=True), "failed", "bytes were out: it was not taken.", 0),
        (FILE, hang(after_forwarding=True), "applied", "revision 1: v3/a.png ready.", 1),
        ("/data/preview-files/", rewrite(lambda _: [7]), "applied", "revision 1: v3/a.png ready.", 1),
        (MAIN, answer(403, {"message": "no"}), "failed", "it is not the main preview. The signed-in role", 1),
        (MAIN, lose_answer(), "applied", "revision 1: v3/a.png ready.", 1),
    ],
)
async def test_what_fails_half_way_is_named_and_an_empty_preview_removed(
    pristine: Connection, journal: Path, shots: Path, path: str, fault: Fault, outcome: str, says: str, left: int
) -> None:
    """A large picture: what Zou reads of it is its head, and more follows than any buffer holds."""
    (shots / "v3" / "a.png").write_bytes(PNG + b"x" * 20_000_000)
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(fault, method=None, path=path)
        async with connected(
            pristine,
            host=proxy.url,
            on_question=Person(),
            journal=journal,
            KITSU_FOLDERS=str(shots),
            KITSU_READ_SECONDS="1.5" if "hang" in fault.name or "stall" in fault.name else "60",
        ) as agent:
            receipt = await agent.ask(
                "publish_preview", task=TASK, files=["v3/a.png"], text="Once.", status="wfa", main=True
            )
        assert proxy.count("POST", COMMENT + "s/") + proxy.count("POST", FILE) <= 3, "nothing goes twice"
        assert proxy.count("POST", FILE) <= 1
    row = receipt["rows"][0]
    assert (row[1], row[3]) == (outcome, "wfa")
    assert says in row[4]
    assert len(_comments(pristine)[0]["previews"]) == left
    assert list(journaled(journal)[-1].outcomes.values()) == [outcome]


def _working(preview: dict[str, Any]) -> dict[str, Any]:
    """As a Zou with a queue answers: still at work."""
    return preview | {"status": "processing"}


def _all_working(comments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one | {"previews": list(map(_working, one["previews"]))} for one in comments]


async def test_other_changes_go_between_while_a_file_is_on_its_way_and_its_processing_is_waited_for(
    pristine: Connection, journal: Path, shots: Path
) -> None:
    released, receipts = asyncio.Event(), list[dict[str, Any]]()
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(hold(released), path=FILE)
        proxy.fault(rewrite(_working), method="GET", path="/data/preview-files/")
        proxy.fault(rewrite(_all_working), method="GET", path="/comments", times=None)
        async with (
            connected(pristine, host=proxy.url, on_question=Person(), journal=journal, KITSU_FOLDERS=str(shots)) as one,
            connected(pristine, on_question=Person(), journal=journal) as other,
            anyio.create_task_group() as group,
        ):

            async def publish() -> None:
                receipts.append(await one.ask("publish_preview", task=TASK, files=["scene.zip"], text="Slow."))

            group.start_soon(publish)
            await proxy.until(lambda: proxy.count("POST", FILE) == 1)
            receipts.append(await other.ask("change_status", tasks=[OTHER], status="wip", text="Between."))
            released.set()
        assert proxy.count("GET", "/data/preview-files/") == 2
    assert receipts[1]["rows"][0][4] == "revision 1: scene.zip is still being processed."
    assert [one["journal"] for one in receipts] == [one.code for one in reversed(journaled(journal))]
    assert [one["outcome"] for one in receipts] == ["1 applied", "1 applied"]


@pytest.mark.parametrize(
    ("path", "now", "says"),
    [
        (COMMENT, "failed", "the comment stands, without scene.zip."),
        (PREVIEW, "failed", "1 empty preview left"),
        (FILE, "applied", "found in Kitsu afterwards"),
    ],
)
async def test_a_publication_cut_off_by_a_kill_is_settled_from_kitsu_alone(
    pristine: Connection, tmp_path: Path, shots: Path, path: str, now: str, says: str
) -> None:
    journal = tmp_path / "journal.sqlite3"
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(hang(after_forwarding=True), method="POST", path=path)

        def there() -> bool:
            return any(path in one.path and one.method == "POST" and one.upstream_status for one in proxy.requests)

        call = {"task": TASK, "files": ["scene.zip"], "text": "Cut."}
        await stopped_while(pristine, proxy, journal, signal.SIGKILL, there, "publish_preview", folders=shots, **call)
        with closing(sqlite3.connect(journal)) as db, db:
            db.execute("update items set sent_at = sent_at - 200")
        person = Person("decline")
        async with connected(
            pristine, host=proxy.url, on_question=person, journal=journal, KITSU_FOLDERS=str(shots)
        ) as agent:
            await agent.ask("add_comment", task=OTHER, text="The next proposal.")
            again = await agent.call("publish_preview", **call)
    assert "from an earlier attempt [" in f"{person.asked[1:]} {again.content}"
    with closing(sqlite3.connect(journal)) as db:
        assert db.execute("select outcome from items").fetchall() == [(now,)]
        assert says in db.execute("select detail from items").fetchone()[0]


async def test_a_file_that_changes_while_it_is_sent_is_cut_off(kitsu: Connection, shots: Path) -> None:
    """Not reached by the tool: between its last look at a file and the last piece there is no time to change it."""
    preview = ask(kitsu.host, "data/preview-files", kitsu.token("admin")).body[0]["id"]
    with (shots / "scene.zip").open("rb") as content, nothing_written(kitsu):
        upload = Upload("scene.zip", 3_000_000, "0" * 64, 0, 3_000_000, content)
        async with opened(kitsu) as connection:
            with pytest.raises(Unreachable, match="changed while it was sent") as refused:
                await connection.session.write("POST", f"pictures/preview-files/{preview}", upload, 201)
    assert not refused.value.left


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
    mention = {"task_status_id": _comments(pristine)[0]["task_status_id"], "comment": f"@{bot['full_name']} look"}
    _post(pristine, f"actions/tasks/{_task(pristine)}/comment", mention)
    person = Person()
    with nothing_written(pristine):
        async with connected(pristine, role=role, on_question=person, journal=journal, KITSU_FOLDERS=str(shots)) as one:
            refusal = await one.refusal("publish_preview", task=TASK, **arguments)
        if role == "user":
            path = f"actions/tasks/{_task(pristine)}/comments/{_comments(pristine)[0]['id']}/add-preview"
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
        _post(
            pristine,
            f"actions/tasks/{_task(pristine)}/comment",
            {"task_status_id": undone.items[0].fields[0].after.raw},
        )
        with pytest.raises(BadInput, match=r"Somebody changed .* since; it is wip\. The comment and its files stay"):
            await PREVIEWS.undo(kitsu, change, change.items)


def _project(connection: Connection, **settings: bool) -> None:
    admin = connection.token("admin")
    found = next(one for one in ask(connection.host, "data/projects/open", admin).body if one["name"] == "Salt Harbour")
    ask(connection.host, f"data/projects/{found['id']}", admin, method="PUT", body=settings)


def _task(connection: Connection) -> str:
    admin = connection.token("admin")
    shots = ask(connection.host, "data/shots/with-tasks", admin).body
    shot = next(
        one for one in shots
        if (one["project_name"], one["sequence_name"], one["name"]) == ("Salt Harbour", "SQ020", "SH0010")
    )  # fmt: skip
    types = {one["id"]: one["name"] for one in ask(connection.host, "data/task-types", admin).body}
    return next(one["id"] for one in shot["tasks"] if types[one["task_type_id"]] == "Layout")


def _comments(connection: Connection) -> list[dict[str, Any]]:
    """Newest first."""
    return ask(connection.host, f"data/tasks/{_task(connection)}/comments", connection.token("admin")).body


def _post(connection: Connection, path: str, body: dict[str, Any]) -> None:
    assert ask(connection.host, path, connection.token("manager"), method="POST", body=body).status == 201
