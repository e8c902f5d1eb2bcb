"""What only reads is asked in one era of the protocol, by one client a module: connecting anew for each takes longer.

That an answer and a refusal are the same in both eras, tests/test_contract.py holds for every tool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import pytest

from support.client import connected

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent, Mode


@pytest.fixture
def mode(request: pytest.FixtureRequest) -> Mode:
    """The era that falls to this test: always the same one, and each to about half of the tests."""
    return _era(request.node.nodeid)


@pytest.fixture(scope="module")
async def client(kitsu: Connection, request: pytest.FixtureRequest) -> AsyncGenerator[Agent]:
    """A manager's client that earlier tests of the module have used already."""
    async with connected(kitsu, mode=_era(request.node.nodeid)) as agent:
        yield agent


def _era(name: str) -> Mode:
    return "legacy" if crc32(name.encode()) % 2 else "auto"
