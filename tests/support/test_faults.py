"""The fault proxy does to a request what a test ordered, and nothing else."""

import asyncio
import gzip
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from support.faults import (
    Fault,
    FaultProxy,
    answer,
    cut_before,
    cut_midway,
    delay,
    fault_proxy,
    hang,
    hold,
    lose_answer,
    rewrite,
    strip_compact,
    strip_etag,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Upstream:
    """Stands for Zou: answers every request with what it saw, and a few paths specially."""

    url: str = ""
    seen: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    async def answer(self, request: web.Request) -> web.Response:
        self.seen.append((request.method, request.raw_path))
        headers = {"ETag": '"1"', "X-Zou": "yes"}
        if request.headers.get("If-None-Match") == '"1"':
            return web.Response(status=304, headers=headers)
        if request.path == "/api/gzip":
            zipped = gzip.compress(b'{"a": 1}')
            return web.Response(body=zipped, headers={"Content-Encoding": "gzip"}, content_type="application/json")
        if request.path == "/api/moved":
            return web.Response(status=302, headers={"Location": "/api/elsewhere"})
        if request.path == "/api/cookies":
            return web.Response(headers=[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        told = {
            "path": request.raw_path,
            "headers": dict(request.headers),
            "body": (await request.read()).decode(),
        }
        return web.json_response(told, status=201 if request.method == "POST" else 200, headers=headers)


@dataclass
class Scene:
    upstream: Upstream
    proxy: FaultProxy
    client: aiohttp.ClientSession

    async def ask(self, method: str = "GET", path: str = "/api/a", **kwargs: Any) -> tuple[int, Any]:
        async with self.client.request(method, self.proxy.url + path, **kwargs) as answered:
            return answered.status, await answered.json(content_type=None) if answered.status != 304 else None


@asynccontextmanager
async def upstream_app() -> AsyncGenerator[Upstream]:
    upstream = Upstream()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", upstream.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    upstream.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield upstream
    finally:
        await runner.cleanup()


@pytest.fixture
async def scene() -> AsyncGenerator[Scene]:
    timeout = aiohttp.ClientTimeout(total=60)
    async with (
        upstream_app() as upstream,
        fault_proxy(upstream.url) as proxy,
        aiohttp.ClientSession(timeout=timeout) as client,
    ):
        yield Scene(upstream, proxy, client)


async def test_a_request_without_a_fault_passes_through_unchanged(scene: Scene):
    path = "/api/data/t%2Fx?name=a%20b+c&name=%C3%A9&compact=true"
    status, told = await scene.ask("POST", path, json={"a": 1}, headers={"X-Mine": "1", "User-Agent": "kitsu"})
    assert (status, told["path"], json.loads(told["body"])) == (201, path, {"a": 1})
    assert told["headers"]["X-Mine"] == "1"
    assert told["headers"]["User-Agent"] == "kitsu"
    assert told["headers"]["Host"] == scene.proxy.url.removeprefix("http://")
    assert told["headers"]["Content-Type"] == "application/json"


async def test_nothing_is_added_to_a_request_that_lacks_it(scene: Scene):
    bare: dict[str, Any] = {
        "data": b"x",
        "skip_auto_headers": ["User-Agent", "Accept-Encoding", "Accept", "Content-Type"],
    }
    _, through = await scene.ask("PUT", **bare)
    assert through["headers"].keys() == {"Host", "Content-Length", "Connection"}


async def test_compressed_answers_redirects_and_several_cookies_pass_through(scene: Scene):
    async with scene.client.get(scene.proxy.url + "/api/gzip") as answered:
        assert answered.headers["Content-Encoding"] == "gzip"
        assert await answered.json() == {"a": 1}
    async with scene.client.get(scene.proxy.url + "/api/moved", allow_redirects=False) as answered:
        assert (answered.status, answered.headers["Location"]) == (302, "/api/elsewhere")
    async with scene.client.get(scene.proxy.url + "/api/cookies") as answered:
        assert answered.headers.getall("Set-Cookie") == ["a=1", "b=2"]


async def test_a_head_answer_tells_the_length_of_the_body_it_lacks(scene: Scene):
    async with scene.client.get(scene.proxy.url + "/api/a") as whole:
        length = len(await whole.read())
    async with scene.client.head(scene.proxy.url + "/api/a") as answered:
        assert (answered.status, await answered.read()) == (200, b"")
        assert answered.headers["Content-Length"] == str(length)


async def test_a_conditional_request_is_answered_304(scene: Scene):
    assert (await scene.ask(headers={"If-None-Match": '"1"'}))[0] == 304
    assert scene.proxy.requests[0].if_none_match


async def test_requests_are_recorded_counted_and_forgotten(scene: Scene):
    await scene.ask("GET", "/api/a?x=1")
    scene.proxy.fault(answer(503), method="PUT")
    await scene.ask("PUT", "/api/a", json=[1])
    first, second = scene.proxy.requests
    assert (first.method, first.path, first.status, first.if_none_match) == ("GET", "/api/a?x=1", 200, False)
    assert (first.json, first.faults, first.upstream_status) == (None, (), 200)
    assert (second.status, second.json, second.faults, second.upstream_status) == (503, [1], ("answer",), None)
    assert first.connection == second.connection
    assert [scene.proxy.count(), scene.proxy.count("PUT"), scene.proxy.count(path_contains="x=1")] == [2, 1, 1]
    scene.proxy.clear()
    assert scene.proxy.count() == 0


async def test_a_fault_applies_to_matching_requests_only_and_as_often_as_told(scene: Scene):
    scene.proxy.fault(answer(503), method="GET", path="/api/b", times=2, after=1)
    scene.proxy.fault(answer(504), path=re.compile(r"/c\?n=\d$"), times=None)
    asked = ["/api/a", "/api/b", "/api/b", "/api/b", "/api/b", "/api/c?n=1", "/api/c?n=x", "/api/c?n=2"]
    statuses = [(await scene.ask("GET", path))[0] for path in asked]
    assert statuses == [200, 200, 503, 503, 200, 504, 200, 504]


async def test_rules_that_end_a_request_fail_one_after_another(scene: Scene):
    scene.proxy.fault(answer(429))
    scene.proxy.fault(answer(503))
    assert [(await scene.ask())[0] for _ in range(3)] == [429, 503, 200]


async def test_a_removed_rule_applies_no_more(scene: Scene):
    rule = scene.proxy.fault(answer(503), times=None)
    assert (await scene.ask())[0] == 503
    rule.remove()
    assert (await scene.ask())[0] == 200


@pytest.mark.parametrize(
    ("fault", "status", "body", "content_type"),
    [
        (answer(429, headers={"Retry-After": "7"}), 429, b"", "application/json"),
        (answer(502, "<h1>Bad</h1>", content_type="text/html"), 502, b"<h1>Bad</h1>", "text/html"),
        (answer(200), 200, b"", "application/json"),
        (answer(200, b'{"half'), 200, b'{"half', "application/json"),
        (answer(200, [{"id": 1}]), 200, b'[{"id": 1}]', "application/json"),
    ],
)
async def test_a_given_answer_comes_without_asking_zou(
    scene: Scene, fault: Fault, status: int, body: bytes, content_type: str
):
    scene.proxy.fault(fault)
    async with scene.client.post(scene.proxy.url + "/api/a", json={}) as answered:
        assert (answered.status, await answered.read(), answered.content_type) == (status, body, content_type)
        assert answered.headers.get("Retry-After") == ("7" if status == 429 else None)
    assert scene.upstream.seen == []


async def test_a_lost_answer_leaves_its_effect_in_zou(scene: Scene):
    scene.proxy.fault(lose_answer())
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await scene.ask("POST")
    assert scene.upstream.seen == [("POST", "/api/a")]
    assert (scene.proxy.requests[0].upstream_status, scene.proxy.requests[0].status) == (201, None)


async def test_a_connection_cut_before_leaves_no_effect(scene: Scene):
    scene.proxy.fault(cut_before())
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await scene.ask("POST")
    assert scene.upstream.seen == []


async def test_a_reset_is_told_from_a_polite_end(scene: Scene):
    scene.proxy.fault(cut_before(reset=True))
    with pytest.raises(aiohttp.ClientOSError, match="reset"):
        await scene.ask("POST")


async def test_an_answer_cut_midway_is_begun_but_never_whole(scene: Scene):
    scene.proxy.fault(cut_midway())
    async with scene.client.get(scene.proxy.url + "/api/a") as answered:
        assert answered.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await answered.read()
    assert len(scene.upstream.seen) == 1


@pytest.mark.parametrize("after_forwarding", [False, True])
async def test_a_hanging_request_ends_when_the_proxy_stops(scene: Scene, after_forwarding: bool):
    scene.proxy.fault(hang(after_forwarding=after_forwarding))
    asking = asyncio.create_task(scene.ask("POST"))
    await scene.proxy.until(lambda: scene.proxy.count() == 1)
    if after_forwarding:
        await scene.proxy.until(lambda: scene.proxy.requests[0].upstream_status == 201)
    assert not asking.done()
    async with asyncio.timeout(30):
        await scene.proxy.stop()
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await asking
    assert len(scene.upstream.seen) == after_forwarding


async def test_the_proxy_closes_though_a_client_gave_up_on_a_hanging_request(scene: Scene):
    scene.proxy.fault(hang())
    with pytest.raises(TimeoutError):
        await scene.ask(timeout=aiohttp.ClientTimeout(total=0.05))


async def test_a_delayed_request_is_answered_all_the_same(scene: Scene):
    scene.proxy.fault(delay(0.05))
    started = asyncio.get_running_loop().time()
    assert (await scene.ask())[0] == 200
    assert asyncio.get_running_loop().time() - started >= 0.05


async def test_a_request_that_is_held_goes_on_when_it_is_released(scene: Scene):
    released = asyncio.Event()
    scene.proxy.fault(hold(released))
    asking = asyncio.create_task(scene.ask())
    await scene.proxy.until(lambda: scene.proxy.count() == 1)
    assert scene.upstream.seen == []
    released.set()
    assert (await asking)[0] == 200


async def test_a_long_delay_does_not_hold_up_the_end_of_the_proxy(scene: Scene):
    scene.proxy.fault(delay(60))
    asking = asyncio.create_task(scene.ask("POST"))
    await scene.proxy.until(lambda: scene.proxy.count() == 1)
    async with asyncio.timeout(30):
        await scene.proxy.stop()
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await asking
    assert scene.upstream.seen == []


async def test_an_old_zou_knows_neither_etags_nor_compact(scene: Scene):
    scene.proxy.fault(strip_etag(), times=None)
    scene.proxy.fault(strip_compact(), times=None)
    asked = scene.proxy.url + "/api/a?x=a%20b&compact=true&compacted=1"
    async with scene.client.get(asked, headers={"If-None-Match": '"1"'}) as answered:
        assert answered.status == 200
        assert "ETag" not in answered.headers
        assert (await answered.json())["path"] == "/api/a?x=a%20b&compacted=1"
    for query, left in [("?compact=true", ""), ("?compact=1&x=1", "?x=1"), ("?x=1&compact=1", "?x=1")]:
        assert (await scene.ask("GET", f"/api/a{query}"))[1]["path"] == f"/api/a{left}"
    assert scene.proxy.requests[0].if_none_match
    assert scene.proxy.requests[0].faults == ("strip_etag", "strip_compact")


async def test_shaping_faults_apply_along_with_one_that_ends_the_request(scene: Scene):
    scene.proxy.fault(strip_compact(), times=None)
    scene.proxy.fault(lose_answer())
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await scene.ask("POST", "/api/a?compact=true")
    assert scene.upstream.seen == [("POST", "/api/a")]


async def test_an_answer_is_rewritten_even_if_it_would_come_compressed(scene: Scene):
    scene.proxy.fault(rewrite(lambda told: {"longer than it was": told["headers"].get("Accept-Encoding")}))
    assert await scene.ask() == (200, {"longer than it was": None})


async def test_a_stopped_proxy_refuses_connections_until_it_starts_again_on_the_same_port(scene: Scene):
    url = scene.proxy.url
    assert (await scene.ask())[0] == 200
    await scene.proxy.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        await scene.ask()
    await scene.proxy.start()
    assert scene.proxy.url == url
    assert (await scene.ask())[0] == 200


async def test_an_unreachable_zou_is_a_bad_gateway():
    async with upstream_app() as upstream:
        pass
    async with (
        fault_proxy(upstream.url) as proxy,
        aiohttp.ClientSession() as client,
        client.get(proxy.url + "/api/a") as answered,
    ):
        assert answered.status == 502
        assert upstream.url in await answered.text()


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("kept_alive", [True, False])
async def test_aiohttp_by_itself_sends_a_put_or_delete_again_when_its_connection_is_cut(
    scene: Scene, method: str, reset: bool, kept_alive: bool
):
    """The danger our client must avoid: a write took effect, its answer was lost, and it takes effect once more.

    aiohttp means this for a kept-alive connection that the server had closed meanwhile, but does it on a fresh one too.
    """
    if kept_alive:
        await scene.ask("GET")
    scene.proxy.fault(lose_answer(reset=reset), method=method)
    assert (await scene.ask(method))[0] == 200
    assert [request.status for request in scene.proxy.requests][kept_alive:] == [None, 200]
    assert scene.upstream.seen[kept_alive:] == [(method, "/api/a")] * 2
    assert (scene.proxy.requests[0].connection == scene.proxy.requests[1].connection) == kept_alive


async def test_aiohttp_gives_up_a_put_cut_twice_and_a_post_cut_once(scene: Scene):
    await scene.ask("GET")
    scene.proxy.fault(cut_before(), times=None, after=1)
    assert (await scene.ask("PUT"))[0] == 200
    for method, sent in [("PUT", 3), ("POST", 1)]:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await scene.ask(method)
        assert scene.proxy.count(method) == sent
    assert [method for method, _ in scene.upstream.seen] == ["GET", "PUT"]


async def test_the_proxy_by_itself_sends_a_write_once(scene: Scene):
    async with fault_proxy(scene.proxy.url) as outer:
        scene.proxy.fault(lose_answer(), times=None)
        async with scene.client.put(outer.url + "/api/a") as answered:
            assert answered.status == 502
    assert scene.upstream.seen == [("PUT", "/api/a")]
