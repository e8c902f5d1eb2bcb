"""What starts the plugin's server says why it cannot, in a way that hosts show to the person."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import installation
from support.signals import heeded

CHECKOUT = Path(__file__).parents[2]
EVERYBODYS = ', "/opt/homebrew/bin", "/usr/local/bin"'
HELLO = {
    "jsonrpc": "2.0",
    "id": 7,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
MAKES_AN_ENVIRONMENT = """
mkdir -p "$UV_PROJECT_ENVIRONMENT/bin"
echo "home = /" >"$UV_PROJECT_ENVIRONMENT/pyvenv.cfg"
touch "$UV_PROJECT_ENVIRONMENT/bin/python"
printf '#!/bin/sh\\nexec /bin/cat\\n' >"$UV_PROJECT_ENVIRONMENT/bin/mcp-server-kitsu"
chmod +x "$UV_PROJECT_ENVIRONMENT/bin/mcp-server-kitsu"
"""
"""Its server says what it hears."""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder for all programs that there are on PATH: none to begin with, no uv and no shell."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


@pytest.fixture
def launcher(tmp_path: Path) -> Path:
    """The launcher, looking for uv in none of the folders that are everybody's: on some machines it is there."""
    copy = tmp_path / "plugin"
    (copy / "server").mkdir(parents=True)
    for name in ("server/start.py", "server/installation.py", "pyproject.toml", "uv.lock"):
        shutil.copy(CHECKOUT / name, copy / name)
    text = (CHECKOUT / "server" / "installation.py").read_text(encoding="utf-8")
    assert EVERYBODYS in text
    (copy / "server" / "installation.py").write_text(text.replace(EVERYBODYS, ""), encoding="utf-8")
    return copy / "server" / "start.py"


def uv(folder: Path, script: str) -> None:
    """Stands for uv, which is not to install anything here."""
    program = folder / "uv"
    program.unlink(missing_ok=True)  # a shell may be reading it
    program.write_text(f"#!/bin/sh\nPATH=/bin:/usr/bin\n{script}\n", encoding="utf-8")
    program.chmod(0o755)


def started(launcher: Path, programs: Path, home: Path, request: str) -> tuple[dict[str, Any], str]:
    """What the launcher answers to a host's first line, and what it says on stderr."""
    done = launched(launcher, programs, home, f"{request}\n", str(home / "venv"))
    assert done.returncode == 1
    return json.loads(done.stdout), done.stderr


