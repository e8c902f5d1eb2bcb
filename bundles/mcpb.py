"""The MCP Bundle for Claude Desktop: a zip with a manifest, whose host brings uv. The rest is the launcher's work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bundles import files
from bundles.facts import launcher

if TYPE_CHECKING:
    from pathlib import Path

    from bundles.facts import Facts, Option
    from bundles.files import Files

MANIFEST_VERSION = "0.4"
ENTRY_POINT = "server/kitsu_server/__main__.py"
ICON = "icon.png"


def file_name(facts: Facts) -> str:
    """What the archive is called."""
    return f"{facts.name}-{facts.version}.mcpb"


def build(checkout: Path, facts: Facts) -> Files:
    """Every file of the bundle, by path."""
    return {
        "manifest.json": files.json_file(manifest(facts)),
        ICON: (checkout / ".claude-plugin" / ICON).read_bytes(),
        **files.source(checkout),
    }


def manifest(facts: Facts) -> dict[str, Any]:
    """manifest.json. The prompts are left to the server, which completes their arguments."""
    return {
        "manifest_version": MANIFEST_VERSION,
        "name": facts.name,
        "display_name": facts.title,
        "version": facts.version,
        "description": facts.description,
        "author": dict(facts.author),
        "repository": {"type": "git", "url": facts.repository},
        "homepage": facts.homepage,
        "documentation": f"{facts.repository}#readme",
        "support": f"{facts.repository}/issues",
        "icon": ICON,
        "server": {
            "type": "uv",
            "entry_point": ENTRY_POINT,
            "mcp_config": {
                "command": "uv",
                "args": launcher("${__dirname}"),
                "env": {option.variable: f"${{user_config.{option.key}}}" for option in facts.options},
            },
        },
        "tools": [{"name": tool.name, "description": tool.description} for tool in facts.tools],
        "prompts_generated": True,
        "keywords": list(facts.keywords),
        "license": facts.license,
        # No Python here: the host's uv brings the one that pyproject.toml asks for, whatever the machine has.
        "compatibility": {"platforms": list(facts.platforms)},
        "user_config": {option.key: _option(option) for option in facts.options},
    }


def _option(option: Option) -> dict[str, Any]:
    """One option, never required: the server says itself what is missing, a host would silently not start it.

    The default makes an option that was left out arrive as "", and not as the words `${user_config.…}` (mcpb 2.1.2).
    """
    return {
        "type": "string",
        "title": option.title,
        "description": option.description,
        "required": False,
        "sensitive": option.sensitive,
        "default": "",
    }
