"""A publication that fails, waits or is killed half-way: what is named, what is removed, and what the journal says."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from kitsu_tools.tracker.errors import Unreachable
from kitsu_tools.tracker.upload import Content, Upload
from support.api import ask
from support.client import connected, opened
from support.faults import answer, cut_before, cut_upload, fault_proxy, hang, hold, lose_answer, rewrite
from support.held import journaled, nothing_written
from support.person import Person
from support.picture import PNG
from support.shots import TASK, comments_of
from support.stopped import stopped_while

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.faults import Fault

pytestmark = pytest.mark.anyio

OTHER = "Salt Harbour/SQ020/SH0020:Layout"
COMMENT, PREVIEW, FILE, MAIN = "/comment", "/add-preview", "/pictures/preview-files/", "/set-main-preview"


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
    pristine: Connection,
    journal: Path,
    shots: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    fault: Fault,
    outcome: str,
    says: str,
    left: int,
) -> None:
    """A large picture: what Zou reads of it is its head, and more follows than any buffer holds."""
    monkeypatch.setattr("kitsu_tools.tracker.connection.ANSWER_SECONDS_PER_READ", 3)  # what hangs is not waited for
    (shots / "v3" / "a.png").write_bytes(PNG + b"x" * 20_000_000)
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(fault, method=None, path=path)
        async with connected(
            pristine,
            host=proxy.url,
            on_question=Person(),
            journal=journal,
            KITSU_FOLDERS=str(shots),
            KITSU_READ_SECONDS="3" if "hang" in fault.name or "stall" in fault.name else "60",
        ) as agent:
            receipt = await agent.ask(
                "publish_preview", task=TASK, files=["v3/a.png"], text="Once.", status="wfa", main=True
            )
        assert proxy.count("POST", COMMENT + "s/") + proxy.count("POST", FILE) <= 3, "nothing goes twice"
        assert proxy.count("POST", FILE) <= 1
    row = receipt["rows"][0]
    assert (row[1], row[3]) == (outcome, "wfa")
    assert says in row[4]
    assert len(comments_of(pristine)[0]["previews"]) == left
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

        call: dict[str, Any] = {"task": TASK, "files": ["scene.zip"], "text": "Cut."}
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
    comment = ask(kitsu.host, "data/comments?page=1&limit=1", kitsu.token("admin")).body["data"][0]
    path = f"actions/tasks/{comment['object_id']}/comments/{comment['id']}/add-attachment"
    with (shots / "scene.zip").open("rb") as content, nothing_written(kitsu):
        upload = Upload((Content("scene.zip", 3_000_000, "0" * 64, content),), 0, 3_000_000)
        async with opened(kitsu) as connection:
            with pytest.raises(Unreachable, match="changed while it was sent") as refused:
                await connection.session.write("POST", path, upload, 201)
    assert not refused.value.left
