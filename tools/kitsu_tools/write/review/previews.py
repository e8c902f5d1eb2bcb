"""The preview that an agent names, as answers write it: `shot`, `shot:Task` or `shot:Task v2`."""

import re
from dataclasses import dataclass

from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.errors import BadInput, Unknown, listed, quoted
from kitsu_tools.tracker.finder import FoundTask
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Entity, decoded
from kitsu_tools.tracker.review import Playlist, Preview, preview_of

_REVISION = re.compile(r"(.+\S)\s+v(\d{1,5})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Named:
    """A preview of something in a playlist. `preview` is None where that has none; `place`: its place in the playlist,
    from 0.
    """

    entity: Entity
    place: int
    preview: Preview | None
    task: FoundTask | None

    @property
    def address(self) -> str:
        """How answers name it."""
        if self.preview is None or self.task is None:
            return self.entity.address
        return f"{self.task.address} v{self.preview.revision}"


async def preview_named(kitsu: Kitsu, playlist: Playlist, given: str) -> Named:
    """Which one is meant. Of a shot alone the preview that the playlist shows, of a task its newest.

    Raises:
        BadInput: it is of nothing in this playlist, or there is no such revision.
    """
    revised = _REVISION.fullmatch(given.strip())
    name = revised[1] if revised else given.strip()
    project = encoded(playlist.project.name)
    if not (kitsu.find.is_id(name) or name.casefold().startswith(f"{project}/".casefold())):
        name = f"{project}/{name}"
    if revised or ":" in name:
        task = await kitsu.find.task(name)
        return await _of_task(kitsu, playlist, task, int(revised[2]) if revised else 0)
    entity = (await kitsu.find.entity(name)).entity
    place = _place(playlist, entity)
    preview_id = playlist.shown[place][1]
    preview = await preview_of(kitsu, preview_id) if preview_id else None
    task = await kitsu.find.task(preview.task_id) if preview else None
    return Named(entity, place, preview, task)


async def _of_task(kitsu: Kitsu, playlist: Playlist, task: FoundTask, revision: int) -> Named:
    place = _place(playlist, task.task.entity)
    every = [decoded(Preview, one) for one in await kitsu.session.read(f"data/tasks/{task.task.id}/previews")]
    wanted = revision or max((one.revision for one in every), default=0)
    found = sorted((one for one in every if one.revision == wanted), key=lambda one: one.position)
    if not found:
        there = listed(f"v{one}" for one in sorted({one.revision for one in every}))
        raise Unknown(f"{task.address} has no such preview. There are: {there or 'none'}.")
    return Named(task.task.entity, place, await preview_of(kitsu, found[0].id), task)


def _place(playlist: Playlist, entity: Entity) -> int:
    for place, (entity_id, _) in enumerate(playlist.shown):
        if entity_id == entity.id:
            return place
    raise BadInput(f"{quoted(entity.address)} is not in the playlist {playlist.address}: no room of it can show that.")
