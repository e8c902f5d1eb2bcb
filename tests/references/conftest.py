"""Which tests are slow and change only with a new Zou or gazu, so that they are a step of their own: `make pinned`."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what holds a page to the sandbox; what reads the pages alone is quick and stays with all other tests."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and "sandbox" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.pinned)
