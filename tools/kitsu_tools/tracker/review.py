"""What a review is of: playlists, previews and what is drawn on them; and what is known of the room of one."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Protocol, cast
from urllib.parse import unquote

from pydantic import BeforeValidator

from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import NotFound, NotPermitted, Unknown, quoted
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.model import Flag, Ids, Project, Text, Whole, decoded, zou
from kitsu_tools.tracker.names import is_uuid, pick

if TYPE_CHECKING:
    from kitsu_tools.tracker.kitsu import Kitsu

TELL = "TELL"
"""The method of a request that is told to a review room instead of written to Kitsu; its path is the event's name."""
PLAYLISTS_PAGE = 20
MOST_PAGES = 50
DEFAULT_FPS = 25.0
"""Zou's, where a production names none (`get_preview_file_fps`, 1.0.97)."""
MOVIE = "mp4"
"""What Zou makes of every movie."""
PICTURES = frozenset({"png", "jpg", "jpeg", "jpe", "gif"})
MOST_FRAMES = 1_000_000
"""Of a movie: what comes after more than ten hours is no frame."""


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist, whose room is called by its id. `shown`: its entities in order, each with the preview that it shows,
    empty where it has none.
    """

    id: str
    name: str
    project: Project
    shown: tuple[tuple[str, str], ...] = ()

    @property
    def address(self) -> str:
        """How answers name it, and it is found again."""
        return f"{encoded(self.project.name)}/{encoded(self.name)}"


def _shown(shots: object) -> tuple[tuple[str, str], ...]:
    return tuple((text(one.get("entity_id")), text(one.get("preview_file_id"))) for one in records(shots))


@dataclass(frozen=True, slots=True)
class PlaylistRecord:
    """A playlist as its record has it. `for_entity`: "shot" or "asset"; moments in UTC. `shown`, as of `Playlist`, is
    empty in lists, and so are `builds`, the ids of its movies. Of a TV show: `for_all` is what is of all episodes, and
    what has neither is of the main pack.
    """

    id: str
    name: Text
    project_id: Text = ""
    episode_id: Text = ""
    for_all: Annotated[Flag, zou("is_for_all")] = False
    shown: Annotated[tuple[tuple[str, str], ...], BeforeValidator(_shown), zou("shots")] = ()
    builds: Annotated[Ids, zou("build_jobs")] = ()
    for_entity: Annotated[str, BeforeValidator(lambda kind: kind or "shot")] = "shot"
    for_client: Flag = False
    task_type_id: Text = ""
    created_by: Text = ""
    created_at: Text = ""
    updated_at: Text = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """One file of a revision; `position` is its place among those, from 1. `duration` in seconds, 0 for a picture.

    `annotations` are as whoever drew them left them. `status` is Kitsu's work on the file ("ready", "processing",
    "broken", "missing"), `validation` what people decided; `at` is UTC.
    """

    id: str
    task_id: Text
    status: Text = ""
    validation: Annotated[Text, zou("validation_status")] = ""
    at: Annotated[Text, zou("created_at")] = ""
    person_id: Text = ""
    extension: Text = ""
    revision: Whole = 0
    position: Annotated[int, BeforeValidator(lambda value: int(value or 1))] = 1
    duration: Annotated[float, BeforeValidator(lambda value: float(value or 0))] = 0.0
    width: Whole = 0
    height: Whole = 0
    annotations: Any = ()

    @property
    def version(self) -> str:
        """`v2`, of a further file of the revision `v2 file 2`."""
        return f"v{self.revision} file {self.position}" if self.position > 1 else f"v{self.revision}"

    @property
    def is_movie(self) -> bool:
        """Whether its frames can be told apart."""
        return self.extension == MOVIE

    def is_told_to(self, role: str) -> bool:
        """Of a rejected revision clients are told nothing (`build_preview_map_for_comments` of Zou 1.0.97)."""
        return role != "client" or self.validation != "rejected"

    @property
    def can_be_drawn_on(self) -> bool:
        """Whether a player draws on it: on documents, sound and models none does."""
        return self.is_movie or self.extension.lower() in PICTURES

    def drawn_at(self, time: float) -> list[dict[str, Any]]:
        """The objects drawn at this moment, in seconds; the player takes what is 0.1 ms off for the same."""
        near = (one for one in records(self.annotations) if abs(number(one.get("time")) - time) < 0.0001)
        return [one for moment in near for one in records(record(moment.get("drawing")).get("objects"))]

    def moment(self, time: float) -> float:
        """The moment as it is kept, which Zou compares exactly; as given where nothing is drawn there yet."""
        kept = (one.get("time") for one in records(self.annotations))
        return next((one for one in kept if isinstance(one, int | float) and abs(one - time) < 0.0001), time)


@dataclass(frozen=True, slots=True)
class Screen:
    """What a room shows. `comparing`: with which task type, by id, and revision; empty where it does not compare.

    All of it is what some player said, unchecked; `by` is whom it called itself.
    """

    entity_id: str = ""
    preview_id: str = ""
    frame: int = 0
    playing: bool = False
    comparing: tuple[str, str] | None = None
    by: str = ""


@dataclass(slots=True, eq=False)
class Room:
    """What is known of the room of a playlist. `people`, by id: None until Kitsu told them. `state`: as last told.

    `told_at`: when, in seconds since 1970; `sure`: nothing can have been missed since. `joined`: we are in the review,
    by a yes to this server. `views`: pan and zoom as last told (x, y, zoom), of the picture ("zoom") and of what it
    is compared with ("comparison zoom"). `repeated`: the marks of what we told it, and it told back. `heard_after`: the
    feed's number from which on it is listened to. `followers`: how many wait for what it is told.
    """

    playlist: Playlist
    people: tuple[str, ...] | None = None
    state: Mapping[str, Any] | None = None
    told_at: float = 0.0
    sure: bool = True
    joined: bool = False
    views: dict[str, tuple[float, float, float]] = field(default_factory=dict[str, tuple[float, float, float]])
    repeated: set[str] = field(default_factory=set[str])
    heard_after: int = 0
    followers: int = 0

    @property
    def screen(self) -> Screen | None:
        """What it shows, as far as it was told."""
        return None if self.state is None else screen_of(self.state)


class Rooms(Protocol):
    """Whoever hears review rooms, and can tell them something."""

    def room(self, playlist_id: str, /) -> Room | None:
        """A room that is listened to."""
        ...

    async def says(self, playlist_id: str, /) -> str:
        """What the room shows, in a few words; empty where that was not told."""
        ...

    async def tell(self, event: str, body: Mapping[str, Any], /) -> None:
        """Tell a room something, and wait until it is heard back.

        Raises:
            LostAnswer: it was not.
            KitsuError: nothing was sent.
        """
        ...


def screen_of(state: Mapping[str, Any]) -> Screen:
    """The state of a room, whatever was put into it."""
    comparing = record(state.get("comparing"))
    compared = (text(comparing.get("task_type")), text(comparing.get("revision"))) if comparing.get("enable") else None
    return Screen(
        text(state.get("current_entity_id")),
        text(state.get("current_preview_file_id")),
        int(number(state.get("current_frame"))),
        state.get("is_playing") is True,
        compared,
        text(state.get("user_id")),
    )


def text(value: object) -> str:
    """A short text or number as a text, everything else as none."""
    return str(value)[:200] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def record(value: object) -> dict[str, Any]:
    """A JSON object, an empty one for everything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def records(value: object) -> list[dict[str, Any]]:
    """The JSON objects of a list."""
    several = cast("list[Any]", value) if isinstance(value, list | tuple) else []
    return [cast("dict[str, Any]", one) for one in several if isinstance(one, dict)]


