"""What every bundle says of the server, read from where it is written down once."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kitsu_server.settings import Settings
from kitsu_tools.catalog import offered

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_CONFIGURED = re.compile(r"\$\{user_config\.([a-z_]+)\}")
_PLATFORMS = {"MacOS": "darwin", "Microsoft": "win32", "POSIX": "linux"}


@dataclass(frozen=True)
class Option:
    """One thing a person may configure, and the variable that it reaches the server in."""

    key: str
    variable: str
    title: str
    description: str
    sensitive: bool


@dataclass(frozen=True)
class Tool:
    """One tool of the catalog, in a sentence."""

    name: str
    description: str


@dataclass(frozen=True)
class Facts:
    """The server as bundles describe it. `marketplace` is the name of the one that offers it."""

    name: str
    marketplace: str
    title: str
    package: str
    version: str
    description: str
    author: Mapping[str, str]
    homepage: str
    repository: str
    license: str
    keywords: tuple[str, ...]
    platforms: tuple[str, ...]
    options: tuple[Option, ...]
    tools: tuple[Tool, ...]

    @property
    def registry_name(self) -> str:
        """The name in the MCP Registry, whose first half is the GitHub account that may publish it."""
        owner, _, repository = self.repository.removeprefix("https://github.com/").partition("/")
        return f"io.github.{owner}/{repository}"


def read(checkout: Path) -> Facts:
    """The facts of a checkout: its pyproject.toml and its plugin's manifests; the tools are the installed package's."""
    project: dict[str, Any] = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    manifests = checkout / ".claude-plugin"
    plugin: dict[str, Any] = json.loads((manifests / "plugin.json").read_text(encoding="utf-8"))
    marketplace: dict[str, Any] = json.loads((manifests / "marketplace.json").read_text(encoding="utf-8"))
    systems = {one.split(" :: ")[1] for one in project["classifiers"] if one.startswith("Operating System :: ")}
    return Facts(
        name=plugin["name"],
        marketplace=marketplace["name"],
        title=plugin["displayName"],
        package=project["name"],
        version=project["version"],
        description=plugin["description"],
        author=plugin["author"],
        homepage=plugin["homepage"],
        repository=plugin["repository"],
        license=plugin["license"],
        keywords=tuple(plugin["keywords"]),
        platforms=tuple(platform for system, platform in _PLATFORMS.items() if system in systems),
        options=tuple(_options(plugin)),
        tools=tuple(Tool(entry.name, _first_sentence(entry.function.__doc__ or "")) for entry in offered()),
    )


def variables() -> list[str]:
    """Every variable that the server reads, in the order of its settings."""
    names: list[str] = []
    for field in Settings.model_fields.values():
        alias = field.validation_alias
        names += [str(one) for one in getattr(alias, "choices", [alias])]
    return names


def launcher(source: str) -> list[str]:
    """What uv is started with to start the server from its source in this folder, as the plugin's manifest does.

    By default uv would take the Python and the settings of the folder that the host was started in.
    """
    return ["run", "--python", "~=3.9", "--project", source, "--script", f"{source}/server/start.py"]


def _options(plugin: dict[str, Any]) -> list[Option]:
    (server,) = plugin["mcpServers"].values()
    configured = {match[1]: name for name, value in server["env"].items() if (match := _CONFIGURED.fullmatch(value))}
    return [
        Option(key, configured[key], one["title"], one["description"], one.get("sensitive", False))
        for key, one in plugin["userConfig"].items()
    ]


def _first_sentence(docstring: str) -> str:
    paragraph = " ".join(docstring.strip().split("\n\n")[0].split())
    return re.split(r"(?<=[.!?])\s", paragraph)[0]
