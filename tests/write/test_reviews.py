"""Being in a review, moving its screens and drawing in it: only after a yes, whole, and told as it was heard back."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest
from anyio import to_thread
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from kitsu_tools.live import rooms, stream
from support.client import connected
from support.database import difference, snapshot
from support.doing import do
from support.faults import fault_proxy
from support.held import nothing_written
from support.person import Person
from support.reviewer import DAILIES, Reviewer, reviewer, until
from support.stopped import SERVE
from support.wire import wire

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent, Mode

pytestmark = pytest.mark.anyio

ANIMATION = "SQ010/SH0020:Animation v1"
ON = f"Salt Harbour/{ANIMATION}"
LASER: dict[str, Any] = {
    "is_laser_mode": True,
    "speed": 2,
    "handle_in": 4,
    "comparing": {"enable": True, "mode": "overlay50"},
}
ARROW: dict[str, Any] = {"shape": "arrow", "points": [[0.25, 0.25], [0.5, 0.5]]}
WORDS: dict[str, Any] = {"shape": "text", "points": [[0.5, 0.5]], "text": "Softer here", "color": "#00ff00"}


async def heard(person: Reviewer, event: str, **fields: Any) -> Any:
    """What the room was told with these fields, waited for beside our servers."""

    def fits(body: dict[str, Any]) -> bool:
        return fields.items() <= body.items()

    return await to_thread.run_sync(person.heard, event, fits)


def applied(receipt: dict[str, Any]) -> list[str]:
    assert {row[1] for row in receipt["rows"]} == {"applied"}, receipt
    return [row[3] for row in receipt["rows"]]


async def bot_of(kitsu: Connection, role: str = "manager") -> str:
    return do(kitsu, "GET", "auth/authenticated", role=role)["user"]["id"]


async def test_who_joins_is_listed_moves_every_screen_whole_and_leaves(kitsu: Connection, mode: Mode) -> None:
    yes, me = Person(), await bot_of(kitsu)
    async with connected(kitsu, mode=mode, KITSU_LIVE="auto", on_question=yes) as agent:
        with nothing_written(kitsu), reviewer(kitsu) as person:
            person.says("join")
            assert "join_review first" in await agent.refusal("show_in_review", playlist=DAILIES, preview=ANIMATION)
            (now,) = applied(await agent.ask("join_review", playlist=DAILIES))
            assert now.endswith("in the review: Supervisor Bot, Manager Bot")
            await heard(person, "room-people-updated", people=[person.id, me])
            person.shows(**LASER)
            await until(agent, lambda room: "compared" in room["screen"])
            said: dict[str, Any] = {"playlist": DAILIES, "preview": ANIMATION, "frame": 24, "playing": True}
            (now,) = applied(await agent.ask("show_in_review", **said, pan_zoom=[1, 2, 3]))
            assert now.startswith(f"shows {ON}, frame 24, playing")
            state = await heard(person, "room-updated", user_id=me)
            shot = person.playlist["shots"][1]
            assert {
                "current_entity_id": shot["entity_id"],
                "current_entity_index": 1,
                "current_preview_file_id": shot["preview_file_id"],
                "current_frame": 24,
                "is_playing": True,
                **LASER,
            }.items() <= state.items()
            view = await heard(person, "panzoom-changed")
            assert {"user_id": me, "x": 1, "y": 2, "zoom": 3}.items() <= view["data"].items()
            applied(await agent.ask("join_review", playlist=DAILIES, leave=True))
            await heard(person, "room-people-updated", people=[person.id])
            assert "not in the review" in await agent.refusal("join_review", playlist=DAILIES, leave=True)
    asked = [one.partition("\n")[0] for one in yes.asked]
    assert asked == [
        f"Join the review of {DAILIES} (unlisted → listed as Manager Bot)?",
        f"Show in {DAILIES} ({ANIMATION}, frame 24, playing)?",
        f"Leave the review of {DAILIES} (listed as Manager Bot → unlisted)?",
    ]
    assert "Every screen there moves. Compared" not in yes.asked[1]
    assert "Zoom 3 at 1, 2. Tells everybody in the review." in yes.asked[1]


async def test_a_no_and_what_cannot_be_shown_tell_the_room_nothing(kitsu: Connection, era: Mode) -> None:
    person_of_agent = Person()
    async with connected(kitsu, mode=era, KITSU_LIVE="auto", on_question=person_of_agent) as agent:
        with reviewer(kitsu) as person:
            person.says("join")
            applied(await agent.ask("join_review", playlist=DAILIES))
            person.seat.take()
            for wrong, says in (
                ({"preview": "SQ030/SH0010"}, "is not in the playlist"),
                ({"preview": f"{ANIMATION[:-1]}7"}, "has no such preview. There are: v1"),
                ({"preview": ANIMATION, "frame": 9_999}, "ends with frame"),
                ({"preview": "SQ010/SH0010", "frame": 2}, "is no movie"),
                ({"preview": ANIMATION, "comparing": "Nothing"}, "task type"),
                ({"preview": ANIMATION, "pan_zoom": [1, 2]}, "three numbers"),
            ):
                refusal = await agent.refusal("show_in_review", playlist=DAILIES, **wrong)
                assert says in refusal
                assert refusal.endswith("Nothing was written.")
            person_of_agent.action = "decline"
            for tool, more in (("show_in_review", {"preview": ANIMATION}), ("join_review", {"leave": True})):
                assert "Nothing was written" in (await agent.ask(tool, playlist=DAILIES, **more))["outcome"]
            code = (await agent.ask("list_changes"))["rows"][-1]
            assert "is not taken back" in await agent.refusal("undo_change", code=str(code[0]))
            assert person.names == []


async def test_two_servers_of_one_bot_in_a_review_do_not_take_each_other_out_of_it(kitsu: Connection) -> None:
    """Zou takes a bot off the list when any of its connections closes (1.0.97)."""
    me = await bot_of(kitsu)
    with reviewer(kitsu) as person:
        person.says("join")
        async with connected(kitsu, KITSU_LIVE="auto", on_question=Person()) as stays:
            applied(await stays.ask("join_review", playlist=DAILIES))
            async with connected(kitsu, KITSU_LIVE="auto", on_question=Person()) as goes:
                room = await goes.ask("get_review_room", playlist=DAILIES)
                assert (room["people"], room["you_are_in"]) == (["Supervisor Bot", "Manager Bot"], False)
                refusal = await goes.refusal("join_review", playlist=DAILIES, leave=True)
                assert "Another connection of this identity is" in refusal
                applied(await goes.ask("join_review", playlist=DAILIES))
                person.seat.take()
            await heard(person, "room-people-updated", people=[person.id])
            await heard(person, "room-people-updated", people=[person.id, me])
            applied(await stays.ask("show_in_review", playlist=DAILIES, preview=ANIMATION))
            assert (await heard(person, "room-updated", user_id=me))["current_frame"] == 1
        await heard(person, "room-people-updated", people=[person.id])


async def test_after_a_cut_the_review_is_joined_again_with_what_it_showed(kitsu: Connection) -> None:
    me = await bot_of(kitsu)
    async with wire(kitsu.event_host) as between:
        given = connected(kitsu, on_question=Person(), KITSU_LIVE="auto", KITSU_EVENT_HOST=between.url)
        async with given as agent:
            with reviewer(kitsu) as person:
                applied(await agent.ask("join_review", playlist=DAILIES))
                applied(await agent.ask("show_in_review", playlist=DAILIES, preview=ANIMATION, frame=12))
                person.seat.take()
                between.cut()
                await heard(person, "room-people-updated", people=[])
                await heard(person, "room-people-updated", people=[me])
                assert (await heard(person, "room-updated"))["current_frame"] == 12


async def test_what_the_room_does_not_tell_back_is_unknown(kitsu: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    async with wire(kitsu.event_host) as between:
        given = connected(kitsu, on_question=Person(), KITSU_LIVE="auto", KITSU_EVENT_HOST=between.url)
        async with given as agent:
            applied(await agent.ask("join_review", playlist=DAILIES))
            monkeypatch.setattr(rooms, "ANSWER_SECONDS", 0.2)
            monkeypatch.setattr(stream, "GOODBYE_SECONDS", 0.1)
            between.dead = True
            receipt = await agent.ask("show_in_review", playlist=DAILIES, preview=ANIMATION)
            (row,) = receipt["rows"]
            assert (row[1], "did not tell it back" in row[4]) == ("unknown", True)


async def test_a_server_that_is_stopped_leaves_the_review_first(kitsu: Connection, tmp_path: Path) -> None:
    """By polls, as of a connection that just ends there nobody would hear for a minute."""
    me = await bot_of(kitsu)
    async with fault_proxy(kitsu.event_host) as proxy:
        given = {
            "KITSU_HOST": kitsu.host,
            "KITSU_EVENT_HOST": proxy.url,
            "KITSU_BOT_TOKEN": kitsu.token("manager"),
            "KITSU_JOURNAL": str(tmp_path / "journal.sqlite3"),
            "KITSU_TOOLSETS": "rooms",
        }
        pid = tmp_path / "pid"
        parameters = StdioServerParameters(command=sys.executable, args=["-c", SERVE, str(pid)], env=os.environ | given)
        with reviewer(kitsu) as person:
            async with Client(stdio_client(parameters), elicitation_callback=Person()) as client:
                await client.call_tool("join_review", {"playlist": DAILIES})
                await heard(person, "room-people-updated", people=[me])
                person.seat.take()
                os.kill(int(pid.read_text()), signal.SIGTERM)
                await heard(person, "room-people-updated", people=[])


def kept_on(kitsu: Connection, person: Reviewer) -> list[dict[str, Any]]:
    """What is kept of what was drawn on the animation."""
    return do(kitsu, "GET", f"data/preview-files/{person.playlist['shots'][1]['preview_file_id']}")["annotations"]


def draws(object_id: str, body: dict[str, Any]) -> bool:
    return body["data"]["obj"]["id"] == object_id


async def in_review(agent: Agent, person: Reviewer) -> None:
    """The agent in the review, with the animation on screen."""
    person.says("join")
    applied(await agent.ask("join_review", playlist=DAILIES))
    applied(await agent.ask("show_in_review", playlist=DAILIES, preview=ANIMATION, frame=24))


async def test_what_is_drawn_stays_on_the_preview_is_seen_at_once_and_can_be_taken_back(
    pristine: Connection, mode: Mode
) -> None:
    yes, me = Person(), await bot_of(pristine)
    drawing: dict[str, Any] = {"playlist": DAILIES, "preview": ANIMATION, "frame": 24}
    async with connected(pristine, mode=mode, KITSU_LIVE="auto", on_question=yes) as agent:
        with reviewer(pristine) as person:
            await in_review(agent, person)
            before = snapshot(pristine.database)
            receipt = await agent.ask("annotate_in_review", **drawing, draw=[ARROW, WORDS])
            assert [row[1:] for row in receipt["rows"]] == [
                ["applied", "nothing", "a path in #ff3860", ""],
                ["applied", "nothing", "a text in #00ff00", ""],
            ]
            changes = difference(before, snapshot(pristine.database))
            assert {table: len(one.changed) for table, one in changes.items() if table != "api_event"} == {
                "preview_file": 1
            }
            (kept,) = kept_on(pristine, person)
            assert (kept["time"], kept["frame"]) == (0.9591, 24)  # on the player's grid: 23 × 0.0417
            path, words = objects = list[dict[str, Any]](kept["drawing"]["objects"])
            assert (path["type"], path["path"][:2], path["stroke"]) == (
                "path",
                [["M", 160, 90], ["L", 320, 180]],
                "#ff3860",
            )
            assert (words["type"], words["text"], words["fill"]) == ("i-text", "Softer here", "#00ff00")
            assert {(one["createdBy"], one["canvasWidth"], one["canvasHeight"]) for one in objects} == {(me, 640, 360)}
            for one in objects:
                told = await heard(person, "add-annotation")
                assert told["data"]["user_id"] == me
                assert one in [body["data"]["obj"] for body in person.bodies("add-annotation")]
            assert "drawn already" in await agent.refusal("annotate_in_review", **drawing, draw=[ARROW])
            room = await agent.ask("get_review_room", playlist=DAILIES)
            ids = [row[0] for row in room["screen"]["drawn"]]
            assert [row[1:] for row in room["screen"]["drawn"]] == [
                ["path", "Manager Bot", ""],
                ["i-text", "Manager Bot", "Softer here"],
            ]
            changed = await agent.ask(
                "annotate_in_review", **drawing, draw=[{"id": ids[0], "color": "#0000ff"}], remove=[ids[1]]
            )
            applied(changed)
            assert (await heard(person, "update-annotation"))["data"]["obj"]["stroke"] == "#0000ff"
            assert (await heard(person, "remove-annotation"))["data"]["obj"]["id"] == words["id"]
            applied(await agent.ask("undo_change", code=changed["journal"]))
            applied(await agent.ask("undo_change", code=receipt["journal"]))
            assert kept_on(pristine, person) == []
    assert "“▸ SH0020:Animation v1 frame 24: Softer here”" in yes.asked[2]
    assert "arrow in #ff3860" in json.dumps(yes.schemas[2])


async def test_what_is_not_on_screen_is_kept_and_not_drawn_on_it(pristine: Connection, era: Mode) -> None:
    """Players draw what they are told on whatever they show."""
    async with connected(pristine, mode=era, KITSU_LIVE="auto", on_question=Person()) as agent:
        with reviewer(pristine) as person:
            await in_review(agent, person)
            receipt = await agent.ask("annotate_in_review", playlist=DAILIES, preview=ANIMATION, frame=2, draw=[ARROW])
            assert receipt["rows"][0][1::3] == ["applied", "kept; not told in the room"]
            assert person.bodies("add-annotation") == []


async def test_what_cannot_be_drawn_is_refused_before_anybody_is_asked(pristine: Connection) -> None:
    drawing: dict[str, Any] = {"playlist": DAILIES, "preview": ANIMATION, "frame": 24}
    for role, role_may in (("manager", True), ("user", False)):
        person_of_agent = Person()
        async with connected(pristine, role=role, KITSU_LIVE="auto", on_question=person_of_agent) as agent:
            applied(await agent.ask("join_review", playlist=DAILIES))
            with nothing_written(pristine):
                for wrong, says in (
                    ({}, "Give something"),
                    ({"draw": [ARROW | {"points": [[0, 0], [2, 0]]}]}, "points go from"),
                    ({"draw": [ARROW | {"points": [[0, 0]]}]}, "arrow takes 2 points"),
                    ({"draw": [ARROW | {"color": "red"}]}, "#rrggbb"),
                    ({"draw": [WORDS | {"text": "a\u202eb"}]}, "U+202E"),
                    ({"draw": [WORDS | {"text": "— AI agent, confirmed by Mara [abcdef]"}]}, "signature"),
                    ({"remove": ["12345678"]}, "is 0 of what is drawn there"),
                    ({"draw": [ARROW], "frame": 9_999}, "frame: "),
                ):
                    refusal = await agent.refusal("annotate_in_review", **drawing | wrong)
                    assert (says if role_may else "may not draw") in refusal
                    assert refusal.endswith("Nothing was written.")
            assert len(person_of_agent.asked) == 1
