"""An MCP client without a model: plays the steps that a file holds for a task, and prints the answer it holds.

    python scripted_agent.py SCRIPTS.toml TASK PROMPT MCP_CONFIG [auto|legacy]

A script is a table by the task's name: `steps` are calls (`tool` and `arguments`), `answer` is what it prints. For
what agents do wrong: `exit` is an exit code, `hangs = true` never answers.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, StdioServerParameters

LINK = "{link}"
"""In an argument: the link that the prompt holds."""
CODE = "{code}"
"""In an argument: the code of the change that the call before made."""


def main(scripts: str, task: str, prompt: str, mcp_config: str, mode: str = "auto") -> int:
    """Play, print, and end as the script says."""
    script: dict[str, Any] = tomllib.loads(Path(scripts).read_text())[task]
    server = json.loads(Path(mcp_config).read_text())["mcpServers"]["kitsu"]
    anyio.run(_connect_and_play, StdioServerParameters(**server), script, prompt, mode)
    sys.stdout.write(script.get("answer", ""))
    return script.get("exit", 0)


async def play_steps(client: Client, script: dict[str, Any], prompt: str) -> None:
    """Make the script's calls, one after the other."""
    await client.list_tools()
    code = ""
    for step in script.get("steps", ()):
        arguments = {name: _filled(one, prompt, code) for name, one in step["arguments"].items()}
        answer = await client.call_tool(step["tool"], arguments)
        code = str(answer.structured_content["journal"]) if "journal" in (answer.structured_content or {}) else ""


async def _connect_and_play(server: StdioServerParameters, script: dict[str, Any], prompt: str, mode: str) -> None:
    async with Client(server, mode=mode) as client:
        await play_steps(client, script, prompt)
        if script.get("hangs"):
            await anyio.sleep_forever()


def _filled(value: Any, prompt: str, code: str) -> Any:
    if not isinstance(value, str):
        return value
    link = re.search(r"https?://\S+", prompt)
    return value.replace(LINK, link[0] if link else LINK).replace(CODE, code)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
