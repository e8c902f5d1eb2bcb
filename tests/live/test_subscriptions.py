"""Resources of what happens: read in both eras, and those who subscribed are told when there is something new."""

from __future__ import annotations

import gc
import warnings
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import orjson
import psycopg
import pytest
from anyio import to_thread
from mcp import MCPError
from mcp.shared.exceptions import MCPDeprecationWarning
from mcp.types import ResourceUpdatedNotification, TextResourceContents

from kitsu_server.resources import SELECTION
from kitsu_tools.live.watches import Watch
from support.client import connected
from support.doing import comment, do, publish, task_id
from support.menu import Menu, free_port, listening

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from mcp.client.session import IncomingMessage

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent, Mode

pytestmark = pytest.mark.anyio

OURS = "Salt Harbour/SQ010/SH0010:Layout"
THEIRS = "Robo Garden/SQ01/SH0010:Layout"


@dataclass
class Host:
    """A host that may subscribe, in the way of its era. `told`: what it was told of, in order."""

    mode: Mode
    agent: Agent | None = None
    told: list[str] = field(default_factory=list[str])
    came: anyio.Event = field(default_factory=anyio.Event)

    async def __call__(self, message: IncomingMessage) -> None:
        if self.mode != "auto" and isinstance(message, ResourceUpdatedNotification):
            self.note(str(message.params.uri))

    def note(self, uri: str) -> None:
        self.told.append(uri)
        self.came.set()

    @asynccontextmanager
    async def subscribed(self, *uris: str) -> AsyncGenerator[list[str]]:
        """Subscribed to these as long as the block; which of them were taken."""
        assert self.agent
        client = self.agent.mcp
        if self.mode == "auto":
            async with client.listen(resource_subscriptions=uris) as stream, anyio.create_task_group() as group:

                async def hear() -> None:
                    async for event in stream:
                        self.note(event.uri)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType]

                group.start_soon(hear)
                yield list(stream.honored.resource_subscriptions or ())
                group.cancel_scope.cancel()
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MCPDeprecationWarning)
            for uri in uris:
                await client.subscribe_resource(uri)  # pyright: ignore[reportDeprecated]
            yield list(uris)
            for uri in uris:
                await client.unsubscribe_resource(uri)  # pyright: ignore[reportDeprecated]

    async def until(self, condition: Callable[[], bool]) -> None:
        with anyio.fail_after(20):
            while not condition():
                self.came = anyio.Event()
                await self.came.wait()

    async def read(self, uri: str) -> dict[str, Any]:
        assert self.agent
        (content,) = (await self.agent.mcp.read_resource(uri)).contents
        assert isinstance(content, TextResourceContents)
        return orjson.loads(content.text)

    async def refusal(self, uri: str) -> list[str]:
        """What is said where it is read, and where it is subscribed to."""
        said: list[str] = []
        for ask in (self.read, self._subscribe):
            with pytest.raises(MCPError) as refused:
                await ask(uri)
            said.append(refused.value.message)
        return said

    async def _subscribe(self, uri: str) -> None:
        async with self.subscribed(uri):
            pass


@asynccontextmanager
async def host(kitsu: Connection, mode: Mode, role: str = "manager", **environment: str) -> AsyncGenerator[Host]:
    its = Host(mode)
    given: dict[str, Any] = {"KITSU_LIVE": "auto", **environment}
    async with connected(kitsu, role=role, mode=mode, on_message=its, **given) as its.agent:
        yield its


def project(kitsu: Connection, name: str) -> str:
    return next(one["id"] for one in do(kitsu, "GET", "data/projects/open") if one["name"] == name)


async def test_who_subscribed_is_told_once_of_each_act_until_it_unsubscribes(pristine: Connection, mode: Mode) -> None:
    ours, theirs = task_id(pristine, OURS), task_id(pristine, THEIRS)
    activity, task = "kitsu://activity/Salt%20Harbour", f"kitsu://task/{ours}"
    by_id, beside = f"kitsu://activity/{project(pristine, 'Salt Harbour')}", f"kitsu://task/{theirs}"
    async with host(pristine, mode) as one:
        async with one.subscribed(activity, task, by_id, beside) as taken:
            assert taken == [activity, task, by_id, beside]
            await to_thread.run_sync(comment, pristine, ours, "look here", "wfa")
            await one.until(lambda: len(one.told) >= 3)
            assert (await one.read(activity))["rows"][0][4] == "look here"
            assert "look here" in str(await one.read(task))
            await to_thread.run_sync(comment, pristine, theirs, "and there")
            await one.until(lambda: beside in one.told)
            assert sorted(one.told) == sorted([activity, task, by_id, beside])
        async with one.subscribed(beside):
            await to_thread.run_sync(comment, pristine, ours, "nobody listens")
            await to_thread.run_sync(comment, pristine, theirs, "but here")
            await one.until(lambda: len(one.told) == 5)
        assert one.told[4] == beside


