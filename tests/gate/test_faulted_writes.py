"""Forty writes that go wrong, of every kind of change: nothing lost, nothing doubled, nothing falsely reported.

`make bench` plays five hundred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.faulted_writes import Case, play, spread

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio

SEED = 8


@pytest.mark.parametrize("case", spread(SEED, 40), ids=str)
async def test_whatever_goes_wrong_with_a_write_what_is_said_of_it_is_true(
    pristine: Connection, tmp_path: Path, case: Case
) -> None:
    await play(pristine, case, tmp_path)
