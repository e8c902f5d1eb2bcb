"""Making playlists, of what is named or of all that fits below a place."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.tracker.below import episode_of
from kitsu_tools.tracker.errors import BadInput, counted
from kitsu_tools.tracker.reading import Reading
from kitsu_tools.write.playlists.entries import MOST_ENTRIES, Entry, Kind, entries_below, entries_named, kind_of
from kitsu_tools.write.playlists.existence import plan_creation
from kitsu_tools.write.playlists.now import New, PlaylistChange, name_checked
from kitsu_tools.write.tool import writes


@writes
async def create_playlist(
    kitsu: KitsuHere,
    name: Annotated[str, Argument(description="at most 80 characters")],
    of: Annotated[
        Sequence[str],
        Argument(
            max_length=MOST_ENTRIES,
            description="in order: shots or assets, tasks (address:Task Type, with ` v2` a revision), preview ids",
        ),
    ] = (),
    under: Annotated[str, Argument(description="instead: all of which something was published at and below it")] = "",
    task_type: Annotated[str, Argument(description="whose newest revisions; else the last in the pipeline")] = "",
    status: Annotated[Sequence[str], Argument(description="with under: tasks in these, or roles")] = (),
    kind: Annotated[Kind | None, Argument(description="with under; otherwise shots")] = None,
    for_clients: Annotated[bool, Argument(description="only where the person asked for it")] = False,
) -> PlaylistChange:
    """Make a playlist, after the person you work for said yes in their own dialog.

    Everything of E01 that waits for review: under="E01", status=["waiting for review"]. Nobody is told of it.
    """
    name = name_checked(name)
    if bool(of) == bool(under.strip()):
        raise BadInput("Name what it shows in `of`, or a place in `under`.")
    if of and (status or kind):
        raise BadInput("status and kind narrow `under` down; beside `of` they say nothing.")
    left: tuple[str, ...] = ()
    if of:
        reading, entries = await entries_named(kitsu, of, task_type)
    else:
        reading, entries, left = await entries_below(kitsu, under, kind, task_type, status)
    new = _new(reading, name, entries, for_client=for_clients)
    change = await plan_creation(kitsu, "create_playlist", reading.project, {new: entries})
    bare = sum(not one.preview_id for one in entries)
    nothing = (f"Nothing published yet: {counted(bare, new.kind)}",) if bare else ()
    return replace(change, warnings=(*change.warnings, *left, *nothing))


def _new(reading: Reading, name: str, entries: Sequence[Entry], *, for_client: bool) -> New:
    """A playlist as Kitsu's page makes it: of the one episode that all are in, or of all of a show."""
    episodes = {episode_of(one.entity, reading) for one in entries}
    types = {one.type_id for one in entries}
    kind, (episode, *others) = kind_of(entries), episodes
    is_main_pack = kind == "asset" and episodes == {""}
    return New(
        name,
        kind,
        episode if reading.project.has_episodes and not others else "",
        types.pop() if len(types) == 1 else "",
        for_client,
        bool(reading.project.has_episodes and (others or not episode) and not is_main_pack),
        tuple((one.entity.id, one.preview_id) for one in entries),
    )
