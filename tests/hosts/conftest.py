"""What the tests with real hosts share: this checkout as a host gets it from git, and a server on the sandbox."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from hosts.claude_home import CHECKOUT, CLAUDE, REPOSITORY, Server

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection


@pytest.fixture(scope="session", autouse=True)
def _programs() -> None:
    """Say what to do where the programs are not installed, once for all tests."""
    if not CLAUDE.exists():
        pytest.exit(f"{CLAUDE} is missing: run make clients, which installs it.", returncode=2)


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout as git would give it to others, with what is not committed yet."""
    folder = tmp_path_factory.mktemp("checkout")
    named = _git(CHECKOUT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, named):
        if (CHECKOUT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(CHECKOUT / name, folder / name)
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _git(folder, "add", "--all")
    _git(folder, "-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "--quiet", "--message=All")
    return folder


@pytest.fixture(scope="session")
def forge(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to stand for github.com, with this repository in it."""
    folder = tmp_path_factory.mktemp("forge")
    _git(checkout, "clone", "--quiet", "--bare", ".", str(folder / f"{REPOSITORY}.git"))
    return folder


@pytest.fixture
def server(kitsu: Connection, journal: Path) -> Server:
    """The checkout's server, signed in to the sandbox as its manager's bot."""
    environment = {
        "KITSU_HOST": kitsu.host,
        "KITSU_BOT_TOKEN": kitsu.token("manager"),
        "KITSU_JOURNAL": str(journal),
        "KITSU_USER": "Mara Okafor",
    }
    return Server([sys.executable, "-m", "kitsu_server"], environment)


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "safe.directory=*", "-C", folder, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
