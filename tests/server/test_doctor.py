"""The doctor names what is wrong in one line and how to mend it, against a real Kitsu and worse."""

from __future__ import annotations

import os
import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from kitsu_server import doctor
from kitsu_tools.catalog import BY_DEFAULT, CATALOG, offered
from kitsu_tools.gate.journal import Journal
from support import faults
from support.client import settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from kitsu_server.doctor import Finding
    from support.faults import FaultProxy

SECRET = "quite-secret-8d1f"


@dataclass(frozen=True)
class Report:
    """What a person sees, and the exit code."""

    code: int
    lines: dict[str, str]
    text: str


@pytest.fixture
def examined(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Report]:
    """Run the doctor with these variables; `lines` by what they are about."""

    def run(**variables: str) -> Report:
        code = doctor.run(settings(**{"KITSU_JOURNAL": str(tmp_path / "journal.sqlite3")} | variables))
        printed = capsys.readouterr()
        assert printed.err == ""
        *lines, _ = printed.out.splitlines()
        assert all(line[0] in "✓!✗" and line[1] == " " for line in lines), printed.out
        assert (code == 1) == any(line.startswith("✗") for line in lines)
        return Report(code, {line[2:17].strip(): line[0] + line[18:] for line in lines}, printed.out)

    return run


def reaching(kitsu: Connection, role: str = "supervisor") -> dict[str, str]:
    return {"KITSU_HOST": kitsu.host, "KITSU_BOT_TOKEN": kitsu.token(role)}


async def findings(
    proxy: FaultProxy, kitsu: Connection, tmp_path: Path, role: str = "supervisor"
) -> dict[str, Finding]:
    """What the doctor finds through a proxy that misbehaves."""
    chosen = settings(**reaching(kitsu, role) | {"KITSU_HOST": proxy.url, "KITSU_JOURNAL": str(tmp_path / "journal")})
    return {one.about: one async for one in doctor.examine(chosen)}


def test_all_is_well_with_a_supervisor_bot(kitsu: Connection, examined: Callable[..., Report]) -> None:
    report = examined(**reaching(kitsu), KITSU_TIMEZONE="Europe/Paris", KITSU_PROJECT="robo garden")
    assert report.code == 0
    assert {line[0] for line in report.lines.values()} == {"✓"}
    assert f"{kitsu.host}, signing in with KITSU_BOT_TOKEN" in report.lines["configuration"]
    assert report.lines["tools"] == f"✓{len(offered())} of {len(CATALOG)}: {', '.join(BY_DEFAULT)}"
    assert "Zou 1.0.97 answers" in report.lines["reachability"]
    assert "a bot with the role supervisor" in report.lines["sign-in"]
    assert "Robo Garden, Salt Harbour" in report.lines["productions"]
    assert "Robo Garden, by KITSU_PROJECT" in report.lines["default"]
    assert "fast" in report.lines["board speed"]
    assert "none; not needed" in report.lines["search indexer"]
    assert "connected by WebSocket; an event asked for took" in report.lines["event stream"]
    assert "Europe/Paris, from KITSU_TIMEZONE" in report.lines["time zone"]
    assert "nothing unsettled" in report.lines["journal"]
    assert report.text.endswith("The server can work.\n")
    assert kitsu.token("supervisor") not in report.text


def test_what_is_offered_is_shown(kitsu: Connection, examined: Callable[..., Report]) -> None:
    report = examined(**reaching(kitsu), KITSU_READ_ONLY="true", KITSU_TOOLSETS="review,tasks")
    count = len(offered(("review", "tasks"), read_only=True))
    assert report.lines["tools"] == f"✓{count} of {len(CATALOG)}: tasks, review, those that only read (KITSU_READ_ONLY)"
    assert report.lines["writing"] == "✓nothing is written: by KITSU_READ_ONLY"
    report = examined(**reaching(kitsu), KITSU_TOOLSETS="production")
    assert report.lines["writing"] == "✓nothing is written: no toolset of KITSU_TOOLSETS has a tool for it"


