"""`mcp-server-kitsu journal`: read by a person, without a server and without Kitsu."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kitsu_server.__main__ import STATES, main
from kitsu_tools.gate import history
from kitsu_tools.gate.change import Change, Field, Item, Request, Value
from kitsu_tools.gate.journal import Journal
from kitsu_tools.gate.receipt import Result

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

WHOSE = ("https://kitsu.example.com/api", "somebody")


@pytest.fixture
async def codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of a change that was half applied, and of one that nobody answered, with a text that moves a terminal."""
    monkeypatch.setenv("KITSU_JOURNAL", str(tmp_path / "journal.sqlite3"))
    field = Field("status", Value("1", "wip"), Value("2", "done"))
    items = tuple(Item(str(n), str(n), f"Robo Garden/SQ01/SH00{n}0:Layout", (field,)) for n in (1, 2))
    one = Change("comments", "change_status", "p1", "Robo Garden", "Set", items, agent="Test Host", person="Ada")
    other = replace(one, project="Salt Harbour", project_id="p2", items=items[:1], text="Look\x1b[2J\u202e \u009bhere")
    journal = Journal(tmp_path / "journal.sqlite3")
    first, second = await journal.propose(one, *WHOSE), await journal.propose(other, *WHOSE)
    await journal.answered(first, "accept 2 of 2", "Done.")
    sent = replace(one, code=first)
    await journal.about_to(sent, Request("POST", "comment-many", {}, 201, ("1", "2")))
    await journal.settle(first, [Result(items[0], "applied", reference="c1")])
    await journal.close()
    return [second, first]


def _lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(["journal", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


async def test_what_there_is_stands_in_a_table_newest_first(
    codes: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    head, newest, oldest, total = _lines(capsys)
    assert head.split() == ["code", "at", "production", "outcome", "by", "change"]
    assert re.fullmatch(
        rf"{codes[1]}  20\d\d-\d\d-\d\d \d\d:\d\d  Robo Garden   1 applied, 1 unknown  Test Host for Ada  "
        r"Set SQ01 Layout: SH0010, SH0020 \(wip → done ×2\) Done\.",
        oldest,
    )
    assert newest.startswith(codes[0])
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202e]", newest)
    assert total == "2 changes"


async def test_every_filter_narrows_it(codes: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, found in {
        ("--code", f"[{codes[1]}]"): codes[1:],
        ("--outcome", "unknown"): codes[1:],
        ("--outcome", "not answered"): codes[:1],
        ("--outcome", "refused"): [],
        ("--production", "robo garden"): codes[1:],
        ("--since", "2020-01-01"): codes,
        ("--since", "2199-01-01"): [],
    }.items():
        assert [line[:6] for line in _lines(capsys, *arguments)[1:-1]] == found, arguments
        assert [one["code"] for one in json.loads("\n".join(_lines(capsys, "--json", *arguments)))] == found, arguments


async def test_json_holds_all_that_is_kept_in_plain_ascii(codes: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "--json"]) == 0
    printed = capsys.readouterr().out
    newest, oldest = json.loads(printed)
    assert printed.isascii()
    assert "\x1b" not in printed
    assert newest["text"] == "Look\x1b[2J\u202e \u009bhere"
    assert (oldest["kind"], oldest["principal"], oldest["kitsu"]) == ("comments", "somebody", WHOSE[0])
    assert [(one["address"], one["outcome"], one["reference"]) for one in oldest["items"]] == [
        ("Robo Garden/SQ01/SH0010:Layout", "applied", "c1"),
        ("Robo Garden/SQ01/SH0020:Layout", None, None),
    ]
    assert codes == [newest["code"], oldest["code"]]


async def test_it_reads_while_another_process_is_writing_and_changes_nothing(
    codes: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "journal.sqlite3"
    with closing(sqlite3.connect(file)) as writer:
        writer.execute("begin immediate")
        writer.execute("update changes set answer = 'decline'")
        before = file.read_bytes()
        assert [line[:6] for line in _lines(capsys, "--outcome", "not answered")[1:-1]] == codes[:1]
        assert file.read_bytes() == before
        writer.rollback()


async def test_where_there_is_none_or_a_newer_one_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "other.sqlite3"
    monkeypatch.setenv("KITSU_JOURNAL", str(file))
    assert main(["journal"]) == 1
    assert "nothing was proposed" in capsys.readouterr().err
    assert not file.exists()
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("pragma user_version = 99")
    assert main(["journal"]) == 1
    assert "newer version" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["journal", "--since", "yesterday"])
    assert "is not a date; write YYYY-MM-DD" in capsys.readouterr().err


def test_its_outcomes_are_those_of_the_journal() -> None:
    assert STATES == history.STATES
