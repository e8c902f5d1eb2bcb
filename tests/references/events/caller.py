"""Somebody who asks the API: an administrator's bot, or the administrator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection


@dataclass(frozen=True)
class Caller:
    """Somebody who asks the API; any refusal is an error."""

    host: str
    token: str
    session: requests.Session = field(default_factory=requests.Session)

    def ask(self, method: str, path: str, body: Any = None, *, file: tuple[str, bytes] | None = None) -> Any:
        """One request to `host` (with /api) and the JSON of its answer."""
        answer = self.session.request(
            method,
            f"{self.host}/{path}",
            json=None if file else body,
            data=body if file else None,
            files={"file": file} if file else None,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=30,
        )
        if not answer.ok:
            message = f"{method} {path}: {answer.status_code} {answer.text[:500]}"
            raise AssertionError(message)
        return answer.json() if answer.content and "json" in answer.headers["Content-Type"] else None

    def get(self, path: str) -> Any:
        """GET."""
        return self.ask("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        """POST."""
        return self.ask("POST", path, {} if body is None else body)

    def put(self, path: str, body: Any) -> Any:
        """PUT."""
        return self.ask("PUT", path, body)

    def delete(self, path: str) -> None:
        """DELETE."""
        self.ask("DELETE", path)

    def upload(self, path: str, name: str, content: bytes) -> Any:
        """POST a file."""
        return self.ask("POST", path, file=(name, content))


def signed_in(reach: Connection) -> tuple[Caller, str]:
    """The administrator's own account, and its id."""
    credentials = {"email": reach.admin_email, "password": reach.password}
    answer = requests.post(f"{reach.host}/auth/login", json=credentials, timeout=30)
    answer.raise_for_status()
    signed = answer.json()
    return Caller(reach.host, signed["access_token"]), signed["user"]["id"]
