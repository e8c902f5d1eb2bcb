"""Settings come from the environment: whose name wins, what counts as unset, and what never shows."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import AliasChoices

from kitsu_server.settings import Settings, SettingsError, api_address, load, unusable
from kitsu_tools.catalog import offered
from support.client import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    Loads = Callable[..., Settings]

README = Path(__file__).parents[2] / "README.md"
SECRET = "quite-secret-8d1f"


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Loads:
    """`load()` in an environment that holds these variables and none of the machine's own settings."""

    def with_variables(**variables: str) -> Settings:
        for name in every_variable():
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return load()

    return with_variables


def every_variable() -> set[str]:
    names: set[str] = set()
    for field in Settings.model_fields.values():
        alias = field.validation_alias
        names |= {str(one) for one in alias.choices} if isinstance(alias, AliasChoices) else {str(alias)}
    return names


def test_readme_names_every_setting_and_no_other() -> None:
    rows = re.findall(r"^\| (`(?:KITSU|TRACKER)_.*?) \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    documented = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    assert documented == every_variable()


def test_readme_speaks_of_no_variable_that_does_not_exist() -> None:
    named = set(re.findall(r"\b(?:KITSU|TRACKER)_[A-Z_]+[A-Z]\b", README.read_text(encoding="utf-8")))
    assert named <= every_variable()


@pytest.mark.parametrize(
    ("ours", "studios", "field"),
    [
        ("KITSU_HOST", "TRACKER_URL", "host"),
        ("KITSU_LOGIN", "TRACKER_LOGIN", "login"),
        ("KITSU_PROJECT", "TRACKER_PROJECT", "project"),
    ],
)
def test_our_name_goes_before_the_studios(loaded: Loads, ours: str, studios: str, field: str) -> None:
    assert getattr(loaded(**{ours: "one.example", studios: "two.example"}), field) == "one.example"
    assert getattr(loaded(**{ours: "", studios: "two.example"}), field) == "two.example"


def test_the_studios_login_is_enough(loaded: Loads) -> None:
    found = loaded(TRACKER_URL="https://kitsu.example/api", TRACKER_LOGIN="a@b.example", TRACKER_PASSWORD=SECRET)
    assert found.credentials.missing == ""
    assert found.credentials.login == "a@b.example"
    assert found.credentials.password == SECRET
    assert not found.credentials.has_token


def test_an_empty_value_is_no_value(loaded: Loads) -> None:
    empty = loaded(**dict.fromkeys(every_variable(), ""))
    nothing = loaded()
    assert empty == nothing
    assert "KITSU_HOST" in empty.credentials.missing
    assert "KITSU_BOT_TOKEN" in empty.credentials.missing
    assert loaded(**dict.fromkeys(every_variable(), " \t\n")) == nothing


@pytest.mark.parametrize(
    "left",
    [
        "${user_config.kitsu}",
        " ${KITSU_HOST} ",
        "${env:KITSU_HOST}",
        "${input:kitsu}",
        "${KITSU_HOST:-}",
        "${{ secrets.KITSU }}",
        "${}",
    ],
)
def test_a_placeholder_that_a_host_left_is_no_value(loaded: Loads, left: str) -> None:
    nothing = loaded()
    found = loaded(**dict.fromkeys(every_variable(), left))
    assert found.model_dump() == nothing.model_dump()
    assert found.credentials.missing.startswith(nothing.credentials.missing)
    assert "The host filled no value into " in found.credentials.missing
    assert "KITSU_BOT_TOKEN, KITSU_BOT_TOKEN_FILE" in found.credentials.missing
    studios = {"TRACKER_URL": "https://kitsu.example", "TRACKER_LOGIN": "a@b.example", "TRACKER_PASSWORD": SECRET}
    filled = loaded(**dict.fromkeys(every_variable(), left) | studios)
    assert filled.credentials.missing == ""
    assert (filled.credentials.host, filled.credentials.password) == ("https://kitsu.example/api", SECRET)
    assert "KITSU_HOST" in filled.unfilled
    assert "TRACKER_URL" not in filled.unfilled


def test_a_value_with_a_placeholder_in_it_is_none_but_a_password_may_look_like_one(loaded: Loads) -> None:
    found = loaded(
        KITSU_HOST="https://${user_config.kitsu_host}/api",
        TRACKER_URL="https://kitsu.example",
        KITSU_BOT_TOKEN_FILE="${HOME}/token",
        KITSU_LOGIN="a@b.example",
        KITSU_PASSWORD="a${b}c",
    )
    assert found.credentials.missing == ""
    assert found.credentials.host == "https://kitsu.example/api"
    assert (found.credentials.has_token, found.credentials.password) == (False, "a${b}c")
    assert found.unfilled.startswith("The host filled no value into KITSU_BOT_TOKEN_FILE, KITSU_HOST:")


def test_only_what_is_missing_is_asked_for(loaded: Loads) -> None:
    assert "KITSU_HOST" not in loaded(KITSU_HOST="kitsu.example").credentials.missing
    assert "KITSU_BOT_TOKEN" not in loaded(KITSU_BOT_TOKEN=SECRET).credentials.missing
    assert "KITSU_PASSWORD" in loaded(KITSU_HOST="kitsu.example", KITSU_LOGIN="a@b.example").credentials.missing


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("https://kitsu.example", "https://kitsu.example/api"),
        ("https://kitsu.example/api", "https://kitsu.example/api"),
        ("https://kitsu.example/api/", "https://kitsu.example/api"),
        ("https://kitsu.example/", "https://kitsu.example/api"),
        ("kitsu.example", "https://kitsu.example/api"),
        ("  http://127.0.0.1:8080 ", "http://127.0.0.1:8080/api"),
        ("HTTPS://kitsu.example/studio/", "https://kitsu.example/studio/api"),
        ("https://kitsu.example/productions", "https://kitsu.example/productions/api"),
        ("https://[fd00::1]:8443", "https://[fd00::1]:8443/api"),
    ],
)
def test_an_address_is_good_with_or_without_api(written: str, address: str) -> None:
    assert api_address(written) == address


