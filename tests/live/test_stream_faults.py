"""The stream in bad weather: a loss is said, what Kitsu kept of it is told, and nothing gets out that must not."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING
from unittest import mock
from uuid import uuid4

import anyio
import pytest
from anyio import to_thread

from kitsu_tools.live import stream as stream_module
from kitsu_tools.live.events import Event, Gap
from kitsu_tools.live.live import Live
from kitsu_tools.tracker.errors import SignInRefused
from support import faults
from support.client import connected, opened
from support.doing import comment, do, publish, task_id
from support.wire import wire
from tracker.test_session_certificates import AUTHORITY, GOOD, showing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection, Sandbox
    from kitsu_tools.live.acts import Act

pytestmark = pytest.mark.anyio

TASK = "Salt Harbour/SQ010/SH0010:Layout"
BOUND = 1.0


@dataclass
class Ear:
    """What a listener of the stream was told, and the live things around it."""

    live: Live
    told: list[Event | Gap] = field(default_factory=list[Event | Gap])
    heard: anyio.Event = field(default_factory=anyio.Event)

    def __call__(self, told: Event | Gap) -> None:
        self.told.append(told)
        self.heard.set()

    @property
    def names(self) -> list[str]:
        """Of the events, in order."""
        return [one.name for one in self.told if isinstance(one, Event)]

    async def until(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        """Wait until something is so, looked at whenever the stream tells or changes."""
        with anyio.fail_after(seconds):
            while not condition():
                self.heard = anyio.Event()
                with anyio.move_on_after(0.05):
                    await self.heard.wait()


@asynccontextmanager
async def listening(kitsu: Connection, role: str = "manager", **environment: str) -> AsyncGenerator[Ear]:
    """Somebody who listens, as long as the block."""
    async with opened(kitsu, role=role, **environment) as one, anyio.create_task_group() as group:
        ear = Ear(Live(one, group))
        ear.live.stream.listeners.append(ear)
        ear.live.start()
        yield ear
        group.cancel_scope.cancel()


async def connected_ear(ear: Ear) -> None:
    await ear.until(lambda: not ear.live.stream.state.why)


async def test_polls_do_where_no_websocket_is_let_through(pristine: Connection) -> None:
    task = task_id(pristine, TASK)
    async with faults.fault_proxy(pristine.event_host) as proxy:
        async with listening(pristine, KITSU_EVENT_HOST=proxy.url) as ear:
            await connected_ear(ear)
            assert ear.live.stream.state.transport == "polling"
            await to_thread.run_sync(comment, pristine, task, "by polls")
            await ear.until(lambda: "news:new" in ear.names)
        assert proxy.count(path_contains="/socket.io/") > 2


async def test_polls_do_where_a_websocket_is_taken_and_nothing_comes_through(pristine: Connection) -> None:
    async with wire(pristine.event_host) as between:
        between.silences_websockets = True
        async with listening(pristine, KITSU_EVENT_HOST=between.url, KITSU_CONNECT_SECONDS="1") as ear:
            await connected_ear(ear)
            assert ear.live.stream.state.transport == "polling"
            await to_thread.run_sync(comment, pristine, task_id(pristine, TASK), "by polls")
            await ear.until(lambda: "news:new" in ear.names)


async def test_a_stream_that_is_cut_again_and_again_says_what_is_missing_and_fills_it_from_the_log(
    pristine: Connection,
) -> None:
    task = task_id(pristine, TASK)
    async with wire(pristine.event_host) as between, listening(pristine, KITSU_EVENT_HOST=between.url) as ear:
        await connected_ear(ear)
        assert ear.live.stream.state.transport == "websocket"
        for number in range(3):
            before = len(ear.told)
            between.refuses = True
            between.cut()
            await ear.until(lambda: bool(ear.live.stream.state.why))
            assert not ear.live.stream.vouches
            await to_thread.run_sync(comment, pristine, task, f"while cut {number}")
            between.refuses = False
            await ear.until(lambda before=before: any(isinstance(one, Gap) for one in ear.told[before:]))
            await connected_ear(ear)
        seen = ear.live.feed

        def comments() -> list[Act]:
            return [act for act in seen.after(0).acts if "comment:new" in act.names]

        await ear.until(lambda: len(comments()) >= 3 and len(seen.after(0).gaps) == 3)
        acts = comments()
        assert len({act.fact("comment_id") for act in acts}) == len(acts) == 3
        assert all(filled == "filled from Kitsu's log" for _, filled in seen.after(0).gaps)
        assert {act.source for act in acts} <= {"log", "stream"}


async def test_a_half_open_connection_is_found_and_nothing_is_vouched_for_meanwhile(pristine: Connection) -> None:
    task = task_id(pristine, TASK)
    with (
        mock.patch.object(stream_module, "QUIET_SECONDS", 0.5),
        mock.patch.object(stream_module, "ANSWER_SECONDS", 0.5),
        mock.patch.object(stream_module, "VOUCHED_SECONDS", 1.5),
    ):
        async with wire(pristine.event_host) as between, listening(pristine, KITSU_EVENT_HOST=between.url) as ear:
            await connected_ear(ear)
            assert ear.live.stream.vouches
            between.dead, died = True, time.monotonic()
            await to_thread.run_sync(comment, pristine, task, "into the void")
            await ear.until(lambda: not ear.live.stream.vouches)
            assert time.monotonic() - died < 1.5 + 3
            await ear.until(lambda: bool(ear.live.stream.state.why))
            between.dead = False
            between.cut()
            await ear.until(lambda: any(isinstance(one, Gap) for one in ear.told))
            await ear.until(lambda: any(act.fact("comment_id") for act in ear.live.feed.after(0).acts))


async def test_no_answer_is_older_than_is_vouched_for_while_the_stream_is_cut_refused_or_half_open(
    pristine: Connection,
) -> None:
    task, question = task_id(pristine, TASK), {"under": "Salt Harbour/SQ010", "where": ["name=SH0010"]}
    async with (
        wire(pristine.event_host) as between,
        connected(pristine, KITSU_EVENT_HOST=between.url, KITSU_LIVE="auto") as client,
    ):

        async def status() -> str:
            told = await client.ask("list_shots", **question)
            return told["rows"][0][told["columns"].index("Layout")].split(" ")[0]

        since = (await client.ask("wait_for_events", seconds=0))["since"]
        for _ in range(3):
            await status()
        between.refuses = True
        between.cut()
        for short in ("wip", "retake"):
            await to_thread.run_sync(comment, pristine, task, "", short)
            assert await status() == short
        between.refuses = False
        since = (await client.ask("wait_for_events", since=since, seconds=30))["since"]  # what was missed
        await to_thread.run_sync(comment, pristine, task, "", "wfa")
        await client.ask("wait_for_events", since=since, seconds=30)
        assert [await status() for _ in range(3)] == ["wfa"] * 3
        between.dead = True
        await to_thread.run_sync(comment, pristine, task, "", "wip")
        with mock.patch.object(stream_module, "VOUCHED_SECONDS", BOUND):
            changed = asked = time.monotonic()
            while await status() != "wip":
                assert asked - changed < BOUND
                asked = time.monotonic()


async def test_a_clock_that_jumps_has_kitsu_asked_and_moves_no_act(pristine: Connection) -> None:
    task, true = task_id(pristine, TASK), time.time
    async with listening(pristine) as ear:
        await connected_ear(ear)
        assert ear.live.stream.vouches
        for jump in (3_600, -3_600):
            before = len(ear.told)
            with mock.patch.object(time, "time", lambda jump=jump: true() + jump):
                assert not ear.live.stream.vouches
                await to_thread.run_sync(comment, pristine, task, "at another time")
                await ear.until(lambda before=before: "news:new" in ear.names[before:])
                assert ear.live.stream.vouches
        assert all(isinstance(one, Event) and abs(one.at - true()) < 60 for one in ear.told)


async def test_a_refused_stream_is_said_and_waited_for(pristine: Connection) -> None:
    async with wire(pristine.event_host) as between:
        between.refuses = True
        async with connected(
            pristine, KITSU_EVENT_HOST=between.url, KITSU_CONNECT_SECONDS="2", KITSU_LIVE="auto"
        ) as client:
            told = await client.ask("wait_for_events", under="Salt Harbour", seconds=0)
            assert told["notes"][0].startswith(
                f"nothing is heard at the moment: the event stream at {between.url} does"
            )
            between.refuses = False
            task = task_id(pristine, TASK)
            await to_thread.run_sync(comment, pristine, task, "before it is there")
            told = await client.ask("wait_for_events", under="Salt Harbour", since=told["since"], seconds=30)
            assert told["rows"][0][2:] == ["Admin Bot", "comment", "before it is there"]
            assert "filled from Kitsu's log" in told["notes"][0]


async def test_an_answer_that_no_event_stream_gives_is_outlived(
    pristine: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "LONGEST_PAUSE", 0.5)
    async with faults.fault_proxy(pristine.event_host) as proxy:
        for odd in (b"", b"\xff\xfe", b"0{}", b"<html/>", b"4hello"):
            proxy.fault(faults.answer(200, odd, content_type="text/plain"), path="/socket.io/", times=1)
        async with listening(pristine, KITSU_EVENT_HOST=proxy.url) as ear:
            await ear.until(lambda: not ear.live.stream.state.why, 60)
            await to_thread.run_sync(comment, pristine, task_id(pristine, TASK), "at last")
            await ear.until(lambda: "news:new" in ear.names)


async def test_kitsu_and_its_valkey_may_be_restarted(sandbox: Sandbox, pristine: Connection) -> None:
    from kitsu_sandbox import processes, valkey, web

    task = task_id(pristine, TASK)
    async with listening(pristine) as ear:
        await connected_ear(ear)
        for servers in ([web.NAME], [web.NAME, valkey.NAME]):
            before = len(ear.told)
            for name in servers:
                await to_thread.run_sync(processes.stop, sandbox.state, name)
            await ear.until(lambda: bool(ear.live.stream.state.why))
            await to_thread.run_sync(sandbox.up)
            await ear.until(lambda before=before: any(isinstance(one, Gap) for one in ear.told[before:]), 60)
            await connected_ear(ear)
            before = len(ear.told)
            await to_thread.run_sync(comment, pristine, task, "back again")
            await ear.until(
                lambda before=before: any(
                    isinstance(one, Event) and one.name == "news:new" for one in ear.told[before:]
                )
            )


async def test_nothing_is_vouched_for_where_no_event_can_be_asked_for(
    pristine: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while Kitsu's Redis is away, and after that until Kitsu listens to it again: no connection ends with it."""
    monkeypatch.setattr(stream_module, "QUIET_SECONDS", 0.3)
    async with faults.fault_proxy(pristine.event_host) as proxy:
        refused = proxy.fault(faults.answer(500, {}), path="status/test-event", times=None)
        async with listening(pristine, host=f"{proxy.url}/api", KITSU_EVENT_HOST=pristine.event_host) as ear:
            await proxy.until(lambda: proxy.count(path_contains="status/test-event") > 0)
            await ear.until(lambda: "500" in ear.live.stream.state.why)
            assert not ear.live.stream.vouches
            refused.remove()
            await connected_ear(ear)
            refused = proxy.fault(faults.answer(500, {}), path="status/test-event", times=None)
            await ear.until(lambda: bool(ear.live.stream.state.why))
            before = len(ear.told)
            refused.remove()
            await ear.until(lambda: any(isinstance(one, Gap) for one in ear.told[before:]))
            await connected_ear(ear)


