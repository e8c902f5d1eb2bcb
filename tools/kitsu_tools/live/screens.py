"""What a review room shows, in words: only what the identity can read of the playlist's own production."""

from dataclasses import dataclass

from kitsu_tools.live.naming import Naming
from kitsu_tools.tracker.errors import NotFound, NotPermitted, Refused
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Project
from kitsu_tools.tracker.names import is_uuid
from kitsu_tools.tracker.review import Preview, Screen, fps_of, preview_of, timecode

MOST_HELD = 1_000
UNSEEN = "something that you may not see"


@dataclass(frozen=True, slots=True)
class Seen:
    """A screen as a person reads it. `preview`: with its task and revision; `frame` and `timecode` are empty where
    nothing is known of them.
    """

    address: str
    preview: str = ""
    frame: int | None = None
    timecode: str = ""
    how: str = ""

    @property
    def says(self) -> str:
        """In a few words."""
        frame = f"frame {self.frame}" if self.frame else ""
        return ", ".join(filter(None, (self.preview or self.address or "nothing", frame, self.how)))


class Screens:
    """Makes words of screens, for one identity. What a preview is of is read once."""

    def __init__(self, kitsu: Kitsu, naming: Naming) -> None:
        self._kitsu = kitsu
        self._naming = naming
        self._previews: dict[str, Preview] = {}

    async def seen(self, project: Project, screen: Screen) -> Seen:
        """A screen in a production."""
        preview = await self._preview(screen.preview_id)
        ids = (screen.entity_id, preview.task_id if preview else "")
        names = await self._naming.of(project, {one for one in ids if one})
        task = names.task(preview.task_id) if preview else None
        entity = task.entity if task else names.entity(screen.entity_id)
        how = "playing" if screen.playing else ""
        if screen.comparing:
            kind = names.types.get(screen.comparing[0])
            beside = f"{kind.name if kind else 'another'} {_revision(screen.comparing[1])}".strip()
            how = ", ".join(filter(None, (how, f"compared with {beside}")))
        if entity is None:
            return Seen(UNSEEN if screen.entity_id or screen.preview_id else "", how=how)
        if preview is None or task is None:
            return Seen(entity.address, f"{entity.address} {UNSEEN}" if screen.preview_id else "", how=how)
        shown = f"{names.address(task)} {preview.version}"
        if not preview.is_movie:
            return Seen(entity.address, shown, how=how)
        fps = fps_of(project, entity.data)
        return Seen(entity.address, shown, screen.frame, timecode(screen.frame, fps), how)

    async def _preview(self, preview_id: str) -> Preview | None:
        """None where there is none that the identity may see."""
        if not is_uuid(preview_id):
            return None
        if preview_id not in self._previews:
            if len(self._previews) >= MOST_HELD:
                self._previews.clear()
            try:
                found = await preview_of(self._kitsu, preview_id)
            except (NotFound, NotPermitted, Refused):
                return None
            if not found.extension:  # its file is yet to come
                return found
            self._previews[preview_id] = found
        return self._previews[preview_id]


def _revision(given: str) -> str:
    return f"v{given}" if given.isdecimal() else given if given == "last" else ""
