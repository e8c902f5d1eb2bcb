"""The server on native Windows, as far as that can be seen elsewhere: without the modules and calls of POSIX alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

AS_THERE = """
import asyncio, importlib.abc, select, signal, sys
import anyio._backends._asyncio, gazu, mcp.server.mcpserver, mcp.server.stdio, mcp.types, orjson, platformdirs
import pydantic_settings, rapidfuzz, sqlite3, tenacity, truststore, tzlocal
import os

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, *_):
        if name in BLOCKED:
            raise ModuleNotFoundError(name)

BLOCKED = ("fcntl", "pwd", "grp", "resource", "termios", "tty", "pty", "syslog", "posix", "readline", "curses")
for name in BLOCKED:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Missing())
for module, names in {
    select: ("poll", "epoll"),
    os: ("fork", "getuid", "geteuid", "getgid", "setsid", "killpg", "getpgid", "chown", "mkfifo", "uname"),
    signal: ("SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGQUIT"),
}.items():
    for name in names:
        delattr(module, name)
asyncio.SelectorEventLoop.add_signal_handler = None
sys.platform = "win32"
from kitsu_server.__main__ import main
sys.exit(main([]))
"""


def test_the_server_starts_lists_its_tools_and_ends_with_its_host_where_there_is_no_posix(tmp_path: Path) -> None:
    version = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    told: list[dict[str, Any]] = [
        {"id": 1, "method": "initialize", "params": version},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/list"},
        {"id": 3, "method": "tools/call", "params": {"name": "list_projects", "arguments": {}}},
        {"id": 4, "method": "resources/read", "params": {"uri": "kitsu://skill/SKILL.md"}},
    ]
    done = subprocess.run(
        [sys.executable, "-c", AS_THERE],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "KITSU_JOURNAL": str(tmp_path / "journal.sqlite3")},
        input="".join(json.dumps({"jsonrpc": "2.0"} | one) + "\n" for one in told),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    answers = {one["id"]: one["result"] for one in map(json.loads, done.stdout.splitlines()) if "id" in one}
    assert (done.returncode, set(answers)) == (0, {1, 2, 3, 4}), done.stderr
    assert answers[2]["tools"]
    assert "No Kitsu is configured" in answers[3]["content"][0]["text"]
    assert answers[4]["contents"][0]["text"].startswith("---")
