"""The bundles in their hosts' own programs: Codex, the MCPB tool, and a linter with the formats' published schemas."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from bundles.__main__ import write
from hosts.claude_home import CHECKOUT, PATIENCE_SECONDS, PROGRAMS, UV
from kitsu_tools.catalog import offered

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from kitsu_sandbox.lifecycle import Connection

TOOLS = [entry.name for entry in offered()]
SOURCE_IS_NO_PART_OF_THE_FORMAT = 'version: "0.22.0"\nexclude: ["kitsu/source/**"]\n'
AS_CLAUDE_DESKTOP_RESOLVES_IT = """
import { readFileSync } from "node:fs";
import { getMcpConfigForManifest } from "@anthropic-ai/mcpb";
const [extensionPath, userConfig] = process.argv.slice(-2);
const manifest = JSON.parse(readFileSync(`${extensionPath}/manifest.json`, "utf8"));
const options = { manifest, extensionPath, systemDirs: {}, userConfig: JSON.parse(userConfig), pathSeparator: "/" };
console.log(JSON.stringify(await getMcpConfigForManifest(options)));
"""
NO_HOME_CALLS = "check_for_update_on_startup = false\n[analytics]\nenabled = false\n[feedback]\nenabled = false\n"


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    write(folder)
    return folder


@pytest.fixture
def bundle(dist: Path, tmp_path: Path) -> Path:
    """The MCP bundle, unpacked by the official tool."""
    (packed,) = dist.glob("*.mcpb")
    folder = tmp_path / "unpacked"
    run(PROGRAMS / "mcpb", "unpack", packed, folder)
    return folder


def test_the_bundles_carry_what_git_tracks_and_nothing_else(dist: Path, checkout: Path) -> None:
    source = dist / "agent-plugin" / "kitsu" / "source"
    carried = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    tracked = run("git", "-C", checkout, "ls-files", *(path.name for path in source.iterdir()))
    assert carried == set(tracked.splitlines())


def test_the_mcpb_tool_finds_the_manifest_valid_and_packs_the_same_files(
    bundle: Path, dist: Path, tmp_path: Path
) -> None:
    said = run(PROGRAMS / "mcpb", "validate", bundle / "manifest.json")
    assert "Manifest schema validation passes!" in said
    assert "ERROR" not in said
    run(PROGRAMS / "mcpb", "pack", bundle, tmp_path / "again.mcpb")
    (packed,) = dist.glob("*.mcpb")
    assert contents(tmp_path / "again.mcpb") == contents(packed)


def test_the_mcp_bundle_starts_as_claude_desktop_resolves_it_with_nothing_configured(bundle: Path) -> None:
    server = resolved(bundle, {})
    assert set(server["env"].values()) == {""}
    assert anyio.run(tools_of, server["command"], server["args"], server["env"]) == TOOLS


def test_the_mcp_bundle_starts_from_its_entry_point_too(bundle: Path) -> None:
    entry_point = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))["server"]["entry_point"]
    arguments: list[str] = ["run", "--directory", str(bundle), entry_point]
    assert anyio.run(tools_of, "uv", arguments) == TOOLS


def test_what_a_person_configures_reaches_the_mcp_bundles_server(bundle: Path, kitsu: Connection) -> None:
    given = {"kitsu_host": kitsu.host, "kitsu_bot_token": kitsu.token("manager"), "kitsu_user": "Mara Okafor"}
    assert resolved(bundle, given)["env"] == {
        "KITSU_HOST": kitsu.host,
        "KITSU_BOT_TOKEN": kitsu.token("manager"),
        "KITSU_USER": "Mara Okafor",
        "KITSU_PROJECT": "",
    }


def test_the_agent_plugin_and_the_registry_entry_keep_to_the_published_schemas(dist: Path, tmp_path: Path) -> None:
    marketplace, entry = tmp_path / "marketplace", tmp_path / "registry"
    shutil.copytree(dist / "agent-plugin", marketplace)
    skill = marketplace / "kitsu" / "skills" / "kitsu"
    assert "Valid skill" in run(Path(sys.executable).with_name("agentskills"), "validate", skill)
    (marketplace / ".skillsaw.yaml").write_text(SOURCE_IS_NO_PART_OF_THE_FORMAT, encoding="utf-8")
    said = linted(marketplace, "--skip-rule", "context-budget")  # test_skill judges the skill's text
    assert "Repo type: agent-plugin, agentskills, codex-marketplace, codex-plugin" in said
    assert "Skills:    1" in said
    entry.mkdir()
    shutil.copy(dist / "server.json", entry)
    assert "Repo type: mcp-registry" in linted(entry)


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [("kitsu/plugin.json", "name", "Kitsu!"), ("kitsu/mcp.json", "mcpServers", []), ("server.json", "description", "")],
)
def test_the_linter_would_tell(dist: Path, tmp_path: Path, name: str, field: str, value: object) -> None:
    shutil.copytree(dist / "agent-plugin" / "kitsu", tmp_path / "kitsu", ignore=shutil.ignore_patterns("source"))
    shutil.copy(dist / "server.json", tmp_path)
    path = tmp_path / name
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {field: value}), encoding="utf-8")
    with pytest.raises(AssertionError, match=field):
        linted(path.parent)


def test_codex_installs_the_agent_plugin_and_its_server_reads_kitsu(dist: Path, kitsu: Connection) -> None:
    with codex_home(kitsu) as (environment, home):
        codex = PROGRAMS / "codex"
        run(codex, "plugin", "marketplace", "add", dist / "agent-plugin", env=environment)
        assert "Added plugin `kitsu`" in run(codex, "plugin", "add", "kitsu@kitsu-tools", env=environment)
        with app_server(environment, home) as ask:
            thread = ask("thread/start", {"cwd": str(home)})["thread"]["id"]
            assert listed_tools(ask) == set(TOOLS)
            call: dict[str, Any] = {"threadId": thread, "server": "kitsu", "tool": "list_projects", "arguments": {}}
            answer = ask("mcpServer/tool/call", call)
            assert {row[0] for row in answer["structuredContent"]["rows"]} == {"Robo Garden", "Salt Harbour"}
            ((listed,),) = [
                [skill for skill in one["skills"] if skill["pluginId"] == "kitsu@kitsu-tools"]
                for one in ask("skills/list", {"cwds": [str(home)]})["data"]
            ]
    assert listed["name"] == "kitsu:kitsu"


def listed_tools(ask: Callable[[str, dict[str, Any]], Any]) -> set[str]:
    """The server's tools as Codex knows them: it also answers while the server is still being installed."""
    deadline = time.monotonic() + PATIENCE_SECONDS / 2
    while True:
        (server,) = ask("mcpServerStatus/list", {})["data"]
        if server["tools"] or time.monotonic() > deadline:
            return set(server["tools"])
        time.sleep(0.2)