async def test_a_token_that_is_revoked_ends_what_is_heard(pristine: Connection) -> None:
    task = task_id(pristine, TASK)
    bot = do(pristine, "GET", "auth/authenticated", role="supervisor")["user"]["id"]
    with mock.patch.object(stream_module, "TOKEN_SECONDS", 0.3):
        async with listening(pristine, role="supervisor") as ear:
            await connected_ear(ear)
            do(pristine, "PUT", f"data/persons/{bot}", {"expiration_date": None})
            await ear.until(lambda: ear.live.stream.state.refused is not None)
            before = len(ear.told)
            await to_thread.run_sync(comment, pristine, task, "not for you any more")
            with pytest.raises(SignInRefused):
                ear.live.stream.require_token()
            assert len(ear.told) == before


async def test_odd_payloads_and_unknown_things_do_no_harm(pristine: Connection) -> None:
    """Published past Zou, straight into its Valkey: no Zou tells such things."""
    nobody = "11111111-2222-4333-8444-555555555555"
    task = do(pristine, "GET", f"data/tasks/{task_id(pristine, TASK)}")
    project, shot = task["project_id"], task["entity_id"]
    odd: list[tuple[str, object]] = [
        ("comment:new", None),
        ("comment:new", ["a", "list"]),
        ("comment:new", {"project_id": 7, "comment_id": {"x": 1}}),
        ("comment:new", {"project_id": project, "comment_id": nobody, "task_id": nobody}),
        ("comment:new", {"comment_id": nobody}),
        ("shot:update", {"project_id": project, "shot_id": ["x"]}),
        ("shot:update", {"project_id": project, "shot_id": nobody}),
        ("task:delete", {"project_id": project, "task_id": nobody, "entity_id": nobody, "task_type_id": nobody}),
        ("preview-file:add-file", {"project_id": project, "preview_file_id": "../../auth/logout", "revision": "v"}),
        ("", {"project_id": project}),
        ("no-colon", {"project_id": project}),
        ("task:assign", {"project_id": project, "person_id": {"a": 1}, "task_id": nobody}),
        ("x" * 5_000 + ":new", {"project_id": project, "deep": [[[[{}]]]]}),
        ("task:update", {"project_id": project, "task_id": "no id"}),
        ("task:update", {"project_id": project, "task_id": f" {nobody.upper()} "}),
        ("task:delete", {"project_id": project, "task_id": {"a": 1}}),
        ("entity-link:new", {"project_id": project, "entity_in_id": True}),
        ("shot:casting-update", {"project_id": project, "shot_id": shot, "added_asset_ids": 7}),
        ("preview-file:add-file", {"preview_file_id": "../../auth/logout"}),
        ("comment:new", {"comment_id": "../auth/logout", "task_id": "../../auth/logout"}),
        *[("task:update", {"project_id": project, "task_id": str(uuid4())}) for _ in range(1_500)],
    ]
    async with (
        faults.fault_proxy(pristine.event_host) as proxy,
        connected(pristine, host=proxy.url, KITSU_EVENT_HOST=pristine.event_host, KITSU_LIVE="auto") as client,
    ):
        since = (await client.ask("wait_for_events", under="Salt Harbour", seconds=0))["since"]
        await client.ask("list_shots", under="Salt Harbour")
        shots = await client.ask("list_shots", under="Salt Harbour")  # held, and vouched for
        rows: list[list[str]] = []
        for happens, word in (
            (partial(publish, pristine, odd), "casting changed"),
            # Not before that is told: what comes at once to one shot may be told as one act.
            (partial(comment, pristine, task_id(pristine, TASK), "still here"), "still here"),
        ):
            await to_thread.run_sync(happens)
            while not any(word in row for row in rows):
                told = await client.ask("wait_for_events", since=since, seconds=20)
                assert told["rows"]
                rows, since = rows + told["rows"], told["since"]
        assert await client.ask("list_shots", under="Salt Harbour") == shots
        assert {one.status for one in proxy.requests} <= {200, 304, 404}
        assert not any("logout" in one.path for one in proxy.requests)
    assert not any(nobody in str(row) for row in rows)
    assert ["Salt Harbour/SQ010/SH0010", "casting changed"] in [[row[0], row[3]] for row in rows]


