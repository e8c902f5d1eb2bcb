"""What an answer says, however it is written, and whether it is Zou's own."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from kitsu_tools.tracker.zou_answer import Answer, failure_of
from support.api import ask

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection

NOTHING = "00000000-0000-4000-8000-000000000000"


def retry_after(header: str) -> float | None:
    return Answer.of(429, {"Retry-After": header}, b"").retry_after


@pytest.mark.parametrize("zone", ["GMT", "-0000", "+0000"])
def test_a_wait_until_a_date_is_understood_in_every_zone_of_http(zone: str) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True).replace("GMT", zone)
    assert retry_after(date) == pytest.approx(60, abs=5)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), (" 0 ", 0), ("Mon, 02 Mar 2020 10:15:00 -0000", 0), ("soon", None), ("", None)],
)
def test_a_wait_is_seconds_or_a_date_or_nothing(header: str, seconds: float | None) -> None:
    assert retry_after(header) == seconds


@pytest.mark.parametrize(
    ("host", "target", "location", "said"),
    [
        (
            "http://kitsu.example/api",
            "data/tasks?page=1",
            "https://kitsu.example/api/data/tasks?page=1",
            "redirects (302) to https://kitsu.example/api/data/tasks, where nothing was sent. Set KITSU_HOST to "
            "https://kitsu.example.",
        ),
        (
            "http://kitsu.example:8080/api",
            "auth/login",
            "https://kitsu.example/",
            "Set KITSU_HOST to https://kitsu.exa",
        ),
        ("http://x.example/kitsu/api", "config", "https://x.example", "Set KITSU_HOST to https://x.example/kitsu."),
        ("https://x.example/api", "config", "/kitsu/api/config", "Set KITSU_HOST to https://x.example/kitsu."),
        (
            "https://old.example/api",
            "config",
            "//new.example/api/config",
            "If that is your Kitsu, set KITSU_HOST to htt",
        ),
        (
            "https://x.example/api",
            "config",
            "http://x.example/api/config",
            "is a sign-in proxy in between? It wants to ",
        ),
        (
            "https://x.example/api",
            "config",
            "/api/config?set-cookie",
            "is a sign-in proxy in between? It wants to send ",
        ),
        (
            "https://x.example/api",
            "config",
            "https://me:s3cret@sso.example:8443/in/\u202e\x1b[2J\nok?next=s3cret#s3cret",
            "It wants to send us to https://sso.example:8443/in/%E2%80%AE%1B[2Jok, where nothing was sent. Check",
        ),
        ("https://x.example/api", "config", "", "is a sign-in proxy in between? It does not say where to."),
        (
            "https://x.example/api",
            "config",
            "//sso.example/in;jsessionid=s3cret",
            "to https://sso.example/in, where no",
        ),
        ("https://x.example/api", "config", "javascript:alert(1)", "It does not say where to."),
        ("https://x.example/api", "config", "https://[::1", "It does not say where to."),
        ("https://x.example/api", "config", f"/{'a' * 5000}", f"{'a' * 150}, where nothing was sent."),
    ],
)
def test_a_redirect_is_told_with_its_target_and_what_to_set(host: str, target: str, location: str, said: str) -> None:
    text = str(failure_of(Answer.of(302, {"Location": location}, b"", f"{host}/{target}"), host))
    assert said in text
    assert "s3cret" not in text
    assert text.isascii()
    assert text.isprintable()
    assert len(text) < 600


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, b"<html>Sign in</html>"),
        (401, b""),
        (401, b"{}"),
        (401, b'{"message": "Unauthorized"}'),
        (401, b'"no"'),
        (422, b"<html>msg</html>"),
        (403, b"Access denied"),
        (403, b'{"detail": "Forbidden"}'),
        (400, b"The plain HTTP request was sent to HTTPS port"),
        (404, b'{"detail": "Not Found"}'),
        (405, b"[]"),
        (409, b"null"),
        (413, b"<html>Request Entity Too Large</html>"),
        (418, b"<html/>"),
    ],
)
def test_what_is_not_kitsus_is_blamed_on_no_token_role_or_request(status: int, body: bytes) -> None:
    answer = Answer.of(status, {}, body, "https://kitsu.example/api/config")
    assert not answer.refuses_credential
    text = str(failure_of(answer, "https://kitsu.example/api"))
    assert text.startswith(f"What answers at https://kitsu.example/api is not Kitsu's API ({status} with ")
    assert "KITSU_HEADERS_FILE where a sign-in proxy stands in front of Kitsu" in text


@pytest.mark.parametrize(
    ("status", "method", "path", "role", "body"),
    [
        (401, "GET", "data/tasks", None, None),
        (422, "GET", "data/tasks", "garbage", None),
        (422, "GET", "auth/refresh-token", "user", None),
        (403, "GET", "data/user/context", "user", None),
        (404, "GET", f"data/persons/{NOTHING}", "user", None),
        (404, "GET", "nothing/at/all", None, None),
        (405, "PATCH", "data/tasks", None, None),
        (400, "GET", "data/tasks?page=x", "user", None),
        (400, "POST", "auth/login", None, {}),
        (400, "POST", "auth/login", None, {"email": "nobody@example.com", "password": "x"}),
    ],
)
def test_what_zou_refuses_is_its_own(
    kitsu: Connection, status: int, method: str, path: str, role: str | None, body: object
) -> None:
    token = kitsu.token(role) if role in {"user", "manager"} else role
    refused = ask(kitsu.host, path, token, method=method, body=body)
    assert refused.status == status
    answer = Answer.of(status, {}, json.dumps(refused.body).encode())
    assert answer.from_kitsu
    assert answer.refuses_credential == (status in {401, 422})
