"""Kitsu's API asked plainly, for what a test wants to know from the server itself."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """The HTTP status, the content type and the body, read as JSON when it is."""

    status: int
    content_type: str
    body: Any


def ask(host: str, path: str, token: str | None = None, *, method: str = "GET", body: object = None) -> Answer:
    """One request to `host` (with /api); refusals are answers too."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{host}/{path}", data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return _read(answer.status, answer.headers.get_content_type(), answer.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return _read(refusal.code, refusal.headers.get_content_type(), refusal.read())


def _read(status: int, content_type: str, content: bytes) -> Answer:
    return Answer(status, content_type, json.loads(content) if content_type == "application/json" else content)
