"""What a playlist shows, in which order, and for whom: composed anew from a fresh look just before it is sent, so that
what others added meanwhile stays.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from kitsu_tools.gate.change import Change, Effect, Field, Item, Raw, Request, Value
from kitsu_tools.gate.kind import Evidence, Looked
from kitsu_tools.gate.sets_fields import SetsFields, Wanted, evidence_of
from kitsu_tools.gate.text import quoted, shortened
from kitsu_tools.tracker.board import ALL_KINDS, View
from kitsu_tools.tracker.errors import BadInput, NotFound, NotPermitted, counted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Project
from kitsu_tools.tracker.review import PlaylistRecord, record, records, text
from kitsu_tools.write.playlists.entries import Entry, entries_of, kind_of
from kitsu_tools.write.playlists.now import (
    FOR_CLIENT,
    NAME,
    NOT_IN_IT,
    ORDER,
    PLACE,
    SHOWS,
    address_of,
    for_whom,
    look,
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


async def plan_changes(kitsu: Kitsu, tool: str, project: Project, wanted: Wanted) -> Change:
    """What makes a playlist and what is in it so, by targets.

    Raises:
        NotFound, NotPermitted: it is gone, or Zou would refuse the role.
        BadInput: the production is closed, or the playlist cannot be so.
    """
    playlist_id = next(iter(wanted)).partition("/")[0]
    name = wanted.get(playlist_id, {}).get(NAME)

    async def read() -> list[Mapping[str, Any]]:
        twins = await playlists_called(kitsu, project.id, name) if isinstance(name, str) else []
        return [*await playlists_by_id(kitsu, [playlist_id]), *(one for one in twins if one["id"] != playlist_id)]

    now = await playlists_now(kitsu, project, read)
    playlist = now.playlists.get(playlist_id)
    if playlist is None:
        raise NotFound("The playlist is deleted, or not yours to see any more.")
    await permitted(kitsu, now, partial(refuse_role, of=[playlist]))
    if isinstance(name, str):
        refuse_twin(now, name, playlist.episode_id, playlist_id)
    view = await (await kitsu.reading(now.project)).view(*ALL_KINDS)
    before = await look(kitsu, list(wanted))
    pairs = {
        (target.partition("/")[2], str(preview))
        for target in wanted
        for raw in (before[target].get(SHOWS, NOT_IN_IT).raw, wanted[target].get(SHOWS))
        if isinstance(raw, tuple)
        for preview in raw
    }
    entries = {(one.entity.id, one.preview_id): one for one in await entries_of(kitsu, view, pairs)}
    coming = [one for one in entries.values() if before[f"{playlist_id}/{one.entity.id}"][SHOWS].raw is None]
    if coming and kind_of(coming) != playlist.for_entity:
        raise BadInput(f"The playlist is of {playlist.for_entity}s, so no {kind_of(coming)} goes into it.")
    items = [_item(now.project, playlist, target, before[target], wanted[target], entries, view) for target in wanted]
    moving = tuple(item for item in items if item.changes)
    seen = [
        item.key
        for item in moving
        for one in item.fields
        if (one.name, one.after.raw) == (FOR_CLIENT, True)
        or (playlist.for_client and one.name == SHOWS and one.after.raw is not None)
    ]
    told = await shown_to_clients(kitsu, now) if seen else ""
    links = await share_links(kitsu, playlist_id)

    def foresee(some: Sequence[Item], _: str) -> list[Effect]:
        first = next((item.key for item in some if item.key in seen), "")
        return [Effect(first, "", "", told, told)] if first else []

    return now.change(
        Change,
        items,
        moving,
        kind="playlists",
        tool=tool,
        verb=f"Change the playlist {quoted(shortened(playlist.name, 40))}:",
        noun=playlist.for_entity,
        effects=tuple(foresee(moving, "")),
        warnings=(f"Guests see it too, by {counted(links, 'share link')}",) if links else (),
        posts=False,
        foresee=foresee,
    )


def _item(
    project: Project,
    playlist: PlaylistRecord,
    target: str,
    before: Mapping[str, Value],
    wanted: Mapping[str, Raw],
    entries: Mapping[tuple[str, str], Entry],
    view: View,
) -> Item:
    entity_id = target.partition("/")[2]
    entity = view.entity(entity_id)
    address = entity.address if entity else address_of(project, playlist.name)

    def says(raw: Raw) -> str:
        its = [entries[entity_id, one] for one in raw if (entity_id, one) in entries] if isinstance(raw, tuple) else []
        return ", ".join(one.says for one in its)

    fields: list[Field] = []
    for name, after in wanted.items():
        was = before[name]
        match name:
            case "shows" if after is None:
                place = before[PLACE]
                fields += [
                    Field(name, Value(was.raw, says(was.raw)), NOT_IN_IT, move="removed"),
                    Field(PLACE, place, Value(None, ""), move=f"from place {place.raw}"),
                ]
            case "shows":
                shows = Value(was.raw, says(was.raw) or was.shown), Value(after, says(after))
                fields.append(Field(name, *shows, move="" if was.raw is not None else f"added, {says(after)}"))
            case "place":
                fields.append(Field(name, was, Value(after, ""), move=f"at place {after}"))
            case "order":
                first = [view.entity(one) for one in str(after).split(",")[:3]]
                names = ", ".join(one.name for one in first if one is not None)
                fields.append(Field(name, was, Value(after, f"{names} first"), move=f"order: {names} …"))
            case "for_client":
                fields.append(Field(name, was, for_whom(after is True)))
            case _:
                fields.append(Field(name, was, Value(after, str(after))))
    return Item(target, target, address, tuple(fields))


def _composed(shots: object, items: Iterable[Item]) -> list[dict[str, str | None]]:
    """The whole list, of what stands in it now: changed where these items say so, and otherwise as it is."""
    fields = {item.target.partition("/")[2]: {one.name: one.after.raw for one in item.fields} for item in items}
    after = {entity_id: its[SHOWS] for entity_id, its in fields.items() if SHOWS in its}
    left = {entity_id: [*previews] if isinstance(previews, tuple) else [] for entity_id, previews in after.items()}
    kept = [(text(one.get("entity_id")), text(one.get("preview_file_id"))) for one in records(shots)]
    pairs: list[tuple[str, str]] = []
    for entity_id, preview_id in kept:
        if entity_id not in left:
            pairs.append((entity_id, preview_id))
        elif left[entity_id]:
            pairs.append((entity_id, left[entity_id].pop(0)))
    places = {entity_id: its[PLACE] for entity_id, its in fields.items() if isinstance(its.get(PLACE), int)}
    coming = [(entity_id, one) for entity_id, previews in left.items() for one in previews]
    order = next((str(its[ORDER]).split(",") for its in fields.values() if ORDER in its), list[str]())
    rank = {entity_id: at for at, entity_id in enumerate(order)}
    pairs += [pair for pair in coming if pair[0] not in places]
    pairs.sort(key=lambda pair: rank.get(pair[0], len(rank)))
    for place, pair in sorted((int(str(places[pair[0]])), pair) for pair in coming if pair[0] in places):
        pairs.insert(place - 1, pair)
    return [{"entity_id": entity_id, "preview_file_id": preview_id or None} for entity_id, preview_id in pairs]


class _Playlists(SetsFields):
    """Fields of one playlist and of what is in it, in one list."""

    def batch(self, change: Change) -> int:
        """All at once: the list is replaced as a whole."""
        return len(change.items)

    async def steps(self, change: Change, items: Sequence[Item], text: str) -> AsyncGenerator[Sequence[Request], Any]:
        """What only comes is appended under Zou's own lock; for everything else the list is read and replaced."""
        del change, text
        playlist_id = items[0].target.partition("/")[0]
        inside = [item for item in items if item.target != playlist_id]
        outside = [item for item in items if item not in inside]
        body: dict[str, Any] = {one.name: one.after.raw for item in outside for one in item.fields if one.changes}
        keys = tuple(item.key for item in outside)
        coming = [pair for item in inside for pair in _appended(item)]
        if inside and all(_appended(item) for item in inside):
            its = tuple(item.key for item in inside)
            yield [Request("POST", f"actions/playlists/{playlist_id}/add-entities", {"entities": coming}, 200, its)]
        elif inside:
            keys = tuple(item.key for item in items)
            answer = yield [Request("GET", f"data/playlists/{playlist_id}", None, 200, keys)]
            body["shots"] = _composed(record(answer).get("shots"), inside)
        if body:
            yield [Request("PUT", f"data/playlists/{playlist_id}", body, 200, keys)]

    async def evidence(
        self, kitsu: Kitsu, change: Change, items: Sequence[Item], now: Looked
    ) -> Mapping[str, Evidence]:
        """Each field beside what it was to be; of an order only what is in it."""
        del kitsu, change
        return {item.key: evidence_of(_of_what_is_there(item, now), now) for item in items}