@pytest.mark.parametrize(
    ("given", "level", "said"),
    [
        ("Robo Garden", "✓", "KITSU_PROJECTS leaves Robo Garden; all else is not there"),
        ("Robo Garden, Salt Harbor, robo garden", "!", "no production of the name or id 'Salt Harbor', 'robo garden':"),
        (",", "✓", "KITSU_PROJECTS leaves none; all else is not there"),
        ("Robo Garden, Old Reel", "✓", "KITSU_PROJECTS leaves Robo Garden, Old Reel; all else is not there"),
    ],
)
def test_what_a_limit_to_productions_comes_to_is_shown_and_nothing_of_the_rest(
    kitsu: Connection, examined: Callable[..., Report], given: str, level: str, said: str
) -> None:
    report = examined(**reaching(kitsu, "admin"), KITSU_PROJECTS=given)
    assert report.lines["limited"].startswith(level)
    assert said in report.lines["limited"]
    assert report.code == (1 if given == "," else 0)
    for hidden in {"Salt Harbour", "Old Reel", "Secret Pilot"} - set(given.split(", ")):
        assert hidden not in report.text


def test_a_persons_login_is_shown_with_its_role_and_zone(kitsu: Connection, examined: Callable[..., Report]) -> None:
    report = examined(KITSU_HOST=kitsu.event_host, KITSU_LOGIN=kitsu.admin_email, KITSU_PASSWORD=kitsu.password)
    assert report.code == 0
    assert f"the login {kitsu.admin_email} and its password" in report.lines["configuration"]
    assert "a person with the role admin" in report.lines["sign-in"]
    assert "from the signed-in person" in report.lines["time zone"]
    assert kitsu.password not in report.text


@pytest.mark.parametrize(
    ("role", "about", "said"),
    [
        ("admin", "sign-in", "a supervisor bot is enough"),
        ("vendor", "sign-in", "sees only what is assigned to it"),
        ("client", "sign-in", "sees neither assignees nor concepts"),
    ],
)
def test_a_role_that_may_too_much_or_sees_too_little_is_noted(
    kitsu: Connection, examined: Callable[..., Report], role: str, about: str, said: str
) -> None:
    report = examined(**reaching(kitsu, role))
    assert report.code == 0
    assert report.lines[about].startswith("!")
    assert said in report.lines[about]


def test_with_nothing_configured_it_says_what_to_set(examined: Callable[..., Report]) -> None:
    report = examined()
    assert report.code == 1
    assert report.lines["configuration"].startswith("✗No Kitsu is configured. Set KITSU_HOST")
    assert set(report.lines) == {"configuration", "time zone", "cache", "journal"}


@pytest.mark.parametrize(
    ("host", "noted"),
    [
        ("http://kitsu.invalid", True),
        ("http://192.0.2.1:1/studio", True),
        ("http://localhost.invalid", True),
        ("https://kitsu.invalid", False),
        ("http://127.0.0.2:1", False),
        ("http://[::1]:1", False),
        ("http://localhost:1", False),
        ("http://kitsu.localhost:1", False),
    ],
)
def test_a_credential_that_would_go_in_clear_to_another_machine_is_noted(
    examined: Callable[..., Report], host: str, noted: bool
) -> None:
    # A proxy that refuses at once keeps every request on this machine.
    lines = examined(KITSU_HOST=host, KITSU_BOT_TOKEN=SECRET, KITSU_PROXY="http://127.0.0.1:1").lines
    assert ("encryption" in lines) is noted
    if noted:
        assert lines["encryption"].startswith("!The credential goes to ")
        assert lines["encryption"].endswith("in clear, for all on the way to read. Set KITSU_HOST to https.")


@pytest.mark.skipif(os.name != "posix", reason="what a mode says elsewhere tells nothing")
def test_files_with_secrets_that_others_can_read_are_noted(examined: Callable[..., Report], tmp_path: Path) -> None:
    token, headers = tmp_path / "token", tmp_path / "headers"
    token.write_text(SECRET)
    headers.write_text(f"X-Pass: {SECRET}")
    given = {"KITSU_HOST": "http://127.0.0.1:1", "KITSU_BOT_TOKEN_FILE": str(token), "KITSU_HEADERS_FILE": str(headers)}
    token.chmod(0o600)
    headers.chmod(0o640)
    report = examined(**given)
    assert report.lines["secrets"] == f"!Other users of this machine can read {headers}: chmod 600."
    assert report.lines["headers"] == f"✓1 from {headers} go with every request to Kitsu"
    headers.chmod(0o600)
    assert "secrets" not in examined(**given).lines
    token.chmod(0o604)
    assert f"can read {token}:" in examined(**given).lines["secrets"]
    headers.write_text(f"X-Pass {SECRET}")
    report = examined(**given)
    assert report.lines["headers"] == f"✗Line 1 of the headers file {headers} cannot be used: write Name: value."
    assert SECRET not in report.text


