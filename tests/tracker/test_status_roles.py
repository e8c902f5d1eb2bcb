"""The role a status plays: Kitsu's own flags, then the operator's setting, then a well-known short name."""

from __future__ import annotations

from typing import Any

import pytest

from kitsu_tools.tracker.statuses import ROLES, Role, status_of


def role(name: str, short: str | None, roles: dict[str, Role] | None = None, **flags: Any) -> Role:
    return status_of({"id": "1", "name": name, "short_name": short, **flags}, roles or {}).role


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("is_done", "done"),
        ("is_retake", "retake"),
        ("is_feedback_request", "waiting for review"),
        ("is_wip", "wip"),
        ("is_default", "todo"),
    ],
)
def test_kitsus_flags_go_before_everything(flag: str, expected: Role) -> None:
    assert role("Parked", "hold", {"hold": "omitted", "parked": "omitted"}, **{flag: True}) == expected
    assert role("Parked", "hold", {}, **{flag: False}) == "on hold"


def test_the_operators_setting_goes_before_a_guess() -> None:
    assert role("Ready", "ready", {"ready": "wip"}) == "wip"
    assert role("Could Be Better", "CBB", {"cbb": "retake"}) == "retake"
    assert role("Could Be Better", "x", {"could be better": "retake"}) == "retake"


@pytest.mark.parametrize(
    ("name", "short", "expected"),
    [
        ("Ready To Start", "READY", "ready"),
        ("On Hold", "oh", "on hold"),
        ("Waiting", "wfa", "waiting for review"),
        ("Omit", None, "omitted"),
        ("Final", "fin", "other"),
    ],
)
def test_well_known_names_are_guessed_and_others_are_other(name: str, short: str | None, expected: Role) -> None:
    assert role(name, short) == expected


def test_a_record_of_an_older_zou_lacks_flags_and_is_read_all_the_same() -> None:
    status = status_of({"id": "1", "name": "Todo", "short_name": None}, {})
    assert status.short_name == "Todo"
    assert status.role in ROLES
    assert (status.archived, status.for_concept, status.artist_allowed, status.client_allowed) == (
        False,
        False,
        True,
        True,
    )