async def test_who_subscribes_and_unsubscribes_again_and_again_leaves_nothing_behind(
    kitsu: Connection, mode: Mode
) -> None:
    def watches() -> int:
        gc.collect()
        return sum(isinstance(one, Watch) for one in gc.get_objects())

    async with host(kitsu, mode) as one:
        before = watches()
        for _ in range(20):
            async with one.subscribed("kitsu://activity/Salt%20Harbour", SELECTION):
                pass
        await one.agent.tools()  # pyright: ignore[reportOptionalMemberAccess]
        assert watches() <= before + 2


async def test_many_acts_in_a_moment_are_one_update(pristine: Connection, era: Mode) -> None:
    activity, ours = "kitsu://activity/Salt%20Harbour", task_id(pristine, OURS)
    its = project(pristine, "Salt Harbour")
    async with host(pristine, era) as one, one.subscribed(activity):
        events = [("task:update", {"project_id": its, "task_id": ours, "n": n}) for n in range(300)]
        await to_thread.run_sync(publish, pristine, events)
        await to_thread.run_sync(comment, pristine, ours, "the last")
        await one.until(lambda: len(one.told) >= 1)
        await one.agent.ask("wait_for_events", since="1 minute", kinds=["comment"])  # pyright: ignore[reportOptionalMemberAccess]
        assert len(one.told) <= 3


async def test_of_a_production_without_its_team_nothing_is_told_not_even_that_something_happened(
    pristine: Connection, mode: Mode
) -> None:
    bot = do(pristine, "GET", "auth/authenticated", role="supervisor")["user"]["id"]
    theirs, ours, its = task_id(pristine, THEIRS), task_id(pristine, OURS), project(pristine, "Robo Garden")
    secret, open_ = "kitsu://activity/Robo%20Garden", f"kitsu://task/{ours}"
    async with host(pristine, mode, "supervisor") as one:
        async with one.subscribed(secret, f"kitsu://task/{theirs}", open_):
            do(pristine, "DELETE", f"data/projects/{its}/team/{bot}")
            await to_thread.run_sync(comment, pristine, theirs, "among us")
            await to_thread.run_sync(comment, pristine, ours, "for all")
            await one.until(lambda: open_ in one.told)
            assert set(one.told) == {open_}
        for uri in (secret, f"kitsu://activity/{its}", f"kitsu://task/{theirs}"):
            for said in await one.refusal(uri):
                assert "you may see" in said


@pytest.mark.parametrize(
    "uri", ["kitsu://activity/Nowhere", "kitsu://task/11111111-2222-4333-8444-555555555555", "kitsu://task/x", "a://b"]
)
async def test_what_is_not_there_is_refused_where_it_is_read_and_where_it_is_subscribed_to(
    kitsu: Connection, uri: str, mode: Mode
) -> None:
    async with host(kitsu, mode) as one:
        assert all(await one.refusal(uri))


async def test_of_several_those_are_taken_that_are_there(kitsu: Connection) -> None:
    async with host(kitsu, "auto") as one:
        there, page = "kitsu://activity/Salt%20Harbour", "kitsu://skill/SKILL.md"
        async with one.subscribed(there, "kitsu://activity/Nowhere", page, SELECTION) as taken:
            assert taken == [there, page, SELECTION]


async def test_a_vendor_is_not_told_of_tasks_of_others(pristine: Connection, era: Mode) -> None:
    ours, activity = task_id(pristine, OURS), "kitsu://activity/Salt%20Harbour"
    vendor = do(pristine, "GET", "auth/authenticated", role="vendor")["user"]["id"]
    own = task_id(pristine, "Salt Harbour/SQ010/SH0020:Layout")
    with psycopg.connect(pristine.database, autocommit=True) as database:  # no route assigns a bot
        database.execute("insert into task_person_link (task_id, person_id) values (%s, %s)", [own, vendor])
    async with host(pristine, era, "vendor") as one, one.subscribed(activity, f"kitsu://task/{own}"):
        await to_thread.run_sync(comment, pristine, ours, "not theirs")
        assert one.agent
        assert (await one.agent.ask("wait_for_events", seconds=1))["rows"] == []
        assert one.told == []
        await to_thread.run_sync(comment, pristine, own, "theirs")
        await one.until(lambda: len(one.told) == 2)


async def test_a_selection_that_is_handed_over_is_told_of(kitsu: Connection, mode: Mode) -> None:
    menu = Menu(free_port(), kitsu.host.removesuffix("/api"))
    given = {"KITSU_ACTIONS": "true", "KITSU_ACTIONS_PORT": str(menu.port)}
    async with host(kitsu, mode, **given) as one, menu.client:
        assert one.agent
        await one.agent.tools()
        await listening(menu.port)
        async with one.subscribed(SELECTION):
            await menu.form([task_id(kitsu, OURS)])
            await one.until(lambda: one.told == [SELECTION])


async def test_where_nothing_is_heard_nothing_can_be_subscribed_to(kitsu: Connection) -> None:
    async with connected(kitsu, mode="legacy") as agent:
        assert agent.mcp.server_capabilities.resources
        assert not agent.mcp.server_capabilities.resources.subscribe
    async with host(kitsu, "legacy") as one:
        assert one.agent
        assert one.agent.mcp.server_capabilities.resources
        assert one.agent.mcp.server_capabilities.resources.subscribe
