"""Several identities in one process: each is answered what it would be alone, whoever else asks meanwhile."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client
from mcp.types import Implementation, PromptReference

from kitsu_server.app import build_server
from kitsu_server.lifetime import Identity, Lifetime, opened
from kitsu_tools.tracker.gather import gather
from support.client import Agent, connected, settings, signed_in_as
from support.held import journaled, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from mcp.server.context import ServerRequestContext

    from kitsu_sandbox.lifecycle import Connection
    from kitsu_server.settings import Settings

pytestmark = pytest.mark.anyio

ROLES = ("manager", "client")
TASK = "Salt Harbour/SQ020/SH0020:Animation"
QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("list_tasks", {"under": "Salt Harbour", "limit": 200}),
    ("list_shots", {"under": "Robo Garden", "show": ["assignees", "due"]}),
    ("get_task", {"task": TASK}),
    ("get_project", {"project": "Salt Harbour"}),
    ("search", {"text": "Storm light"}),
]
"""What a manager and a client are answered differently."""


class ByHost(Lifetime):
    """The identities of a server that several use: whose a request is, is told by the name of its host."""

    def __init__(self, given: Settings, identities: dict[str, Identity]) -> None:
        super().__init__(given)
        self._identities = identities

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[ByHost]:
        yield self

    def of(self, request: ServerRequestContext[Any, Any], /) -> Identity:
        client = request.session.client_params
        assert client is not None
        return self._identities[client.client_info.name]


@asynccontextmanager
async def both(connection: Connection, journal: Path) -> AsyncGenerator[dict[str, Agent]]:
    """A client for each role, all of one server with one studio."""
    given = {role: settings(**signed_in_as(connection, role)) for role in ROLES}
    studio = given["manager"].studio
    async with (
        opened(studio, given["manager"].caller, journal) as manager,
        opened(studio, given["client"].caller, journal) as client,
    ):
        server = build_server(given["manager"], ByHost(given["manager"], {"manager": manager, "client": client}))
        names = {role: Implementation(name=role, version="1") for role in ROLES}
        async with (
            Client(server, client_info=names["manager"], elicitation_callback=Person("decline")) as first,
            Client(server, client_info=names["client"], elicitation_callback=Person("decline")) as second,
        ):
            yield {"manager": Agent(first), "client": Agent(second)}


async def people(agent: Agent) -> list[str]:
    """Whom a prompt's argument may name."""
    ref = PromptReference(name="my_day")
    return (await agent.mcp.complete(ref, {"name": "person", "value": ""})).completion.values


async def test_two_identities_of_one_server_are_each_answered_as_alone(kitsu: Connection, tmp_path: Path) -> None:
    alone: dict[str, list[Any]] = {}
    for role in ROLES:
        async with connected(kitsu, role=role) as agent:
            alone[role] = [await agent.ask(tool, **arguments) for tool, arguments in QUESTIONS]
            alone[role].append(await people(agent))
    assert all(one != other for one, other in zip(alone["manager"], alone["client"], strict=True))
    async with both(kitsu, tmp_path / "journal") as agents:
        found: dict[str, list[Any]] = {role: [] for role in ROLES}
        for tool, arguments in QUESTIONS:
            for role, agent in agents.items():
                found[role].append(await agent.ask(tool, **arguments))
        for role, agent in agents.items():
            found[role].append(await people(agent))
        assert found == alone, "one after the other"
    async with both(kitsu, tmp_path / "journal") as agents:
        asked = [partial(agents[role].ask, tool, **arguments) for tool, arguments in QUESTIONS for role in ROLES]
        asked = [*asked, *asked, *(partial(people, agents[role]) for role in ROLES)]
        at_once = await gather(*asked)
    side_by_side = [answer for pair in zip(alone["manager"][:-1], alone["client"][:-1], strict=True) for answer in pair]
    assert at_once == [*side_by_side, *side_by_side, alone["manager"][-1], alone["client"][-1]], "all at once"


async def test_the_same_proposal_of_two_identities_is_two(kitsu: Connection, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with nothing_written(kitsu):
        async with both(kitsu, journal) as agents:
            asked = [partial(agent.ask, "add_comment", task=TASK, text="Seen.") for agent in agents.values()]
            answers = await gather(*asked)
    assert len({one.code for one in journaled(journal)}) == len(answers) == 2
    assert {one.plan["agent"] for one in journaled(journal)} == set(ROLES)
