"""A write is sent once, whatever becomes of its answer, and the error says whether it may have taken effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kitsu_tools.tracker.errors import (
    KitsuError,
    LostAnswer,
    NotFound,
    Refused,
    SignInRefused,
    Unavailable,
    Unreachable,
)
from support.api import ask
from support.client import opened
from support.faults import FaultProxy, answer, cut_before, cut_midway, fault_proxy, hang, lose_answer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from kitsu_sandbox.lifecycle import Connection
    from kitsu_tools.tracker.session import KitsuSession
    from support.faults import Fault

pytestmark = pytest.mark.anyio

NOTHING = "00000000-0000-4000-8000-000000000000"
# Methods and routes of nothing: what Zou makes of them does not matter here, only how often it hears of them.
WRITES = {
    "POST": f"actions/tasks/{NOTHING}/comment",
    "PUT": f"data/tasks/{NOTHING}",
    "DELETE": f"data/comments/{NOTHING}",
}
CUTS = {
    "cut before": cut_before(),
    "reset before": cut_before(reset=True),
    "answer lost": lose_answer(),
    "answer lost by a reset": lose_answer(reset=True),
    "cut midway": cut_midway(),
}
HANGS = {"hang": hang(), "hang after": hang(after_forwarding=True)}
PAGE = "<html></html>"


@pytest.fixture
async def proxy(kitsu: Connection) -> AsyncGenerator[FaultProxy]:
    async with fault_proxy(kitsu.event_host) as proxy:
        yield proxy


@pytest.fixture
async def session(kitsu: Connection, proxy: FaultProxy) -> AsyncGenerator[KitsuSession]:
    async with opened(kitsu, host=f"{proxy.url}/api") as tracker:
        # A connection that stands already: what writes go over must not be it.
        await tracker.session.read("auth/authenticated")
        yield tracker.session


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("method", WRITES)
async def test_a_write_whose_answer_is_lost_is_not_sent_again(
    proxy: FaultProxy, session: KitsuSession, method: str, cut: str
) -> None:
    proxy.fault(CUTS[cut], method=method, times=None)
    await _lost(session, method, proxy)


@pytest.mark.parametrize("hanging", HANGS)
@pytest.mark.parametrize("method", WRITES)
async def test_a_write_that_is_not_answered_is_not_sent_again(
    kitsu: Connection, proxy: FaultProxy, method: str, hanging: str
) -> None:
    proxy.fault(HANGS[hanging], method=method, times=None)
    # So short a time is for the write alone: a busy machine's Zou may need longer for a read.
    async with opened(kitsu, host=f"{proxy.url}/api", KITSU_READ_SECONDS="1") as tracker:
        await _lost(tracker.session, method, proxy)


async def _lost(session: KitsuSession, method: str, proxy: FaultProxy) -> None:
    with pytest.raises(LostAnswer) as lost:
        await session.write(method, WRITES[method], {"text": "once"}, 201)
    assert proxy.count(method) == 1
    assert str(lost.value).startswith(f"No answer from Kitsu at {proxy.url}/api: ")
    assert str(lost.value).endswith("Whether the write took effect is unknown.")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (answer(500, {"message": "Boom"}), LostAnswer),
        (answer(502, PAGE, {}, "text/html"), LostAnswer),
        (answer(503, b"", {"Retry-After": "0"}), LostAnswer),
        (answer(504, PAGE, {}, "text/html"), LostAnswer),
        (answer(200, {}), LostAnswer),  # not the 201 that the route documents
        (answer(201, b""), LostAnswer),
        (answer(201, PAGE, {}, "text/html"), LostAnswer),
        (answer(302, b"", {"Location": "/login"}), LostAnswer),
        (answer(303, {"message": "See other"}, {"Location": "/login"}), LostAnswer),
        (answer(401, PAGE, {}, "text/html"), LostAnswer),
        (answer(403, {}), LostAnswer),  # JSON, but none of Zou's
        (answer(408, {"message": "Timed out"}), LostAnswer),  # a gateway's: Zou never says so
        (answer(499, {"message": "Closed"}), LostAnswer),
        (answer(429, {}, {"Retry-After": "0"}), Unavailable),
        (answer(400, {"message": "No"}), Refused),
        (answer(404, {"message": "No"}), NotFound),
        (answer(401, {"msg": "Token has been revoked"}), SignInRefused),
    ],
    ids=lambda value: str(value.answer().status) if hasattr(value, "answer") else value.__name__,
)
@pytest.mark.parametrize("method", WRITES)
async def test_a_write_that_is_answered_is_not_sent_again(
    proxy: FaultProxy, session: KitsuSession, method: str, fault: Fault, error: type[KitsuError]
) -> None:
    proxy.fault(fault, method=method, times=None)
    with pytest.raises(error) as raised:
        await session.write(method, WRITES[method], {"text": "once"}, 201)
    assert type(raised.value) is error
    assert proxy.count(method) == 1


@pytest.mark.parametrize("method", WRITES)
async def test_a_write_that_never_left_is_said_not_to_have(
    proxy: FaultProxy, session: KitsuSession, method: str
) -> None:
    await proxy.stop()
    with pytest.raises(Unreachable, match="the connection was refused") as error:
        await session.write(method, WRITES[method], {"text": "once"}, 201)
    assert error.value.left is False
    await proxy.start()
    assert proxy.count(method) == 0


async def test_what_zou_says_no_to_is_refused_in_its_words(proxy: FaultProxy, session: KitsuSession) -> None:
    for method in WRITES:
        with pytest.raises(NotFound, match=r"^Kitsu has no such record\."):
            await session.write(method, WRITES[method], {"comment": "x", "task_status_id": NOTHING}, 201)
        assert proxy.count(method) == 1


async def test_a_write_that_took_effect_returns_what_zou_answers(pristine: Connection) -> None:
    async with opened(pristine, role="manager") as tracker:
        task = (await tracker.find.task("Salt Harbour/SQ010/SH0020:Layout")).task
        body: dict[str, Any] = {"task_status_id": task.status_id, "comment": "Noted"}
        made = await tracker.session.write("POST", f"actions/tasks/{task.id}/comment", body, 201)
        assert made["text"] == "Noted"
        put = await tracker.session.write("PUT", f"data/tasks/{task.id}", {"priority": 2}, 200)
        assert put["priority"] == 2
        path = f"data/tasks/{task.id}/comments/{made['id']}"
        assert await tracker.session.write("DELETE", path, {}, 204) is None
    comments = ask(pristine.host, f"data/tasks/{task.id}/comments", pristine.token("manager")).body
    assert made["id"] not in {one["id"] for one in comments}
