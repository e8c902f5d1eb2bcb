"""What tests of publishing share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.picture import PNG

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """The folder that files may come from, with a picture and a large file in it."""
    folder = tmp_path / "shots"
    (folder / "v3").mkdir(parents=True)
    (folder / "v3" / "salt é 03.png").write_bytes(PNG)
    (folder / "scene.zip").write_bytes(b"x" * 3_000_000)
    return folder
