"""Zou in one process: its API under /api, its Socket.IO event stream under /socket.io, as in a real install.

Runs inside Zou's environment: `serve.py HOST PORT HOME`. HOME shows in the command line and on the front page, so that
the sandbox knows its own process and its own server. `zou.event_stream` builds the whole API too, hence one gevent
server answers both.
"""

from __future__ import annotations

# ruff: noqa: E402 - gevent must patch before anything opens a socket or a lock, and Zou must find its settings.
import gc

gc.disable()  # until all of Zou is there, which stays: looking for garbage in it takes a third of its start

from gevent import monkey

monkey.patch_all()

import logging
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

from gevent.pywsgi import WSGIServer
from geventwebsocket.handler import WebSocketHandler
from zou.app import config

# A reset ends every connection to the database: the next requests share the first new one instead of making ten.
config.SQLALCHEMY_ENGINE_OPTIONS["pool_use_lifo"] = True

from zou.event_stream import app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Server(WSGIServer):
    """gevent's server, quiet, without Nagle's algorithm: else each answer on a kept connection waits about 45 ms."""

    logger = logging.getLogger("kitsu.access")
    logger.setLevel(logging.WARNING)

    def handle(self, sock: socket.socket, address: Any) -> None:  # noqa: ANN401
        """Serve one connection."""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().handle(sock, address)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Route as the reverse proxy of a real install does: /api without its prefix, /socket.io as it is."""
    path = environ.get("PATH_INFO", "")
    if path == "/api" or path.startswith("/api/"):
        environ["PATH_INFO"] = path.removeprefix("/api") or "/"
        return app.wsgi_app(environ, start_response)
    if path.startswith("/socket.io"):
        return app.wsgi_app(environ, start_response)
    start_response("200 OK" if path == "/" else "404 NOT FOUND", [("Content-Type", "text/plain; charset=utf-8")])
    return [f"{sys.argv[3]}\nSandbox Kitsu: the API is under /api, events under /socket.io.\n".encode()]


def main() -> None:
    """Fill an empty database when asked to, then serve."""
    host, port = sys.argv[1], int(sys.argv[2])
    tokens = os.environ.get("SANDBOX_TOKENS")
    if tokens:
        from provision import provision

        provision(app, Path(tokens))
    gc.freeze()
    gc.enable()
    Server((host, port), application, handler_class=WebSocketHandler, log=None).serve_forever()


if __name__ == "__main__":
    main()
