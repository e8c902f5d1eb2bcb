"""What the tests of the evaluations share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from kitsu_sandbox.lifecycle import Sandbox


@pytest.fixture(scope="module")
def stage(sandbox: Sandbox) -> Generator[Sandbox]:
    """The sandbox for trials. Each begins with a reset, so that one after the last is enough."""
    yield sandbox
    sandbox.reset()
