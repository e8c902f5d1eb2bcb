"""Bundles of the server for hosts other than Claude Code: `make bundles` writes them into dist/."""
