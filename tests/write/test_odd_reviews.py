"""Reviews of what is not as it should be: odd drawings, numbers and playlists, and what was not heard to its end."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import anyio
import psycopg
import pytest
from anyio import to_thread
from psycopg import sql

from kitsu_tools.live import rooms, stream
from support.client import connected
from support.doing import do
from support.held import journaled, nothing_written
from support.person import Person
from support.reviewer import DAILIES, reviewer
from support.wire import wire

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

ANIMATION: dict[str, Any] = {"playlist": DAILIES, "preview": "SQ010/SH0020:Animation v1"}
LINE: dict[str, Any] = {"shape": "line", "points": [[0.25, 0.25], [0.5, 0.5]]}
WORDS: dict[str, Any] = {"shape": "text", "points": [[0.5, 0.5]], "text": "a\ud800b"}


def alter(kitsu: Connection, preview: str, column: str, value: object) -> None:
    """Set something of a preview past Zou."""
    with psycopg.connect(kitsu.database) as database:
        set_it = sql.SQL("update preview_file set {} = %s where id = %s").format(sql.Identifier(column))
        database.execute(set_it, [value, preview])


async def test_what_no_player_could_show_is_refused_before_anybody_is_asked(pristine: Connection, era: Mode) -> None:
    person = Person()
    async with connected(pristine, mode=era, on_question=person, KITSU_LIVE="auto") as agent:
        await agent.ask("join_review", playlist=DAILIES)
        with reviewer(pristine) as somebody:
            preview = somebody.playlist["shots"][1]["preview_file_id"]
            alter(pristine, preview, "duration", 0)
            with nothing_written(pristine):
                for tool, wrong, says in (
                    ("annotate_in_review", {"draw": [WORDS]}, "U+D800"),
                    ("annotate_in_review", {"draw": [LINE], "frame": 10**30}, "1000000"),
                    ("show_in_review", {"frame": 10**30}, "1000000"),
                    ("show_in_review", {"pan_zoom": ["nan", 0, 1]}, "pan_zoom"),
                    ("show_in_review", {"pan_zoom": [0, 0, 0]}, "zoom from"),
                    ("show_in_review", {"pan_zoom": [0, 0, -3]}, "zoom from"),
                    ("show_in_review", {"pan_zoom": [0, 1e308, 1]}, "pixels"),
                ):
                    refusal = await agent.refusal(tool, **ANIMATION | wrong)
                    assert says in refusal
                    assert "Nothing was" in refusal
            for extension in ("pdf", "zip", "obj", "mp3"):
                alter(pristine, preview, "extension", extension)
                refusal = await agent.refusal("annotate_in_review", **ANIMATION, draw=[LINE])
                assert "neither a picture nor a movie" in refusal
    assert len(person.asked) == 1


async def test_odd_objects_among_what_is_drawn_do_not_keep_others_from_being_changed(pristine: Connection) -> None:
    odd = [{"id": None, "type": "rect"}, {"id": "x" * 300, "type": "rect"}, {"id": "y", "type": "path"}]
    with reviewer(pristine) as somebody:
        drawn = json.dumps([{"time": 0, "drawing": {"objects": odd}}])
        alter(pristine, somebody.playlist["shots"][1]["preview_file_id"], "annotations", drawn)
        async with connected(pristine, KITSU_LIVE="auto", on_question=Person()) as agent:
            await agent.ask("join_review", playlist=DAILIES)
            assert "is 0 of what is drawn there" in await agent.refusal(
                "annotate_in_review", **ANIMATION, remove=["None"]
            )
            long = [{"id": "xxxxxxxx", "color": "#00ff00"}]
            assert (await agent.call("annotate_in_review", **ANIMATION, draw=long)).structured_content is not None
            changed = await agent.ask("annotate_in_review", **ANIMATION, draw=[{"id": "y", "color": "#00ff00"}])
            assert changed["outcome"] == "1 applied"


@pytest.mark.parametrize("gone", ["renamed", "deleted"])
async def test_a_review_is_left_by_the_name_it_was_joined_by(pristine: Connection, gone: str, era: Mode) -> None:
    with reviewer(pristine) as person:
        person.says("join")

        def alone(body: dict[str, Any]) -> bool:
            return body["people"] == [person.id]

        async with connected(pristine, mode=era, KITSU_LIVE="auto", on_question=Person()) as agent:
            await agent.ask("join_review", playlist=DAILIES)
            path = f"data/playlists/{person.playlist['id']}"
            do(pristine, "DELETE" if gone == "deleted" else "PUT", path, {"name": "Other"})
            assert "playlist" in await agent.refusal("get_review_room", playlist=DAILIES)
            person.seat.take()
            left = await agent.ask("join_review", playlist=DAILIES, leave=True)
            assert left["outcome"] == "1 applied"
            await to_thread.run_sync(person.heard, "room-people-updated", alone)


async def test_playlists_of_one_name_are_told_apart_by_their_ids(pristine: Connection, era: Mode) -> None:
    project = next(one["id"] for one in do(pristine, "GET", "data/projects/open") if one["name"] == "Salt Harbour")
    twins = [do(pristine, "POST", "data/playlists", {"name": "Twins", "project_id": project}) for _ in range(2)]
    async with connected(pristine, mode=era, KITSU_LIVE="auto") as agent:
        refusal = await agent.refusal("get_review_room", playlist="Twins")
        assert all(one["id"] in refusal for one in twins)
        assert (await agent.ask("get_review_room", playlist=twins[0]["id"]))["playlist"] == "Salt Harbour/Twins"


async def test_what_a_server_told_a_room_and_did_not_hear_stays_unknown_after_it_was_started_anew(
    kitsu: Connection, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the room shows then: it may have been shown, and moved on."""
    monkeypatch.setattr(rooms, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(stream, "GOODBYE_SECONDS", 0.1)
    async with wire(kitsu.event_host) as between:
        given: dict[str, Any] = {"on_question": Person(), "KITSU_LIVE": "auto", "journal": journal}
        async with connected(kitsu, KITSU_EVENT_HOST=between.url, **given) as agent:
            assert (await agent.ask("join_review", playlist=DAILIES))["outcome"] == "1 applied"
            between.dead = True
            shown = await agent.ask("show_in_review", **ANIMATION)
            assert shown["outcome"] == "1 unknown"
    with closing(sqlite3.connect(journal)) as db, db:  # as one that was killed before it could note anything
        late = "update items set sent_at = sent_at - 600, outcome = null where code = ?"
        db.execute(late, (shown["journal"],))
    async with connected(kitsu, **given) as agent:
        await agent.ask("get_review_room", playlist=DAILIES)
        with anyio.fail_after(20):
            while None in journaled(journal)[-1].outcomes.values():
                await agent.ask("list_changes")
        (outcome,) = journaled(journal)[-1].outcomes.values()
        (detail,) = journaled(journal)[-1].details.values()
        assert (outcome, "a room keeps nothing" in detail) == ("unknown", True)
