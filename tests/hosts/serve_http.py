"""Serves the checkout's server as streamable HTTP on a loopback port: `python serve_http.py PORT`.

For the conformance suite, which wants a URL. The command `mcp-server-kitsu` itself serves over stdio alone.
"""

from __future__ import annotations

import sys

import anyio

from kitsu_server.app import build_server
from kitsu_server.settings import load


async def main(port: int) -> None:
    """Serve until the process is ended."""
    await build_server(load()).run_streamable_http_async(port=port)


if __name__ == "__main__":
    anyio.run(main, int(sys.argv[1]))
