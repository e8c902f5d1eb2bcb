"""What every test may ask for: the sandbox Kitsu, and to leave it as it was."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kitsu_tools.strict_tool import StrictTool
from support.client import EVERY_MODE, era_of
from support.sandbox import SharedSandbox, state_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    from kitsu_sandbox.lifecycle import Connection, Sandbox
    from support.client import Mode


os.environ["KITSU_CACHE"] = "off"  # of the servers that are started as processes of their own


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are processors: each waits a part of its time, for its Kitsu and for time-outs."""
    return (os.cpu_count() or 1) + 1


LONGEST = (
    "gate/test_faulted_writes.py",
    "tracker/test_boards_kept.py",
    "sandbox/test_lifecycle.py",
    "sandbox/test_demo.py",
    "write/test_statuses.py",
    "read/test_productions_left_out.py",
    "gate/test_refusals.py",
    "write/test_undo_change.py",
    "live/test_stream_faults.py",
    "write/test_publish_preview_cut_off.py",
    "tracker/test_kept_on_disk.py",
    "read/test_pictures.py",
    "tracker/test_entity_names.py",
    "read/test_people.py",
)
"""The files that take longest, the longest first: begun last, one would keep a single process at work at the end."""


def pytest_configure() -> None:
    """A file that was renamed or removed must be so in `LONGEST` too: without a word it would come last."""
    gone = [name for name in LONGEST if not (Path(__file__).parent / name).is_file()]
    if gone:
        raise pytest.UsageError(f"tests/conftest.py: LONGEST names what is not there: {', '.join(gone)}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the foundations, and begin with the longest files; the order within a file stays.

    What reads the pages of the references alone is quick and stays with all other tests.
    """
    here = Path(__file__).parent
    rank = {here / name: place for place, name in enumerate(LONGEST)}
    for item in items:
        of_references = item.path.is_relative_to(here / "references") and "sandbox" in getattr(item, "fixturenames", ())
        if of_references or item.path.is_relative_to(here / "sandbox"):
            item.add_marker(pytest.mark.foundations)
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Nothing is garbage before all tests are collected: to look for it takes a third of that time, and some later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def tools_made_once() -> Generator[None]:
    """A tool is made of its function alone and holds nothing: the servers of a run share theirs.

    A test's own server would spend 50 ms on making them, more than on all else it does to start.
    """
    make, made = StrictTool.of, dict[object, StrictTool]()

    def of(function: Callable[..., Any], *rest: Any) -> StrictTool:
        if function not in made:
            made[function] = make(function, *rest)
        return made[function]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StrictTool, "of", of)
        yield


@pytest.fixture(params=[EVERY_MODE] if EVERY_MODE else ["auto", "legacy"])
def mode(request: pytest.FixtureRequest) -> Mode:
    """Both eras of the protocol, one after the other: a test that takes this runs in each."""
    return request.param


@pytest.fixture
def era(request: pytest.FixtureRequest) -> Mode:
    """One era, for a test to which they are alike: of several, and of several cases, about half run in each."""
    return era_of(request.node.nodeid)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Where a test's server keeps its journal; neither the file nor its folder is there yet."""
    return tmp_path / "state" / "journal.sqlite3"


@pytest.fixture(scope="session")
def sandbox() -> Generator[Sandbox]:
    """One sandbox for the whole run, seeded small; it stops with the run, even when that is killed."""
    with state_folder() as folder:
        sandbox = SharedSandbox(folder)
        with sandbox.running():
            yield sandbox


@pytest.fixture(scope="session")
def kitsu(sandbox: Sandbox) -> Connection:
    """How to reach the session's sandbox; for tests that only read."""
    return sandbox.connection()


@pytest.fixture
def pristine(sandbox: Sandbox) -> Generator[Connection]:
    """For tests that write: the data is as seeded again after the test, whatever the test did."""
    yield sandbox.connection()
    sandbox.reset()
