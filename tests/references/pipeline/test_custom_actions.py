"""What references/custom-actions.md says of the records and of the session; its own blocks hold the service."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from references.generated import REFERENCES
from references.studio import Studio
from support.api import ask

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection

PAGE = (REFERENCES / "custom-actions.md").read_text(encoding="utf-8")


def test_a_record_has_the_fields_and_defaults_of_the_table(pristine: Connection) -> None:
    made = Studio(pristine).post("data/custom-actions", {"name": "Bare"})
    fields = made.keys() - {"id", "created_at", "updated_at", "type"}
    assert fields == {"name", "url", "entity_type", "is_ajax"}
    assert all(f"| `{field}` |" in PAGE for field in fields)
    assert (made["url"], made["entity_type"], made["is_ajax"]) == (None, "all", False)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "Open", "url": "kitsu-open://task"}, 201),
        ({"name": "Open", "url": "x" * 401}, 400),
        ({"name": "x" * 81}, 400),
        ({"url": "https://kitsu.example.com"}, 400),
    ],
)
def test_what_zou_takes(pristine: Connection, body: dict[str, str], status: int) -> None:
    token = pristine.token("admin")
    assert ask(pristine.host, "data/custom-actions", token, method="POST", body=body).status == status


@pytest.mark.parametrize("role", ["manager", "supervisor", "user", "client", "vendor"])
def test_all_but_vendors_read_the_url_and_nobody_but_an_admin_writes(pristine: Connection, role: str) -> None:
    made = Studio(pristine).post("data/custom-actions", {"name": "Frames", "url": "https://kitsu.example.com/frames"})
    listed = ask(pristine.host, "data/custom-actions", pristine.token(role))
    assert listed.status == (403 if role == "vendor" else 200)
    if role != "vendor":
        assert made["url"] in {one["url"] for one in listed.body}
    for method, path in (
        ("GET", f"data/custom-actions/{made['id']}"),
        ("PUT", f"data/custom-actions/{made['id']}"),
        ("POST", "data/custom-actions"),
        ("DELETE", f"data/custom-actions/{made['id']}"),
    ):
        body = {"name": "Mine"} if method in {"PUT", "POST"} else None
        assert ask(pristine.host, path, pristine.token(role), method=method, body=body).status == 403, method


@pytest.mark.parametrize(
    ("agent", "given"), [("Mozilla/5.0 (X11) Chrome/126.0 Safari/537.36", True), ("curl/8", False)]
)
def test_a_browser_that_signs_in_gets_the_cookie(pristine: Connection, agent: str, given: bool) -> None:
    request = urllib.request.Request(
        f"{pristine.host}/auth/login",
        data=f'{{"email": "theo@example.com", "password": "{pristine.password}"}}'.encode(),
        headers={"Content-Type": "application/json", "User-Agent": agent},
    )
    with urllib.request.urlopen(request) as answer:
        cookies: list[str] = answer.headers.get_all("Set-Cookie") or []
    access = [one for one in cookies if one.startswith("access_token_cookie=")]
    assert bool(access) is given
    assert all("SameSite=Lax" in one for one in access)


@pytest.mark.parametrize(("cookie", "status"), [(None, 401), ("made.up.token", 422)])
def test_a_session_that_is_none_is_refused(kitsu: Connection, cookie: str | None, status: int) -> None:
    headers = {"Cookie": f"access_token_cookie={cookie}"} if cookie else {}
    request = urllib.request.Request(f"{kitsu.host}/auth/authenticated", headers=headers)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    with refused.value:
        assert refused.value.code == status
