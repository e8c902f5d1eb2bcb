"""The demo shows a real session, asks before it changes anything, and leaves the machine as it says."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pexpect
import pytest
from PIL import Image

from kitsu_sandbox.demo.session import APPROVAL
from kitsu_sandbox.lifecycle import Sandbox
from kitsu_tools.catalog import offered
from support.browser import Browser
from support.database import TableDifference, difference, snapshot
from support.sandbox import state_folder
from support.signals import heeded

if TYPE_CHECKING:
    from collections.abc import Generator

    from kitsu_sandbox.lifecycle import Connection

PROGRAM = str(Path(sys.executable).with_name("mcp-server-kitsu"))
PATIENCE_SECONDS = 180
ON_PAGE = "Open it in your browser, and answer there? [y/N] "
# Zou makes the row of an organisation at the first request that asks for it, a read (seen on 1.0.97).
NOT_THE_PRODUCTION = {"organisation", "preview_file_storage_state"}
"""The latter is where Zou notes, whoever looks at a picture, that it found its file (1.0.97)."""


def environment(state: Path) -> dict[str, str]:
    """Where the sandbox of the demo keeps its state; Zou's packages are shared."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KITSU_", "TRACKER_"))}
    kept |= {"BROWSER": "false"}  # a program that opens nothing
    return kept | {"XDG_STATE_HOME": str(state), "COLUMNS": "120", "LINES": "50"}


@pytest.fixture(scope="module")
def stopped() -> Generator[tuple[Path, subprocess.CompletedProcess[str]]]:
    """A state folder in which the demo made its sandbox, without a terminal, and what it said."""
    with state_folder() as folder:
        yield (
            folder,
            subprocess.run(
                [PROGRAM, "demo"],
                env=environment(folder),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=PATIENCE_SECONDS,
                check=False,
            ),
        )


@pytest.fixture(scope="module")
def state(stopped: tuple[Path, subprocess.CompletedProcess[str]]) -> Generator[Path]:
    """The same folder, its sandbox up again."""
    folder, _ = stopped
    with _sandbox(folder).running():
        yield folder


@pytest.fixture
def kitsu(state: Path) -> Generator[Connection]:
    """How to reach the demo's sandbox, which is as seeded again after the test."""
    sandbox = _sandbox(state)
    yield sandbox.connection()
    sandbox.reset()


def _sandbox(state: Path) -> Sandbox:
    return Sandbox(state / "mcp-server-kitsu" / "sandbox")


def in_a_terminal(state: Path) -> pexpect.spawn[str]:
    """The demo as a person sees it."""
    return pexpect.spawn(
        PROGRAM, ["demo"], env=environment(state), encoding="utf-8", timeout=PATIENCE_SECONDS, dimensions=(50, 120)
    )


def statuses(kitsu: Connection) -> dict[str, Any]:
    return {table: rows for table, rows in snapshot(kitsu.database).items() if table not in NOT_THE_PRODUCTION}


def but_for_the_colleague(found: dict[str, TableDifference]) -> dict[str, TableDifference]:
    """What changed besides the one comment of somebody else that the agent is shown to hear of."""
    ((key, said),) = [row for row in found["comment"].added.items() if row[1]["text"] == APPROVAL]
    ((news, _),) = [row for row in found["news"].added.items() if row[1]["comment_id"] == key[0]]
    theirs = {str(said["object_id"]), str(key[0]), str(news[0])}

    def others(rows: dict[Any, Any]) -> dict[Any, Any]:
        return {key: row for key, row in rows.items() if not any(one in f"{key} {row}" for one in theirs)}

    left = {
        table: TableDifference(others(one.added), others(one.removed), others(one.changed))
        for table, one in found.items()
    }
    return {table: one for table, one in left.items() if one != TableDifference()}


