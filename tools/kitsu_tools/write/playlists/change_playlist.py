"""Changing playlists: what they show, in which order, in which revisions, their names and whom they are for."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere, PlaylistNamed
from kitsu_tools.gate.change import Change, Raw
from kitsu_tools.tracker.errors import BadInput, listed
from kitsu_tools.tracker.review import playlist_of
from kitsu_tools.write.playlists.changes import plan_changes
from kitsu_tools.write.playlists.entries import MOST_ENTRIES, Entry, entries_named, newest_of
from kitsu_tools.write.playlists.now import (
    FOR_CLIENT,
    NAME,
    ORDER,
    SHOWS,
    name_checked,
)
from kitsu_tools.write.tool import writes

Things = Annotated[
    Sequence[str], Argument(max_length=MOST_ENTRIES, description="shots, tasks (with ` v2`) or preview ids")
]


@writes
async def change_playlist(
    kitsu: KitsuHere,
    playlist: PlaylistNamed,
    add: Things = (),
    remove: Annotated[Sequence[str], Argument(max_length=MOST_ENTRIES, description="shots or assets")] = (),
    show: Annotated[
        Sequence[str], Argument(max_length=MOST_ENTRIES, description="other previews of what is in it, named as in add")
    ] = (),
    newest: Annotated[bool, Argument(description="show the newest revision of each task that it shows")] = False,
    order: Annotated[Sequence[str], Argument(max_length=MOST_ENTRIES, description="what comes first, in order")] = (),
    name: Annotated[str, Argument(description="at most 80 characters")] = "",
    for_clients: Annotated[bool | None, Argument(description="only where the person asked for it")] = None,
) -> Change:
    """Add to a playlist, remove from it, reorder it, show other revisions, rename it or say whom it is for, after the
    person you work for said yes in their own dialog.

    What is added comes last. Nobody is told. The receipt says what became of each.
    """
    found = await playlist_of(kitsu, playlist)
    named = {
        what: (await entries_named(kitsu, texts, project=found.project))[1] if texts else []
        for what, texts in (("add", add), ("remove", remove), ("show", show), ("order", order))
    }
    shown: dict[str, list[str]] = {}
    for entity_id, preview_id in found.shown:
        shown.setdefault(entity_id, []).append(preview_id)
    wanted = _wanted(found.id, shown, named)
    if newest:
        newer = await newest_of(kitsu, found.project, [one for _, one in found.shown])
        for entity_id, previews in shown.items():
            wanted.setdefault(f"{found.id}/{entity_id}", {SHOWS: tuple(newer.get(one, one) for one in previews)})
    if name.strip():
        wanted.setdefault(found.id, {})[NAME] = name_checked(name)
    if for_clients is not None:
        wanted.setdefault(found.id, {})[FOR_CLIENT] = for_clients
    if not wanted:
        raise BadInput("Nothing to change is named.")
    change = await plan_changes(kitsu, "change_playlist", found.project, wanted)
    if not change.items:
        raise BadInput("The playlist is so already.")
    return change


def _wanted(
    playlist_id: str, shown: Mapping[str, Sequence[str]], named: Mapping[str, Sequence[Entry]]
) -> dict[str, dict[str, Raw]]:
    """What each thing is to be.

    Raises:
        BadInput: one is to become two things, or what is not in the playlist is to be changed in it.
    """
    wanted: dict[str, dict[str, Raw]] = {}
    outside = [one.entity.address for what in ("remove", "show") for one in named[what] if one.entity.id not in shown]
    if outside:
        raise BadInput(f"Not in the playlist: {listed(outside)}. get_playlist shows what is.")
    coming: dict[str, list[str]] = {}
    for one in named["add"]:
        coming.setdefault(one.entity.id, []).append(one.preview_id)
    inside = [
        one.entity.address for one in named["add"] if one.preview_id not in shown.get(one.entity.id, [one.preview_id])
    ]
    if inside:
        raise BadInput(f"In the playlist already, with another preview: {listed(inside)}. Name it in `show`.")
    twice = [one.entity.address for one in named["show"] if len(shown[one.entity.id]) > 1]
    if twice:
        raise BadInput(f"In it with several previews: {listed(twice)}. Remove it, and add it again.")
    changes: list[tuple[str, Raw]] = [
        *((one, tuple(previews)) for one, previews in coming.items()),
        *((one.entity.id, None) for one in named["remove"]),
        *((one.entity.id, (one.preview_id,)) for one in named["show"]),
    ]
    for entity_id, after in changes:
        if wanted.setdefault(f"{playlist_id}/{entity_id}", {SHOWS: after})[SHOWS] != after:
            raise BadInput("One thing is named in two ways: add, remove or show it, one of them.")
    if named["order"]:
        first = dict.fromkeys(one.entity.id for one in named["order"])
        going = {one.entity.id for one in named["remove"]}
        every = [one for one in dict.fromkeys((*first, *shown, *coming)) if one not in going]
        absent = [one.entity.address for one in named["order"] if one.entity.id not in {*shown, *coming} - going]
        if absent:
            raise BadInput(f"Not in the playlist: {listed(absent)}. get_playlist shows what is.")
        wanted[f"{playlist_id}/{ORDER}/{'+'.join(sorted(every))}"] = {ORDER: ",".join(every)}
    return wanted
