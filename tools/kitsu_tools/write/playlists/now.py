"""Playlists as Kitsu says they are at this moment: what plans are made from, what is looked at again, who may.

A playlist's order is one JSON list in one column, which a PUT replaces whole (seen on Zou 1.0.97). What stands in it is
known here by `playlist/entity`, and what is to be made by `new/production/episode/entity/name`.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson

from kitsu_tools.gate.change import Change, Value
from kitsu_tools.gate.existence import ABSENT, present
from kitsu_tools.gate.kind import Looked
from kitsu_tools.gate.text import checked, in_one_line
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import BadInput, NotFound, NotPermitted, listed, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Project, decoded
from kitsu_tools.tracker.people import client_names
from kitsu_tools.tracker.review import PlaylistRecord, Preview
from kitsu_tools.write.snapshot import Snapshot, project_now

LONGEST_NAME = 80
"""Zou's column; of a longer one it says that its format is invalid (1.0.97)."""
SHOWS, PLACE, NAME, FOR_CLIENT, ENTRIES, ORDER = "shows", "place", "name", "for_client", "entries", "order"
NEW, NONE = "new/", "-"
NOT_IN_IT = Value(None, "not in it")


@dataclass(frozen=True, slots=True)
class New:
    """A playlist to be made. `shown`: entities, each with the preview that is shown, empty where it has none."""

    name: str
    kind: str
    episode_id: str = ""
    task_type_id: str = ""
    for_client: bool = False
    for_all: bool = False
    shown: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PlaylistChange(Change):
    """A change of playlists. `playlists`: those that are to be made, or are to go, as they are."""

    playlists: tuple[New, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaylistsNow(Snapshot):
    """One production with the playlists that a plan is about, by id."""

    playlists: Mapping[str, PlaylistRecord]


async def refuse_role(now: PlaylistsNow, *, of: Iterable[PlaylistRecord]) -> None:
    """Refuse what Zou refuses: supervisors make playlists, and change their own and those of nobody
    (`check_playlist_update_access`, 1.0.97). `of`: those that are to be changed.

    Raises:
        NotPermitted: which they are.
    """
    if now.role in {"admin", "manager"}:
        return
    if now.role != "supervisor":
        raise NotPermitted(f"The role {now.role!r} makes and changes no playlists.")
    others = [one.name for one in of if one.created_by not in {"", now.me.id}]
    if others:
        raise NotPermitted(f"The role {now.role!r} changes only playlists it made itself, not {listed(others)}.")


async def playlists_now(
    kitsu: Kitsu, project: Project, read: Callable[[], Awaitable[Iterable[Mapping[str, Any]]]]
) -> PlaylistsNow:
    """A production with the playlists that `read` reads; none where the role sees no playlists.

    Raises:
        BadInput: the production is closed.
        NotPermitted: it is not there any more for this identity.
    """
    found: dict[str, PlaylistRecord] = {}

    async def decode() -> None:
        with suppress(NotPermitted):  # vendors, whom a plan refuses by their role
            found.update((one["id"], decoded(PlaylistRecord, one)) for one in await read())

    return PlaylistsNow(**await project_now(kitsu, project, decode), playlists=found)


async def playlists_by_id(kitsu: Kitsu, ids: Iterable[str]) -> list[Mapping[str, Any]]:
    """Their records, each with the ids of its movies."""
    return await records_by(kitsu.session, "data/playlists", "id", ids, relations="true")


async def playlists_called(kitsu: Kitsu, project_id: str, name: str) -> list[Mapping[str, Any]]:
    """The records of those of a production that have this name, give or take case. Zou takes it for a pattern (`ilike`
    of 1.0.97).
    """
    pattern = re.sub(r"([\\%_])", r"\\\1", name)
    return await kitsu.session.read("data/playlists", {"project_id": project_id, "name": pattern})


def name_checked(name: str) -> str:
    """A name as it may be given.

    Raises:
        BadInput: it is empty, too long, or holds what a person would not see as it is.
    """
    name = checked(name, "name")
    if not name or in_one_line(name) != name:
        raise BadInput(f"name: {quoted(name)} is no name: it is empty, or holds line breaks or runs of blanks.")
    if len(name) > LONGEST_NAME:
        raise BadInput(f"name: {len(name)} characters; Kitsu takes {LONGEST_NAME}. Shorten it.")
    return name


def refuse_twin(now: PlaylistsNow, name: str, episode_id: str, but: str = "") -> None:
    """Refuse a name that another playlist of the same episode has, give or take case. Zou refuses the same one within
    an episode alone: beside those of none it makes a second one (seen on 1.0.97).

    Raises:
        BadInput: there is one.
    """
    same = [one for one in now.playlists.values() if one.episode_id == episode_id and one.id != but]
    if twin := next((one.name for one in same if one.name.casefold() == name.casefold()), ""):
        raise BadInput(f"name: there is a playlist {quoted(twin)} already. Take another name, or change that one.")


def address_of(project: Project, name: str) -> str:
    """How answers name a playlist."""
    return f"{encoded(project.name)}/{encoded(name)}"


def new_target(project_id: str, new: New, entity_id: str = "") -> str:
    """What an entry of a playlist that is to be made is looked up by; the playlist itself where it is to be empty."""
    return "/".join(("new", project_id, new.episode_id or NONE, entity_id or NONE, new.name))


async def shown_to_clients(kitsu: Kitsu, now: PlaylistsNow) -> str:
    """What it means that a playlist is for clients: they are shown every revision of what is in it, of every task type
    (`get_playlist_with_preview_file_revisions` of Zou 1.0.97), and told nothing by itself.
    """
    names = await client_names(kitsu, now.project)
    return f"shown to clients ({names}), with every revision of what is in it"


async def share_links(kitsu: Kitsu, playlist_id: str) -> int | None:
    """How many there are; None where the role may not know."""
    try:
        return len(await kitsu.session.read(f"data/playlists/{playlist_id}/share"))
    except (NotFound, NotPermitted):
        return None


async def look(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    """What stands in these playlists, and what they are. Of two of one name ours is the one, else the newer."""
    parsed = {one: _parsed(one) for one in targets}
    keys = {key for key, _, _ in parsed.values()}
    ids = [one for one in keys if not one.startswith(NEW)]
    records = {one["id"]: decoded(PlaylistRecord, one) for one in await playlists_by_id(kitsu, ids)} if ids else {}
    me = (await kitsu.directory.me.get()).id
    for key in keys - {*ids}:
        _, project_id, episode, _, name = key.split("/", 4)
        read = [decoded(PlaylistRecord, one) for one in await playlists_called(kitsu, project_id, name)]
        same = [one for one in read if (one.episode_id or NONE, one.name) == (episode, name)]
        if same:
            records[key] = max(same, key=lambda one: (one.created_by == me, one.created_at))
    previews = {
        preview
        for key, entity, _ in parsed.values()
        if entity and key in records
        for other, preview in records[key].shown
        if other == entity
    }
    versions = await _versions(kitsu, previews - {""})
    return {
        target: _values(records[key], entity, ids, versions) if key in records else ABSENT
        for target, (key, entity, ids) in parsed.items()
        if key in records or key.startswith(NEW)
    }


async def saved_at(kitsu: Kitsu, target: str) -> str:
    """When a playlist was saved last; Zou tells not by whom."""
    if target.startswith(NEW):
        return "somebody made a playlist of that name"
    clock = await kitsu.clock()
    record = await kitsu.session.read(f"data/playlists/{target.partition('/')[0]}")
    return f"somebody saved it at {clock.local(record.get('updated_at'))} {clock.zone.key}"


def for_whom(for_client: bool) -> Value:
    """Whom a playlist is for."""
    return Value(for_client, "for clients" if for_client else "for the studio")


def entries_value(record: PlaylistRecord) -> Value:
    """All that a playlist shows, in order."""
    return Value(orjson.dumps(record.shown).decode(), f"{len(record.shown)} in it")


def _parsed(target: str) -> tuple[str, str, tuple[str, ...]]:
    """What a playlist is looked up by, the entity that a target is about, and those whose order it is about."""
    if target.startswith(NEW):
        _, project_id, episode, entity, name = target.split("/", 4)
        return "/".join(("new", project_id, episode, NONE, name)), "" if entity == NONE else entity, ()
    playlist, _, rest = target.partition("/")
    if rest.startswith(f"{ORDER}/"):
        return playlist, "", tuple(rest.partition("/")[2].split("+"))
    return playlist, rest, ()


def _values(
    record: PlaylistRecord, entity: str, ordered: Sequence[str], versions: Mapping[str, str]
) -> Mapping[str, Value]:
    its = present(record.id)
    if ordered:
        there = dict.fromkeys(one for one, _ in record.shown if one in ordered)
        return {**its, ORDER: Value(",".join(there), f"of {len(there)}")}
    if entity:
        previews = tuple(preview for one, preview in record.shown if one == entity)
        says = ", ".join(versions.get(one, "nothing") for one in previews)
        place = next((at for at, (one, _) in enumerate(record.shown, 1) if one == entity), None)
        shows = Value(previews, says) if previews else NOT_IN_IT
        its = {**its, SHOWS: shows, PLACE: Value(place, f"at {place}" if place else "")}
    return {
        **its,
        NAME: Value(record.name, record.name),
        FOR_CLIENT: for_whom(record.for_client),
        ENTRIES: entries_value(record),
    }


async def _versions(kitsu: Kitsu, previews: Iterable[str]) -> dict[str, str]:
    fields = "id,task_id,revision,position"
    read = await records_by(kitsu.session, "data/preview-files", "id", previews, fields=fields)
    return {one["id"]: decoded(Preview, one).version for one in read}
