"""`import_breakdown`, as an agent drives it, on the real sandbox Kitsu."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from support.client import connected
from support.held import nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio

CUT = """TITLE: E01 cut v3
FCM: NON-DROP FRAME

001  AX       V     C        01:00:00:00 01:00:02:00 01:00:00:00 01:00:02:00
* FROM CLIP NAME: SQ01_SH0010.mov
002  AX       V     C        01:00:00:00 01:00:03:00 01:00:02:00 01:00:05:00
* FROM CLIP NAME: SQ01_SH0015.mov
003  AX       V     C        00:00:00:00 00:00:01:00 01:00:05:00 01:00:06:00
* FROM CLIP NAME: SQ09_SH0010.mov
"""


def shots(connection: Connection, episode: str = "E01") -> dict[str, tuple[int | None, bool, dict[str, object]]]:
    """The shots of an episode of Robo Garden: frames, whether omitted, metadata, by sequence and name."""
    with psycopg.connect(connection.database) as database:
        rows = database.execute(
            "select sequence.name || '/' || shot.name, shot.nb_frames, shot.canceled, shot.data from entity shot "
            "join entity sequence on sequence.id = shot.parent_id join entity episode on episode.id = "
            "sequence.parent_id join project on project.id = shot.project_id "
            "where project.name = 'Robo Garden' and episode.name = %s",
            (episode,),
        ).fetchall()
    return {name: (frames, canceled, data or {}) for name, frames, canceled, data in rows}


async def test_a_cut_makes_what_is_new_sets_what_differs_and_leaves_what_is_gone_unticked(
    pristine: Connection, journal: Path, tmp_path: Path
) -> None:
    person, before = Person(), shots(pristine)
    (tmp_path / "cut.edl").write_text(CUT, encoding="utf-8")
    async with connected(pristine, on_question=person, journal=journal, KITSU_FOLDERS=str(tmp_path)) as agent:
        receipt = await agent.ask("import_breakdown", under="Robo Garden/E01", file="cut.edl")
        now = shots(pristine)
        assert now.keys() - before.keys() == {"SQ01/SH0015", "SQ09/SH0010"}
        assert now["SQ01/SH0015"][0] == 75
        assert (now["SQ09/SH0010"][2]["frame_in"], now["SQ09/SH0010"][2]["frame_out"]) == (125, 149)
        assert (now["SQ01/SH0010"][0], now["SQ01/SH0010"][2]["frame_in"]) == (50, 0)
        gone = [name for name in before if name.startswith("SQ01/") and name != "SQ01/SH0010" and not before[name][1]]
        assert {name: now[name] for name in gone} == {name: before[name] for name in gone}
        asked = person.asked[0].splitlines()
        assert asked[0].startswith(f"Create 3 things, change 1 shot, omit none of {len(gone)} shots, as ticked in ")
        assert "(new ×3, in/out/fra" in asked[0]
        assert not any(name in line for name in gone for line in asked[1:])
        listed = person.forms[0]["changes"]
        assert [one for one in gone if any(one.rpartition("/")[2] in entry for entry in listed)] == []
        outcomes = [row[1] for row in receipt["rows"]]
        assert (outcomes.count("applied"), outcomes.count("skipped")) == (4, len(gone))
        assert {row[4] for row in receipt["rows"]} == {"", "not ticked by the person"}
        again = await agent.refusal("import_breakdown", under="Robo Garden/E01", text="Sequence,Name\nSQ09,SH0010")
        assert "All of it is so already: 1" in again
        await agent.ask("undo_change", code=receipt["journal"])
    assert shots(pristine) == before


async def test_a_table_casts_restores_and_says_what_it_does_not_import(pristine: Connection, journal: Path) -> None:
    table = "Shot;Frames;Casting;Animation;Weird\nSQ01/SH0010;50;2 x Bolt, Prop/Lantern;wip;x\nSQ01/SH0020;;;;"
    table += "\nSQ77/SH0010;24;3 x Bolt;;"
    person, before = Person(), shots(pristine)
    async with connected(pristine, on_question=person, journal=journal) as agent:
        assert "No asset, or several, of the name 'Prop/Lantern'" in await agent.refusal(
            "import_breakdown", under="Robo Garden/E01", text=table
        )
        receipt = await agent.ask("import_breakdown", under="Robo Garden/E01", text=table.replace(", Prop/Lantern", ""))
        casting = await agent.ask("get_casting", of="Robo Garden/E01/SQ01/SH0010")
        of_new = await agent.ask("get_casting", of="Robo Garden/E01/SQ77/SH0010")
        now = shots(pristine)
        assert (now["SQ01/SH0010"][0], now["SQ77/SH0010"][0]) == (50, 24)
        await agent.ask("undo_change", code=receipt["journal"])
    assert "columns that nothing is made of: Weird" in receipt["warnings"]
    assert "statuses are not imported: Animation" in receipt["warnings"]
    assert shots(pristine) == before
    assert [row[:2] for row in casting["rows"] if "Bolt" in row[0]] == [["Character/Bolt", 2]]
    assert [row[:2] for row in of_new["rows"]] == [["Character/Bolt", 3]]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"text": "Name,Frames\nSH0010,5"}, "The table has no column Sequence"),
        ({"text": "Sequence,Name\nSQ01,"}, "1 of 1 line cannot be used. line 2: name is empty."),
        ({"text": 'Sequence,Name\nSQ01,"SH0010\nSQ01,SH0020'}, "Line 3 of the CSV cannot be read: unexpected end"),
        ({"text": "Sequence,Name,Casting\nSQ01,SH0010,2000 x Bolt"}, "cast up to 1,000 times, not: 2000 x Bolt"),
        ({"text": "Sequence,Name,Casting\nSQ01,SH0010,0 x Bolt"}, "line 2: times: '0' is none. Leave the asset out"),
        ({"text": "Sequence,Name,Frames\nSQ01,SH0010,many"}, "'many' is no whole number"),
        ({"text": "Sequence,Name\nSQ01,SH0010\nsq01,sh0010"}, "line 3 names sq01/sh0010 again"),
        ({"text": CUT, "naming": "{shot}"}, "needs {sequence} and {shot}"),
        ({"text": CUT, "naming": "{sequence}-{shot}"}, "3 of 3 clips are not named"),
        ({"text": '{"OTIO_SCHEMA": "Timeline.1"'}, "The cut cannot be read as otio json"),
        ({"text": "[" * 9_000}, "no rows"),
        ({"file": "/etc/passwd.csv"}, "Set KITSU_FOLDERS"),
        ({}, "Give a file or a text"),
        ({"under": "Robo Garden/E01/SQ01", "text": CUT}, "is no project and no episode"),
    ],
    ids=lambda one: str(one)[:30],
)
async def test_what_cannot_be_read_is_refused_before_anybody_is_asked(
    kitsu: Connection, given: dict[str, str], why: str
) -> None:
    person = Person()
    with nothing_written(kitsu):
        async with connected(kitsu, on_question=person) as agent:
            assert why in await agent.refusal("import_breakdown", **{"under": "Robo Garden/E01", **given})
    assert person.asked == []
