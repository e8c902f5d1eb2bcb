"""While Kitsu's events are heard, what is held is answered without a request, and what somebody changes is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from anyio import to_thread

from support.client import connected
from support.doing import comment, task_id
from support.faults import fault_proxy

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio

SEQUENCE = "Salt Harbour/SQ010"
SHOTS = {"under": SEQUENCE, "show": ["assignees"]}


async def test_what_is_held_is_answered_without_a_request_and_what_somebody_changed_with_one_or_two(
    pristine: Connection,
) -> None:
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, host=proxy.url, KITSU_EVENT_HOST=pristine.event_host, KITSU_LIVE="auto") as agent,
    ):
        since = (await agent.ask("wait_for_events", under="Salt Harbour", seconds=0))["since"]
        before = await agent.ask("list_shots", **SHOTS)
        for _ in range(2):  # the first looks once more at what came before it was listened
            await agent.ask("list_shots", **SHOTS)
        proxy.clear()
        assert await agent.ask("list_shots", **SHOTS) == before
        assert [one.path for one in proxy.requests] == []

        await to_thread.run_sync(comment, pristine, task_id(pristine, f"{SEQUENCE}/SH0010:Layout"), "Back.", "wip")
        await agent.ask("wait_for_events", under="Salt Harbour", kinds=["comment"], since=since, seconds=20)
        proxy.clear()
        after = await agent.ask("list_shots", **SHOTS)
        layout = after["columns"].index("Layout")
        assert (before["rows"][0][layout], after["rows"][0][layout]) != (after["rows"][0][layout],) * 2
        assert after["rows"][0][layout].startswith("wip")
        assert len(proxy.requests) <= 3, [one.path for one in proxy.requests]


async def test_what_was_changed_before_anybody_listened_is_seen(pristine: Connection) -> None:
    """Held boards are not vouched for by a connection that came after them."""
    async with connected(pristine, KITSU_LIVE="auto") as agent:
        await agent.ask("list_shots", **SHOTS)
        await to_thread.run_sync(comment, pristine, task_id(pristine, f"{SEQUENCE}/SH0010:Layout"), "Back.", "wip")
        await agent.ask("wait_for_events", seconds=0)
        after = await agent.ask("list_shots", **SHOTS)
        assert after["rows"][0][after["columns"].index("Layout")].startswith("wip")
