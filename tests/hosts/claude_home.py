"""A scratch home folder for the real Claude Code: no sign-in, nothing of this machine's own settings.

with claude_home(binary) as home:
    home.run("mcp", "list")

Nothing leaves the machine: the model's API is `stand_in_api`, which also notes whatever else would have gone out.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from hosts.stand_in_api import StandIn

CHECKOUT = Path(__file__).parents[2]
REPOSITORY = "mcp-server-kitsu/mcp-server-kitsu"
PROGRAMS = Path(__file__).parent / "node_modules" / ".bin"
"""Where `make clients` installs what the tests drive."""
CLAUDE = PROGRAMS / "claude"
UV = CHECKOUT / ".uv" / "bin" / "uv"

PATIENCE_SECONDS = 120

_KEY = "none-none-none-none-x"
_NOT_TAKEN_OVER = ("ANTHROPIC_", "CLAUDE", "GIT_", "KITSU_", "MCP_", "PYTHON", "TRACKER_", "VIRTUAL_ENV", "XDG_")


@dataclass(frozen=True)
class Server:
    """How the MCP server is started."""

    command: Sequence[str]
    env: dict[str, str]


@dataclass(frozen=True)
class ClaudeHome:
    """The real Claude Code with a home folder and a project folder of its own. `env` is what it runs in."""

    binary: Path
    folder: Path
    env: dict[str, str]

    @property
    def home(self) -> Path:
        """Its home folder."""
        return self.folder / "home"

    @property
    def project(self) -> Path:
        """The folder it is started in."""
        return self.folder / "robo-garden"

    @property
    def wire_log(self) -> Path:
        """What `wire_tap` notes of a server that was connected with `connect`."""
        return self.folder / "wire.jsonl"

    @property
    def wire(self) -> list[dict[str, Any]]:
        """What host and connected server said so far."""
        return (
            [json.loads(line) for line in self.wire_log.read_text().rpartition("\n")[0].splitlines()]
            if self.wire_log.exists()
            else []
        )

    def run(self, *arguments: str | Path, api: StandIn | None = None, before: Sequence[str] = ()) -> str:
        """What a command of Claude Code prints. `before` is what runs it: `setpriv` and its options, for one.

        Raises:
            SubprocessError: it did not exit 0; the output is in it.
        """
        done = subprocess.run(
            [*before, self.binary, *arguments],
            cwd=self.project,
            env=self.env | (talking_to(api) if api else {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        if done.returncode:
            raise subprocess.SubprocessError(f"claude {arguments} exited {done.returncode}:\n{done.stdout}")
        return done.stdout

    def allow(self, tools: Iterable[str]) -> None:
        """As after a person who let these tools run without being asked by the host itself."""
        self._settle(self.home / ".claude" / "settings.json", {"permissions": {"allow": sorted(tools)}})

    def connect(self, server: Server) -> None:
        """As after `claude mcp add kitsu`, with `wire_tap` between host and server."""
        tap = [str(Path(__file__).with_name("wire_tap.py")), str(self.wire_log), *server.command]
        connected = {"type": "stdio", "command": sys.executable, "args": tap, "env": server.env}
        project = {"hasTrustDialogAccepted": True, "mcpServers": {"kitsu": connected}}
        self._settle(self.home / ".claude.json", {"projects": {str(self.project): project}})

    def install_plugin(self, forge: Path, **options: str) -> None:
        """As README says: add the marketplace from GitHub, for which the folder `forge` stands here, and install."""
        instead = f'[url "{forge.as_uri()}/"]\n\tinsteadOf = https://github.com/\n'
        (self.home / ".gitconfig").write_text(instead, encoding="utf-8")
        self.run("plugin", "marketplace", "add", REPOSITORY)
        configured = [word for name, value in options.items() for word in ("--config", f"{name}={value}")]
        self.run("plugin", "install", "kitsu@kitsu-tools", *configured)

    def wait_for_silence(self) -> None:
        """Wait until no process is left that was started from here.

        Raises:
            TimeoutError: some do not end; says which.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while left := self._processes():
            if time.monotonic() > deadline:
                raise TimeoutError(f"still running: {left}")
            time.sleep(0.1)

    def start_over(self) -> None:
        """As before the first start of a person who trusts the project folder and is not signed in."""
        (self.home / ".claude").mkdir(parents=True)
        self.project.mkdir()
        state = {
            "hasCompletedOnboarding": True,
            "theme": "dark",
            "customApiKeyResponses": {"approved": [_KEY[-20:]], "rejected": []},
            "projects": {str(self.project): {"hasTrustDialogAccepted": True}},
        }
        self._settle(self.home / ".claude.json", state)

    def _processes(self) -> list[str]:
        """The command lines of the processes whose home folder this is; none where /proc does not tell."""
        ours = f"HOME={self.home}\0".encode()
        lines: list[str] = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it is another's, or ended meanwhile
                if ours in (process / "environ").read_bytes():
                    lines.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        return lines

    def _settle(self, path: Path, settings: dict[str, Any]) -> None:
        before: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(before | settings))


@contextmanager
def claude_home(binary: Path = CLAUDE) -> Generator[ClaudeHome]:
    """A home folder that is gone afterwards. On its PATH are this checkout's uv, and an ssh that reaches nobody."""
    with tempfile.TemporaryDirectory(prefix="claude-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        programs = folder / "bin"
        programs.mkdir()
        (programs / "uv").symlink_to(UV)
        (programs / "ssh").symlink_to(shutil.which("false") or "/bin/false")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_TAKEN_OVER)}
        env = {
            "PATH": f"{programs}:{binary.parent}:{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "HOME": str(folder / "home"),
            # What uv installs for the plugin is on this machine already, so that nothing needs to be fetched.
            "UV_CACHE_DIR": subprocess.run(
                [UV, "cache", "dir"], capture_output=True, text=True, check=True
            ).stdout.strip(),
            "UV_PYTHON": sys.executable,
            "UV_PYTHON_DOWNLOADS": "never",
            "ANTHROPIC_API_KEY": _KEY,
            "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",  # nobody there; else commands wait for what they cannot reach
            "DISABLE_AUTOUPDATER": "1",
            # Before the first request it waits for its servers, so that what it tells the model up front is not chance.
            "MCP_CONNECTION_NONBLOCKING": "0",
            # By default 30 s, in which a busy machine does not always install what the server needs.
            "MCP_TIMEOUT": str(PATIENCE_SECONDS * 1000),
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        }
        home = ClaudeHome(binary.absolute(), folder, inherited | env)
        home.start_over()
        try:
            yield home
        finally:
            home.wait_for_silence()


def talking_to(api: StandIn) -> dict[str, str]:
    """The variables with which the stand-in is the model's API, and the way out for everything else."""
    ways_out = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), api.url)
    inside = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
    return {"ANTHROPIC_BASE_URL": api.url, **ways_out, **inside}
