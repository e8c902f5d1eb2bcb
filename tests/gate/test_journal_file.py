"""The journal's file: one of the version before is kept, a newer one refused, old entries let go, shared by servers."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

from kitsu_tools.gate.change import Change, Field, Item, Request, Value
from kitsu_tools.gate.journal import Journal
from kitsu_tools.gate.schema import KEPT_SECONDS, VERSION, JournalError
from support.api import ask
from support.client import connected
from support.held import journaled, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio

TASK = "Salt Harbour/SQ020/SH0010:Layout"
TWICE = [f"Robo Garden/E01/SQ01/SH00{number}0:Animation" for number in (1, 2)]
BEFORE = Path(__file__).with_name("journal_of_the_version_before.sql").read_text(encoding="utf-8")
"""Made by that version on the sandbox: applied, declined with effects, not answered, and sent with an unknown end."""
WHOSE = ("https://kitsu.example.com/api", "somebody")
PROPOSES = """
import sys, anyio, pathlib
sys.path.insert(0, sys.argv[1])
from gate.test_journal_file import change, propose_and_send
anyio.run(propose_and_send, pathlib.Path(sys.argv[2]), sys.argv[3])
"""


def change(name: str, items: int = 1) -> Change:
    """A change that needs no Kitsu."""
    wip, done = Value("1", "wip"), Value("2", "done")
    things = tuple(Item(f"{n}", f"{n}", f"P/S/SH{n:04}:Layout", (Field("status", wip, done),)) for n in range(items))
    return Change("comments", "change_status", "p", "P", "Change", things, text=name)


def request(one: Change) -> Request:
    return Request("POST", "actions", {"of": one.text}, 201, tuple(item.key for item in one.items))


async def propose_and_send(journal: Path, name: str) -> None:
    """What a server does with its journal, ten times."""
    keeper = Journal(journal)
    for number in range(10):
        one = change(f"{name} {number}", 3)
        code = await keeper.propose(one, *WHOSE)
        assert await keeper.answered(code, "accept 3 of 3", "")
        async with keeper.alone(code):
            await keeper.about_to(replace(one, code=code), request(one))
    await keeper.close()


async def _old(pristine: Connection, journal: Path) -> None:
    me = ask(pristine.host, "auth/authenticated", pristine.token("manager")).body["user"]["id"]
    statuses = ask(pristine.host, "data/task-status", pristine.token("manager")).body
    done = next(one["id"] for one in statuses if one["short_name"] == "done")
    names = {"KITSU": pristine.host, "PRINCIPAL": me, "STATUS_DONE": done}
    journal.parent.mkdir()
    with closing(sqlite3.connect(journal)) as db, db:
        db.executescript(re.sub("|".join(names), lambda name: names[name[0]], BEFORE))
        (latest,) = db.execute("select max(sent_at) from items").fetchone()
        later = time.time() - 600 - latest
        db.execute("update items set sent_at = sent_at + ?", (later,))
        db.execute("update plans set planned_at = planned_at + ?", (later,))


async def test_a_journal_of_the_version_before_is_kept_and_goes_on(pristine: Connection, journal: Path) -> None:
    await _old(pristine, journal)
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        await agent.ask("add_comment", task=TASK, text="After the update.")
        receipt = await agent.ask("change_status", tasks=TWICE, status="done", text="Approved.")
    assert receipt["outcome"] == "2 applied", "what was told before the update is asked again like anything"
    applied, declined, unanswered, left_open, new, _ = journaled(journal)
    assert (applied.code, applied.answer, list(applied.outcomes.values())) == (
        "htcr7r",
        "accept 2 of 2",
        ["applied"] * 2,
    )
    assert [item["fields"][0]["after"]["shown"] for item in applied.sent] == ["done", "done"]
    assert declined.answer == "decline"
    assert [(one["lead"], one["rest"]) for one in declined.plan["effects"]] == [
        ("", "retake → ready"),
        ("", "ready for Layout"),
    ]
    assert (unanswered.answer, unanswered.plan["effects"][0]["lead"]) == (None, "comment on")
    assert list(left_open.outcomes.values()) == ["failed"]
    assert (list(new.outcomes.values()), new.text) == (["applied"], "After the update.")
    with closing(sqlite3.connect(journal)) as db:
        assert db.execute("pragma user_version").fetchone() == (VERSION,)
        requests = db.execute("select code, keys from requests order by sent_at").fetchall()
        tables = {name for (name,) in db.execute("select name from sqlite_master where type = 'table'")}
    assert [(code, len(json.loads(keys))) for code, keys in requests[:2]] == [(applied.code, 2), (left_open.code, 1)]
    assert tables == {"changes", "items", "requests"}


async def test_a_code_that_was_answered_before_the_update_is_used_up(pristine: Connection, journal: Path) -> None:
    await _old(pristine, journal)
    keeper = Journal(journal)
    try:
        assert [await keeper.answered(code, "accept", "") for code in ("htcr7r", "gbiqf6")] == [False, False]
    finally:
        await keeper.close()
    assert [plan.answer for plan in journaled(journal)] == ["accept 2 of 2", "decline", None, "accept 1 of 1"]


async def test_an_update_that_fails_half_way_leaves_the_file_as_it_was(pristine: Connection, journal: Path) -> None:
    await _old(pristine, journal)
    with closing(sqlite3.connect(journal)) as db, db:
        db.execute("create table requests (in_the_way text)")
        before = list(db.iterdump())
    with nothing_written(pristine):
        async with connected(pristine, on_question=Person(), journal=journal) as agent:
            refusal = await agent.refusal("add_comment", task=TASK, text="Not yet.")
    assert "table requests already exists" in refusal
    with closing(sqlite3.connect(journal)) as db:
        assert list(db.iterdump()) == before


async def test_a_journal_of_a_newer_version_is_refused_and_left_alone(pristine: Connection, journal: Path) -> None:
    journal.parent.mkdir()
    with closing(sqlite3.connect(journal)) as db, db:
        db.execute(f"pragma user_version = {VERSION + 1}")
    content = await anyio.Path(journal).read_bytes()
    with nothing_written(pristine):
        async with connected(pristine, on_question=Person(), journal=journal) as agent:
            refusal = await agent.refusal("add_comment", task=TASK, text="From the past.")
    assert "newer version" in refusal
    assert refusal.endswith("Nothing was written.")
    assert await anyio.Path(journal).read_bytes() == content


async def test_what_is_old_is_let_go_and_what_is_unsettled_or_recent_stays(tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite3"
    keeper = Journal(journal)
    codes = [await keeper.propose(change(name), *WHOSE) for name in ("old", "old, unsettled", "recent")]
    await keeper.about_to(replace(change("old, unsettled"), code=codes[1]), request(change("")))
    await keeper.close()
    with closing(sqlite3.connect(journal)) as db, db:
        long_ago = time.time() - KEPT_SECONDS - 1
        db.execute("update changes set proposed_at = ? where code != ?", (long_ago, codes[2]))
        db.execute("update items set sent_at = ?", (long_ago,))
    again = Journal(journal)
    await again.unsettled(WHOSE[0])
    await again.close()
    assert [one.code for one in journaled(journal)] == codes[1:]


@pytest.mark.parametrize(("days", "goes"), [(8, True), (6, False)])
async def test_beyond_ten_thousand_the_oldest_go_unless_they_are_of_this_week(
    tmp_path: Path, days: int, goes: bool
) -> None:
    """The file is looked through when it is opened, and once in some hundred proposals."""
    journal = tmp_path / "journal.sqlite3"
    keeper = Journal(journal)
    await keeper.propose(change("first"), *WHOSE)
    with closing(sqlite3.connect(journal)) as db, db:
        columns = "digest, kitsu, principal, kind, tool, agent, person, change"
        db.execute(
            f"with recursive n(i) as (select 1 union all select i + 1 from n where i < 10500) "
            f"insert into changes (code, proposed_at, {columns}) select 'c' || i, ? + i, {columns} from n, changes",
            (time.time() - days * 24 * 3600,),
        )
    for number in range(200):
        await keeper.propose(change(f"{number}"), *WHOSE)
    await keeper.close()
    kept = [one.code for one in journaled(journal)]
    assert (len(kept) <= 10_201) == goes
    assert {"c1", "c500"}.isdisjoint(kept) == goes
    assert "c10500" in kept


async def test_several_servers_write_one_journal_side_by_side(tmp_path: Path) -> None:
    journal = tmp_path / "new folder" / "journal.sqlite3"
    here = str(Path(__file__).parents[1])
    command = [sys.executable, "-c", PROPOSES, here, str(journal)]
    running = [subprocess.Popen([*command, name], stderr=subprocess.PIPE) for name in "abc"]  # noqa: ASYNC220
    failed = [one.communicate()[1].decode() for one in running]
    assert failed == [""] * 3
    plans = journaled(journal)
    assert len(plans) == len({one.code for one in plans}) == 30
    assert sum(len(one.outcomes) for one in plans) == 90


async def test_a_transaction_of_another_process_is_waited_for(tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite3"
    keeper = Journal(journal)
    await keeper.propose(change("first"), *WHOSE)
    with closing(sqlite3.connect(journal, check_same_thread=False)) as other:
        other.execute("begin immediate")
        async with anyio.create_task_group() as group:
            group.start_soon(keeper.propose, change("second"), *WHOSE)
            await anyio.wait_all_tasks_blocked()
            await anyio.to_thread.run_sync(other.commit)
    await keeper.close()
    assert len(journaled(journal)) == 2


async def test_what_is_no_journal_is_named_and_left_alone(tmp_path: Path) -> None:
    journal = tmp_path / "notes.txt"
    notes = b"Not a database, but somebody's notes." * 10
    journal.write_bytes(notes)
    keeper = Journal(Path(journal))
    with pytest.raises(JournalError, match="file is not a database"):
        await keeper.propose(change("any"), *WHOSE)
    await keeper.close()
    assert journal.read_bytes() == notes
