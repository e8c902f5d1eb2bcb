"""Many shots, assets or revisions on one sheet of pictures, each labelled."""

from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Annotated

from anyio import to_thread
from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Row, Table, table
from kitsu_tools.arguments import KitsuHere, Next
from kitsu_tools.paging import start_of
from kitsu_tools.pictures.sheet import MOST_TILES, Tile
from kitsu_tools.pictures.stills import first_frame, still
from kitsu_tools.read.playlists import UNSEEN
from kitsu_tools.read.seeing import SaveTo, Tokens, look, refuse_place, shown, why_unseen
from kitsu_tools.tracker.addresses import relative
from kitsu_tools.tracker.below import below
from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.errors import (
    Ambiguous,
    BadInput,
    NotFound,
    NotPermitted,
    Refused,
    TooLarge,
    Unknown,
    counted,
)
from kitsu_tools.tracker.finder import FoundTask
from kitsu_tools.tracker.frames import frame_named
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Entity, Project, Task, TaskType
from kitsu_tools.tracker.named_previews import newest_of, of_task
from kitsu_tools.tracker.places import Place
from kitsu_tools.tracker.review import Preview, fps_of, playlist_of, previews_shown
from kitsu_tools.tracker.task_types import in_order, task_label, type_ranks

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, slots=True)
class _Item:
    """What one picture is of: a shot or asset, whose preview is not looked for yet, or a preview of it."""

    id: str
    entity: Entity | None
    project: Project
    task: Task | None = None
    preview: Preview | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    """Everything that is to be shown, in order, whichever part of it is; `found` looks for the previews of a part."""

    key: Hashable
    items: Sequence[_Item]
    found: Callable[[Sequence[_Item]], Awaitable[Sequence[_Item]]]
    notes: Sequence[str] = ()


async def see_contact_sheet(
    kitsu: KitsuHere,
    of: Annotated[
        Sequence[str],
        Field(description="a sequence, episode, asset type; shots, assets; or one task, for its revisions"),
    ] = (),
    playlist: Annotated[str, Field(description="instead: project/name, id or page link")] = "",
    task_type: Annotated[str, Field(description="empty: of each the latest step that has a preview")] = "",
    frame: Annotated[str, Field(description="of movies: 24 or 50%; empty: the picture Kitsu shows")] = "",
    limit: Annotated[int, Field(ge=1, le=MOST_TILES)] = 12,
    next: Next = "",
    tokens: Tokens = 1200,
    save_to: SaveTo = "",
) -> Annotated[CallToolResult, Table]:
    """Look at many shots or assets, a playlist, or all revisions of a task, small, on one labelled sheet."""
    await refuse_place(kitsu, save_to)
    question = await (_of_playlist(kitsu, playlist) if playlist.strip() else _of_places(kitsu, of, task_type))
    key = ("sheet", question.key, frame)
    start, _ = start_of(key, next, question.items, _identity, lambda: "")
    page = await question.found(question.items[start : start + limit])
    seen = await gather(*[partial(_picture, kitsu, one, frame) for one in page])
    # What all are below, whatever they were named by.
    parents = [one.entity.address.split("/")[:-1] for one in question.items if one.entity]
    base = "/".join(same[0] for same in takewhile(lambda parts: len(set(parts)) == 1, zip(*parents, strict=False)))
    types, statuses = await kitsu.directory.task_types.get(), await kitsu.directory.statuses.get()
    rows: dict[str, Row] = {}
    tiles: list[Tile] = []
    for place, (one, (image, why)) in enumerate(zip(page, seen, strict=True), start + 1):
        name = relative(one.entity.address, base) if one.entity else UNSEEN
        status = statuses.get(one.task.status_id) if one.task else None
        short = status.short_name if status else ""
        what = f"{task_label(one.task, types)} {one.preview.version}" if one.task and one.preview else ""
        rows[one.id] = [place, name, what, short, why]
        if one.preview is not None:
            second = " ".join(filter(None, [what, short, f"frame {frame}" if frame and one.preview.is_movie else ""]))
            tiles.append(Tile([f"{place}  {name}", second], image, why))
    columns = ["place", "of", "shows", "status", "why no picture"]
    notes = [*question.notes, "" if tiles else "none of these has a preview, so there is no picture"]
    said = table(
        key,
        question.items,
        lambda one: rows[one.id],
        columns=columns,
        limit=limit,
        after=next,
        identity=_identity,
        under=base,
        notes=notes,
    )
    return await shown(kitsu, said, tiles, tokens, save_to) if tiles else said


def _identity(item: _Item) -> str:
    return item.id


