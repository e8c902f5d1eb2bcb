"""The real Codex, not signed in, as editors drive it: asked on a page, and what it accepts by itself is no yes."""

from __future__ import annotations

import json
import subprocess
import threading
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from hosts.claude_home import PATIENCE_SECONDS, PROGRAMS
from hosts.test_bundles import outside
from support.browser import Browser
from support.held import held_to_plan, nothing_written

if TYPE_CHECKING:
    from pathlib import Path

    from hosts.claude_home import Server
    from kitsu_sandbox.lifecycle import Connection

CHANGE = {"tasks": ["Salt Harbour/SQ010/SH0020:Animation"], "status": "done", "text": "Approved, thank you."}


@pytest.mark.parametrize("answer", ["yes", "no", ""], ids=["yes on the page", "no on the page", "accepted by itself"])
def test_only_the_page_confirms_a_change_in_codex(
    pristine: Connection, server: Server, journal: Path, tmp_path: Path, answer: str
) -> None:
    server.env["KITSU_ANSWER_SECONDS"] = "60" if answer else "0.5"
    with held_to_plan(pristine, journal) if answer == "yes" else nothing_written(pristine):
        receipt, asked = _played(server, tmp_path, answer)
    assert asked["mode"] == "url"
    assert "Salt Harbour/SQ010/SH0020:Animation (wfa → done)" in asked["message"]
    outcome = {"yes": "1 applied", "no": "Nothing was written: the person said no (decline)"}
    assert receipt["outcome"].startswith(outcome.get(answer, "Nothing was written: the person was asked on a page"))
    assert asked["url"] not in json.dumps(receipt)


def _played(server: Server, home: Path, answer: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """One call of `change_status`: its answer, and what Codex asked its editor, which accepts at once."""
    command, *arguments = server.command
    environment = "".join(f"{name} = {json.dumps(value)}\n" for name, value in server.env.items())
    (home / "config.toml").write_text(
        f"check_for_update_on_startup = false\n[analytics]\nenabled = false\n[mcp_servers.kitsu]\n"
        f"command = {json.dumps(command)}\nargs = {json.dumps(arguments)}\nstartup_timeout_sec = {PATIENCE_SECONDS}\n"
        f'default_tools_approval_mode = "approve"\n[mcp_servers.kitsu.env]\n{environment}',
        encoding="utf-8",
    )
    asked: list[dict[str, Any]] = []
    with subprocess.Popen(
        [PROGRAMS / "codex", "app-server"],
        env=outside() | {"HOME": str(home), "CODEX_HOME": str(home)},
        cwd=home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        send, received = process.stdin, process.stdout
        impatience = threading.Timer(PATIENCE_SECONDS, process.kill)
        impatience.start()

        def say(**message: Any) -> None:
            send.write(json.dumps(message) + "\n")
            send.flush()

        def ask(method: str, parameters: dict[str, Any]) -> Any:
            say(id=method, method=method, params=parameters)
            for line in received:
                one = json.loads(line)
                if one.get("method") == "mcpServer/elicitation/request":
                    asked.append(one["params"])
                    say(id=one["id"], result={"action": "accept", "content": None})
                    if answer:
                        anyio.run(_answers, one["params"]["url"], answer)
                elif one.get("id") == method and "method" not in one:
                    return one["result"]
            raise AssertionError("Codex ended")

        try:
            ask("initialize", {"clientInfo": {"name": "tests", "title": "Tests", "version": "1"}})
            thread = ask("thread/start", {"cwd": str(home)})["thread"]["id"]
            while not ask("mcpServerStatus/list", {})["data"][0]["tools"]:
                pass
            call = {"threadId": thread, "server": "kitsu", "tool": "change_status", "arguments": CHANGE}
            receipt = ask("mcpServer/tool/call", call)["structuredContent"]
        finally:
            impatience.cancel()
            process.terminate()
    return receipt, asked[0]


async def _answers(address: str, answer: str) -> None:
    person = Browser()
    await person.open(address)
    await person.answer(answer)