def contents(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as packed:
        return {entry.filename: packed.read(entry) for entry in packed.infolist() if not entry.is_dir()}


def resolved(bundle: Path, options: dict[str, str]) -> dict[str, Any]:
    """Command, arguments and environment, as the official package makes them of the manifest and a person's options."""
    script = ["--input-type=module", "--eval", AS_CLAUDE_DESKTOP_RESOLVES_IT]
    return json.loads(run("node", *script, "--", bundle, json.dumps(options), cwd=PROGRAMS.parents[1]))


async def tools_of(command: str, arguments: list[str], configured: dict[str, str] | None = None) -> list[str]:
    environment = outside() | (configured or {})
    server = StdioServerParameters(command=command, args=arguments, env=environment, cwd=tempfile.gettempdir())
    async with Client(server) as client:
        return [tool.name for tool in (await client.list_tools()).tools]


def outside() -> dict[str, str]:
    """The environment of a host: uv on its PATH, and nothing that is set for the tests."""
    ours = ("KITSU_", "TRACKER_", "PYTHON", "VIRTUAL_ENV", "UV_PROJECT", "CODEX_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    path = os.pathsep.join([str(UV.parent), os.environ["PATH"]])
    return inherited | {"PATH": path, "UV_PYTHON": sys.executable, "UV_CACHE_DIR": run(UV, "cache", "dir").strip()}


def linted(folder: Path, *options: str) -> str:
    said = run(Path(sys.executable).with_name("skillsaw"), "lint", "--strict", "--no-color", *options, folder)
    assert "All checks passed" in said
    return said


@contextmanager
def codex_home(kitsu: Connection) -> Generator[tuple[dict[str, str], Path]]:
    """An environment for Codex that is not signed in, with a home of its own, and Kitsu's address and token in it."""
    with tempfile.TemporaryDirectory(prefix="kitsu-codex-") as folder:
        home = Path(folder)
        (home / ".codex").mkdir()
        (home / ".codex" / "config.toml").write_text(NO_HOME_CALLS, encoding="utf-8")
        own = {"HOME": folder, "CODEX_HOME": str(home / ".codex")}
        configured = {"KITSU_HOST": kitsu.host, "KITSU_BOT_TOKEN_FILE": str(kitsu.token_files["manager"])}
        yield outside() | own | configured, home


@contextmanager
def app_server(environment: dict[str, str], folder: Path) -> Generator[Callable[[str, dict[str, Any]], Any]]:
    """Codex as editors drive it: a function that asks it one thing and returns the result."""
    with subprocess.Popen(
        [PROGRAMS / "codex", "app-server"],
        env=environment,
        cwd=folder,
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

        def ask(method: str, parameters: dict[str, Any]) -> Any:
            send.write(json.dumps({"id": method, "method": method, "params": parameters}) + "\n")
            send.flush()
            said = (json.loads(line) for line in received)
            answer = next(one for one in said if one.get("id") == method and "method" not in one)
            assert "result" in answer, answer
            return answer["result"]

        try:
            ask("initialize", {"clientInfo": {"name": "tests", "title": "Tests", "version": "1"}})
            yield ask
        finally:
            impatience.cancel()
            process.terminate()


def run(program: str | Path, *arguments: str | Path, env: dict[str, str] | None = None, cwd: Path = CHECKOUT) -> str:
    done = subprocess.run(
        [program, *arguments],
        env=env,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