def _appended(item: Item) -> list[dict[str, str]]:
    """What Zou's own route appends of an item; none where it takes more than that."""
    shows = next((one for one in item.fields if one.name == SHOWS), None)
    if len(item.fields) > 1 or shows is None or shows.before.raw is not None or not isinstance(shows.after.raw, tuple):
        return []
    entity_id, previews = item.target.partition("/")[2], shows.after.raw
    return [{"entity_id": entity_id, "preview_file_id": one} for one in previews] if all(previews) else []


def _of_what_is_there(item: Item, now: Looked) -> Item:
    """An item about an order, without what is not in the list: what the person unticked, or others took out since."""
    order = now.get(item.target, {}).get(ORDER)
    if order is None:
        return item
    there = str(order.raw).split(",")

    def left(value: Value) -> Value:
        return replace(value, raw=",".join(one for one in str(value.raw).split(",") if one in there))

    return replace(item, fields=tuple(replace(one, after=left(one.after)) for one in item.fields))


async def _again(kitsu: Kitsu, wanted: Wanted) -> Change:
    known = await playlists_by_id(kitsu, [next(iter(wanted)).partition("/")[0]])
    project = await kitsu.directory.project_by_id(known[0]["project_id"]) if known else None
    if project is None:
        raise NotPermitted("Its production is not there any more for this identity.")
    return await plan_changes(kitsu, "undo_change", project, wanted)


PLAYLISTS = _Playlists(look=look, requests=lambda _, __: (), changed_by=saved_at, again=_again)
