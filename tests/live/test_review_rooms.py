"""Review rooms as they are heard: who is there, what is on screen, and what is shown, said and drawn meanwhile."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import psycopg
import pytest
from anyio import to_thread

from kitsu_tools.live.live import Live
from kitsu_tools.live.rooms import MOST_ROOMS
from support.client import connected, opened
from support.doing import comment, do, task_id
from support.reviewer import DAILIES, Reviewer, reviewer, until
from support.wire import wire

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

BIDI = "<script>alert(1)</script>\u202egnp"
ELSEWHERE = "an id of something else"


def on_screen(person: Reviewer, place: int = 1, **state: Any) -> dict[str, Any]:
    """What shows one of the playlist's shots."""
    shot = person.playlist["shots"][place]
    return {"current_entity_id": shot["entity_id"], "current_preview_file_id": shot.get("preview_file_id")} | state


async def test_a_room_is_told_as_far_as_kitsu_told_it_and_nobody_sees_who_looks(kitsu: Connection, era: Mode) -> None:
    async with connected(kitsu, mode=era, KITSU_LIVE="auto") as client:
        with reviewer(kitsu) as person:
            person.says("join", current_frame=3)
            room = await client.ask("get_review_room", playlist=DAILIES)
            assert (room["people"], room["you_are_in"], "screen" in room) == (["Supervisor Bot"], False, False)
            assert "what is on screen is not known" in room["notes"][0]
            person.shows(**on_screen(person, current_frame=25, is_playing=True, comparing={"enable": True}))
            person.says("panzoom-changed", data={"x": 5, "y": -7, "zoom": 2.5})
            room = await until(client, lambda room: "pan_zoom" in room.get("screen", {}))
            told = room["screen"].pop("told_at")
            assert room["screen"] == {
                "shot": "Salt Harbour/SQ010/SH0020",
                "preview": "Salt Harbour/SQ010/SH0020:Animation v1",
                "frame": 25,
                "timecode": "00:00:01:00",
                "playing": True,
                "compared": "another",
                "pan_zoom": [5.0, -7.0, 2.5],
                "moved_by": "Supervisor Bot",
            }
            assert told.endswith(")")
            assert person.bodies("room-people-updated")[-1]["people"] == [person.id]


async def test_what_is_shown_said_and_drawn_comes_out_once_each_with_shot_frame_and_timecode(
    pristine: Connection, era: Mode
) -> None:
    async with connected(pristine, mode=era, KITSU_LIVE="auto") as client:
        followed = await client.ask("follow_review", playlist=DAILIES, seconds=0)
        heard = await client.ask("wait_for_events", under="Salt Harbour", seconds=0)
        rows: list[list[Any]] = []
        with reviewer(pristine) as person:
            person.says("join")
            for frame in (5, 24, 25):
                person.shows(**on_screen(person, current_frame=frame))
            drawn = {"local_id": "a window", "user_id": person.id, "time": 1.0, "obj": {"id": "x", "type": "path"}}
            person.says("add-annotation", data=drawn)
            person.says("add-annotation", data=drawn)
            for task in ("SQ010/SH0010:Layout", "SQ030/SH0010:Layout"):  # the second is not in the playlist
                await to_thread.run_sync(comment, pristine, task_id(pristine, f"Salt Harbour/{task}"), f"on {task}")
            with anyio.fail_after(30):
                while not any("comment" in row[3] for row in rows) or not any("drew" in row[3] for row in rows):
                    followed = await client.ask("follow_review", playlist=DAILIES, since=followed["since"], seconds=5)
                    rows += followed["rows"]
        shown = [[row[0], row[2], *row[3:]] for row in rows]
        animation = "Salt Harbour/SQ010/SH0020:Animation v1"
        assert ["", "", "Supervisor Bot joined", None, "", ""] in shown
        assert ["SQ010/SH0020", "Supervisor Bot", f"shows {animation}", 25, "00:00:01:00", ""] in shown
        assert ["SQ010/SH0020", "Supervisor Bot", f"drew 2 things on {animation}", 25, "00:00:01:00", ""] in shown
        said = [row for row in shown if "comment" in row[2]]
        assert said == [["SQ010/SH0010:Layout", "Admin Bot", "comment", None, "", "on SQ010/SH0010:Layout"]]
        heard = await client.ask("wait_for_events", under="Salt Harbour", since=heard["since"], seconds=0)
        assert {row[3] for row in heard["rows"]} == {"comment"}