def number(value: object) -> float:
    """A number that can be counted with, 0 for everything else."""
    if not isinstance(value, int | float | str) or isinstance(value, bool):
        return 0.0
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return 0.0
    return found if math.isfinite(found) and abs(found) < 1e15 else 0.0


def fps_of(project: Project, data: Mapping[str, Any]) -> float:
    """Frames a second of an entity with this metadata."""
    given = number(str(data.get("fps") or project.fps or "").replace(",", "."))
    return given if given >= 1 else DEFAULT_FPS


def time_of(frame: int, fps: float) -> float:
    """The moment of a frame, the first being 1, in seconds, on the grid on which player and Zou keep annotations
    (`_round_time_to_frame`, 1.0.97).
    """
    duration = math.floor(1 / fps * 10_000 + 0.5) / 10_000
    return math.floor(max(frame - 1, 0) * duration * 10_000 + 0.5) / 10_000


def timecode(frame: int, fps: float) -> str:
    """`00:00:03:12`, the first frame being 1 and its timecode zero; nothing is dropped."""
    rate = round(fps)
    seconds, frames = divmod(max(frame - 1, 0), rate)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frames:02}"


async def preview_of(kitsu: "Kitsu", preview_id: str) -> Preview:
    """A preview as it is now.

    Raises:
        NotFound, NotPermitted: there is none that the identity may see.
    """
    return decoded(Preview, await kitsu.session.read(f"data/preview-files/{preview_id}"))


