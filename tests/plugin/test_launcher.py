"""What starts the plugin's server says why it cannot, in a way that hosts show to the person."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]
LAUNCHER = CHECKOUT / "server" / "start.sh"
EVERYBODYS = ":/opt/homebrew/bin:/usr/local/bin"
HELLO = {
    "jsonrpc": "2.0",
    "id": 7,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with what a bare system has: no uv."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "cat", "cut", "dirname", "sed", "tr"):
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return folder


@pytest.fixture
def launcher(tmp_path: Path) -> Path:
    """The launcher, looking for uv in none of the folders that are everybody's: on some machines it is there."""
    text = LAUNCHER.read_text(encoding="utf-8")
    assert EVERYBODYS in text
    copy = tmp_path / "plugin" / "server" / "start.sh"
    copy.parent.mkdir(parents=True)
    copy.write_text(text.replace(EVERYBODYS, ""), encoding="utf-8")
    return copy


def uv(folder: Path, script: str) -> None:
    """Stands for uv, which is not to install anything here."""
    program = folder / "uv"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)


def started(launcher: Path, programs: Path, home: Path, request: str) -> tuple[dict[str, Any], str]:
    """What the launcher answers to a host's first line, and what it says on stderr."""
    done = subprocess.run(
        [programs / "sh", launcher],
        env={"PATH": str(programs), "HOME": str(home), "UV_PROJECT_ENVIRONMENT": str(home / "venv")},
        input=f"{request}\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    return json.loads(done.stdout), done.stderr


@pytest.mark.parametrize("identity", [7, "seven"])
def test_without_uv_the_host_is_told_what_to_install(
    launcher: Path, programs: Path, tmp_path: Path, identity: int | str
) -> None:
    answer, said = started(launcher, programs, tmp_path, json.dumps(HELLO | {"id": identity}))
    assert answer["id"] == identity
    assert answer["error"]["message"].startswith("uv is missing")
    assert said.startswith("uv is missing")


def test_when_packages_cannot_be_installed_the_host_is_told_with_uvs_own_words(
    launcher: Path, programs: Path, tmp_path: Path
) -> None:
    uv(programs, "printf 'error: \"dns\" failed\\tfor \\\\ \\033[0m– index' >&2; exit 2")
    answer, _ = started(launcher, programs, tmp_path, json.dumps(HELLO))
    assert "needs a package index" in answer["error"]["message"]
    assert "error: dns failed for  [0m index" in answer["error"]["message"]
    assert not (tmp_path / "venv").exists()


def test_uv_is_found_where_its_installer_puts_it_and_asked_for_the_locked_packages(
    launcher: Path, programs: Path, tmp_path: Path
) -> None:
    installed = tmp_path / ".local" / "bin"
    installed.mkdir(parents=True)
    uv(installed, f'printf "%s\\n" "$@" >{tmp_path}/asked; exit 1')
    started(launcher, programs, tmp_path, json.dumps(HELLO))
    asked = (tmp_path / "asked").read_text(encoding="utf-8").split()
    assert asked == ["sync", "--quiet", "--frozen", "--no-dev", "--project", str(launcher.parents[1])]


def test_a_studios_own_python_set_up_does_not_reach_the_server(launcher: Path, programs: Path, tmp_path: Path) -> None:
    uv(programs, "exit 0")
    (tmp_path / "pydantic.py").write_text("raise RuntimeError", encoding="utf-8")
    of_the_studio = {"PYTHONPATH": str(tmp_path), "PYTHONHOME": str(tmp_path)}
    done = subprocess.run(
        [programs / "sh", launcher],
        env={"PATH": str(programs), "HOME": str(tmp_path), "UV_PROJECT_ENVIRONMENT": sys.prefix} | of_the_studio,
        input=json.dumps(HELLO) + "\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[0])["result"]["serverInfo"]["name"] == "mcp-server-kitsu"
