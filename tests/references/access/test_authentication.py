"""What references/authentication.md says, each row of its error table tried."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import re
import struct
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from references.gazu_sdk.modules import gazu
from references.generated import REFERENCES
from support.api import Answer, ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from kitsu_sandbox.lifecycle import Connection, Sandbox

PAGE = REFERENCES / "authentication.md"
DAY = 24 * 60 * 60


def claims(token: str) -> dict[str, Any]:
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


def signed_in(kitsu: Connection, email: str | None = None, **factors: str) -> Answer:
    body = {"email": email or kitsu.admin_email, "password": kitsu.password} | factors
    return ask(kitsu.host, "auth/login", method="POST", body=body)


def record(kitsu: Connection, full_name: str) -> dict[str, Any]:
    persons = ask(kitsu.host, "data/persons", kitsu.token("admin")).body
    return next(one for one in persons if one["full_name"] == full_name)


def new_bot(kitsu: Connection) -> dict[str, Any]:
    body = {
        "first_name": "Sample",
        "last_name": "Bot",
        "email": "sample-bot@example.com",
        "role": "user",
        "is_bot": True,
    }
    return ask(kitsu.host, "data/persons", kitsu.token("admin"), method="POST", body=body).body


def put_person(kitsu: Connection, person: dict[str, Any], token: str, **changes: object) -> Answer:
    return ask(kitsu.host, f"data/persons/{person['id']}", token, method="PUT", body=changes)


def expired(token: str, key: str) -> str:
    """The token as this instance would have signed it had it ended in the past."""

    def text(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).rstrip(b"=").decode()

    message = f"{token.split('.')[0]}.{text(json.dumps(claims(token) | {'exp': 1_700_000_000}).encode())}"
    return f"{message}.{text(hmac.digest(key.encode(), message.encode(), hashlib.sha256))}"


def totp(secret: str) -> str:
    """The code an authenticator app shows now (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1)
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def with_totp(kitsu: Connection, email: str) -> tuple[str, list[str]]:
    """Give a person TOTP: its secret, and the recovery codes."""
    token = signed_in(kitsu, email).body["access_token"]
    secret = ask(kitsu.host, "auth/totp", token, method="PUT").body["otp_secret"]
    enabled = ask(kitsu.host, "auth/totp", token, method="POST", body={"totp": totp(secret)})
    assert enabled.body.keys() == {"access_token", "refresh_token", "otp_recovery_codes"}
    assert ask(kitsu.host, "auth/authenticated", token).status == 200
    return secret, enabled.body["otp_recovery_codes"]


def without_bearer(kitsu: Connection) -> Answer:
    return raw(kitsu, {"Authorization": kitsu.token("admin")})


