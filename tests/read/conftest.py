"""One client a module for what only reads, in each era of the protocol: connecting anew for every test takes longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.client import connected

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent


@pytest.fixture(scope="module", params=["auto", "legacy"])
async def client(kitsu: Connection, request: pytest.FixtureRequest) -> AsyncGenerator[Agent]:
    """A manager's client that earlier tests of the module have used already."""
    async with connected(kitsu, mode=request.param) as agent:
        yield agent
