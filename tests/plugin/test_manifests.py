"""The plugin's manifests agree with the package, hold no secret, and refer to what there is."""

from __future__ import annotations

import ast
import json
import re
import struct
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bundles.facts import variables
from kitsu_server.app import WEBSITE

CHECKOUT = Path(__file__).parents[2]
PLUGIN: dict[str, Any] = json.loads((CHECKOUT / ".claude-plugin" / "plugin.json").read_text(encoding="utf-8"))
MARKETPLACE: dict[str, Any] = json.loads((CHECKOUT / ".claude-plugin" / "marketplace.json").read_text(encoding="utf-8"))
PYPROJECT: dict[str, Any] = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT: dict[str, Any] = PYPROJECT["project"]
(SERVER,) = PLUGIN["mcpServers"].values()


def test_the_plugin_is_the_packages_own_version_and_licence() -> None:
    assert PLUGIN["version"] == PROJECT["version"]
    assert PLUGIN["license"] == PROJECT["license"]
    assert {PLUGIN["homepage"], PLUGIN["repository"], PLUGIN["author"]["url"]} == {WEBSITE}


def test_the_marketplace_offers_this_repository_as_that_plugin() -> None:
    (entry,) = MARKETPLACE["plugins"]
    assert (MARKETPLACE["name"], entry["name"], entry["source"]) == ("kitsu-tools", PLUGIN["name"], "./")
    assert entry["description"] == PLUGIN["description"]


def test_every_option_may_be_left_out_and_only_the_token_is_a_secret() -> None:
    options = PLUGIN["userConfig"]
    assert all(option["default"] == "" and not option.get("required") for option in options.values())
    assert [name for name, option in options.items() if option.get("sensitive")] == ["kitsu_bot_token"]


def test_the_server_gets_every_option_under_a_name_that_it_reads() -> None:
    given = {name: value for name, value in SERVER["env"].items() if name.startswith("KITSU_")}
    assert given == {name.upper(): f"${{user_config.{name}}}" for name in PLUGIN["userConfig"]}
    assert set(given) <= set(variables())


def test_what_the_server_is_started_with_is_there_and_no_other_variable_is_expected() -> None:
    text = json.dumps(SERVER)
    used = set(re.findall(r"\$\{([^}]+)\}", text))
    assert used == {
        "CLAUDE_PLUGIN_ROOT",
        "CLAUDE_PLUGIN_DATA",
        *(f"user_config.{name}" for name in PLUGIN["userConfig"]),
    }
    for path in re.findall(r"\$\{CLAUDE_PLUGIN_ROOT\}/([\w./-]+)", text):
        assert (CHECKOUT / path).is_file()


@pytest.mark.parametrize("name", ["start.py", "installation.py"])
def test_the_launcher_can_be_read_by_an_older_python_than_the_server(name: str) -> None:
    ast.parse((CHECKOUT / "server" / name).read_text(encoding="utf-8"), feature_version=(3, 9))


def test_what_builds_the_plugins_package_is_locked_as_it_is_pinned() -> None:
    assert set(PYPROJECT["build-system"]["requires"]) <= set(PYPROJECT["dependency-groups"]["build"])


def test_nobody_who_merely_opens_the_repository_is_given_a_server() -> None:
    assert not (CHECKOUT / ".mcp.json").exists()
    assert not (CHECKOUT / "skills").exists(), "the root's SKILL.md is the plugin's skill only without this folder"


def test_the_icon_is_a_square_picture_of_a_size_that_the_plugin_directory_takes() -> None:
    picture = (CHECKOUT / ".claude-plugin" / "icon.png").read_bytes()
    width, height = struct.unpack(">II", picture[16:24])
    assert picture.startswith(b"\x89PNG")
    assert width == height
    assert 512 <= width <= 2048
    assert len(picture) <= 256 * 1024


def test_readme_installs_what_the_marketplace_offers() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    assert f"claude plugin install {PLUGIN['name']}@{MARKETPLACE['name']}" in readme