def test_without_a_terminal_it_shows_everything_says_no_and_stops_what_it_started(
    stopped: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, done = stopped
    assert (done.returncode, done.stderr) == (0, "")
    shown = done.stdout
    assert f"What the server offers ({len(offered())} tools" in shown
    assert re.search(r"^   asset +Robo Garden/Environment/Greenhouse$", shown, re.MULTILINE)
    assert re.search(r"^   SH0010 +done +done +wfa ", shown, re.MULTILINE)
    assert re.search(r"^   Character/Bolt +\d", shown, re.MULTILINE)
    (sheet,) = re.findall(r"^   (/.*\.png)$", shown, re.MULTILINE)
    with Image.open(sheet) as saved:
        assert f"The agent sees a sheet of {saved.width} × {saved.height} px, " in shown
    assert "│ Set 4 tasks in Robo Garden" in shown
    assert re.search(r"│ \[x\] 4  .*SH0040:Animation +wfa → done\n", shown)
    assert "the answer is no" in shown
    assert "Read again: all 14 shots are as they were." in shown
    heard = rf"^   :Compositing  .*  Admin Bot  status todo → done, comment  {APPROVAL[:20]}"
    assert re.search(heard, shown, re.MULTILINE)
    assert "Create 6 things in Robo Garden" in shown
    assert re.search(r"│ http://127\.0\.0\.1:\d+/\S+\n   │ The page lists 6 things to tick\.\n", shown)
    assert "Read again: all 2 sequences of the episode are as they were." in shown
    assert "claude mcp add kitsu-sandbox" in shown
    assert "kitsu-sandbox up" in shown.splitlines()[-1]
    assert not any(_sandbox(folder).status().servers.values())


def test_what_it_prints_connects_a_host_to_the_sandbox(kitsu: Connection, state: Path) -> None:
    done = subprocess.run(
        [PROGRAM, "demo"], env=environment(state), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    (printed,) = re.findall(r"claude mcp add kitsu-sandbox \\\n(?:.* \\\n)*.*", done.stdout)
    words = shlex.split(printed)
    assert words[:4] == ["claude", "mcp", "add", "kitsu-sandbox"]
    settings = dict(value.split("=", 1) for option, value in pairwise(words) if option == "-e")
    assert settings["KITSU_HOST"] == kitsu.host
    command = words[words.index("--") + 1 :]
    doctor = subprocess.run(
        [*command, "doctor"], env=environment(state) | settings, capture_output=True, text=True, check=False
    )
    assert (doctor.returncode, doctor.stderr) == (0, ""), doctor.stdout
    assert "kitsu-sandbox down" in done.stdout.splitlines()[-1]


@pytest.mark.anyio
async def test_a_yes_writes_what_is_ticked_and_nothing_else(kitsu: Connection, state: Path) -> None:
    before = statuses(kitsu)
    child = in_a_terminal(state)
    child.expect_exact("Send this to Kitsu? [y/N] ")
    child.sendline("2 4")
    child.expect_exact("[ ] 4")
    child.expect_exact("Send this to Kitsu? [y/N] ")
    child.sendline("y")
    child.expect_exact("2 applied")
    child.expect_exact("Read again, this is what changed:")
    child.expect_exact("│ http://127.0.0.1:")
    assert re.findall(r"(SH\d+)\s+wfa → done", str(child.before)) == ["SH0010", "SH0030"]
    child.expect_exact(ON_PAGE)
    address = "http://127.0.0.1:" + str(child.before).split()[0]
    child.sendline("y")
    child.expect_exact("No browser opened: go to that address.")
    reader = Browser()
    await reader.open(address)
    answered = await reader.answer("yes", items=[one for one in reader.items if one != reader.items[-1]])
    assert answered.status_code == 200
    child.expect_exact("5 applied")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    assert re.findall(r"^   (SH00\d0)\s", str(child.before), re.MULTILINE) == ["SH0010", "SH0020", "SH0030", "SH0040"]
    changed = but_for_the_colleague(difference(before, statuses(kitsu)))
    assert len(changed["task"].changed) == 2
    assert len(changed["comment"].added) == 2
    assert len(changed["entity"].added) == 5


@pytest.mark.parametrize("answer", ["\r", "n\r", "9\r", "y 2\r", "\x04"], ids=["enter", "n", "9", "y 2", "end"])
def test_anything_but_yes_writes_nothing(kitsu: Connection, state: Path, answer: str) -> None:
    before = statuses(kitsu)
    child = in_a_terminal(state)
    child.expect_exact("Send this to Kitsu? [y/N] ")
    child.send(answer)
    child.expect_exact("Read again: all 14 shots are as they were.")
    child.expect_exact(ON_PAGE)
    child.send("\x04" if answer == "\x04" else "\r")
    child.expect_exact("Read again: all 2 sequences of the episode are as they were.")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    assert but_for_the_colleague(difference(before, statuses(kitsu))) == {}


def test_ctrl_c_at_the_question_ends_it_and_writes_nothing(kitsu: Connection, state: Path) -> None:
    before = statuses(kitsu)
    with heeded(signal.SIGINT):
        child = in_a_terminal(state)
    child.expect_exact("Send this to Kitsu? [y/N] ")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 130
    assert "Traceback" not in str(child.before)
    assert difference(before, statuses(kitsu)) == {}