@pytest.mark.parametrize(
    "written",
    [
        "ftp://kitsu.example",
        "https://",
        "kitsu.example:port",
        "http://[::1",
        f"https://me:{SECRET}@kitsu.example",
        "https:/kitsu.example",
        "http:kitsu.example",
        f"https://kitsu.example?code={SECRET}",
        "https://kitsu.example/?",
        f"https://kitsu.example/api#{SECRET}",
        f"https://kitsu.example/api/auth/{SECRET}",
        "https://kitsu.example/login",
        "https://kitsu.example/studio/my-tasks",
        "https://kitsu.example/productions/9c9ce8d7-5ba0-4b6f-a1c2-6f7c4b1a2b3c/shots",
        "https://kitsu.exa mple",
        "https://kitsu.example/a\tb",
        "https://kitsu.example\u202e",
        "https://kitsu.example\\api",
        "https://%KITSU_HOST%",
    ],
)
def test_a_wrong_address_is_refused_without_repeating_it(loaded: Loads, written: str) -> None:
    with pytest.raises(SettingsError) as refused:
        loaded(KITSU_HOST=written)
    assert "KITSU_HOST" in str(refused.value)
    assert SECRET not in str(refused.value)


def test_the_token_goes_before_its_file_and_both_before_a_login(loaded: Loads, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-file\n")
    both = loaded(KITSU_BOT_TOKEN=f" {SECRET}\n", KITSU_BOT_TOKEN_FILE=str(file), KITSU_LOGIN="a", KITSU_PASSWORD="b")
    assert both.credentials.token() == SECRET
    assert both.credentials.has_token
    assert loaded(KITSU_BOT_TOKEN="", KITSU_BOT_TOKEN_FILE=str(file)).credentials.token() == "from-file"


def test_blanks_and_capitals_change_no_word(loaded: Loads) -> None:
    found = loaded(KITSU_CONFIRM=" Page\n", KITSU_LOG_LEVEL=" debug ", KITSU_TIMEZONE=" Europe/Paris ")
    assert (found.confirm, found.log_level, found.time_zone) == ("page", "DEBUG", "Europe/Paris")
    assert loaded(KITSU_PASSWORD=" my own ").credentials.password == " my own "


def test_a_log_level_may_be_written_small(loaded: Loads) -> None:
    assert loaded(KITSU_LOG_LEVEL="debug").log_level == "DEBUG"


def test_a_token_file_is_read_again_each_time(loaded: Loads, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")
    credentials = loaded(KITSU_HOST="kitsu.example", KITSU_BOT_TOKEN_FILE=str(file)).credentials
    assert credentials.token() == "old"
    file.write_text("new")
    assert credentials.token() == "new"


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("KITSU_CONFIRM", SECRET, "'auto', 'form', 'page' or 'off'"),
        ("KITSU_ANSWER_SECONDS", "0", "greater than 0"),
        ("KITSU_JOURNAL", f"~{SECRET}/journal", "home folder"),
        ("KITSU_READ_SECONDS", SECRET, "KITSU_READ_SECONDS"),
        ("KITSU_CONNECT_SECONDS", "0", "greater than 0"),
        ("KITSU_LOG_LEVEL", SECRET, "WARNING"),
        ("KITSU_PROXY", "proxy.example:3128", "KITSU_PROXY: this is not the address of a proxy; write http://proxy.ex"),
        ("KITSU_PROXY", f"socks5://{SECRET}:1080", "this is not the address of a proxy"),
        ("KITSU_PROXY", f"http://me:{SECRET}@proxy.example:port", "this is not the address of a proxy"),
        (
            "KITSU_PAGE_HOST",
            f"kitsu.example.com, https://me:{SECRET}@b.example",
            "write addresses of Kitsu's pages, comma",
        ),
        (
            "KITSU_TOOLSETS",
            f"tasks, {SECRET}",
            "write some of production, casting, tasks, review, people, planning, time, changes, live, rooms",
        ),
        ("KITSU_TOOLSETS", f"tasks,${{{SECRET}}}", "write some of production, casting"),
        ("KITSU_LIVE", SECRET, "Input should be 'auto' or 'off'"),
        ("KITSU_CHANNEL", SECRET, "write all, or some of me, project=NAME, person=NAME, status=NAME or role, task_typ"),
        ("KITSU_CHANNEL", f"me, shot={SECRET}", "write all, or some of me"),
        ("KITSU_CHANNEL", "all, me", "write all, or some of me"),
        ("KITSU_CHANNEL", "me, project=", "write all, or some of me"),
        ("KITSU_CHANNEL", ",", "write all, or some of me"),
        ("KITSU_EVENT_HOST", f"https://me:{SECRET}@b.example", "write the address that Kitsu's event stream has"),
        ("KITSU_TOOLSETS", " , ", "write some of production, casting"),
        ("KITSU_READ_ONLY", SECRET, "write true or false"),
        ("KITSU_FOLDERS", os.pathsep.join(["/shots", SECRET]), "write whole paths of folders"),
        ("KITSU_STATUS_ROLES", f"cbb={SECRET}", "waiting for review"),
        ("KITSU_STATUS_ROLES", f"{{{SECRET}", "waiting for review"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_valid_and_not_repeated(
    loaded: Loads, name: str, value: str, advice: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        loaded(**{name: value})
    assert name in str(refused.value)
    assert advice in str(refused.value)
    assert SECRET not in str(refused.value)


def test_settings_in_place_of_wrong_ones_hold_the_reason_and_nothing_of_the_environment(
    loaded: Loads, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = loaded()
    monkeypatch.setenv("KITSU_HOST", "https://kitsu.example")
    monkeypatch.setenv("KITSU_BOT_TOKEN", SECRET)
    found = unusable(SettingsError("KITSU_PROXY: wrong."))
    assert found.credentials.missing.startswith("KITSU_PROXY: wrong. ")
    assert (found.credentials.host, found.credentials.bot_token) == ("", "")
    assert found.model_dump() == nothing.model_dump()


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Robo Garden", ("Robo Garden",)),
        (' Robo Garden ,"Paris, Texas",', ("Robo Garden", "Paris, Texas")),
        ("Robo Garden, ${user_config.other}", ("Robo Garden", "${user_config.other}")),
        (" , ", ()),
        ('""', ()),
        ("${user_config.projects}", None),
        ("", None),
    ],
)
def test_productions_are_names_and_what_names_none_opens_none(
    loaded: Loads, written: str, names: tuple[str, ...] | None
) -> None:
    assert loaded(KITSU_PROJECTS=written).studio.only == names


def test_what_a_channel_is_to_hear_may_be_written_as_people_do(loaded: Loads) -> None:
    written = ' Me, PROJECT = Robo Garden, "project=Salt, Pepper", task type=Animation, status=a=b '
    found = loaded(KITSU_CHANNEL=written).channel
    assert found is not None
    assert (found.me, found.names) == (
        True,
        {"project": ("Robo Garden", "Salt, Pepper"), "task_type": ("Animation",), "status": ("a=b",)},
    )
    assert loaded(KITSU_CHANNEL="all").channel is not None
    assert loaded(KITSU_CHANNEL=" ").channel is None


@pytest.mark.parametrize("written", ["true", "1", "yes", "on", " TRUE "])
def test_read_only_is_said_in_any_of_the_usual_ways(loaded: Loads, written: str) -> None:
    assert loaded(KITSU_READ_ONLY=written).read_only
    assert not any(entry.writes for entry in loaded(KITSU_READ_ONLY=written).tools)
    assert loaded(KITSU_READ_ONLY="no").tools == loaded().tools == offered()


@pytest.mark.parametrize(
    "written", ["CBB=Retake, tech=waiting for review", '{"CBB": "retake", "tech": "waiting for review"}']
)
def test_status_roles_are_pairs_or_json(loaded: Loads, written: str) -> None:
    assert loaded(KITSU_STATUS_ROLES=written).status_roles == {"cbb": "retake", "tech": "waiting for review"}


@pytest.mark.parametrize(
    "variables",
    [
        {"KITSU_BOT_TOKEN": SECRET},
        {"KITSU_LOGIN": "a@b.example", "KITSU_PASSWORD": SECRET},
        {"TRACKER_LOGIN": "a@b.example", "TRACKER_PASSWORD": SECRET},
        {"KITSU_PROXY": f"http://me:{SECRET}@proxy.example:3128"},
        {"KITSU_LOGIN": "a@b.example", "TRACKER_PASSWORD": f"${{{SECRET}}}"},
    ],
)
def test_no_secret_shows_in_a_repr(variables: dict[str, str]) -> None:
    found = settings(KITSU_HOST="kitsu.example", **variables)
    for shown in (found, found.credentials, found.network, found.studio, found.caller):
        assert SECRET not in f"{shown!r} {shown!s}"
