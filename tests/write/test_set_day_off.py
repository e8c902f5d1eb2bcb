"""`set_day_off`, as an agent drives it, on the real sandbox Kitsu."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from references.studio import Studio
from support.client import connected
from support.held import held_to_plan, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

TODAY = datetime.now(UTC).date()
FIRST, LAST = TODAY + timedelta(days=40), TODAY + timedelta(days=44)
THEO, SAM, AIKO = "Theo Marchand", "Sam Adeyemi", "Aiko Hayashi"


def off(connection: Connection, first_name: str) -> list[tuple[str, str, str]]:
    """When somebody is off."""
    with psycopg.connect(connection.database) as database:
        return database.execute(
            "select date::text, end_date::text, coalesce(description, '') from day_off "
            "join person on person.id = person_id where first_name = %s order by 1",
            [first_name],
        ).fetchall()


async def test_days_off_are_noted_changed_and_taken_back(pristine: Connection, journal: Path, era: Mode) -> None:
    person = Person()
    async with connected(pristine, role="admin", mode=era, on_question=person, journal=journal) as agent:
        with held_to_plan(pristine, journal):
            given: dict[str, Any] = {"start": str(FIRST), "end": str(LAST), "description": "Studio closed"}
            made = await agent.ask("set_day_off", people=[THEO, SAM], **given)
        assert off(pristine, "Theo") == off(pristine, "Sam") == [(str(FIRST), str(LAST), "Studio closed")]
        assert f"off, from {FIRST}, to {LAST}, for Studio closed" in person.asked[0]
        with held_to_plan(pristine, journal):
            changed = await agent.ask(
                "set_day_off", people=[THEO], of=str(LAST), start=str(FIRST - timedelta(days=1)), description="none"
            )
        assert changed["rows"][0][2:4] == [
            f"from {FIRST}, to {LAST}, for Studio closed",
            f"from {FIRST - timedelta(days=1)}, to {LAST}, for nothing said",
        ]  # fmt: skip
        with held_to_plan(pristine, journal):
            gone = await agent.ask("set_day_off", people=[SAM], of=str(FIRST), remove=True)
        assert off(pristine, "Sam") == []
        with held_to_plan(pristine, journal):
            await agent.ask("undo_change", code=gone["journal"])
        with held_to_plan(pristine, journal):
            await agent.ask("undo_change", code=changed["journal"])
        assert off(pristine, "Theo") == off(pristine, "Sam") == [(str(FIRST), str(LAST), "Studio closed")]
        with held_to_plan(pristine, journal):
            back = await agent.ask("undo_change", code=made["journal"])
    # Sam's was taken back and made anew meanwhile: it is another than this change made.
    assert [row[0] for row in back["rows"]] == [THEO]
    assert SAM in back["warnings"][0]


async def test_hours_that_kitsu_deletes_with_a_day_off_are_counted_beforehand(
    pristine: Connection, journal: Path
) -> None:
    with psycopg.connect(pristine.database) as database:
        found = database.execute(
            "select date::text, sum(duration), count(*) from time_spent join person on person.id = person_id "
            "where first_name = 'Theo' and date < current_date - 2 group by 1 order by 3 desc limit 1"
        ).fetchone()
    assert found
    day, minutes, lines = found
    person = Person()
    async with connected(pristine, role="admin", mode="legacy", on_question=person, journal=journal) as agent:
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("set_day_off", people=[THEO], start=day)
        person.meanwhile = lambda: _worked(pristine, FIRST)
        late = await agent.ask("set_day_off", people=[THEO, SAM], start=str(FIRST))
        made = await agent.ask("set_day_off", people=[THEO], start=str(LAST))
        person.meanwhile = lambda: _gone(pristine, LAST)
        gone = await agent.ask("set_day_off", people=[THEO], of=str(LAST), description="ill")
    assert [row[1] for row in late["rows"]] == ["skipped", "skipped"]
    assert "not sent: Theo Marchand loses for good 2h logged on these days (1 line)" in late["rows"][0][4]
    assert made["outcome"] == "1 applied"
    assert "changed since you were asked" in gone["rows"][0][4]
    says = f"loses for good {minutes / 60:g}h logged on these days ({lines} line"
    assert says in person.asked[0]
    assert says in receipt["also_changed_by_kitsu"][0]
    assert f"Past days: {THEO}" in receipt["warnings"]


def _worked(connection: Connection, day: date) -> None:
    """Theo logs time on one of his tasks."""
    studio = Studio(connection)
    theo = next(one["id"] for one in studio.get("data/persons") if one["full_name"] == THEO)
    task = studio.get(f"data/persons/{theo}/tasks")[0]["id"]
    studio.post(f"actions/tasks/{task}/time-spents/{day}/persons/{theo}", {"duration": 120})


def _gone(connection: Connection, day: date) -> None:
    with psycopg.connect(connection.database) as database:
        database.execute("delete from day_off where date = %s", [day])


async def test_people_note_their_own_days_off(pristine: Connection, journal: Path) -> None:
    theo: dict[str, Any] = {
        "KITSU_BOT_TOKEN": "", "KITSU_LOGIN": "theo@example.com", "KITSU_PASSWORD": pristine.password,
    }  # fmt: skip
    async with connected(pristine, on_question=Person(), journal=journal, **theo) as agent:
        await agent.ask("list_projects")  # Zou notes when somebody signs in
        with held_to_plan(pristine, journal):
            await agent.ask("set_day_off", start=str(FIRST))
        refusal = await agent.refusal("set_day_off", people=[SAM], start=str(FIRST))
    assert off(pristine, "Theo") == [(str(FIRST), str(FIRST), "")]
    assert "Only admins note days off of others; not the role 'user' those of Sam Adeyemi" in refusal


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "start: name the first day"),
    ({"people": []}, "people: name at least one"),
    ({"start": str(LAST), "end": str(FIRST)}, "before it starts"),
    ({"start": str(FIRST), "end": str(FIRST + timedelta(days=400))}, "more than a year"),
    ({"start": "2036-01-01", "end": "2046-01-01"}, "more than two years from today"),
    ({"start": "24.12.2026"}, "from: '24.12.2026' is not a date"),
    ({"start": str(FIRST), "people": ["Admin Bot"]}, "bots have no days off"),
    ({"start": str(FIRST), "people": ["Nobody"]}, "Nobody"),
    ({"start": str(TODAY), "end": str(LAST), "people": [AIKO]}, "takes no days off that overlap"),
    ({"of": str(LAST), "remove": True}, "is not off on"),
    ({"of": str(LAST), "remove": True, "start": str(FIRST)}, "and nothing else"),
    ({"start": str(FIRST), "description": "a\u200bb"}, "U+200B"),
]


async def test_what_is_no_day_off_is_refused(kitsu: Connection, journal: Path) -> None:
    person = Person()
    with nothing_written(kitsu):
        async with connected(kitsu, role="admin", on_question=person, journal=journal) as agent:
            for given, says in REFUSED:
                refusal = await agent.refusal("set_day_off", **{"people": [THEO], **given})
                assert says in refusal, given
                assert "Nothing was" in refusal, given
    assert person.asked == []
