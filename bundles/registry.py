"""server.json for the MCP Registry: where a host finds the server's packages and what it must ask a person for."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from bundles.facts import Facts, Option

SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"
DESCRIPTION = "Kitsu for agents: reads productions fast, changes them only when a person says yes."
"""The registry takes 100 characters, less than the other manifests' description has."""
_REQUIRED = frozenset({"KITSU_HOST", "KITSU_BOT_TOKEN"})


def server_json(facts: Facts, bundle: Path) -> dict[str, Any]:
    """server.json, with the digest of the bundle that is released with this version."""
    transport = {"type": "stdio"}
    variables = [_variable(option) for option in facts.options]
    return {
        "$schema": SCHEMA,
        "name": facts.registry_name,
        "title": facts.title,
        "description": DESCRIPTION,
        "version": facts.version,
        "websiteUrl": facts.homepage,
        "repository": {"url": facts.repository, "source": "github"},
        "packages": [
            {
                "registryType": "pypi",
                "registryBaseUrl": "https://pypi.org",
                "identifier": facts.package,
                "version": facts.version,
                "runtimeHint": "uvx",
                "transport": transport,
                "environmentVariables": variables,
            },
            {
                "registryType": "mcpb",
                "identifier": f"{facts.repository}/releases/download/v{facts.version}/{bundle.name}",
                "fileSha256": hashlib.sha256(bundle.read_bytes()).hexdigest(),
                "transport": transport,
            },
        ],
    }


def _variable(option: Option) -> dict[str, Any]:
    return {
        "name": option.variable,
        "description": f"{option.title}. {option.description}",
        "format": "string",
        "isRequired": option.variable in _REQUIRED,
        "isSecret": option.sensitive,
    }
