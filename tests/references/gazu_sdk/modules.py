"""gazu as the references take it: without its types, module by module."""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

gazu: Any = importlib.import_module("gazu")
"""gazu without its types: they are partial, which strict checking does not take."""

MODULES = (
    *("asset", "casting", "concept", "context", "edit", "entity", "files", "person", "playlist", "project"),
    *("project_template", "scene", "search", "shot", "studio", "sync", "task", "user", "events"),
)
"""The modules whose functions talk to Kitsu."""


def functions(module: str) -> dict[str, Callable[..., Any]]:
    """A module's public functions, in the order of its source."""
    found = importlib.import_module(f"gazu.{module}")
    return {
        name: one
        for name, one in vars(found).items()
        if not name.startswith("_") and inspect.isfunction(one) and inspect.unwrap(one).__module__ == found.__name__
    }