async def _picture(kitsu: Kitsu, item: _Item, frame: str) -> tuple["Image | None", str]:
    """The picture of an item, or why there is none."""
    preview = item.preview
    if preview is None or item.entity is None:
        return None, "no preview" if item.entity else UNSEEN
    if why := why_unseen(preview):
        return None, why
    try:
        if frame and preview.is_movie:
            fps = fps_of(item.project, item.entity.data)
            seen = await look(kitsu, preview, fps, lambda count: [frame_named(frame, fps, count)])
            return next(iter(seen.frames.values()), None), "" if seen.frames else "the movie is damaged there"
        is_gif = preview.extension == "gif"
        content = await kitsu.media.picture(preview.id, *(("gif", "originals") if is_gif else ("png", "previews")))
        found = await to_thread.run_sync(still, content, first_frame, limiter=kitsu.media.decoding)
        return found.frames[1], ""
    except NotFound:
        return None, "Kitsu has a record of it, and no file"
    except (BadInput, TooLarge, NotPermitted, Refused) as error:
        return None, str(error)


async def _of_playlist(kitsu: Kitsu, given: str) -> _Question:
    """What a playlist shows, in its order."""
    found = await playlist_of(kitsu, given)
    view = await (await kitsu.reading(found.project)).view(*ALL_KINDS)
    previews, newest = await previews_shown(kitsu, found)
    items: list[_Item] = []
    for place, (entity_id, preview_id) in enumerate(found.shown, 1):
        preview = previews.get(preview_id)
        task = view.task(preview.task_id) if preview else None
        name, entity = f"{place} {entity_id} {preview_id}", view.entity(entity_id)
        items.append(_Item(name, entity, found.project, task, preview if task else None))
    if not items:
        raise BadInput(f"{found.address} is empty.")
    older = sum(bool(one.task and one.preview and newest[one.task.id] > one.preview.revision) for one in items)
    notes = [f"of {older} there is a newer revision, which the playlist does not show"] if older else []
    return _Question(("playlist", found.id), items, _as_they_are, notes)


async def _of_places(kitsu: Kitsu, given: Sequence[str], task_type: str) -> _Question:
    """Shots and assets that are named, or are in what is; of a task its revisions."""
    find = await kitsu.find.for_many(given)
    texts = given or [""]
    places: list[Place] = []
    for text in texts:
        try:
            places.append(await find.place(text))
        except (Unknown, Ambiguous):
            raise
        except BadInput:
            if len(texts) > 1:
                raise
            return await _of_revisions(kitsu, await find.task(text))
    types = await kitsu.directory.task_type(task_type) if task_type.strip() else []
    found: dict[str, _Item] = {}
    omitted = 0
    for place in places:
        for entity in await _inside(place):
            if entity.omitted and entity is not place.entity:
                omitted += 1
            else:
                found.setdefault(entity.id, _Item(entity.id, entity, place.project))
    if not found:
        raise BadInput(f"There are no shots or assets in {', '.join(one.address for one in places)}.")
    notes = [f"{counted(omitted, 'omitted one')} left out"] if omitted else []
    hidden = {(await kitsu.hidden(one.project)).others for one in places} - {""}
    key = (tuple(one.key for one in places), tuple(one.id for one in types))
    return _Question(key, list(found.values()), partial(_with_previews, kitsu, types), [*notes, *hidden])


async def _inside(place: Place) -> Sequence[Entity]:
    if place.entity is not None and place.entity.kind not in {"sequence", "episode"}:
        return [place.entity]
    kind = place.kind if place.group and place.kind else place.listed_kind or "shot"
    return (await below(place, [kind]))[1]


async def _of_revisions(kitsu: Kitsu, task: FoundTask) -> _Question:
    """Every file of a task, the newest first."""
    every = (await of_task(kitsu, task, "")).every
    project, entity = task.reading.project, task.task.entity
    items = [_Item(one.id, entity, project, task.task, one) for one in every]
    return _Question(("revisions", task.task.id), items, _as_they_are)


async def _as_they_are(items: Sequence[_Item]) -> Sequence[_Item]:
    return items


async def _with_previews(kitsu: Kitsu, types: Sequence[TaskType], items: Sequence[_Item]) -> Sequence[_Item]:
    """Each with the newest preview of its latest step that has one."""
    known, wanted = await kitsu.directory.task_types.get(), {one.id for one in types}
    newest: dict[str, Preview] = {}
    for project in {one.project.id: one.project for one in items}.values():
        own = [task.id for one in items if one.project.id == project.id for task in _tasks(one, wanted)]
        newest |= await newest_of(kitsu, project, own)
    found: list[_Item] = []
    for one in items:
        tasks = in_order(_tasks(one, wanted), type_ranks(one.project, known))
        task = next((each for each in reversed(tasks) if each.id in newest), None)
        found.append(_Item(one.id, one.entity, one.project, task, newest[task.id] if task else None))
    return found


def _tasks(item: _Item, types: Iterable[str]) -> list[Task]:
    every = item.entity.tasks if item.entity else []
    return [one for one in every if not types or one.type_id in types]
