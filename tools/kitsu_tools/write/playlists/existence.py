"""How playlists are made and deleted: one request each, with all that a playlist shows; each thing that is to be shown
can be unticked and is read back. A deleted one is made anew by an undo.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

from kitsu_tools.gate.change import Change, Effect, Field, Item, Request, Value
from kitsu_tools.gate.existence import Creates, Removes, comes, goes
from kitsu_tools.gate.text import quoted, shortened
from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.errors import BadInput, NotFound, NotPermitted, counted, listed
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Project
from kitsu_tools.tracker.review import PlaylistRecord
from kitsu_tools.write.playlists.entries import Entry, entries_of
from kitsu_tools.write.playlists.now import (
    ENTRIES,
    FOR_CLIENT,
    NAME,
    SHOWS,
    New,
    PlaylistChange,
    address_of,
    entries_value,
    for_whom,
    look,
    new_target,
    playlists_by_id,
    playlists_called,
    playlists_now,
    refuse_role,
    refuse_twin,
    saved_at,
    share_links,
    shown_to_clients,
)
from kitsu_tools.write.snapshot import permitted

MADE_ANEW = "Movies, share links and notifications of it do not come back; an undo makes it anew, with another id"


async def plan_creation(
    kitsu: Kitsu, tool: str, project: Project, wanted: Mapping[New, Sequence[Entry]]
) -> PlaylistChange:
    """What makes these playlists.

    Raises:
        NotPermitted: Zou would refuse the role.
        BadInput: the production is closed, or has such a playlist already.
    """
    names = list(dict.fromkeys(one.name for one in wanted))

    async def read() -> list[Mapping[str, Any]]:
        several = await gather(*[partial(playlists_called, kitsu, project.id, one) for one in names])
        return [record for records in several for record in records]

    now = await playlists_now(kitsu, project, read)
    await permitted(kitsu, now, partial(refuse_role, of=()))
    for new in wanted:
        refuse_twin(now, new.name, new.episode_id)
    of = {item.key: new for new, entries in wanted.items() for item in _items(now.project, new, entries)}
    items = tuple(item for new, entries in wanted.items() for item in _items(now.project, new, entries))
    told = await shown_to_clients(kitsu, now) if any(one.for_client for one in wanted) else ""

    def foresee(some: Sequence[Item], _: str) -> list[Effect]:
        first = {of[item.key]: item.key for item in reversed(some) if of[item.key].for_client}
        return [Effect(key, "", "", told, told) for key in first.values()]

    which = f"the playlist {quoted(shortened(names[0], 40))}" if len(wanted) == 1 else counted(len(wanted), "playlist")
    kinds = {one.kind for one in wanted}
    return now.change(
        PlaylistChange,
        items,
        items,
        kind="new playlists",
        tool=tool,
        verb=f"Make {which} with",
        noun=kinds.pop() if len(kinds) == 1 else "thing",
        effects=tuple(foresee(items, "")),
        posts=False,
        foresee=foresee,
        playlists=tuple(wanted),
    )


def _items(project: Project, new: New, entries: Sequence[Entry]) -> list[Item]:
    """An item a thing that it is to show; one for the playlist itself where that is nothing."""
    whom = [Field(FOR_CLIENT, Value(None, ""), for_whom(True), move="for clients")] if new.for_client else []
    if not entries:
        target = new_target(project.id, new)
        return [Item(target, target, address_of(project, new.name), (comes("new, empty"), *whom))]
    things: dict[str, list[Entry]] = {}
    for one in entries:
        things.setdefault(one.entity.id, []).append(one)
    return [_item(project, new, several, whom) for several in things.values()]


def _item(project: Project, new: New, entries: Sequence[Entry], whom: Sequence[Field]) -> Item:
    target, says = new_target(project.id, new, entries[0].entity.id), ", ".join(one.says for one in entries)
    shows = Field(SHOWS, Value(None, ""), Value(tuple(one.preview_id for one in entries), says), move=says)
    return Item(target, target, entries[0].entity.address, (comes("new"), shows, *whom))


def _posts(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    for new in cast("PlaylistChange", change).playlists:
        keys = {new_target(change.project_id, new, entity): entity for entity, _ in new.shown or (("", ""),)}
        its = {keys[item.key]: item.key for item in items if item.key in keys}
        if its:
            shots = [
                {"entity_id": entity} | ({"preview_file_id": preview} if preview else {})
                for entity, preview in new.shown
                if entity in its
            ]
            body: dict[str, object] = {
                "project_id": change.project_id,
                "name": new.name,
                "for_entity": new.kind,
                "for_client": new.for_client,
                "is_for_all": new.for_all,
                "episode_id": new.episode_id or None,
                "task_type_id": new.task_type_id or None,
                "shots": shots,
            }
            yield Request("POST", "data/playlists", body, 201, tuple(its.values()))


async def plan_deletion(
    kitsu: Kitsu, tool: str, project: Project, ids: Sequence[str], *, untouched: bool = False
) -> PlaylistChange:
    """What deletes these playlists, with what hangs on them (`remove_playlist_dependents` of Zou 1.0.97). `untouched`:
    only where nobody saved them since they were made.

    Raises:
        NotFound, NotPermitted: one is gone, or Zou would refuse the role.
        BadInput: the production is closed, or all were saved since.
    """
    now = await playlists_now(kitsu, project, partial(playlists_by_id, kitsu, ids))
    if not now.playlists:
        raise NotFound("Deleted, or not yours to see any more.")
    await permitted(kitsu, now, partial(refuse_role, of=now.playlists.values()))
    saved = [one for one in now.playlists.values() if untouched and one.updated_at != one.created_at]
    left = listed((address_of(now.project, one.name) for one in saved), 4)
    found = [one for one in now.playlists.values() if one not in saved]
    if not found:
        raise BadInput(f"Somebody changed it since, so it is not deleted: {left}. Delete it by itself if it is to go.")
    links = await gather(*[partial(share_links, kitsu, one.id) for one in found])
    items = tuple(_gone(now.project, one, count) for one, count in zip(found, links, strict=True))
    return now.change(
        PlaylistChange,
        items,
        items,
        kind="deleted playlists",
        tool=tool,
        verb="Delete the playlist" if len(items) == 1 else "Delete",
        noun="playlist",
        posts=False,
        warnings=(*((f"Somebody changed it since, so it stays: {left}",) if left else ()), MADE_ANEW),
        playlists=tuple(map(_as_new, found)),
    )


def _gone(project: Project, one: PlaylistRecord, links: int | None) -> Item:
    entries, name, whom = entries_value(one), Value(one.name, one.name), for_whom(one.for_client)
    along = {one.for_entity: len(one.shown), "movie": len(one.builds), "share link": links or 0}
    unknown = ["perhaps share links"] if links is None else []
    says = ", ".join([*(counted(count, what) for what, count in along.items() if count), *unknown]) or "empty"
    stays = (Field(field, value, value) for field, value in ((NAME, name), (FOR_CLIENT, whom), (ENTRIES, entries)))
    return Item(one.id, one.id, address_of(project, one.name), (goes(f"{whom.shown}, with {says}"), *stays))


def _as_new(one: PlaylistRecord) -> New:
    return New(one.name, one.for_entity, one.episode_id, one.task_type_id, one.for_client, one.for_all, one.shown)


def _deletes(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    del change
    return [Request("DELETE", f"data/playlists/{one.target}", None, 204, (one.key,)) for one in items]


async def _removal(kitsu: Kitsu, change: Change, items: Sequence[Item], _: object) -> Change:
    """The deletion of the playlists that a change made, where nobody saved them since."""
    project = await _project(kitsu, change)
    return await plan_deletion(kitsu, "undo_change", project, [item.made for item in items], untouched=True)


async def _project(kitsu: Kitsu, change: Change) -> Project:
    project = await kitsu.directory.project_by_id(change.project_id)
    if project is None:
        raise NotPermitted(f"{change.project} is not there any more for this identity.")
    return project


class _Creates(Creates):
    def batch(self, change: Change) -> int:
        """All at once: what one request makes is not made in parts."""
        return len(change.items)


class _Deletes(Removes):
    async def undo(self, kitsu: Kitsu, change: Change, items: Sequence[Item]) -> Change:
        """The same playlists made anew, without what was deleted of their things since.

        Raises:
            BadInput: there are such playlists again.
        """
        project = await _project(kitsu, change)
        every = cast("PlaylistChange", change).playlists
        gone = [new for item, new in zip(change.items, every, strict=True) if item in items]
        view = await (await kitsu.reading(project)).view(*ALL_KINDS)
        wanted = {new: await entries_of(kitsu, view, new.shown) for new in gone}
        back = await plan_creation(kitsu, "undo_change", project, wanted)
        lost = sum(len(new.shown) - len(entries) for new, entries in wanted.items())
        left = (f"Deleted meanwhile, so left out: {counted(lost, 'thing')}",) if lost else ()
        return replace(back, warnings=(*left, MADE_ANEW.partition(";")[0], *back.warnings))


NEW_PLAYLISTS = _Creates(look=look, requests=_posts, changed_by=saved_at, removal=_removal, change=PlaylistChange)
DELETED_PLAYLISTS = _Deletes(
    look=look, requests=_deletes, changed_by=saved_at, no_way_back=MADE_ANEW, change=PlaylistChange
)
