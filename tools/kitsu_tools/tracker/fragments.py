"""Fragments of addresses: the entities whose addresses end as a text does."""

from collections.abc import Callable, Sequence

from kitsu_tools.tracker.addresses import Segment, parse
from kitsu_tools.tracker.boards import View
from kitsu_tools.tracker.model import Entity
from kitsu_tools.tracker.names import levels


def ways_to_read(
    rest: tuple[Segment, ...], task_type: Segment | None
) -> list[tuple[tuple[Segment, ...], Segment | None]]:
    """The ways to read a fragment: as it stands, or with its last part as the task type."""
    ways: list[tuple[tuple[Segment, ...], Segment | None]] = [(rest, task_type)]
    if task_type is None and len(rest) > 1:
        ways.append((rest[:-1], rest[-1]))
    return ways


def entities_ending(view: View, segments: tuple[Segment, ...]) -> list[Entity]:
    """Entities whose names are these; else those whose names end with them, at the first level where any answer."""
    paths: list[tuple[Entity, list[Segment]]] = view.memoised(
        "paths", lambda: [(one, _path(one)) for one in view.entities()]
    )
    whole = [one for one, path in paths if tuple(path[1:]) == segments]
    if whole:
        return whole
    for fits in zip(*(levels(segment.name) for segment in segments), strict=True):
        found = [one for one, path in paths if _ends(path, segments, fits, one.id)]
        if found:
            return found
    return []


def _path(entity: Entity) -> list[Segment]:
    return list(parse(entity.address).segments)


def _ends(
    path: list[Segment], segments: tuple[Segment, ...], fits: Sequence[Callable[[str], bool]], entity_id: str
) -> bool:
    if len(segments) > len(path) or not segments:
        return False
    tail = path[-len(segments) :]
    if segments[-1].id_start and not entity_id.startswith(segments[-1].id_start):
        return False
    return all(fit(have.name) for have, fit in zip(tail, fits, strict=True))
