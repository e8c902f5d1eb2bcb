"""Records of Zou by many ids at once, in requests that no proxy finds too long and Zou answers in a moment."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import orjson

from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.session import KitsuSession

IDS_AT_ONCE = 150
"""What Zou reads by id in about 0.2 s (1.0.97, Big Feature); it takes a JSON list where a column is filtered by."""


async def records_by(
    session: KitsuSession, path: str, column: str, ids: Iterable[str], **query: str
) -> list[Mapping[str, Any]]:
    """The records at `path` whose column holds one of these ids; what the identity may not see is left out."""
    wanted = sorted(set(ids))
    chunks = [wanted[start : start + IDS_AT_ONCE] for start in range(0, len(wanted), IDS_AT_ONCE)]
    reads = [partial(session.read, path, {column: orjson.dumps(chunk).decode(), **query}) for chunk in chunks]
    return [record for records in await gather(*reads) for record in records]