async def test_what_a_team_does_is_told_to_nobody_outside_it_not_even_as_a_number(pristine: Connection) -> None:
    bot = do(pristine, "GET", "auth/authenticated", role="supervisor")["user"]["id"]
    other = next(one for one in do(pristine, "GET", "data/projects/open") if one["name"] == "Robo Garden")
    do(pristine, "DELETE", f"data/projects/{other['id']}/team/{bot}")
    theirs, ours = task_id(pristine, "Robo Garden/SQ01/SH0010:Layout"), task_id(pristine, TASK)
    async with listening(pristine, role="supervisor") as ear:
        await connected_ear(ear)
        await to_thread.run_sync(comment, pristine, theirs, "a secret")
        await to_thread.run_sync(comment, pristine, ours, "for all")
        await ear.until(lambda: "news:new" in ear.names)
        assert {one.project_id for one in ear.told if isinstance(one, Event)} & {other["id"]} == set()
        acts = ear.live.feed.after(0).acts
        assert {one.project_id for one in acts} & {other["id"]} == set()
        assert [one.seq for one in acts] == list(range(1, ear.live.feed.last + 1))
        # Put on the team, and off it again, while one listens.
        do(pristine, "POST", f"data/projects/{other['id']}/team", {"person_id": bot})
        await to_thread.run_sync(comment, pristine, theirs, "welcome")
        await ear.until(lambda: any(isinstance(one, Event) and one.project_id == other["id"] for one in ear.told))
        do(pristine, "DELETE", f"data/projects/{other['id']}/team/{bot}")
        before = len(ear.told)
        await to_thread.run_sync(comment, pristine, theirs, "a secret again")
        await to_thread.run_sync(comment, pristine, ours, "for all again")
        await ear.until(lambda: len([one for one in ear.told[before:] if isinstance(one, Event)]) >= 3)
        assert not any(one.project_id == other["id"] for one in ear.told[before:] if isinstance(one, Event))


