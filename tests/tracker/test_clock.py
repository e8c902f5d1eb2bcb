"""Today and local times, by the operator's zone, else the person's, else the machine's."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
import tzlocal

from kitsu_tools.tracker.clock import Clock, clock, day
from kitsu_tools.tracker.errors import BadInput


def test_the_setting_goes_before_the_person_and_the_person_before_the_machine() -> None:
    assert clock("Asia/Tokyo", "Europe/Paris").zone.key == "Asia/Tokyo"
    assert clock("", "Europe/Paris").zone.key == "Europe/Paris"
    assert clock("", "").zone.key == tzlocal.get_localzone_name()


@pytest.mark.parametrize("name", ["Paris", "Europe/", "../etc/passwd", "UTC+25", "\x00"])
def test_a_zone_that_is_none_is_said_to_be(name: str) -> None:
    with pytest.raises(BadInput, match=r"is not a time zone\. Set KITSU_TIMEZONE to a name such as Europe/Paris\."):
        clock(name, "")


def test_a_machine_whose_zone_has_no_name_goes_by_its_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """What tzlocal says of a copied /etc/localtime, as a container has it: no name, and a zone called local."""
    with resources.files("tzdata.zoneinfo").joinpath("Asia/Tokyo").open("rb") as file:
        rules = ZoneInfo.from_file(file, key="local")
    monkeypatch.setattr(tzlocal, "get_localzone_name", lambda: None)
    monkeypatch.setattr(tzlocal, "get_localzone", lambda: rules)
    assert clock("", "").local("2026-03-02T09:15:01") == "2026-03-02 18:15"
    assert clock("", "").stamp().endswith(" local")


def test_a_machine_whose_zone_cannot_be_told_is_said_to_need_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    def conflicting() -> str:
        raise ZoneInfoNotFoundError("Multiple conflicting time zone configurations found")

    monkeypatch.setattr(tzlocal, "get_localzone_name", conflicting)
    with pytest.raises(BadInput, match=r"^What this machine is set to is not a time zone\. Set KITSU_TIMEZONE to"):
        clock("", "")


def test_zones_are_known_on_a_machine_without_zone_files() -> None:
    zoneinfo.reset_tzpath([])
    ZoneInfo.clear_cache()
    try:
        assert clock("Europe/Paris", "").local("2026-03-02T09:15:01") == "2026-03-02 10:15"
    finally:
        zoneinfo.reset_tzpath()


@pytest.mark.parametrize(
    ("utc", "expected"),
    [
        ("2026-03-02T09:15:01", "2026-03-02 10:15"),
        ("2026-07-02T22:30:00", "2026-07-03 00:30"),
        ("2026-03-29T00:59:59", "2026-03-29 01:59"),
        ("2026-03-29T01:00:00", "2026-03-29 03:00"),
        ("2026-03-02T09:15:01.123456", "2026-03-02 10:15"),
        ("2026-03-02T09:15:01+09:00", "2026-03-02 01:15"),
        ("", ""),
        (None, ""),
        ("yesterday", "yesterday"),
    ],
)
def test_zous_naive_utc_is_shown_local_daylight_saving_included(utc: str | None, expected: str) -> None:
    assert Clock(ZoneInfo("Europe/Paris")).local(utc) == expected


def test_today_is_named_with_its_zone() -> None:
    zone = ZoneInfo("Pacific/Kiritimati")
    before, stamp, after = dt.datetime.now(zone), Clock(zone).stamp(), dt.datetime.now(zone)
    assert stamp in {f"{moment.date().isoformat()} Pacific/Kiritimati" for moment in (before, after)}


@pytest.mark.parametrize("text", ["", "soon", "2026-2-1", "2026-02-30", "02/03/2026", "2026-02-01T10:00"])
def test_a_day_is_written_one_way(text: str) -> None:
    with pytest.raises(BadInput, match=r"^due: .* is not a date\. Write YYYY-MM-DD\.$"):
        day(text, "due")


def test_a_day_is_read() -> None:
    assert day("2026-02-28", "due").isoformat() == "2026-02-28"
