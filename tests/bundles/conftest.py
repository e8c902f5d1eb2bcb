"""The bundles as `make bundles` writes them, in a folder of the test run's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundles.__main__ import write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that `make bundles` writes; only to be read."""
    folder = tmp_path_factory.mktemp("dist")
    write(folder)
    return folder
