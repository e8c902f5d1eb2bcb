"""Files attached to comments and replies, as an agent attaches them, on the real sandbox Kitsu."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from support.client import connected
from support.faults import fault_proxy, rewrite
from support.held import held_to_plan, journaled, nothing_written
from support.person import Person
from support.picture import PNG
from support.shots import TASK, comments_of

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("add_comment", {"files": ["empty.txt"]}, "'empty.txt' is empty"),
    ("add_comment", {"files": ["huge.mov"]}, "has 3.0 GB; at most 200.0 MB go with one comment"),
    ("add_comment", {"files": ["v3"]}, "is a folder"),
    ("add_comment", {"files": ["out.png"]}, "does not lie in a folder that may be attached from"),
    ("add_comment", {"files": ["../secret.png"]}, "does not lie in a folder"),
    ("add_comment", {"files": ["nowhere.txt"]}, "no such file"),
    ("add_comment", {"files": ["pipe"]}, "cannot be sent: it is no file but a pipe or a device"),
    ("add_comment", {"files": ["scene.toolong"]}, "an extension of at most 6 characters"),
    ("add_comment", {"files": ["Licence"]}, "an extension of at most 6 characters"),
    ("add_comment", {"files": [f"{'n' * 247}.txt"]}, "longer than Kitsu keeps"),
    ("add_comment", {"files": ["turned\u202efdp.txt"]}, "what a person would not see"),
    ("add_comment", {"files": ["scene.zip "]}, "what a person would not see"),
    ("add_comment", {"files": ["%22scene.zip"]}, "takes for a quotation mark"),
    ("add_comment", {"files": [f"{'n' * 256}/scene.zip"]}, "cannot be used as a path (file name too long)"),
    ("add_comment", {"files": [os.fsdecode(b"no\xfftext/scene.zip")]}, "surrogates not allowed"),
    ("publish_preview", {"folder": "n" * 256}, "cannot be used as a path (file name too long)"),
    ("add_comment", {"files": ["scene.zip", "v3/../scene.zip"]}, "is named twice"),
    ("add_comment", {"files": ["scene.zip"], "task": "", "rows": [{"task": TASK}]}, "they go with one comment"),
    ("add_comment", {"files": ["scene.zip"], "text": ""}, "an empty comment"),
    ("reply", {"files": ["empty.txt"]}, "'empty.txt' is empty"),
]


async def test_files_go_with_a_comment_and_a_reply_and_are_found_in_them(
    pristine: Connection, journal: Path, shots: Path, era: Mode
) -> None:
    """Two files of one name too; Kitsu is told what type each is of, and keeps what any other comment would have."""
    (shots / "v4").mkdir()
    (shots / "v4" / "salt é 03.png").write_bytes(PNG + b"4")
    (shots / "notes").write_text("Read me.")
    person = Person(edit=lambda form: form | {"comment": 'Read "both",\n@Mara Okafor'})
    files = ["v3/salt é 03.png", str(shots / "v4" / "salt é 03.png"), "scene.zip"]
    further = {"status": "wfa", "checklist": ["read"], "for_clients": True}
    async with connected(pristine, mode=era, on_question=person, journal=journal, KITSU_FOLDERS=str(shots)) as agent:
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("add_comment", task=TASK, text="Brief, @Mara Okafor", files=files, **further)
        assert receipt["rows"] == [[TASK, "applied", "wip", "wfa", ""]]
        assert person.asked[0].splitlines()[0] == f"Comment on {TASK} (wip → wfa, 3 files, 3.0 MB)?"
        assert "“▸ v3/salt é 03.png (67 B picture) ▸ v4/salt é 03.png (68 B picture) ▸ sc" in person.asked[0]
        assert "▸ scene.zip (3.0 MB file)" in str(person.schemas[0]["reading"])
        comment = comments_of(pristine)[0]
        assert comment["text"].startswith('Read "both",\n@Mara Okafor')
        assert (comment["for_client"], comment["checklist"]) == (True, [{"checked": False, "text": "read"}])
        person.edit = lambda form: form
        with held_to_plan(pristine, journal):
            await agent.ask("reply", comment=comment["id"], text="And this", files=["notes"])
        shown = (await agent.ask("get_task", task=TASK, comments=1))["comments"][0]
        assert "[attached: notes (notes, 8 B)]" in str(shown)
        assert "scene.zip (zip, 3.0 MB)" in str(shown)
    with closing(sqlite3.connect(journal)) as db:
        ((sent,), _) = db.execute("select request from requests").fetchall()
    body = json.loads(sent)["body"]
    assert body["files"][0] == {"name": "salt é 03.png", "size": 67, "sha256": hashlib.sha256(PNG).hexdigest()}
    assert json.loads(body["checklist"]) == [{"text": "read", "checked": False}]


async def test_what_cannot_be_attached_is_refused_before_anybody_is_asked(
    kitsu: Connection, journal: Path, shots: Path
) -> None:
    (shots.parent / "secret.png").write_bytes(PNG)
    (shots / "out.png").symlink_to(shots.parent / "secret.png")
    for name in ("empty.txt", "huge.mov", "scene.toolong", "Licence", f"{'n' * 247}.txt", "turned\u202efdp.txt"):
        (shots / name).write_bytes(b"" if name == "empty.txt" else b"x")
    os.truncate(shots / "huge.mov", 3_000_000_000)
    os.mkfifo(shots / "pipe")
    person, comment = Person(), comments_of(kitsu)[0]["id"]
    given = {"add_comment": {"task": TASK, "text": "x"}, "reply": {"comment": comment, "text": "x"}}
    given["publish_preview"] = {}
    with nothing_written(kitsu):
        async with connected(kitsu, on_question=person, journal=journal, KITSU_FOLDERS=str(shots)) as agent:
            said = [(await agent.refusal(tool, **given[tool] | its), says) for tool, its, says in REFUSED]
    assert [one for one, says in said if says not in one or not one.endswith("Nothing was written.")] == []
    assert person.asked == []


@pytest.mark.parametrize("tool", ["add_comment", "reply"])
async def test_of_files_that_changed_while_the_person_read_nothing_is_sent(
    kitsu: Connection, journal: Path, shots: Path, tool: str
) -> None:
    """The second of two, so that the first could have gone."""

    def change() -> None:
        (shots / "scene.zip").write_bytes(b"another")

    person = Person(meanwhile=change)
    given = {"add_comment": {"task": TASK}, "reply": {"comment": comments_of(kitsu)[0]["id"]}}[tool]
    with nothing_written(kitsu):
        async with connected(
            kitsu, mode="legacy", on_question=person, journal=journal, KITSU_FOLDERS=str(shots)
        ) as agent:
            receipt = await agent.ask(tool, text="Look", files=["v3/salt é 03.png", "scene.zip"], **given)
    assert receipt["rows"][0][1:] == ["skipped", *receipt["rows"][0][2:4], receipt["rows"][0][4]]
    assert receipt["rows"][0][4] == "not sent: scene.zip has changed since you were asked."


async def test_a_comment_without_one_of_its_files_is_told_as_that(
    pristine: Connection, journal: Path, shots: Path
) -> None:
    """As Zou leaves it where it could not keep a file."""

    def without(thread: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for comment in thread:
            comment["attachment_files"] = [one for one in comment["attachment_files"] if one["size"] > 100]
        return thread

    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(rewrite(without), method="GET", path=re.compile(r"/tasks/[^/]+/comments$"), times=None)
        async with connected(
            pristine, host=proxy.url, on_question=Person(), journal=journal, KITSU_FOLDERS=str(shots)
        ) as agent:
            files = ["v3/salt é 03.png", "scene.zip"]
            comment = await agent.ask("add_comment", task=TASK, text="Look", files=files)
            reply = await agent.ask("reply", comment=comments_of(pristine)[0]["id"], text="Look", files=files)
    for receipt, what in ((comment, "comment"), (reply, "reply")):
        assert receipt["outcome"] == "1 failed"
        assert receipt["rows"][0][4] == f"the {what} was posted, without salt é 03.png."
    assert all(one.partly for one in journaled(journal))
