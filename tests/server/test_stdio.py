"""The server as a host runs it: a process of its own, spoken to over stdin and stdout."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast
from unittest import mock

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import TextContent

from kitsu_server.__main__ import main
from kitsu_tools.catalog import CATALOG, offered
from support.doing import comment, task_id

if TYPE_CHECKING:
    from collections.abc import Generator

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

PROGRAM_NAME = "mcp-server-kitsu"
PROGRAM = str(Path(sys.executable).with_name(PROGRAM_NAME))
TASK = "Salt Harbour/SQ010/SH0010:Layout"
SECRET = "quite-secret-8d1f"
STOP_SECONDS = 6
PATIENCE_SECONDS = 120


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What a host passes on when nothing is configured; home and its folders are new."""
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "KITSU_JOURNAL": str(tmp_path / "journal.sqlite3")}


@dataclass
class Server:
    """A server process spoken to line by line. `said` is everything it wrote to stdout."""

    process: subprocess.Popen[str]
    stderr: Path
    said: list[str]
    number: int = 0

    def tell(self, method: str, **params: Any) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer to a request, errors included."""
        self.number += 1
        self._send({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params})
        for line in cast("IO[str]", self.process.stdout):
            self.said.append(line)
            message = json.loads(line)
            if message.get("id") == self.number:
                return message
        raise AssertionError(self.stderr.read_text())

    def stop_by(self, way: str) -> float:
        """Stop it and return how many seconds it took to exit."""
        began = time.monotonic()
        if way == "EOF":
            cast("IO[str]", self.process.stdin).close()
        else:
            self.process.send_signal(signal.Signals[way])
        self.process.wait(PATIENCE_SECONDS)
        self.said += cast("IO[str]", self.process.stdout)
        return time.monotonic() - began

    def _send(self, message: dict[str, Any]) -> None:
        stdin = cast("IO[str]", self.process.stdin)
        stdin.write(json.dumps(message) + "\n")
        stdin.flush()


@contextmanager
def started(environment: dict[str, str]) -> Generator[Server]:
    """A server that has shaken hands; it is killed when the block ends or takes too long."""
    stderr = Path(environment["HOME"], "stderr")
    with stderr.open("w") as errors:
        process = subprocess.Popen(
            [PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        )
    watchdog = threading.Timer(PATIENCE_SECONDS, process.kill)
    watchdog.start()
    try:
        with process:
            server = Server(process, stderr, [])
            client = {"name": "test", "version": "1"}
            server.ask("initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=client)
            server.tell("notifications/initialized")
            yield server
            process.kill()
    finally:
        watchdog.cancel()
        process.kill()


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *arguments], env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )


def reaching(kitsu: Connection, environment: dict[str, str]) -> dict[str, str]:
    return environment | {"KITSU_HOST": kitsu.host, "KITSU_BOT_TOKEN_FILE": str(kitsu.token_files["supervisor"])}


@pytest.mark.anyio
async def test_with_nothing_set_it_starts_lists_its_tools_and_says_what_to_configure(
    environment: dict[str, str], mode: Mode, tmp_path: Path
) -> None:
    parameters = StdioServerParameters(command=PROGRAM, env=environment)
    with (tmp_path / "stderr").open("w") as errors:
        async with Client(stdio_client(parameters, errlog=errors), mode=mode) as client:
            tools = (await client.list_tools()).tools
            result = await client.call_tool("list_projects", {})
    assert [tool.name for tool in tools] == [entry.name for entry in offered()]
    assert result.is_error
    (said,) = result.content
    assert isinstance(said, TextContent)
    assert "Set KITSU_HOST" in said.text
    assert (tmp_path / "stderr").read_text() == ""


@pytest.mark.anyio
async def test_it_answers_from_kitsu(kitsu: Connection, environment: dict[str, str], mode: Mode) -> None:
    parameters = StdioServerParameters(command=PROGRAM, env=reaching(kitsu, environment))
    async with Client(parameters, mode=mode) as client:
        assert client.server_info is not None
        assert (client.server_info.name, client.server_info.version) == (PROGRAM_NAME, version(PROGRAM_NAME))
        result = await client.call_tool("list_projects", {})
    assert result.structured_content is not None
    assert [row[0] for row in result.structured_content["rows"]] == ["Robo Garden", "Salt Harbour"]


@pytest.mark.parametrize("way", ["EOF", "SIGINT", "SIGTERM"])
def test_it_stops_cleanly_before_anything_was_asked(environment: dict[str, str], way: str) -> None:
    with started(environment) as server:
        assert server.stop_by(way) < STOP_SECONDS
    assert server.process.returncode == 0
    assert server.stderr.read_text() == ""


@pytest.mark.parametrize(
    ("way", "channel"), [("EOF", ""), ("EOF", "me"), ("SIGINT", ""), ("SIGTERM", ""), ("SIGTERM", "me")]
)
def test_it_stops_cleanly_while_connected_to_kitsu(
    kitsu: Connection, environment: dict[str, str], way: str, channel: str
) -> None:
    with started(reaching(kitsu, environment) | {"KITSU_CHANNEL": channel}) as server:
        server.ask("tools/list")
        server.ask("tools/call", name="list_projects", arguments={})
        heard = server.ask("tools/call", name="wait_for_events", arguments={"seconds": 0})
        assert "notes" not in heard["result"]["structuredContent"]  # the stream stands
        assert server.stop_by(way) < STOP_SECONDS
    assert server.process.returncode == 0
    assert server.stderr.read_text() == ""


def test_a_channel_is_declared_and_what_happens_is_told_on_the_wire(
    pristine: Connection, environment: dict[str, str]
) -> None:
    given = reaching(pristine, environment) | {"KITSU_CHANNEL": "person=Admin Bot"}
    with started(given) as server:
        greeted = json.loads(server.said[0])["result"]
        server.ask("tools/list")
        server.ask("tools/call", name="wait_for_events", arguments={"seconds": 0})
        comment(pristine, task_id(pristine, TASK), "on the wire")
        told = json.loads(cast("IO[str]", server.process.stdout).readline())
        refused = server.ask("server/discover")["error"]["message"]
    assert greeted["protocolVersion"] == "2025-06-18"
    assert greeted["capabilities"]["experimental"] == {"claude/channel": {}}
    assert refused == "Method not found"
    assert told.keys() == {"jsonrpc", "method", "params"}
    assert told["method"] == "notifications/claude/channel"
    assert told["params"].keys() == {"content", "meta"}
    assert '"on the wire"' in told["params"]["content"]
    assert all(isinstance(value, str) for value in told["params"]["meta"].values())
    assert told["params"]["meta"]["task"] == TASK


def test_stdout_carries_nothing_but_protocol(kitsu: Connection, environment: dict[str, str]) -> None:
    chatty = reaching(kitsu, environment) | {"KITSU_LOG_LEVEL": "DEBUG"}
    with started(chatty) as server:
        server.ask("tools/list")
        server.ask("tools/call", name="list_shots", arguments={"under": "Salt Harbour/SQ010"})
        server.ask("tools/call", name="list_shots", arguments={"under": "Nowhere"})
        server.ask("tools/call", name="no_such_tool", arguments={})
        server.ask("tools/call", name="wait_for_events", arguments={"seconds": 0})
        server.ask("no/such/method")
        server.stop_by("EOF")
    assert "the event stream is connected" in server.stderr.read_text()
    assert kitsu.token("supervisor") not in server.stderr.read_text()
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in server.said)


@pytest.mark.parametrize(
    "variables",
    [
        {"KITSU_BOT_TOKEN": SECRET},
        {"KITSU_LOGIN": "admin@example.com", "KITSU_PASSWORD": SECRET},
        {"KITSU_BOT_TOKEN": SECRET, "KITSU_PROXY": f"http://me:{SECRET}@127.0.0.1:1"},
    ],
    ids=["token", "password", "proxy"],
)
def test_a_refused_secret_shows_nowhere(
    kitsu: Connection, environment: dict[str, str], variables: dict[str, str]
) -> None:
    with started(environment | {"KITSU_HOST": kitsu.host, "KITSU_LOG_LEVEL": "DEBUG"} | variables) as server:
        server.ask("tools/list")
        answer = server.ask("tools/call", name="list_projects", arguments={})
        server.stop_by("EOF")
    assert answer["result"]["isError"]
    assert SECRET not in "".join(server.said) + server.stderr.read_text()


def test_a_good_token_shows_nowhere(kitsu: Connection, environment: dict[str, str]) -> None:
    with started(reaching(kitsu, environment) | {"KITSU_LOG_LEVEL": "DEBUG"}) as server:
        server.ask("tools/list")
        answer = server.ask("tools/call", name="list_projects", arguments={})
        server.stop_by("EOF")
    assert not answer["result"]["isError"]
    assert kitsu.token("supervisor") not in "".join(server.said) + server.stderr.read_text()


WRONG = [
    ("KITSU_HOST", f"htps://kitsu-{SECRET}.example.com", "KITSU_HOST is not an http or https address."),
    ("KITSU_HOST", f"https://me:{SECRET}@kitsu.example.com", "KITSU_HOST holds a user name or password."),
    ("KITSU_LOG_LEVEL", SECRET, "KITSU_LOG_LEVEL: "),
    ("KITSU_JOURNAL", f"~{SECRET}/journal.sqlite3", "KITSU_JOURNAL: "),
]


@pytest.mark.parametrize(("name", "value", "reason"), WRONG)
def test_with_a_wrong_setting_it_serves_and_every_tool_says_which(
    environment: dict[str, str], name: str, value: str, reason: str
) -> None:
    with started(environment | {"KITSU_BOT_TOKEN": SECRET, "KITSU_HOST": "127.0.0.1:1"} | {name: value}) as server:
        tools = server.ask("tools/list")["result"]["tools"]
        answers = [
            server.ask("tools/call", name="list_projects", arguments={}),
            server.ask("tools/call", name="list_shots", arguments={"under": "Salt Harbour"}),
        ]
        server.stop_by("EOF")
    assert server.process.returncode == 0
    assert [tool["name"] for tool in tools] == [entry.name for entry in offered()]
    for answer in answers:
        assert answer["result"]["isError"]
        assert reason in answer["result"]["content"][0]["text"]
    stderr = server.stderr.read_text()
    assert stderr.startswith(f"mcp-server-kitsu: {reason}")
    assert stderr.count("\n") == 1
    assert SECRET not in "".join(server.said) + stderr


@pytest.mark.parametrize(("name", "value", "reason"), WRONG)
def test_doctor_says_a_wrong_setting_in_one_line_and_ends(
    environment: dict[str, str], capfd: pytest.CaptureFixture[str], name: str, value: str, reason: str
) -> None:
    with mock.patch.dict(os.environ, environment | {name: value}, clear=True):
        code = main(["doctor"])
    out, err = capfd.readouterr()
    if name == "KITSU_LOG_LEVEL":  # one stands for all: a process of its own says and ends the same
        done = run(environment | {name: value}, "doctor")
        assert (done.returncode, done.stdout, done.stderr) == (code, out, err)
    assert code == 2
    assert out == ""
    assert err.startswith(f"mcp-server-kitsu: {reason}")
    assert err.count("\n") == 1
    assert SECRET not in err


def test_version_and_help_are_what_people_expect(environment: dict[str, str]) -> None:
    assert run(environment, "--version").stdout == f"mcp-server-kitsu {version('mcp-server-kitsu')}\n"
    helped = run(environment, "--help")
    assert helped.returncode == 0
    assert all(command in helped.stdout for command in ("doctor", "demo", "KITSU_HOST"))
    assert run(environment, "wibble").returncode == 2


def test_a_start_imports_neither_gazu_nor_the_other_commands_nor_any_tool(environment: dict[str, str]) -> None:
    script = (
        "import sys; from kitsu_server import __main__ as m; from kitsu_server import stdio; "
        "stdio.serve_stdio = lambda *_: None; m.main([]); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "kitsu_server.app" in loaded
    assert not {"gazu", "socketio", "aiohttp", "filelock", "kitsu_server.doctor", "kitsu_sandbox"} & loaded
    assert not {f"kitsu_tools.{entry.module}" for entry in CATALOG} & loaded


def test_demo_says_where_the_sandbox_comes_from_when_it_is_not_installed(environment: dict[str, str]) -> None:
    script = "import sys; sys.modules['kitsu_sandbox'] = None; from kitsu_server import __main__ as m; exit(m.main())"
    done = subprocess.run(
        [sys.executable, "-c", script, "demo"], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("mcp-server-kitsu demo: the sandbox Kitsu that the demo runs on is not installed")
    assert "`make demo`" in done.stderr
    assert done.stderr.count("\n") == 1