def test_the_folders_that_files_are_published_out_of_are_shown_or_missed(
    examined: Callable[..., Report], tmp_path: Path
) -> None:
    given = {"KITSU_HOST": "http://127.0.0.1:1", "KITSU_BOT_TOKEN": "t"}
    assert "folders" not in examined(**given).lines
    gone = tmp_path / "gone"
    assert examined(**given, KITSU_FOLDERS=str(tmp_path)).lines["folders"] == (
        f"✓files are published out of {tmp_path}, no other"
    )
    assert examined(**given, KITSU_FOLDERS=f"{tmp_path}{os.pathsep}{gone}").lines["folders"] == (
        f"!KITSU_FOLDERS names {gone}, which this server finds no folder at."
    )


def test_a_placeholder_that_the_host_left_is_noted(examined: Callable[..., Report]) -> None:
    given = {"KITSU_HOST": "http://127.0.0.1:1", "KITSU_BOT_TOKEN": SECRET, "KITSU_USER": "${user_config.kitsu_user}"}
    assert examined(**given).lines["placeholders"].startswith("!The host filled no value into KITSU_USER: a placeh")
    report = examined(**given | {"KITSU_BOT_TOKEN": "${user_config.kitsu_bot_token}"})
    assert "Set KITSU_BOT_TOKEN" in report.lines["configuration"]
    assert "The host filled no value into KITSU_BOT_TOKEN, KITSU_USER" in report.lines["configuration"]


def test_a_wrong_port_is_named_at_once(examined: Callable[..., Report]) -> None:
    began = time.monotonic()
    report = examined(KITSU_HOST="http://127.0.0.1:1", KITSU_BOT_TOKEN=SECRET)
    assert report.lines["reachability"].startswith("✗No answer from Kitsu at http://127.0.0.1:1/api")
    assert "KITSU_HOST" in report.lines["reachability"]
    assert "sign-in" not in report.lines
    assert SECRET not in report.text
    assert time.monotonic() - began < 20, "long before the 30 s that Kitsu has for an answer"


def test_a_garbage_token_is_refused_and_not_shown(kitsu: Connection, examined: Callable[..., Report]) -> None:
    report = examined(KITSU_HOST=kitsu.host, KITSU_BOT_TOKEN=SECRET)
    assert report.code == 1
    assert report.lines["reachability"].startswith("✓")
    assert "refused the credential" in report.lines["sign-in"]
    assert "Admin, Bots" in report.lines["sign-in"]
    assert SECRET not in report.text


def test_a_wrong_password_is_refused_and_not_shown(kitsu: Connection, examined: Callable[..., Report]) -> None:
    report = examined(KITSU_HOST=kitsu.host, KITSU_LOGIN=kitsu.admin_email, KITSU_PASSWORD=SECRET)
    assert report.code == 1
    assert "KITSU_PASSWORD" in report.lines["sign-in"]
    assert SECRET not in report.text


def test_a_missing_token_file_is_named(kitsu: Connection, examined: Callable[..., Report], tmp_path: Path) -> None:
    report = examined(KITSU_HOST=kitsu.host, KITSU_BOT_TOKEN_FILE=str(tmp_path / "none"))
    assert report.code == 1
    assert "Check KITSU_BOT_TOKEN_FILE" in report.lines["sign-in"]


def test_an_unknown_default_project_and_time_zone_are_named(kitsu: Connection, examined: Callable[..., Report]) -> None:
    report = examined(**reaching(kitsu), KITSU_PROJECT="Rabo Gardn", KITSU_TIMEZONE="Mars/Olympus")
    assert report.lines["default"].startswith("!KITSU_PROJECT names no production that you may see: 'Rabo Gardn'.")
    assert "Robo Garden" in report.lines["default"]
    assert report.lines["time zone"].startswith("✗'Mars/Olympus'")


def test_a_default_project_that_is_closed_is_noted(kitsu: Connection, examined: Callable[..., Report]) -> None:
    report = examined(**reaching(kitsu, "admin"), KITSU_PROJECT="Old Reel")
    assert report.lines["default"] == "!KITSU_PROJECT names Old Reel, which is closed: it can be read, not written to."


