"""What only reads is asked in one era of the protocol, by one client a module: connecting anew for each takes longer.

That an answer and a refusal are the same in both eras, tests/test_contract.py holds for every tool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.client import connected, era_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent, Mode


@pytest.fixture
def mode(era: Mode) -> Mode:
    """One era, unlike elsewhere."""
    return era


@pytest.fixture(scope="module")
async def client(kitsu: Connection, request: pytest.FixtureRequest) -> AsyncGenerator[Agent]:
    """A manager's client that earlier tests of the module have used already."""
    async with connected(kitsu, mode=era_of(request.node.nodeid)) as agent:
        yield agent