def raw(kitsu: Connection, headers: dict[str, str], path: str = "auth/authenticated") -> Answer:
    request = urllib.request.Request(f"{kitsu.host}/{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return Answer(answer.status, answer.headers.get_content_type(), answer.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, refusal.headers.get_content_type(), json.loads(refusal.read()))


def read(kitsu: Connection, token: str | None) -> Answer:
    return ask(kitsu.host, "auth/authenticated", token)


def rotated(kitsu: Connection) -> Answer:
    put_person(kitsu, record(kitsu, "User Bot"), kitsu.token("admin"), expiration_date=None)
    return read(kitsu, kitsu.token("user"))


def switched_off(kitsu: Connection) -> Answer:
    put_person(kitsu, record(kitsu, "User Bot"), kitsu.token("admin"), active=False)
    return read(kitsu, kitsu.token("user"))


def failed_often(kitsu: Connection) -> Answer:
    body = {"email": "theo@example.com", "password": "wrong"}
    for _ in range(5):
        assert ask(kitsu.host, "auth/login", method="POST", body=body).body["message"] == "Wrong email or password."
    return signed_in(kitsu, "theo@example.com")


def without_second_factor(kitsu: Connection) -> Answer:
    with_totp(kitsu, "theo@example.com")
    return signed_in(kitsu, "theo@example.com")


def wrong_second_factor(kitsu: Connection) -> Answer:
    secret, _ = with_totp(kitsu, "theo@example.com")
    return signed_in(kitsu, "theo@example.com", totp="000000" if totp(secret) != "000000" else "000001")


def altered(token: str) -> str:
    return f"{token[:-6]}{'A' if token[-6] != 'A' else 'B'}{token[-5:]}"


READING: dict[str, Callable[[Connection, str], Answer]] = {
    "no token": lambda kitsu, _: read(kitsu, None),
    "header without `Bearer`": lambda kitsu, _: without_bearer(kitsu),
    "expired": lambda kitsu, key: read(kitsu, expired(kitsu.token("admin"), key)),
    "no JWT at all": lambda kitsu, _: read(kitsu, "garbage"),
    "another instance's token": lambda kitsu, _: read(kitsu, altered(kitsu.token("admin"))),
    "an access token for refresh": lambda kitsu, _: ask(kitsu.host, "auth/refresh-token", kitsu.token("admin")),
    "role, team, or a route for people only": lambda kitsu, _: ask(
        kitsu.host, "data/user/context", kitsu.token("admin")
    ),
    "wrong password, unknown address": lambda kitsu, _: signed_in(kitsu, "nobody@example.com"),
    "person switched off": lambda kitsu, _: signed_in(kitsu, record(kitsu, "Piet Jansen")["email"]),
}
WRITING: dict[str, Callable[[Connection, str], Answer]] = {
    "rotated, logged out, person removed": lambda kitsu, _: rotated(kitsu),
    "switched off (`active` false)": lambda kitsu, _: switched_off(kitsu),
    "a refresh token for reading": lambda kitsu, _: read(kitsu, signed_in(kitsu).body["refresh_token"]),
    "five failures before": lambda kitsu, _: failed_often(kitsu),
    "second factor missing": lambda kitsu, _: without_second_factor(kitsu),
    "second factor wrong": lambda kitsu, _: wrong_second_factor(kitsu),
}


def rows() -> dict[str, list[str]]:
    """The cells of the page's error table after the first, by that."""
    section = PAGE.read_text(encoding="utf-8").partition("\n## Errors\n")[2].partition("\n## ")[0]
    table = [re.split(r" \| ", line.strip("| ")) for line in section.splitlines() if line.startswith("|")][2:]
    return {case: cells for case, *cells in table}


def hold(case: str, tried: Callable[[Connection, str], Answer], kitsu: Connection, sandbox: Sandbox) -> None:
    """The answer is what the row says: status, body, and the exception that gazu makes of it."""
    status, body, raised = rows()[case]
    key = (sandbox.state / "secrets" / "secret_key").read_text()
    answer = tried(kitsu, key)
    assert answer.status == int(status.strip("*"))
    for name, value in re.findall(r'"(\w+)": ("[^"]*"|true|false|\[)', body):
        shown = json.loads(value) if value != "[" else answer.body[name]
        found = answer.body[name]
        assert found == shown or (isinstance(shown, str) and found.startswith(shown.removesuffix("…").strip())), name
    assert hasattr(gazu.exception, raised)
    if "login" not in answer.body:
        response = gazu.client.requests.Response()
        response.status_code = answer.status
        response._content = json.dumps(answer.body).encode()
        with pytest.raises(getattr(gazu.exception, raised)):
            gazu.client.check_status(response, "auth/authenticated")


def test_every_row_of_the_error_table_is_tried() -> None:
    assert rows().keys() == (READING | WRITING).keys()


@pytest.mark.parametrize("case", READING)
def test_a_row_of_the_error_table_is_so(case: str, kitsu: Connection, sandbox: Sandbox) -> None:
    hold(case, READING[case], kitsu, sandbox)


@pytest.mark.parametrize("case", WRITING)
def test_a_row_of_the_error_table_is_so_after_what_it_speaks_of(
    case: str, pristine: Connection, sandbox: Sandbox
) -> None:
    hold(case, WRITING[case], pristine, sandbox)


def test_a_refused_sign_in_gives_zous_reason(pristine: Connection) -> None:
    with_totp(pristine, "theo@example.com")
    client = gazu.client.create_client(pristine.host)
    with contextlib.closing(client.session), pytest.raises(gazu.exception.AuthFailedException, match="two-factor"):
        gazu.log_in("theo@example.com", pristine.password, client=client)


def test_tokens_say_what_they_are_and_how_long_they_live(pristine: Connection) -> None:
    session = signed_in(pristine).body
    access, refresh = claims(session["access_token"]), claims(session["refresh_token"])
    assert (access["identity_type"], access["exp"] - access["iat"]) == ("person", 7 * DAY)
    assert refresh["exp"] - refresh["iat"] == 15 * DAY
    bot = new_bot(pristine)
    assert claims(bot["access_token"])["identity_type"] == "bot"
    assert "exp" not in claims(bot["access_token"])
    until = put_person(pristine, bot, pristine.token("admin"), expiration_date="2031-01-01").body["access_token"]
    assert claims(until)["exp"] == 1_925_078_400
    past = put_person(pristine, bot, pristine.token("admin"), expiration_date="2020-01-01")
    assert (past.status, past.body["message"]) == (400, "Expiration date can't be in the past.")


def test_a_bot_switched_on_again_keeps_its_token(pristine: Connection) -> None:
    bot = new_bot(pristine)
    for active, status in [(False, 401), (True, 200)]:
        put_person(pristine, bot, pristine.token("admin"), active=active)
        assert read(pristine, bot["access_token"]).status == status
    put_person(pristine, bot, pristine.token("admin"), role="manager")
    assert read(pristine, bot["access_token"]).body["user"]["role"] == "manager"
    assert ask(pristine.host, f"data/persons/{bot['id']}", pristine.token("admin"), method="DELETE").status == 204
    assert read(pristine, bot["access_token"]).body == {"msg": "Token has been revoked"}


def test_a_record_sent_back_whole_cuts_a_bot_off(pristine: Connection) -> None:
    bot = new_bot(pristine)
    whole = ask(pristine.host, f"data/persons/{bot['id']}", pristine.token("admin")).body
    client = gazu.client.create_client(pristine.host, access_token=pristine.token("admin"))
    with contextlib.closing(client.session):
        gazu.person.update_person(whole, client=client)
    assert read(pristine, bot["access_token"]).body == {"msg": "Token has been revoked"}


def test_an_admins_bot_gets_a_token_for_anybody_and_others_only_their_own(pristine: Connection) -> None:
    theo, bot = record(pristine, "Theo Marchand"), record(pristine, "User Bot")
    manager = signed_in(pristine, "mara@example.com").body["access_token"]
    for somebody in (theo, bot):
        assert put_person(pristine, somebody, manager, expiration_date=None).status == 403
    given = put_person(pristine, theo, pristine.token("admin"), expiration_date=None).body["access_token"]
    assert claims(given)["identity_type"] == "person_api"
    assert read(pristine, given).body["user"]["id"] == theo["id"]
    own = put_person(pristine, theo, given, expiration_date=None).body["access_token"]
    assert [read(pristine, one).status for one in (given, own)] == [401, 200]
    assert ask(pristine.host, "auth/logout", own).body == {"logout": True}
    assert read(pristine, own).status == 200
    assert ask(pristine.host, "data/user/context", own).status == 200


def test_a_session_is_refreshed_and_ends_whole(pristine: Connection) -> None:
    session = signed_in(pristine).body
    fresh = ask(pristine.host, "auth/refresh-token", session["refresh_token"])
    assert fresh.body.keys() == {"access_token"}
    assert ask(pristine.host, "auth/logout", session["access_token"]).body == {"logout": True}
    for token in (session["access_token"],):
        assert read(pristine, token).body == {"msg": "Token has been revoked"}
    assert ask(pristine.host, "auth/refresh-token", session["refresh_token"]).status == 401
    assert ask(pristine.host, "auth/logout", pristine.token("admin")).status == 403


def test_gazu_renews_an_expired_token(pristine: Connection, sandbox: Sandbox) -> None:
    session = signed_in(pristine).body
    old = expired(session["access_token"], (sandbox.state / "secrets" / "secret_key").read_text())
    client = gazu.client.create_client(
        pristine.host, use_refresh_token=True, access_token=old, refresh_token=session["refresh_token"]
    )
    with contextlib.closing(client.session):
        assert gazu.client.get_current_user(client=client)["email"] == pristine.admin_email
    assert client.access_token != old


def test_two_factors_are_asked_for_and_a_recovery_code_serves_once(pristine: Connection) -> None:
    secret, codes = with_totp(pristine, "theo@example.com")
    assert len(codes) == 16
    missing = signed_in(pristine, "theo@example.com").body
    assert missing["two_factor_authentication_enabled"] == ["recovery_code", "totp"]
    for _ in range(2):
        assert signed_in(pristine, "theo@example.com", totp=totp(secret)).status == 200
    used = [signed_in(pristine, "theo@example.com", recovery_code=codes[0]).status for _ in range(2)]
    assert used == [200, 400]
    assert ask(pristine.host, "auth/fido?email=theo@example.com").status == 400
    assert ask(pristine.host, "auth/email-otp?email=nobody@example.com").body == {"success": True}
    path = f"actions/persons/{record(pristine, 'Theo Marchand')['id']}/disable-two-factor-authentication"
    assert ask(pristine.host, path, pristine.token("admin"), method="DELETE").body == {"success": True}
    assert signed_in(pristine, "theo@example.com").status == 200


def test_a_cookie_serves_like_the_header_and_the_address_does_not(kitsu: Connection) -> None:
    token = kitsu.token("admin")
    assert raw(kitsu, {"Cookie": f"access_token_cookie={token}"}).status == 200
    assert raw(kitsu, {}, f"auth/authenticated?jwt={token}").status == 401
    for path in ("", "config", "status", "openapi.json"):
        assert ask(kitsu.host, path).status == 200