def test_a_journal_that_cannot_be_written_breaks_the_server(
    kitsu: Connection, examined: Callable[..., Report], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "garbage").write_bytes(b"no database" * 100)
    for journal in (tmp_path / "file" / "journal", tmp_path / "garbage", tmp_path):
        report = examined(**reaching(kitsu), KITSU_JOURNAL=str(journal))
        assert report.code == 1
        assert "Set KITSU_JOURNAL" in report.lines["journal"]


@pytest.mark.anyio
async def test_a_change_of_unknown_outcome_is_noted(kitsu: Connection, tmp_path: Path) -> None:
    file = tmp_path / "journal"
    file.touch()
    journal = Journal(file)
    assert await journal.unsettled(kitsu.host) == []
    await journal.close()
    with sqlite3.connect(file) as database:
        database.execute(
            "insert into changes "
            "(code, digest, kitsu, principal, kind, tool, agent, person, proposed_at, change) "
            "values ('abcdef', '', ?, 'somebody', '', '', '', '', 0, '')",
            (kitsu.host,),
        )
        database.execute(
            "insert into items (code, key, target, address, intent, sent_at) "
            "values ('abcdef', '', '', 'A/B:Layout', '', 0)"
        )
    database.close()
    for only, said in (("", "A/B:Layout"), ("Robo Garden", "nothing unsettled")):
        chosen = settings(**reaching(kitsu), KITSU_JOURNAL=str(file), KITSU_PROJECTS=only)
        (found,) = [one async for one in doctor.examine(chosen) if one.about == "journal"]
        assert found.level == ("well" if only else "note")
        assert said in found.said


@pytest.mark.anyio
@pytest.mark.parametrize("status", [200, 401, 403, 404, 502])
async def test_a_proxys_page_is_not_taken_for_kitsu(kitsu: Connection, tmp_path: Path, status: int) -> None:
    async with faults.fault_proxy(kitsu.event_host) as proxy:
        proxy.fault(faults.answer(status, "<html>Sign in</html>", content_type="text/html"), times=None)
        found = await findings(proxy, kitsu, tmp_path)
    assert found["reachability"].level == "broken"
    assert "KITSU_HOST" in found["reachability"].said
    assert "sign-in" not in found


@pytest.mark.anyio
async def test_other_json_is_not_taken_for_kitsu(kitsu: Connection, tmp_path: Path) -> None:
    async with faults.fault_proxy(kitsu.event_host) as proxy:
        proxy.fault(faults.answer(200, {"hello": "world"}), times=None)
        assert (await findings(proxy, kitsu, tmp_path))["reachability"].level == "broken"


@pytest.mark.anyio
async def test_older_kitsus_speed_is_told(kitsu: Connection, tmp_path: Path) -> None:
    async with faults.fault_proxy(kitsu.event_host) as proxy:
        proxy.fault(faults.strip_etag(), times=None)
        medium = (await findings(proxy, kitsu, tmp_path))["board speed"]
        proxy.fault(faults.strip_compact(), times=None)
        slow = (await findings(proxy, kitsu, tmp_path))["board speed"]
    assert (medium.level, medium.said.partition(":")[0]) == ("note", "medium")
    assert (slow.level, slow.said.partition(":")[0]) == ("note", "slow")
    assert "1.0.75" in medium.said
    assert "1.0.75" in slow.said


@pytest.mark.anyio
async def test_a_zou_too_old_is_told(kitsu: Connection, tmp_path: Path) -> None:
    async with faults.fault_proxy(kitsu.event_host) as proxy:
        proxy.fault(faults.answer(200, {"api": "Zou", "version": "0.20.3"}), path="/api/", times=1)
        found = (await findings(proxy, kitsu, tmp_path))["reachability"]
    assert found.level == "note"
    assert "0.20.3 is older than 1.0.40" in found.said


@pytest.mark.anyio
async def test_a_bot_on_no_team_is_told_where_to_put_it(kitsu: Connection, tmp_path: Path) -> None:
    async with faults.fault_proxy(kitsu.event_host) as proxy:
        proxy.fault(faults.answer(200, []), path="/data/projects/open", times=None)
        found = (await findings(proxy, kitsu, tmp_path))["productions"]
    assert found.level == "broken"
    assert "team" in found.said


