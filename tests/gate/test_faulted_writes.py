"""Sixty writes that go wrong, of every kind of change: nothing lost, nothing doubled, nothing falsely reported.

`make bench` plays a thousand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kitsu_tools.write.kinds import KINDS
from support.faulted_writes import PLAYS, Case, play, spread

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio

SEED = 8
UNKEPT = {"rooms"}
"""Kinds of which Kitsu keeps nothing that could be looked for afterwards."""


@pytest.mark.parametrize("case", spread(SEED, 60), ids=str)
async def test_whatever_goes_wrong_with_a_write_what_is_said_of_it_is_true(
    pristine: Connection, tmp_path: Path, case: Case
) -> None:
    await play(pristine, case, tmp_path)


def test_every_kind_of_change_is_played() -> None:
    assert PLAYS.keys() == KINDS.keys() - UNKEPT
