"""The whole life of a plain record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from references.events.caller import Caller

JSON = dict[str, Any]


def life(caller: Caller, path: str, body: JSON, change: JSON) -> None:
    """Create a record, change it, delete it."""
    record = caller.post(path, body)
    caller.put(f"{path}/{record['id']}", change)
    caller.delete(f"{path}/{record['id']}")
