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
import anyio._backends._asyncio, filelock, gazu, mcp.server.mcpserver, mcp.server.stdio, mcp.types, orjson, platformdirs
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
    with subprocess.Popen(
        [sys.executable, "-c", AS_THERE],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "KITSU_JOURNAL": str(tmp_path / "journal.sqlite3")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        send, received = server.stdin, map(json.loads, server.stdout)

        def answer(method: str, **params: Any) -> dict[str, Any]:
            send.write(json.dumps({"jsonrpc": "2.0", "id": method, "method": method, "params": params}) + "\n")
            send.flush()
            return next(one for one in received if one.get("id") == method)["result"]

        answer("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo={"name": "test", "version": "1"})
        send.write('{"jsonrpc": "2.0", "method": "notifications/initialized"}\n')
        assert answer("tools/list")["tools"]
        said = answer("tools/call", name="list_projects", arguments={})
        assert "No Kitsu is configured" in said["content"][0]["text"]
        assert answer("resources/read", uri="kitsu://skill/SKILL.md")["contents"][0]["text"].startswith("---")
        send.close()
        assert server.wait(60) == 0
