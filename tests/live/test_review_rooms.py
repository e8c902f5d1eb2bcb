"""Review rooms as they are heard: who is there, what is on screen, and what is shown, said and drawn meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.client import connected
from support.reviewer import DAILIES, reviewer

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio


async def test_a_room_is_told_as_far_as_kitsu_told_it_and_nobody_sees_who_looks(kitsu: Connection) -> None:
    async with connected(kitsu, role="manager", KITSU_LIVE="auto") as client:
        with reviewer(kitsu) as person:
            shot = person.playlist["shots"][1]
            person.says("join", current_frame=3)
            room = await client.ask("get_review_room", playlist=DAILIES)
            assert room["people"] == ["Supervisor Bot"]
            assert (room["you_are_in"], "screen" in room) == (False, False)
            assert "what is on screen is not known" in room["notes"][0]
            moved: dict[str, Any] = {"current_entity_id": shot["entity_id"], "current_frame": 25}
            person.shows(current_preview_file_id=shot["preview_file_id"], is_playing=True, **moved)
            person.says("panzoom-changed", data={"x": 5, "y": -7, "zoom": 2.5})
            room = await client.ask("get_review_room", playlist=person.playlist["id"])
            print(room)
            assert person.names.count("room-people-updated") == 1


async def test_try(kitsu: Connection) -> None:
    from support.person import Person

    yes = Person()
    async with connected(kitsu, role="manager", KITSU_LIVE="auto", on_question=yes) as client:
        with reviewer(kitsu) as person:
            person.says("join", current_frame=3)
            print(await client.ask("join_review", playlist=DAILIES))
            print(yes.asked)
            print(
                await client.ask(
                    "show_in_review",
                    playlist=DAILIES,
                    preview="SQ010/SH0020",
                    frame=20,
                    playing=True,
                    comparing="Layout",
                    pan_zoom=[1, 2, 3],
                )
            )
            print(yes.asked[-1])
            print(await client.ask("get_review_room", playlist=DAILIES))
            print(
                await client.ask(
                    "annotate_in_review",
                    playlist=DAILIES,
                    preview="SQ010/SH0020:Animation",
                    frame=20,
                    draw=[
                        {"shape": "arrow", "points": [[0.1, 0.1], [0.5, 0.5]]},
                        {"shape": "text", "points": [[0.5, 0.5]], "text": "Softer here"},
                    ],
                )
            )
            print(yes.asked[-1], yes.forms[-1], yes.schemas[-1])
            room = await client.ask("get_review_room", playlist=DAILIES)
            print(room)
            r = await client.ask(
                "annotate_in_review",
                playlist=DAILIES,
                preview="SQ010/SH0020:Animation",
                frame=20,
                draw=[{"id": room["screen"]["drawn"][0][0], "colour": "#00ff00"}],
                remove=[room["screen"]["drawn"][1][0]],
            )
            print(r, yes.asked[-1])
            print(await client.ask("undo_change", code=r["journal"]), yes.asked[-1])
            print(await client.ask("follow_review", playlist=DAILIES, seconds=2))
            print(await client.ask("join_review", playlist=DAILIES, leave=True))
            print(yes.asked[-1])
            print(person.seat.heard)
