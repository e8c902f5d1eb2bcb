"""Signing in: tokens, token files and passwords, and what each refusal says without giving the secret away."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from support.api import ask
from support.client import connected, settings
from support.faults import FaultProxy, answer, fault_proxy

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

REFUSED = (
    "Kitsu at {host} refused the credential: the token is expired, revoked or not a token of this Kitsu. Set a valid "
    "KITSU_BOT_TOKEN (Kitsu: Admin, Bots) and restart, or renew the token file."
)
NO_TOKEN = (
    "The bot token file {file} does not hold a token: a token is one word without blanks, as Kitsu showed it when the "
    "bot was made."
)
WRONG = "wrong-but-secret"


@pytest.fixture
async def proxy(kitsu: Connection) -> AsyncGenerator[FaultProxy]:
    async with fault_proxy(kitsu.event_host) as proxy:
        yield proxy


def with_password(connection: Connection, proxy: FaultProxy, mode: Mode = "auto", **more: str) -> Any:
    """A server that signs in as an artist, with the password, behind the proxy."""
    environment: Any = {
        "KITSU_HOST": f"{proxy.url}/api",
        "KITSU_LOGIN": "ville@example.com",
        "KITSU_PASSWORD": connection.password,
    }
    return connected(None, mode=mode, **(environment | more))


def rotate(connection: Connection, role: str) -> str:
    """Give the bot with this role a new token, as an admin; the old one is void."""
    token = connection.token("admin")
    bots = ask(connection.host, "data/persons", token).body
    bot = next(one["id"] for one in bots if one["is_bot"] and one["role"] == role)
    answered = ask(connection.host, f"data/persons/{bot}", token, method="PUT", body={"expiration_date": None})
    assert answered.status == 200
    return answered.body["access_token"]


@pytest.mark.parametrize("token", ["garbage", "a.b.c"])
async def test_a_token_that_is_none_is_refused_without_being_shown(
    kitsu: Connection, token: str, era: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with connected(kitsu, mode=era, KITSU_BOT_TOKEN=token) as client:
        text = await client.refusal("list_projects")
    assert text == REFUSED.format(host=kitsu.host)
    assert f"Bearer {token}" not in caplog.text


@pytest.mark.parametrize("token", ["Bearer secret-x", "é-secret", "two\nsecret-lines"], ids=ascii)
async def test_what_is_no_single_word_is_refused_before_it_is_sent(
    kitsu: Connection, token: str, era: Mode, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(token, encoding="utf-8")
    for given, in_file in ((token, ""), ("", str(file))):
        async with connected(kitsu, mode=era, KITSU_BOT_TOKEN=given, KITSU_BOT_TOKEN_FILE=in_file) as client:
            await client.tools()  # the server signs in after that, and must outlive it
            text = await client.refusal("list_projects")
        where = f"The bot token file {file}" if in_file else "KITSU_BOT_TOKEN"
        assert text.startswith(f"{where} does not hold a token: a token is one word without blanks, as Kitsu showed it")
        assert "secret" not in text


async def test_a_certificate_file_that_is_not_there_is_named(kitsu: Connection) -> None:
    async with connected(kitsu, host="https://127.0.0.1:9/api", KITSU_CA_BUNDLE="/nowhere/ca.pem") as client:
        await client.tools()
        text = await client.refusal("list_projects")
    assert "/nowhere/ca.pem" in text
    assert "KITSU_CA_BUNDLE" in text


async def test_a_token_of_another_kitsu_is_refused(kitsu: Connection) -> None:
    head, body, signature = kitsu.token("manager").strip().split(".")
    forged = f"{head}.{body}.{signature[::-1]}"
    async with connected(kitsu, KITSU_BOT_TOKEN=forged) as client:
        text = await client.refusal("list_projects")
    assert text == REFUSED.format(host=kitsu.host)
    assert signature[::-1] not in text


async def test_a_token_revoked_in_mid_session_is_said_to_be(pristine: Connection, era: Mode) -> None:
    async with connected(pristine, role="supervisor", mode=era) as client:
        await client.ask("list_projects")
        new = rotate(pristine, "supervisor")
        text = await client.refusal("list_shots", under="Salt Harbour")
        assert text == REFUSED.format(host=pristine.host)
        assert new not in text
        assert pristine.token("supervisor").strip() not in text


async def test_a_renewed_token_file_is_taken_up_in_mid_session(pristine: Connection, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{pristine.token('supervisor')}\n")
    async with connected(pristine, KITSU_BOT_TOKEN="", KITSU_BOT_TOKEN_FILE=str(file)) as client:
        first = await client.ask("list_shots", under="Salt Harbour")
        new = rotate(pristine, "supervisor")
        assert await client.refusal("list_shots", under="Salt Harbour") == REFUSED.format(host=pristine.host)
        file.write_text(new)
        assert await client.ask("list_shots", under="Salt Harbour") == first


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "Cannot read the bot token file {file}: No such file or directory. Check KITSU_BOT_TOKEN_FILE."),
        (" \n", "The bot token file {file} is empty. Put the bot's token into it."),
        ("a\0b\0c\0", NO_TOKEN),  # as UTF-16 without a mark at its beginning
        ("abc\x7f", NO_TOKEN),
    ],
)
async def test_a_token_file_that_cannot_be_used_is_named(
    kitsu: Connection, tmp_path: Path, content: str | None, message: str
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content)
    async with connected(kitsu, KITSU_BOT_TOKEN="", KITSU_BOT_TOKEN_FILE=str(file)) as client:
        assert await client.refusal("list_projects") == message.format(file=file)
        file.write_text(kitsu.token("manager"))
        assert (await client.ask("list_projects"))["total"] == 2


async def test_a_person_signs_in_once_with_login_and_password(kitsu: Connection, proxy: FaultProxy, era: Mode) -> None:
    async with with_password(kitsu, proxy, mode=era) as client:
        mine = await client.ask("list_tasks", under="Robo Garden", assignee="me")
        assert mine["total"] > 0
        assert all("Ville Laine" in row[2] for row in mine["rows"])
        await client.ask("list_shots", under="Salt Harbour")
    assert proxy.count("POST", "/auth/login") == 1
    assert proxy.count(path_contains="/auth/logout") == 0


async def test_an_expired_session_is_renewed_by_its_refresh_token(kitsu: Connection, proxy: FaultProxy) -> None:
    async with with_password(kitsu, proxy) as client:
        first = await client.ask("list_shots", under="Salt Harbour")
        proxy.fault(answer(401, {"msg": "Token has expired"}), path="/shots/with-tasks")
        assert await client.ask("list_shots", under="Salt Harbour") == first
    assert proxy.count(path_contains="/auth/refresh-token") == 1
    assert proxy.count("POST", "/auth/login") == 1


async def test_where_the_refresh_token_is_void_too_the_password_signs_in_again(
    kitsu: Connection, proxy: FaultProxy
) -> None:
    async with with_password(kitsu, proxy) as client:
        first = await client.ask("list_shots", under="Salt Harbour")
        proxy.fault(answer(401, {"msg": "Token has expired"}), path="/shots/with-tasks")
        proxy.fault(answer(401, {"msg": "Token has expired"}), path="/auth/refresh-token")
        assert await client.ask("list_shots", under="Salt Harbour") == first
    assert proxy.count("POST", "/auth/login") == 2


async def test_a_wrong_password_is_tried_once_and_never_shown(
    pristine: Connection, era: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with fault_proxy(pristine.event_host) as proxy:
        async with with_password(pristine, proxy, mode=era, KITSU_PASSWORD=WRONG) as client:
            text = await client.refusal("list_projects")
            assert await client.refusal("search", text="Bolt") == text
        assert proxy.count("POST", "/auth/login") == 1
    assert text == (
        f"Kitsu at {proxy.url}/api does not take the login 'ville@example.com' with this password. Check KITSU_LOGIN "
        "and KITSU_PASSWORD; an account with two-factor sign-in needs a bot token instead."
    )
    assert WRONG not in caplog.text


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (answer(502, "<html></html>", {}, "text/html"), "Signing in to {host} failed"),
        (answer(500, {"message": "Boom"}), "Signing in to {host} failed"),
        (answer(500, {"login": False, "message": "Boom"}), "is not working at the moment (500). Kitsu says: Boom"),
        (answer(400, "<html></html>", {}, "text/html"), "{host} is not Kitsu's API (400 with no JSON)"),
        (answer(401, "<html></html>", {}, "text/html"), "{host} is not Kitsu's API (401 with no JSON)"),
        (answer(403, {}), "{host} is not Kitsu's API (403 with JSON of another kind)"),
        (answer(200, "<html></html>", {}, "text/html"), "{host} answered 200 without the data Kitsu documents"),
        (
            answer(200, {"access_token": "two\nlines", "refresh_token": "x"}),
            "answered 200 without the data Kitsu docum",
        ),
        (answer(200, {"access_token": "", "refresh_token": ""}), "answered 200 without the data Kitsu documents"),
    ],
)
async def test_signing_in_where_no_zou_answers_is_one_clear_error(
    kitsu: Connection, proxy: FaultProxy, fault: Any, message: str
) -> None:
    proxy.fault(fault, path="/auth/login", times=None)
    async with with_password(kitsu, proxy) as client:
        text = await client.refusal("list_projects")
    assert message.format(host=f"{proxy.url}/api") in text
    assert text.startswith(f"Signing in to {proxy.url}/api failed")
    assert "password" not in text
    assert kitsu.password not in text


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (400, {"login": False, "too_many_failed_login_attemps": True, "message": "Retry in a minute."}, "Retry in a"),
        (400, {"login": False, "default_password": True, "token": WRONG}, ""),
        (401, {"login": False, "unactive": True, "message": "User is unactive."}, "Kitsu says: User is unactive."),
        (409, {"login": False}, ""),
    ],
)
async def test_a_sign_in_that_zou_refuses_says_why(
    kitsu: Connection, proxy: FaultProxy, status: int, body: Any, said: str
) -> None:
    proxy.fault(answer(status, body), path="/auth/login", times=None)
    async with with_password(kitsu, proxy) as client:
        text = await client.refusal("list_projects")
    assert text.startswith(f"Kitsu at {proxy.url}/api does not take the login 'ville@example.com' with this password.")
    assert said in text
    assert WRONG not in text
    assert proxy.count("POST", "/auth/login") == 1


async def test_a_page_in_place_of_the_refreshed_token_is_blamed_on_no_password(
    kitsu: Connection, proxy: FaultProxy
) -> None:
    async with with_password(kitsu, proxy) as client:
        await client.ask("list_projects")
        proxy.fault(answer(401, {"msg": "Token has expired"}), path="/shots/with-tasks", times=None)
        proxy.fault(answer(403, "<html></html>", {}, "text/html"), path="/auth/refresh-token", times=None)
        text = await client.refusal("list_shots", under="Salt Harbour")
    assert f"What answers at {proxy.url}/api is not Kitsu's API (403 with no JSON)" in text
    assert proxy.count("POST", "/auth/login") == 1


def test_secrets_are_in_no_repr() -> None:
    given = settings(KITSU_HOST="kitsu.example.com", KITSU_BOT_TOKEN=WRONG, KITSU_LOGIN="x", KITSU_PASSWORD=WRONG)
    for shown in (repr(given), str(given), repr(given.credentials), repr(given.network)):
        assert WRONG not in shown
