"""The plugin in the real Claude Code: valid, installed from git as README says, connected, and its skill complete."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from hosts.claude_home import ClaudeHome, claude_home

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

CONNECTED = re.compile(r"^plugin:kitsu:kitsu: .* ✔ Connected$", re.MULTILINE)
NO_ROOT_MAY = ["setpriv", "--bounding-set=-dac_override"]
"""Root writes where the permissions say no; without this capability it does not."""


@pytest.fixture(scope="module")
def home(forge: Path) -> Generator[ClaudeHome]:
    """A home in which the plugin is installed and nothing is configured."""
    with claude_home() as home:
        home.install_plugin(forge)
        yield home


@pytest.mark.parametrize("path", [".", ".claude-plugin/plugin.json", ".claude-plugin/marketplace.json"])
def test_plugin_and_marketplace_are_valid_without_a_warning(home: ClaudeHome, path: str) -> None:
    said = home.run("plugin", "validate", "--strict", _root(home) / path)
    assert "✔ Validation passed" in said
    assert "⚠" not in said, said


def test_the_plugin_brings_one_skill_and_one_server(home: ClaudeHome) -> None:
    details = home.run("plugin", "details", "kitsu")
    assert re.findall(r"^  (Skills|Agents|Hooks|MCP servers|LSP servers) \((\d+)\)", details, re.MULTILINE) == [
        ("Skills", "1"),
        ("Agents", "0"),
        ("Hooks", "0"),
        ("MCP servers", "1"),
        ("LSP servers", "0"),
    ]


def test_the_skill_is_installed_with_its_references(home: ClaudeHome, checkout: Path) -> None:
    installed = _root(home)
    wanted = [checkout / "SKILL.md", *(checkout / "references").rglob("*.md")]
    assert len(wanted) > 1
    for path in wanted:
        assert (installed / path.relative_to(checkout)).read_bytes() == path.read_bytes()


def test_the_server_connects_from_a_folder_that_cannot_be_written_with_nothing_configured(home: ClaudeHome) -> None:
    root = _root(home)
    without_rights = NO_ROOT_MAY if os.geteuid() == 0 else []
    folders = [root, *(one for one in root.rglob("*") if one.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        written = subprocess.run([*without_rights, "touch", root / "new"], capture_output=True, check=False)
        assert written.returncode != 0
        assert CONNECTED.search(said := home.run("mcp", "list", before=without_rights)), said
    finally:
        for folder in folders:
            folder.chmod(0o755)
    (environment,) = (home.home / ".claude" / "plugins" / "data").glob("*/venv")
    assert (environment / "bin" / "mcp-server-kitsu").exists()
    assert not (root / ".venv").exists()


def test_claude_code_says_why_the_server_does_not_start(home: ClaudeHome, tmp_path: Path) -> None:
    (data,) = (home.home / ".claude" / "plugins" / "data").iterdir()
    shutil.rmtree(data)
    without = {"UV_CACHE_DIR": str(tmp_path), "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in without.items():
            patch.setitem(home.env, name, value)
        assert "✘ Failed to connect — -32000: The server's packages could not be installed." in home.run("mcp", "list")
        patch.setitem(home.env, "PATH", str(tmp_path))
        assert '✘ Failed to connect — ENOENT: Executable not found in $PATH: "uv"' in home.run("mcp", "list")


def _root(home: ClaudeHome) -> Path:
    """The folder that the plugin is installed in."""
    (manifest,) = (home.home / ".claude" / "plugins" / "cache").rglob("plugin.json")
    return manifest.parents[1]
