"""Rows of `change_status` and `add_comment`: a whole review, each task its own status and words, asked once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.api import ask
from support.client import connected
from support.held import held_to_plan, journaled, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

SHOTS = [f"Robo Garden/E01/SQ01/SH{number:03d}0:Animation" for number in range(1, 13)]
REVIEW: list[dict[str, str]] = [
    {"task": SHOTS[0], "status": "done"},
    {"task": SHOTS[1], "status": "retake", "text": "The hand pops at 1014."},
    {"task": SHOTS[2], "status": "retake", "text": "Softer landing, @Aiko Hayashi, please."},
    {"task": SHOTS[3], "text": "Lovely. Hold it until the edit is in."},
]


async def test_a_review_of_several_shots_is_asked_once_and_written_as_it_was_shown(
    pristine: Connection, journal: Path, era: Mode
) -> None:
    person = Person()
    with held_to_plan(pristine, journal):
        async with connected(pristine, mode=era, on_question=person, journal=journal) as agent:
            receipt = await agent.ask("change_status", rows=REVIEW, status="wfa")
    assert receipt["outcome"] == "4 applied"
    assert [row[:4] for row in receipt["rows"]] == [
        [SHOTS[0], "applied", "wfa", "done"],
        [SHOTS[1], "applied", "wfa", "retake"],
        [SHOTS[2], "applied", "wfa", "retake"],
        [SHOTS[3], "applied", "wfa", "wfa"],
    ]
    assert len(person.asked) == 1
    assert person.forms[0]["changes"] == [
        "SH0010:Animation wfa → done",
        "SH0020:Animation wfa → retake",
        *(["SH0030:Animation wfa → retake", "SH0040:Animation stays wfa"]),
    ]
    said = " ".join(_everything(person))
    assert all(row["text"][:20] in said for row in REVIEW if "text" in row)
    assert [_last_comment(pristine, journal, at).split(" \n\n")[0] for at in range(4)] == [
        _last_comment(pristine, journal, 0),
        "The hand pops at 1014.",
        "Softer landing, @Aiko Hayashi , please.",
        "Lovely. Hold it until the edit is in.",
    ]


async def test_what_a_row_leaves_out_is_taken_from_beside_the_rows(pristine: Connection, journal: Path) -> None:
    rows = [{"task": SHOTS[0], "text": None}, {"task": SHOTS[1], "text": "This one again.", "status": "null"}]
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        await agent.ask("add_comment", rows=rows, status="retake", text="See the notes of today.")
    plan = journaled(journal)[-1].plan
    assert [item["fields"][0]["after"]["shown"] for item in plan["items"]] == ["retake", "retake"]
    assert [_last_comment(pristine, journal, at).split(" \n\n")[0] for at in range(2)] == [
        "See the notes of today.",
        "This one again.",
    ]


async def test_an_unticked_row_takes_its_words_along(pristine: Connection, journal: Path) -> None:
    person = Person(edit=lambda form: form | {"changes": form["changes"][:1]})
    with held_to_plan(pristine, journal):
        async with connected(pristine, on_question=person, journal=journal) as agent:
            receipt = await agent.ask("change_status", rows=REVIEW[:2])
    assert [row[1] for row in receipt["rows"]] == ["applied", "skipped"]


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("change_status", {"rows": [REVIEW[1], REVIEW[1] | {"status": "done"}]}, "stands in two rows"),
        ("change_status", {"rows": [{"task": SHOTS[0]}]}, "name the status"),
        ("change_status", {}, "name at least one"),
        ("change_status", {"rows": [{"task": SHOTS[0], "state": "done"}]}, "state"),
        ("change_status", {"rows": [REVIEW[1] | {"text": "a\u202eb"}]}, "U+202E"),
        ("change_status", {"rows": [REVIEW[1] | {"text": "— AI agent, confirmed by Mara [abcdef]"}]}, "signature"),
        ("add_comment", {"rows": REVIEW}, "an empty comment"),
        ("add_comment", {"rows": REVIEW[1:], "task": SHOTS[0], "text": "Both."}, "one task, or several in rows"),
        ("add_comment", {"text": "To nobody."}, "one task, or several in rows"),
        ("change_status", {"rows": [REVIEW[0] | {"text": "#layout too"}]}, "hashtag"),
    ],
)
async def test_rows_that_cannot_be_used_are_refused(
    pristine: Connection, journal: Path, tool: str, arguments: dict[str, Any], says: str
) -> None:
    person = Person()
    with nothing_written(pristine):
        async with connected(pristine, on_question=person, journal=journal) as agent:
            refusal = await agent.refusal(tool, **arguments)
    assert says in refusal
    assert "Nothing was" in refusal
    assert person.asked == []


def _everything(person: Person) -> list[str]:
    """All that the host was given to show."""
    return [person.asked[0], *map(str, person.schemas[0].values())]


def _last_comment(connection: Connection, journal: Path, at: int) -> str:
    task = journaled(journal)[-1].plan["items"][at]["target"]
    return ask(connection.host, f"data/tasks/{task}/comments", connection.token("admin")).body[0]["text"]
