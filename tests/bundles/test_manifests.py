"""The manifests agree with pyproject.toml, plugin.json and the catalog, and keep to the rules of their formats."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import zipfile
from pathlib import Path
from typing import Any

from bundles.agent_plugin import MIRRORS
from bundles.facts import variables
from kitsu_tools.catalog import offered

CHECKOUT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PLUGIN: dict[str, Any] = json.loads((CHECKOUT / ".claude-plugin" / "plugin.json").read_text(encoding="utf-8"))
VERSION: str = PROJECT["version"]
CONFIGURED = {"KITSU_HOST", "KITSU_BOT_TOKEN", "KITSU_USER", "KITSU_PROJECT"}


def in_plugin(dist: Path, name: str) -> dict[str, Any]:
    return json.loads((dist / "agent-plugin" / "kitsu" / name).read_text(encoding="utf-8"))


def mcpb(dist: Path) -> dict[str, Any]:
    with zipfile.ZipFile(dist / f"kitsu-{VERSION}.mcpb") as packed:
        return json.loads(packed.read("manifest.json"))


def registry(dist: Path) -> dict[str, Any]:
    return json.loads((dist / "server.json").read_text(encoding="utf-8"))


def test_all_say_the_same_version_and_texts(dist: Path) -> None:
    for manifest in (in_plugin(dist, "plugin.json"), mcpb(dist)):
        assert manifest["version"] == VERSION == PLUGIN["version"]
        for field in ("name", "description", "author", "homepage", "license", "keywords"):
            assert manifest[field] == PLUGIN[field]
    assert mcpb(dist)["repository"]["url"] == in_plugin(dist, "plugin.json")["repository"] == PLUGIN["repository"]
    assert {registry(dist)["version"], registry(dist)["packages"][0]["version"]} == {VERSION}


def test_the_agent_plugins_manifest_has_only_fields_of_the_format(dist: Path) -> None:
    manifest = in_plugin(dist, "plugin.json")
    assert set(manifest) <= {
        "$schema",
        "name",
        "version",
        "description",
        "author",
        "homepage",
        "repository",
        "license",
        "keywords",
    }
    assert set(manifest["author"]) <= {"name", "email", "url"}
    assert re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?", manifest["name"])
    assert manifest["$schema"] == "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json"
    assert in_plugin(dist, "mcp.json")["$schema"] == "https://agent-plugins.org/schemas/1.0.0/mcp.schema.json"


def test_the_bundles_start_the_launcher_that_they_carry_as_the_plugin_does_and_embed_no_setting(dist: Path) -> None:
    (server,) = in_plugin(dist, "mcp.json")["mcpServers"].values()
    (plugins,) = PLUGIN["mcpServers"].values()
    configured = mcpb(dist)["server"]["mcp_config"]
    assert (server["type"], server["command"]) == ("stdio", "uv")
    assert (configured["command"], plugins["command"]) == ("uv", "uv")
    assert server["args"] == [
        word.replace("${CLAUDE_PLUGIN_ROOT}", "${PLUGIN_ROOT}/source") for word in plugins["args"]
    ]
    assert configured["args"] == [word.replace("${CLAUDE_PLUGIN_ROOT}", "${__dirname}") for word in plugins["args"]]
    assert (dist / "agent-plugin" / "kitsu" / server["args"][-1].removeprefix("${PLUGIN_ROOT}/")).is_file()
    assert server["env"] == {"UV_PROJECT_ENVIRONMENT": "${PLUGIN_DATA}/venv", "PYTHONHOME": "", "PYTHONPATH": ""}
    assert server["env"].items() - plugins["env"].items() == {("UV_PROJECT_ENVIRONMENT", "${PLUGIN_DATA}/venv")}


def test_codex_passes_on_every_variable_that_the_server_reads(dist: Path) -> None:
    (server,) = in_plugin(dist, ".codex-plugin/plugin.json")["mcpServers"].values()
    assert set(server) == {"command", "env_vars"}
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`((?:KITSU|TRACKER)_[A-Z_]+)`", readme.split("## Settings")[1].split("\n## ")[0]))
    assert set(server["env_vars"]) - set(MIRRORS) == set(variables()) == documented
    assert set(MIRRORS) < set(server["env_vars"])


def test_the_marketplace_names_the_folder_beside_it(dist: Path) -> None:
    folder = dist / "agent-plugin"
    marketplace = json.loads((folder / ".agents" / "plugins" / "marketplace.json").read_text(encoding="utf-8"))
    claude = json.loads((CHECKOUT / ".claude-plugin" / "marketplace.json").read_text(encoding="utf-8"))
    assert marketplace["name"] == claude["name"]
    (entry,) = marketplace["plugins"]
    assert entry["name"] == PLUGIN["name"]
    assert (folder / entry["source"]["path"] / "plugin.json").is_file()


def test_the_mcp_bundle_lists_the_catalogs_tools_in_one_sentence_each(dist: Path) -> None:
    tools = mcpb(dist)["tools"]
    assert [tool["name"] for tool in tools] == [entry.name for entry in offered()]
    assert all(tool["description"].endswith(".") and ". " not in tool["description"] for tool in tools)


def test_every_path_in_the_mcp_bundles_manifest_is_in_the_bundle(dist: Path) -> None:
    manifest = mcpb(dist)
    with zipfile.ZipFile(dist / f"kitsu-{VERSION}.mcpb") as packed:
        launcher = manifest["server"]["mcp_config"]["args"][-1].removeprefix("${__dirname}/")
        assert {manifest["icon"], manifest["server"]["entry_point"], launcher, "pyproject.toml", "uv.lock"} <= set(
            packed.namelist()
        )


def test_the_mcp_bundle_asks_for_what_the_plugin_asks_for(dist: Path) -> None:
    manifest = mcpb(dist)
    assert set(manifest["user_config"]) == set(PLUGIN["userConfig"])
    for key, option in manifest["user_config"].items():
        assert option["sensitive"] is ("token" in key)
        assert (option["required"], option["default"]) == (False, "")
        assert (option["title"], option["description"]) == (
            PLUGIN["userConfig"][key]["title"],
            PLUGIN["userConfig"][key]["description"],
        )
    passed_on = manifest["server"]["mcp_config"]["env"]
    assert set(passed_on) == CONFIGURED
    assert set(passed_on.values()) == {f"${{user_config.{key}}}" for key in manifest["user_config"]}


def test_the_registry_entry_keeps_the_registrys_rules(dist: Path) -> None:
    entry = registry(dist)
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", entry["name"])
    assert 1 <= len(entry["description"]) <= 100
    pypi, bundle = entry["packages"]
    assert (pypi["registryType"], pypi["identifier"]) == ("pypi", PROJECT["name"])
    assert pypi["transport"] == bundle["transport"] == {"type": "stdio"}
    # https://github.com/modelcontextprotocol/registry forbids both for bundles: the address says which version it is.
    assert not {"version", "registryBaseUrl"} & set(bundle)


def test_the_registry_entry_says_which_variable_is_needed_and_which_is_secret(dist: Path) -> None:
    asked = {one["name"]: one for one in registry(dist)["packages"][0]["environmentVariables"]}
    assert set(asked) == CONFIGURED
    assert {name for name, one in asked.items() if one["isSecret"]} == {"KITSU_BOT_TOKEN"}
    assert {name for name, one in asked.items() if one["isRequired"]} == {"KITSU_HOST", "KITSU_BOT_TOKEN"}


def test_the_registry_entry_has_the_address_and_the_digest_of_the_bundle(dist: Path) -> None:
    bundle = dist / f"kitsu-{VERSION}.mcpb"
    package = registry(dist)["packages"][1]
    assert package["identifier"] == f"{PLUGIN['repository']}/releases/download/v{VERSION}/{bundle.name}"
    assert package["fileSha256"] == hashlib.sha256(bundle.read_bytes()).hexdigest()


def test_readme_which_the_package_index_shows_proves_the_registrys_name(dist: Path) -> None:
    readme = (CHECKOUT / PROJECT["readme"]).read_text(encoding="utf-8")
    assert re.findall(r"mcp-name: (\S+)", readme) == [registry(dist)["name"]]
