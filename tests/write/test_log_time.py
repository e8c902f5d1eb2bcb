"""`log_time`, as an agent drives it, on the real sandbox Kitsu."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from support.client import connected
from support.faults import fault_proxy
from support.held import held_to_plan, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

GULL, LANTERN, OTTO = (f"Salt Harbour/{one}:Rigging" for one in ("Character/Gull", "Prop/Lantern", "Character/Otto"))
THEO = "Theo Marchand"
NOW = datetime.now(UTC)
TODAY, ZONE = NOW.date(), f"Etc/GMT{NOW.hour - 12:+d}"
"""Where it is about noon, on the day that UTC has: it stays that day however long the tests take."""
YESTERDAY = TODAY - timedelta(days=1)


def hours(connection: Connection) -> dict[str, float]:
    """What Theo logged by day, in all productions."""
    with psycopg.connect(connection.database) as database:
        rows = database.execute(
            "select date::text, sum(duration) from time_spent join person on person.id = person_id "
            "where first_name = 'Theo' group by 1"
        ).fetchall()
    return {day: minutes / 60 for day, minutes in rows}


async def test_a_days_time_is_set_added_to_and_taken_back(pristine: Connection, journal: Path, era: Mode) -> None:
    person, before = Person(), hours(pristine)
    rows = [{"task": LANTERN, "day": "yesterday", "time": "1h 30m"}, {"task": GULL, "day": str(TODAY), "time": "0.5d"}]
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(
            pristine, mode=era, on_question=person, host=proxy.url, journal=journal, KITSU_TIMEZONE=ZONE
        ) as agent,
    ):
        with held_to_plan(pristine, journal):
            first = await agent.ask("log_time", tasks=[LANTERN, OTTO], time="2h", person=THEO, rows=rows)
        assert first["outcome"] == "4 applied"
        assert f"In all of what you see: {THEO} {TODAY} none → 8h, {THEO} {YESTERDAY}" in person.asked[0]
        assert hours(pristine) == {**before, str(TODAY): 8, str(YESTERDAY): before.get(str(YESTERDAY), 0) + 1.5}
        with held_to_plan(pristine, journal):
            added = await agent.ask("log_time", tasks=[LANTERN], time="45m", person=THEO, how="add")
        assert added["rows"][0][2:4] == [f"{TODAY} {THEO} 2h", f"{TODAY} 2.75h"]
        sent = [one for one in proxy.requests if one.method == "POST" and "/time-spents/" in one.path]
        assert sent[-1].json == {"duration": 165}
        assert not sent[-1].path.endswith("/add")  # what is set is the same however often it arrives
        with held_to_plan(pristine, journal):
            await agent.ask("log_time", tasks=[OTTO], time="none", person=THEO)
        with nothing_written(pristine):
            assert "logged so already" in await agent.refusal("log_time", tasks=[OTTO], time="none", person=THEO)
        with held_to_plan(pristine, journal):
            await agent.ask("undo_change", code=added["journal"])
        with held_to_plan(pristine, journal):
            back = await agent.ask("undo_change", code=first["journal"])
    assert OTTO in back["warnings"][0]  # somebody took it back already
    assert hours(pristine) == before


async def test_people_log_their_own_time_and_nobody_elses(pristine: Connection, journal: Path) -> None:
    person, tomorrow, old = Person(), TODAY + timedelta(days=1), TODAY - timedelta(days=9)
    with psycopg.connect(pristine.database) as database:
        database.execute("update organisation set timesheets_locked = true")
        database.execute(
            "insert into day_off (id, date, end_date, person_id) "
            "select gen_random_uuid(), %s, %s, id from person where first_name = 'Theo'",
            [YESTERDAY, YESTERDAY],
        )
    theo: dict[str, Any] = {
        "KITSU_BOT_TOKEN": "",
        "KITSU_LOGIN": "theo@example.com",
        "KITSU_PASSWORD": pristine.password,
    }
    async with connected(pristine, on_question=person, journal=journal, KITSU_TIMEZONE=ZONE, **theo) as agent:
        await agent.ask("list_projects")  # Zou notes when somebody signs in
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("log_time", tasks=[GULL], time="1h", rows=[
                {"task": GULL, "day": str(tomorrow)}, {"task": GULL, "day": "yesterday"},
            ])  # fmt: skip
        assert receipt["warnings"] == [
            f"Still to come (today {TODAY} {ZONE}): {tomorrow}",
            f"Day off: {THEO} {YESTERDAY}",
        ]
        with nothing_written(pristine):
            other = await agent.refusal(
                "log_time", tasks=["Salt Harbour/SQ010/SH0020:Animation"], time="1h", person="Aiko Hayashi"
            )
            locked = await agent.refusal("log_time", tasks=[GULL], time="1h", day=str(old))
            stranger = await agent.refusal("log_time", tasks=["Salt Harbour/SQ010/SH0010:Layout"], time="1h")
    assert "logs only its own time, not that of Aiko Hayashi" in other
    assert "Timesheets are locked after a week here" in locked
    assert f"not so: {THEO} to Salt Harbour/SQ010/SH0010:Layout" in stranger
    assert len(person.asked) == 1


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "Name tasks, or rows"),
    ({"tasks": [GULL]}, "time: say how long"),
    ({"tasks": [GULL], "time": "25h"}, "A day has 24h"),
    ({"tasks": [GULL, LANTERN, OTTO], "time": "9h"}, f"{THEO} would have 27h on {TODAY}"),
    ({"tasks": [GULL], "time": "2"}, "time: '2' is not one"),
    ({"tasks": [GULL], "time": "-2h"}, "is not one"),
    ({"tasks": [GULL], "time": "0.1m"}, "is nothing"),
    ({"tasks": [GULL], "time": "none", "how": "add"}, "goes with set"),
    ({"tasks": [GULL], "time": "1h", "day": "27/11/2026"}, "day: '27/11/2026' is not a date"),
    ({"tasks": [GULL], "time": "1h", "day": "2016-11-27"}, "more than a year from today"),
    ({"tasks": [GULL], "time": "1h", "rows": [{"task": GULL, "time": "2h"}]}, "is named twice"),
    ({"tasks": [GULL, "Robo Garden/E01/SQ01/SH0010:Animation"], "time": "1h"}, "of several productions"),
    ({"tasks": [GULL], "time": "1h", "person": "Nobody"}, "Nobody"),
    ({"tasks": [GULL], "time": "1h", "person": "Sam Adeyemi"}, "Kitsu takes time only of who is assigned"),
    ({"tasks": [GULL], "time": "1h", "person": "me"}, "Manager Bot: bots, whose hours Kitsu does not show"),
]


async def test_what_cannot_be_logged_is_refused(kitsu: Connection, journal: Path) -> None:
    person = Person()
    with nothing_written(kitsu):
        async with connected(kitsu, on_question=person, journal=journal, KITSU_TIMEZONE=ZONE) as agent:
            for given, says in REFUSED:
                refusal = await agent.refusal("log_time", **{"person": THEO, **given})
                assert says in refusal, given
                assert "Nothing was" in refusal, given
    assert person.asked == []