async def test_whatever_is_put_into_a_room_nothing_breaks_and_nothing_foreign_is_told(
    pristine: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    pilot = next(one for one in do(pristine, "GET", "data/projects/open") if one["name"] == "Secret Pilot")
    secret = do(pristine, "GET", f"data/projects/{pilot['id']}/shots")[0]
    with reviewer(pristine) as person:
        do(pristine, "PUT", f"data/entities/{person.playlist['shots'][0]['entity_id']}", {"name": BIDI})
        async with connected(pristine, KITSU_LIVE="auto") as client:
            await client.ask("get_review_room", playlist=DAILIES)
            person.says("join")
            odd: list[Any] = [None, 7, "text", ["a"], {"a": {"b": []}}, "9" * 400, float("1e308"), True]
            for value in odd:
                fields = ("current_entity_id", "current_preview_file_id", "current_frame", "comparing", "user_id")
                person.shows(**dict.fromkeys(fields, value), local_id=value)
                for event in ("add-annotation", "panzoom-changed", "change-version", "remove-annotation"):
                    person.says(event, data=value)
                    person.says(event, data=dict.fromkeys(("obj", "x", "y", "zoom", "user_id"), value))
            person.seat.say("preview-room:add-annotation", {"data": {"user_id": person.id}})  # reaches everybody
            person.shows(current_entity_id="x" * 200_000)
            person.shows(**on_screen(person, 0), user_id=ELSEWHERE)
            room = await until(client, lambda room: "script" in room.get("screen", {}).get("shot", ""))
            assert room["screen"]["shot"] == "Salt Harbour/SQ010/<script>alert(1)<%2Fscript>%E2%80%AEgnp"
            assert "moved_by" not in room["screen"]
            person.shows(current_entity_id=secret["id"], current_frame=2)
            room = await until(client, lambda room: "may not see" in room.get("screen", {}).get("shot", ""))
            assert caplog.text == ""
            assert "Secret" not in f"{room} {await client.ask('follow_review', playlist=DAILIES, seconds=0)}"


async def test_what_is_drawn_on_a_preview_of_another_production_is_not_told(pristine: Connection) -> None:
    """Whatever a player says is on screen: KITSU_PROJECTS leaves that production out."""
    drawn = [{"time": 0, "drawing": {"objects": [{"id": "z", "type": "i-text", "text": "Secret words"}]}}]
    with psycopg.connect(pristine.database) as database:
        (foreign,) = database.execute(
            "update preview_file set annotations = %s where id in (select f.id from preview_file f "
            "join task t on t.id = f.task_id join project p on p.id = t.project_id "
            "where p.name = 'Robo Garden' limit 1) returning id::text",
            [json.dumps(drawn)],
        ).fetchone() or ("",)
    async with connected(pristine, KITSU_LIVE="auto", KITSU_PROJECTS="Salt Harbour") as client:
        await client.ask("get_review_room", playlist=DAILIES)
        with reviewer(pristine) as person:
            person.says("join")
            person.shows(**on_screen(person, current_preview_file_id=foreign, current_frame=1))
            room = await until(client, lambda room: "may not see" in room.get("screen", {}).get("preview", ""))
            assert "drawn" not in room["screen"]


@pytest.mark.parametrize("role", ["vendor", "client"])
async def test_a_room_that_a_role_may_not_enter_is_no_playlist_to_it(kitsu: Connection, role: str) -> None:
    with reviewer(kitsu) as person:
        person.seat.take()
        async with connected(kitsu, role=role, KITSU_LIVE="auto") as client:
            for named in (DAILIES, person.playlist["id"], "Salt Harbour/No such list", "Secret Pilot/Dailies"):
                for tool in ("get_review_room", "follow_review"):
                    refusal = await client.refusal(tool, playlist=named)
                    assert "playlist" in refusal
                    assert person.playlist["name"] not in refusal or person.playlist["name"] in named
        assert person.names == []


async def test_who_is_taken_off_the_team_hears_no_more_of_a_review(pristine: Connection) -> None:
    """Zou goes on telling: whoever opened a playlist hears its room until they close it (1.0.97)."""
    with reviewer(pristine) as person:
        person.says("join")
        async with opened(pristine, role="user") as kitsu, anyio.create_task_group() as group:
            live = Live(kitsu, group)
            room = await live.room(DAILIES)
            assert room.people == (person.id,)
            me = do(pristine, "GET", "auth/authenticated", role="user")["user"]["id"]
            do(pristine, "DELETE", f"data/projects/{person.playlist['project_id']}/team/{me}")
            person.shows(**on_screen(person))
            await live.stream.tested()
            with anyio.fail_after(30):
                while not live.stream.vouches:
                    await anyio.lowlevel.checkpoint()
            assert room.state is None
            group.cancel_scope.cancel()


async def test_a_review_that_is_followed_is_heard_on_whatever_else_is_opened_and_cut(pristine: Connection) -> None:
    """And who comes back to one that made way for others hears that something is missing."""
    with reviewer(pristine) as person:
        of = {"project_id": person.playlist["project_id"], "for_entity": "shot"}
        names = [f"Room {number}" for number in range(MOST_ROOMS + 3)]
        others = [do(pristine, "POST", "data/playlists", {"name": name, **of})["id"] for name in names]
        async with (
            wire(pristine.event_host) as between,
            connected(pristine, KITSU_LIVE="auto", KITSU_EVENT_HOST=between.url) as client,
            anyio.create_task_group() as group,
        ):
            before = (await client.ask("follow_review", playlist=DAILIES, seconds=0))["since"]
            shown: list[int] = []
            frames = itertools.count(25)

            async def follow() -> None:
                told: dict[str, Any] = {"since": before}
                while len(shown) < 2:
                    said = await client.call("follow_review", playlist=DAILIES, since=told["since"], seconds=60)
                    told = told if said.is_error else said.structured_content or {}  # while cut, it says so
                    assert not any("not listened to" in note for note in told.get("notes", []))
                    shown.extend(row[4] for row in told.pop("rows", []) if "shows" in row[3])

            async def open_others() -> None:
                for one in others:
                    await client.ask("get_review_room", playlist=one)

            group.start_soon(follow)
            await open_others()
            person.shows(**on_screen(person, current_frame=next(frames)))
            with anyio.fail_after(60):
                while shown != [25]:
                    await anyio.lowlevel.checkpoint()
                between.cut()
                while len(shown) < 2:  # until the room is entered anew nothing is heard there
                    person.shows(**on_screen(person, current_frame=next(frames)))
                    await client.call("get_review_room", playlist=DAILIES)
            await open_others()
            told = await client.ask("follow_review", playlist=DAILIES, since=before, seconds=0)
            assert any("was not listened to for a while" in note for note in told["notes"])


async def test_without_the_stream_a_review_is_refused_with_the_reason(kitsu: Connection) -> None:
    async with connected(kitsu, KITSU_LIVE="off") as client:
        assert "KITSU_LIVE is off" in await client.refusal("get_review_room", playlist=DAILIES)
