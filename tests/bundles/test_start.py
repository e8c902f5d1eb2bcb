"""The server out of the unpacked Agent Plugins bundle, started as the format says."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from pathlib import Path
from typing import Any

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from kitsu_tools.catalog import offered

CHECKOUT = Path(__file__).parents[2]


def test_the_server_starts_out_of_the_archive_as_its_manifest_says(dist: Path, tmp_path: Path) -> None:
    (archive,) = dist.glob("*-agent-plugin.zip")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path)
    root, data = tmp_path / "kitsu", tmp_path / "data"
    data.mkdir()
    (server,) = json.loads((root / "mcp.json").read_text(encoding="utf-8"))["mcpServers"].values()

    def expanded(text: str) -> str:
        return text.replace("${PLUGIN_ROOT}", str(root)).replace("${PLUGIN_DATA}", str(data))

    ours = {name: value for name, value in os.environ.items() if not name.startswith(("KITSU_", "TRACKER_"))}
    environment = {
        **ours,
        "PATH": os.pathsep.join([str(CHECKOUT / ".uv" / "bin"), os.environ["PATH"]]),
        "UV_PYTHON": sys.executable,  # the one whose packages are in the cache
        "MCP_TIMEOUT": "300000",  # for a busy machine
        **{name: expanded(value) for name, value in server["env"].items()},
    }
    parameters = StdioServerParameters(
        command=server["command"], args=[expanded(one) for one in server["args"]], env=environment, cwd=root
    )
    before = {path for path in root.rglob("*") if "__pycache__" not in path.parts}
    tools, skill = anyio.run(asked, parameters)
    assert tools == [entry.name for entry in offered()]
    assert skill == (root / "skills" / "kitsu" / "SKILL.md").read_text(encoding="utf-8")
    assert list(data.glob("venv/**/mcp_server_kitsu*"))
    assert list(data.glob("venv/**/*kitsu_sandbox*")) == []
    assert {path for path in root.rglob("*") if "__pycache__" not in path.parts} == before


async def asked(parameters: StdioServerParameters) -> tuple[list[str], str]:
    async with Client(parameters) as client:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        (page,) = (await client.read_resource("kitsu://skill/SKILL.md")).contents
    content: Any = page
    return tools, content.text