async def test_productions_that_the_operator_leaves_out_are_not_heard(pristine: Connection) -> None:
    theirs, ours = task_id(pristine, "Robo Garden/SQ01/SH0010:Layout"), task_id(pristine, TASK)
    async with listening(pristine, role="admin", KITSU_PROJECTS="Salt Harbour") as ear:
        await connected_ear(ear)
        await to_thread.run_sync(comment, pristine, theirs, "left out")
        await to_thread.run_sync(comment, pristine, ours, "there")
        await ear.until(lambda: "news:new" in ear.names)
        assert len({one.project_id for one in ear.told if isinstance(one, Event)} - {""}) == 1


async def test_off_is_off(pristine: Connection) -> None:
    async with faults.fault_proxy(pristine.event_host) as proxy:
        async with connected(pristine, KITSU_EVENT_HOST=proxy.url, KITSU_LIVE="off") as client:
            text = await client.refusal("wait_for_events", seconds=0)
            assert text == "KITSU_LIVE is off: nothing can be waited for. list_events tells what happened."
            assert (await client.ask("list_events", since="2000-01-01", limit=1))["total"]
        assert proxy.count() == 0


async def test_a_prefix_the_headers_of_a_proxy_in_front_and_a_studios_certificate_go_along(
    pristine: Connection, tmp_path: Path
) -> None:
    headers, bundle = tmp_path / "headers", tmp_path / "bundle.pem"
    headers.write_text("X-Gate: open-sesame\n")
    bundle.write_bytes(AUTHORITY.pem)
    tls = showing(tmp_path, GOOD)
    async with wire(pristine.event_host, tls) as between:
        async with listening(pristine, KITSU_EVENT_HOST=between.url, KITSU_CA_BUNDLE=str(bundle)) as ear:
            await connected_ear(ear)
            assert ear.live.stream.state.transport == "websocket"
        async with listening(pristine, KITSU_EVENT_HOST=between.url) as ear:
            await ear.until(lambda: "certificate" in ear.live.stream.state.why)
    async with (
        faults.fault_proxy(pristine.event_host, prefix="/kitsu") as proxy,
        wire(proxy.url, tls) as between,
        listening(
            pristine,
            host=f"{between.url}/kitsu/api",
            KITSU_HEADERS_FILE=str(headers),
            KITSU_CA_BUNDLE=str(bundle),
        ) as ear,
    ):
        await connected_ear(ear)
        asked = [one for one in proxy.requests if "/kitsu/socket.io/" in one.path]
        assert asked
        assert all(one.headers["X-Gate"] == "open-sesame" for one in asked)
        assert all(one.headers["Authorization"].startswith("Bearer ") for one in asked)