@pytest.mark.anyio
@pytest.mark.parametrize("role", ["user", "vendor"])
async def test_a_bot_that_can_only_read_is_told_so(kitsu: Connection, tmp_path: Path, role: str) -> None:
    def without_collaboration(projects: list[dict[str, object]]) -> list[dict[str, object]]:
        return [project | {"is_bot_collaboration_enabled": False} for project in projects]

    async with faults.fault_proxy(kitsu.event_host) as proxy:
        proxy.fault(faults.rewrite(without_collaboration), path="/data/projects/open", times=None)
        found = (await findings(proxy, kitsu, tmp_path, role))["writing"]
    assert found.level == "note"
    assert f"role {role} can only read" in found.said


@pytest.mark.anyio
@pytest.mark.parametrize(("seconds", "how"), [(300, "behind"), (-300, "ahead of")])
@pytest.mark.parametrize("zone", ["GMT", "-0000"])
async def test_clocks_that_disagree_are_noted(
    kitsu: Connection, tmp_path: Path, seconds: int, how: str, zone: str
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True).replace("GMT", zone)
    async with faults.fault_proxy(kitsu.event_host) as proxy:
        proxy.fault(faults.answer(200, {"indexer_configured": True}, {"Date": date}), path="/api/config")
        found = await findings(proxy, kitsu, tmp_path)
    assert found["clock"].level == "note"
    assert f"s {how} Kitsu" in found["clock"].said
    assert found["search indexer"].said.startswith("there")


@pytest.mark.anyio
@pytest.mark.parametrize("version", ["9" * 5000, "1.0.97\n✓ all is well", ["1.0.97"]])
async def test_what_is_no_version_is_no_kitsus(kitsu: Connection, tmp_path: Path, version: object) -> None:
    async with faults.fault_proxy(kitsu.event_host) as proxy:
        proxy.fault(faults.answer(200, {"api": "Zou", "version": version}), path="/api/", times=1)
        found = (await findings(proxy, kitsu, tmp_path))["reachability"]
    assert found.level == "broken"
    assert "answered 200 without the data Kitsu documents" in found.said


@pytest.mark.anyio
async def test_a_stream_that_does_not_answer_is_named_with_the_reason(kitsu: Connection, tmp_path: Path) -> None:
    async with faults.fault_proxy(kitsu.event_host) as proxy:
        proxy.fault(faults.answer(502, "<html/>", content_type="text/html"), path="/socket.io/", times=None)
        found = (await findings(proxy, kitsu, tmp_path))["event stream"]
    assert found.level == "note"
    assert found.said.startswith(f"not connected: the event stream at {proxy.url} does not answer as one (Unexpected")
    assert found.said.endswith("Nothing is heard as it happens; all else works")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"KITSU_CHANNEL": "me, status=done"}, "✓ready, on the older protocols"),
        ({"KITSU_CHANNEL": "project=Nowhere"}, "!nothing is told: KITSU_CHANNEL: No production 'Nowhere'"),
        ({"KITSU_CHANNEL": "me", "KITSU_LIVE": "off"}, "!nothing is told: KITSU_LIVE is off"),
        ({"KITSU_CHANNEL": "me", "KITSU_EVENT_HOST": "http://127.0.0.1:9"}, "!nothing is told while the event stream"),
    ],
)
def test_what_a_channel_lacks_is_named(
    kitsu: Connection, examined: Callable[..., Report], given: dict[str, str], said: str
) -> None:
    line = examined(**reaching(kitsu), KITSU_CONNECT_SECONDS="2", **given).lines["channel"]
    assert line.startswith(said)
    if said[0] == "✓":
        assert all(one in line for one in ("--dangerously-load-development-channels", "claude.ai", "organisation"))


@pytest.mark.anyio
async def test_a_stream_that_is_polled_or_off_is_well_and_said(kitsu: Connection, tmp_path: Path) -> None:
    async with faults.fault_proxy(kitsu.event_host) as proxy:
        found = (await findings(proxy, kitsu, tmp_path))["event stream"]
    assert found.level == "well"
    assert "polls, as something on the way lets no WebSocket through; an event asked for took" in found.said
    chosen = settings(**reaching(kitsu), KITSU_LIVE="off", KITSU_JOURNAL=str(tmp_path / "journal"))
    off = {one.about: one.said async for one in doctor.examine(chosen)}
    assert off["event stream"] == "not listened to, by KITSU_LIVE"
