"""What an answer's headers say, however they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from kitsu_tools.tracker.zou_answer import Answer


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
