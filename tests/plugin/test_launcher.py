"""What starts the plugin's server says why it cannot, in a way that hosts show to the person."""

from __future__ import annotations

import json
import re
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.signals import heeded

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
    for name in ("sh", "cat", "cut", "dirname", "mktemp", "rm", "sed", "tr"):
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
    done = launched(launcher, programs, home, f"{request}\n", str(home / "venv"))
    assert done.returncode == 1
    return json.loads(done.stdout), done.stderr


def launched(
    launcher: Path, programs: Path, home: Path, said: str, environment: str
) -> subprocess.CompletedProcess[str]:
    """The launcher's whole run on what a host says, with this value of UV_PROJECT_ENVIRONMENT."""
    return subprocess.run(
        [programs / "sh", launcher],
        env={"PATH": str(programs), "HOME": str(home), "UV_PROJECT_ENVIRONMENT": environment, "TMPDIR": str(home)},
        input=said,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("identity", [7, "seven"])
def test_without_uv_the_host_is_told_what_to_install(
    launcher: Path, programs: Path, tmp_path: Path, identity: int | str
) -> None:
    answer, said = started(launcher, programs, tmp_path, json.dumps(HELLO | {"id": identity}))
    assert answer["id"] == identity
    assert answer["error"]["message"].startswith("uv is missing")
    assert said.startswith("uv is missing")


IN_QUOTES = {"name": 'a"},"id":8,"b":{', "path": "C:\\", "more": ["]", {"id": 9}]}


@pytest.mark.parametrize("identity", [0, -3, "seven", 'a"b', "a\\", "{1}[2]", "näh", "\x01"])
@pytest.mark.parametrize("blanks", [(",", ":"), (", ", " : ")], ids=["close", "wide"])
def test_the_answer_bears_the_requests_own_id_wherever_it_stands(
    launcher: Path, programs: Path, tmp_path: Path, identity: int | str, blanks: tuple[str, str]
) -> None:
    inner = {"_meta": {"id": 1, "progressToken": "id"}, "id": "2", "clientInfo": IN_QUOTES}
    own = {"id": identity}
    orders: list[dict[str, Any]] = [
        own | {"jsonrpc": "2.0", "method": "initialize", "params": inner},
        {"method": "initialize", "params": inner, "jsonrpc": "2.0"} | own,
        {"method": "initialize", "params": inner} | own | {"jsonrpc": "2.0", "_meta": inner},
    ]
    lines = [json.dumps(one, separators=blanks, ensure_ascii=False) for one in orders]
    done = launched(launcher, programs, tmp_path, "\r\n".join(lines), "")
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [identity] * 3


@pytest.mark.parametrize(
    "message",
    [
        {"method": "notifications/cancelled", "params": {"id": 5, "requestId": 6}},
        {"method": "notifications/cancelled", "params": {"id": 5}, "id": 5},
        {"id": 5, "result": {"method": "x"}},
        {"id": 1.5, "method": "ping"},
        {"id": None, "method": "ping", "params": {"id": 5}},
        [{"id": 5, "method": "ping"}],
        "id",
    ],
)
def test_what_is_no_request_gets_no_answer(launcher: Path, programs: Path, tmp_path: Path, message: Any) -> None:
    done = launched(launcher, programs, tmp_path, f"{json.dumps(message)}\nno json\n\n", "")
    assert done.stdout == ""


@pytest.mark.parametrize("place", ["${PLUGIN_DATA}/venv", "venv", "../venv"])
def test_a_place_for_the_packages_that_is_no_whole_path_is_refused_and_nothing_is_made(
    launcher: Path, programs: Path, tmp_path: Path, place: str
) -> None:
    uv(programs, f"echo asked >{tmp_path}/asked")
    before = set(tmp_path.rglob("*"))
    done = launched(launcher, programs, tmp_path, json.dumps(HELLO), place)
    assert "UV_PROJECT_ENVIRONMENT" in json.loads(done.stdout)["error"]["message"]
    assert set(tmp_path.rglob("*")) == before


def test_packages_without_the_server_are_answered_for_too(launcher: Path, programs: Path, tmp_path: Path) -> None:
    uv(programs, "exit 0")
    answer, _ = started(launcher, programs, tmp_path, json.dumps(HELLO))
    assert f"{tmp_path}/venv/bin/mcp-server-kitsu" in answer["error"]["message"]


@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_host_that_gives_up_during_the_installation_leaves_nothing_running(
    launcher: Path, programs: Path, tmp_path: Path, way: signal.Signals
) -> None:
    # The fake uv holds the writing end of this pipe, which says when it has begun and, by its end, when it is gone.
    uv(programs, "echo begun >&3; exec sleep 300 2>/dev/null")
    (programs / "sleep").symlink_to(shutil.which("sleep") or "")
    command = 'exec 3>&1; exec "$0" "$1" >/dev/null'
    with (
        heeded(way),
        subprocess.Popen(
            [programs / "sh", "-c", command, programs / "sh", launcher],
            env={"PATH": str(programs), "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(way)
        assert process.wait(60) != 0
        assert select.select([process.stdout], [], [], 60)[0], "uv still runs"
        assert process.stdout.read() == ""
    assert [path for path in tmp_path.iterdir() if path.name.startswith("tmp.")] == []


def test_when_packages_cannot_be_installed_the_host_is_told_with_uvs_own_words(
    launcher: Path, programs: Path, tmp_path: Path
) -> None:
    uv(programs, "printf 'error: \"dns\" failed\\tfor \\\\ \\033[0m– index' >&2; exit 2")
    answer, _ = started(launcher, programs, tmp_path, json.dumps(HELLO))
    assert "needs files.pythonhosted.org and a package index" in answer["error"]["message"]
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
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[0])["result"]["serverInfo"]["name"] == "mcp-server-kitsu"


def test_uv_trusts_the_certificates_that_this_machine_trusts(launcher: Path, programs: Path, tmp_path: Path) -> None:
    uv(programs, 'echo "certificates: ${UV_SYSTEM_CERTS:-its own}"; exit 2')
    lists = re.findall(r"/etc/[\w./-]+", re.findall(r"^for list in (.*); do$", LAUNCHER.read_text(), re.MULTILINE)[0])
    trusted = "true" if any(Path(one).exists() for one in lists) else "its own"
    answer, _ = started(launcher, programs, tmp_path, json.dumps(HELLO))
    assert answer["error"]["message"].endswith(f"certificates: {trusted}")
