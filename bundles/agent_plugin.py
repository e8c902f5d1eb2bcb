"""The Agent Plugins 1.0.0 bundle, for Codex, Cursor, VS Code and others, in a marketplace that Codex can add.

The format knows skills and MCP servers and nothing a person could configure: KITSU_HOST and the token come from the
environment in which the host runs. Codex passes on only variables that are named in a manifest of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundles import files
from bundles.facts import launcher, variables

if TYPE_CHECKING:
    from pathlib import Path

    from bundles.facts import Facts
    from bundles.files import Files

SCHEMAS = "https://agent-plugins.org/schemas/1.0.0"
MIRRORS = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL")
"""The variables in which uv is told of a studio's own package index."""

_SOURCE = "source"
"""The server's source is no part of the format. In a folder of its own its SKILL.md is not taken for a second skill."""


def build(checkout: Path, facts: Facts) -> Files:
    """Every file of the plugin, by path below its root."""
    manifest = {
        "$schema": f"{SCHEMAS}/plugin.schema.json",
        "name": facts.name,
        "version": facts.version,
        "description": facts.description,
        "author": dict(facts.author),
        "homepage": facts.homepage,
        "repository": facts.repository,
        "license": facts.license,
        "keywords": list(facts.keywords),
    }
    server = {
        "type": "stdio",
        "command": "uv",
        "args": launcher(f"${{PLUGIN_ROOT}}/{_SOURCE}"),
        "env": {"UV_PROJECT_ENVIRONMENT": "${PLUGIN_DATA}/venv", "PYTHONHOME": "", "PYTHONPATH": ""},
    }
    # Seen on Codex 0.169.0: of this manifest it takes the variables to pass on, the rest is that of the portable files.
    codex = {
        "name": facts.name,
        "mcpServers": {facts.name: {"command": server["command"], "env_vars": [*variables(), *MIRRORS]}},
    }
    source = files.source(checkout)
    return {
        "plugin.json": files.json_file(manifest),
        "mcp.json": files.json_file({"$schema": f"{SCHEMAS}/mcp.schema.json", "mcpServers": {facts.name: server}}),
        ".codex-plugin/plugin.json": files.json_file(codex),
        "LICENSE": source["LICENSE"],
        "README.md": _readme(facts).encode(),
        **files.below(f"skills/{facts.name}", files.skill(checkout)),
        **files.below(_SOURCE, source),
    }


def in_marketplace(facts: Facts, plugin: Files) -> Files:
    """The plugin in a folder, beside the file in which Codex looks for what there is to install."""
    entry = {
        "name": facts.name,
        "source": {"source": "local", "path": f"./{facts.name}"},
        "policy": {"installation": "AVAILABLE", "authentication": "ON_INSTALL"},
        "category": "Productivity",
    }
    marketplace = {"name": facts.marketplace, "interface": {"displayName": facts.title}, "plugins": [entry]}
    return {
        ".agents/plugins/marketplace.json": files.json_file(marketplace),
        **files.below(facts.name, plugin),
    }


def _readme(facts: Facts) -> str:
    needed = "\n".join(f"- `{option.variable}`: {option.title}. {option.description}" for option in facts.options)
    return f"""# {facts.title} {facts.version}

{facts.description}

This is an [Agent Plugins 1.0.0](https://agent-plugins.org) bundle: one skill (`skills/{facts.name}`) and one MCP
server over stdio, with its source in `{_SOURCE}/`. The server needs [uv](https://docs.astral.sh/uv) on Linux, macOS or
WSL 2; native Windows is not tried yet. Its first start installs the locked packages into the plugin's data folder and
needs files.pythonhosted.org and a package index, or the mirror that uv is set up for; later starts need none.

The format has no place for settings or secrets. Set these in the environment of the host, before you start it:

{needed}

`KITSU_BOT_TOKEN_FILE`, a file that holds the token, is better than the token itself. Without an address and a token
the server starts and says what to set. More: {facts.homepage}
"""
