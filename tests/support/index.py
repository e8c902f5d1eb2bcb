"""A package index on this machine, and a server that stands for everything else and notes what would have gone out.

with package_index() as index:
    index.add("tiny", "1", {"tiny.py": "…"})
    … uv with index.environment …
    assert index.outside == []
"""

from __future__ import annotations

import base64
import hashlib
import io
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping


@dataclass
class Index:
    """`url` is what a person would set up, with a password in it; `asked` are the files that were fetched."""

    url: str
    environment: dict[str, str]
    wheels: dict[str, bytes] = field(default_factory=dict[str, bytes])
    asked: list[str] = field(default_factory=list[str])
    outside: list[str] = field(default_factory=list[str])

    def add(self, name: str, version: str, modules: Mapping[str, str]) -> str:
        """Offer a package, and return its digest as a lock file has it."""
        data = wheel(name, version, modules)
        self.wheels[f"{name}-{version}-py3-none-any.whl"] = data
        return hashlib.sha256(data).hexdigest()


def wheel(name: str, version: str, modules: Mapping[str, str]) -> bytes:
    """A package of these modules."""
    about = f"{name}-{version}.dist-info"
    files = {
        **modules,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{about}/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{about}/RECORD"])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return packed.getvalue()


@contextmanager
def package_index() -> Generator[Index]:
    """An index that asks for a name and a password, and a proxy that lets nothing out."""
    with _served(_Mirror) as mirror, _served(_Outside) as outside:
        proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), f"http://127.0.0.1:{outside.server_port}")
        url = f"http://mara:quite-secret@127.0.0.1:{mirror.server_port}/simple"
        mirror.index = outside.index = Index(url, {**proxies, "NO_PROXY": "127.0.0.1"})
        yield mirror.index


class _Server(ThreadingHTTPServer):
    index: Index
    request_queue_size = 128  # uv asks for much at once


@contextmanager
def _served(handler: type[BaseHTTPRequestHandler]) -> Generator[_Server]:
    with _Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.02]).start()
        try:
            yield server
        finally:
            server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    @property
    def index(self) -> Index:
        return cast("_Server", self.server).index

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is the library's
        """Nothing."""


class _Mirror(_Handler):
    def do_GET(self) -> None:
        name = self.path.rstrip("/").rpartition("/")[2]
        wheels = self.index.wheels
        if self.headers["Authorization"] != f"Basic {base64.b64encode(b'mara:quite-secret').decode()}":
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic")
            body = b""
        elif name in wheels:
            self.index.asked.append(name)
            self.send_response(200)
            body = wheels[name]
        else:
            mine = [one for one in wheels if one.startswith(f"{name}-")]
            self.send_response(200 if mine else 404)
            self.send_header("Content-Type", "text/html")
            body = "".join(f'<a href="/files/{one}">{one}</a>' for one in mine).encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Outside(_Handler):
    def do_CONNECT(self) -> None:
        self.index.outside.append(self.path)
        self.send_error(502)

    def do_GET(self) -> None:
        self.do_CONNECT()
