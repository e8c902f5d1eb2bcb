"""Writes every bundle: `python -m bundles [FOLDER]`, by default into dist/."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bundles import agent_plugin, facts, files, mcpb, registry

CHECKOUT = Path(__file__).parents[1]


def main(arguments: list[str] | None = None) -> int:
    """Write the bundles and name them."""
    parser = argparse.ArgumentParser(prog="bundles", description="Write the bundles for other hosts.")
    parser.add_argument("folder", nargs="?", type=Path, default=CHECKOUT / "dist")
    for written in write(parser.parse_args(arguments).folder):
        sys.stdout.write(f"{written}\n")
    return 0


def write(folder: Path) -> list[Path]:
    """Write every bundle of this checkout into a folder, and return what was written."""
    known = facts.read(CHECKOUT)
    plugin = agent_plugin.in_marketplace(known, agent_plugin.build(CHECKOUT, known))
    unpacked = folder / "agent-plugin"
    files.write_folder(unpacked, plugin)
    packed = folder / f"{known.name}-{known.version}-agent-plugin.zip"
    files.write_zip(packed, plugin)
    bundle = folder / mcpb.file_name(known)
    files.write_zip(bundle, mcpb.build(CHECKOUT, known))
    server = folder / "server.json"
    server.write_bytes(files.json_file(registry.server_json(known, bundle)))
    return [unpacked / known.name, packed, bundle, server]


if __name__ == "__main__":
    sys.exit(main())