async def playlist_of(kitsu: "Kitsu", given: str) -> Playlist:
    """The playlist that a name, `project/name`, an id or a page link means.

    Raises:
        Unknown, Ambiguous: none or several do.
    """
    playlist_id = kitsu.find.playlist_id(given) or await _id_by_name(kitsu, given.strip())
    try:
        found = await kitsu.session.read(f"data/playlists/{playlist_id}")
    except (NotFound, NotPermitted):
        raise Unknown(f"{quoted(given)} is no playlist that you may see.") from None
    project = await kitsu.directory.project_by_id(found["project_id"])
    if project is None:
        raise Unknown(f"{quoted(given)} is no playlist that you may see.")
    return Playlist(found["id"], found["name"], project, _shown(found.get("shots")))


async def _id_by_name(kitsu: "Kitsu", given: str) -> str:
    """By name, in the production that stands before it, else in the default or every open one."""
    directory = kitsu.directory
    head, slash, rest = given.partition("/")
    project = await directory.project_named(unquote(head.strip())) if slash else None
    own = project or await directory.default_project()
    projects = [own] if own else await directory.open_projects.get()
    found = [
        (one.id, one.name, f"{encoded(where.name)}/{encoded(one.name)}")
        for where, several in zip(
            projects, await gather(*[partial(playlists_in, kitsu, one) for one in projects]), strict=True
        )
        for one in several
    ]
    wanted = unquote((rest if project else given).strip())
    alike = Counter(address for *_, address in found)

    def label(one: tuple[str, str, str]) -> str:
        return one[2] if alike[one[2]] == 1 else f"{one[2]} ({one[0]})"

    return pick("playlist", wanted, found, lambda one: one[1], label=label)[0]


async def playlists_in(kitsu: "Kitsu", project: Project) -> list[PlaylistRecord]:
    """Those of a production, the newest changed first; none where the role sees none (vendors)."""
    found: list[PlaylistRecord] = []
    try:
        for page in range(1, MOST_PAGES + 1):
            read = await kitsu.session.read(f"data/projects/{project.id}/playlists", {"page": str(page)})
            found += [decoded(PlaylistRecord, one) for one in read]
            if len(read) < PLAYLISTS_PAGE:
                break
    except (NotFound, NotPermitted):
        pass
    return found


async def previews_shown(kitsu: "Kitsu", playlist: Playlist) -> tuple[dict[str, Preview], dict[str, int]]:
    """The previews that a playlist shows, by id, and the newest revision of each of their tasks, by its id, as far as
    the identity may see them.
    """
    ids = [preview for _, preview in playlist.shown if is_uuid(preview)]
    found = await records_by(kitsu.session, "data/preview-files", "id", ids)
    previews = {one["id"]: decoded(Preview, one) for one in found}
    tasks = {one.task_id for one in previews.values()}
    newest: dict[str, int] = {}
    # Without `fields` each comes with all that was drawn on it.
    for one in await records_by(kitsu.session, "data/preview-files", "task_id", tasks, fields="task_id,revision"):
        newest[one["task_id"]] = max(newest.get(one["task_id"], 0), one["revision"])
    return previews, newest