def launched(
    launcher: Path, programs: Path, home: Path, said: str, environment: str, **more: str
) -> subprocess.CompletedProcess[str]:
    """The launcher's whole run on what a host says, with this value of UV_PROJECT_ENVIRONMENT."""
    return subprocess.run(
        [sys.executable, launcher],
        env=surroundings(programs, home) | {"UV_PROJECT_ENVIRONMENT": environment} | more,
        input=said,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def surroundings(programs: Path, home: Path) -> dict[str, str]:
    return {"PATH": str(programs), "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}


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
    done = launched(launcher, programs, tmp_path, "\r\n".join(lines), "not/whole")
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [identity] * 3


@pytest.mark.parametrize(
    "message",
    [
        {"method": "notifications/cancelled", "params": {"id": 5, "requestId": 6}},
        {"method": "notifications/cancelled", "params": {"id": 5}, "id": 5},
        {"id": 5, "result": {"method": "x"}},
        {"id": 1.5, "method": "ping"},
        {"id": True, "method": "ping"},
        {"id": None, "method": "ping", "params": {"id": 5}},
        [{"id": 5, "method": "ping"}],
        "id",
    ],
)
def test_what_is_no_request_gets_no_answer(launcher: Path, programs: Path, tmp_path: Path, message: Any) -> None:
    strange = f"{json.dumps(message)}\nno json\n\n{'[' * 9999}\n"
    done = launched(launcher, programs, tmp_path, f"{strange}{json.dumps(HELLO)}\n", "not/whole")
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [HELLO["id"]]


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


def test_a_place_that_cannot_be_written_is_named(launcher: Path, programs: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = launched(launcher, programs, tmp_path, json.dumps(HELLO), f"{tmp_path}/file/venv")
    assert f"{tmp_path}/file" in json.loads(done.stdout)["error"]["message"]


@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_a_host_that_gives_up_ends_the_launcher_and_the_installation_is_finished_for_the_next_start(
    launcher: Path, programs: Path, tmp_path: Path, way: signal.Signals
) -> None:
    # The fake uv holds the writing end of this pipe, which says when it has begun and, by its end, when it is gone.
    os.mkfifo(go_on := tmp_path / "go-on")
    os.mkfifo(life := tmp_path / "life")
    uv(programs, f"[ $1 = venv ] || exit 0\nexec 3>{life}\necho begun >&3\nread _ <{go_on}{MAKES_AN_ENVIRONMENT}")
    environment = surroundings(programs, tmp_path) | {"UV_PROJECT_ENVIRONMENT": f"{tmp_path}/venv"}
    with (
        heeded(way) if way != signal.SIGKILL else open(os.devnull),  # noqa: PTH123
        subprocess.Popen([sys.executable, launcher], env=environment, stdin=subprocess.PIPE) as process,
        life.open() as alive,
    ):
        assert alive.readline() == "begun\n"
        process.send_signal(way)
        assert process.wait(60) != 0
        assert not select.select([alive], [], [], 0)[0], "the installation ended with its launcher"
        go_on.write_text("\n")
        assert select.select([alive], [], [], 60)[0]
        assert alive.read() == ""
    done = launched(launcher, programs, tmp_path, "hello\n", f"{tmp_path}/venv")
    assert (done.returncode, done.stdout, done.stderr) == (0, "hello\n", "")


def test_an_installation_that_is_killed_is_made_anew(launcher: Path, programs: Path, tmp_path: Path) -> None:
    uv(programs, f'echo "$@" >>{tmp_path}/asked\n{MAKES_AN_ENVIRONMENT}\n[ $1 = venv ] || kill -9 $PPID')
    for _ in range(2):
        answer, _ = started(launcher, programs, tmp_path, json.dumps(HELLO))
        assert "broke off" in answer["error"]["message"]
    uv(programs, f'echo "$@" >>{tmp_path}/asked\n{MAKES_AN_ENVIRONMENT}')
    done = launched(launcher, programs, tmp_path, "hello\n", f"{tmp_path}/venv")
    assert (done.returncode, done.stdout) == (0, "hello\n")
    asked = [line.split()[:2] for line in (tmp_path / "asked").read_text().splitlines()]
    assert [words for words in asked if words[0] in ("venv", "export")] == [
        ["venv", f"{tmp_path}/venv"],
        ["export", "--frozen"],
        ["venv", "--clear"],
        ["export", "--frozen"],
        ["venv", "--clear"],
        ["export", "--frozen"],
    ]


def test_a_slow_installation_is_said_in_time_with_what_failed_before(
    launcher: Path, programs: Path, tmp_path: Path
) -> None:
    os.mkfifo(go_on := tmp_path / "go-on")
    uv(programs, "echo 'no route to the index' >&2; exit 2")
    started(launcher, programs, tmp_path, json.dumps(HELLO))
    uv(programs, f"[ $1 = venv ] || exit 0\necho one >>{tmp_path}/made\nread _ <{go_on}{MAKES_AN_ENVIRONMENT}")
    place = f"{tmp_path}/venv"
    for _ in range(2):  # the second finds the first one's installation going on
        done = launched(launcher, programs, tmp_path, json.dumps(HELLO), place, MCP_TIMEOUT="500")
        assert done.returncode == 1
        answer = json.loads(done.stdout)
        assert answer["id"] == HELLO["id"]
        assert "are being installed" in answer["error"]["message"]
        assert "Reconnect in a minute" in answer["error"]["message"]
        assert "no route to the index" in answer["error"]["message"]
    go_on.write_text("\n")
    done = launched(launcher, programs, tmp_path, "hello\n", place)
    assert (done.returncode, done.stdout) == (0, "hello\n")
    assert (tmp_path / "made").read_text() == "one\n"


def test_when_packages_cannot_be_installed_the_host_is_told_with_uvs_own_words(
    launcher: Path, programs: Path, tmp_path: Path
) -> None:
    uv(programs, "printf 'error: \"dns\" failed\\tfor C:\\\\ \\033[0m– index\\nsecond line' >&2; exit 2")
    answer, _ = started(launcher, programs, tmp_path, json.dumps(HELLO))
    assert "needs files.pythonhosted.org and a package index" in answer["error"]["message"]
    assert answer["error"]["message"].endswith('error: "dns" failed for C:\\ [0m– index second line')
    assert not (tmp_path / "venv").exists()


def test_uv_is_found_where_its_installer_puts_it_and_asked_for_the_locked_packages(
    launcher: Path, programs: Path, tmp_path: Path
) -> None:
    installed = tmp_path / ".local" / "bin"
    installed.mkdir(parents=True)
    uv(installed, f'echo "$@" >>{tmp_path}/asked{MAKES_AN_ENVIRONMENT}')
    done = launched(launcher, programs, tmp_path, "hello\n", f"{tmp_path}/venv")
    assert (done.returncode, done.stdout) == (0, "hello\n")
    python, root = tmp_path / "venv" / "bin" / "python", launcher.parents[1]
    always = f"--quiet --color never --project {root}"
    assert (tmp_path / "asked").read_text(encoding="utf-8").splitlines() == [
        f"venv {tmp_path}/venv {always}",
        f"export --frozen --no-dev --group build --extra video --extra exchange --no-emit-project {always}",
        f"pip sync --require-hashes --compile-bytecode --python {python} - {always}",
        f"pip install --no-deps --no-build-isolation --python {python} --editable {root} {always}",
    ]


def test_where_there_is_no_package_of_what_shows_pictures_the_server_starts_without(
    launcher: Path, programs: Path, tmp_path: Path
) -> None:
    fails = 'echo "$@" >>{0}/asked; if grep -q "extra video" {0}/asked && [ "$2" = sync ] && ! [ -e {0}/once ]; then '
    fails += "touch {0}/once; echo no wheel >&2; exit 1; fi"
    uv(programs, fails.format(tmp_path) + MAKES_AN_ENVIRONMENT)
    done = launched(launcher, programs, tmp_path, "hello\n", f"{tmp_path}/venv")
    assert (done.returncode, done.stdout) == (0, "hello\n"), done.stderr
    asked = [line for line in (tmp_path / "asked").read_text(encoding="utf-8").splitlines() if "export" in line]
    assert ["--extra video" in line for line in asked] == [True, False]


def test_a_studios_own_python_set_up_does_not_reach_the_server(launcher: Path, programs: Path, tmp_path: Path) -> None:
    server = Path(sys.executable).with_name("mcp-server-kitsu")
    uv(programs, MAKES_AN_ENVIRONMENT.replace("/bin/cat", str(server)))
    (tmp_path / "pydantic.py").write_text("raise RuntimeError", encoding="utf-8")
    of_the_studio = {"PYTHONPATH": str(tmp_path), "VIRTUAL_ENV": str(tmp_path)}
    done = launched(launcher, programs, tmp_path, f"{json.dumps(HELLO)}\n", f"{tmp_path}/venv", **of_the_studio)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[0])["result"]["serverInfo"]["name"] == "mcp-server-kitsu"


def test_uv_trusts_the_certificates_that_this_machine_trusts(launcher: Path, programs: Path, tmp_path: Path) -> None:
    uv(programs, 'echo "certificates: ${UV_SYSTEM_CERTS:-its own}" >&2; exit 2')
    trusted = "true" if any(Path(one).exists() for one in installation.CERTIFICATES) else "its own"
    answer, _ = started(launcher, programs, tmp_path, json.dumps(HELLO))
    assert answer["error"]["message"].endswith(f"certificates: {trusted}")


def test_on_windows_the_launcher_stays_between_host_and_server(launcher: Path, programs: Path, tmp_path: Path) -> None:
    """As far as that can be seen elsewhere: exec would detach there, so that the host would believe that it ended."""
    scripts = tmp_path / "venv" / "Scripts"
    scripts.mkdir(parents=True)
    (tmp_path / "venv" / "pyvenv.cfg").write_text("home = /\n")
    (scripts / "python.exe").touch()
    (scripts / "mcp-server-kitsu.exe").write_text("#!/bin/sh\nread line\necho $PPID $line\nexit 9\n")
    (scripts / "mcp-server-kitsu.exe").chmod(0o755)
    as_there = (
        "import os, pathlib, runpy, subprocess, sys; sys.platform = 'win32'; sys.path.insert(0, sys.argv[1]); "
        "import installation; installation.STAMP.write_text(installation._wanted()); print(os.getpid(), flush=True); "
        "runpy.run_path(sys.argv[1] + '/start.py', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", as_there, launcher.parent],
        env=surroundings(programs, tmp_path) | {"UV_PROJECT_ENVIRONMENT": f"{tmp_path}/venv"},
        input="hello\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    launched_by, heard = done.stdout.splitlines()
    assert (done.returncode, heard, done.stderr) == (9, f"{launched_by} hello", "")
