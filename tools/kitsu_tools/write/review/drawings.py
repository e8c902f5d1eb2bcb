"""Drawings on previews: how they are kept, told to the room, and found again."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from kitsu_tools.gate.change import Change, Field, Item, Request, Value
from kitsu_tools.gate.kind import Evidence, Looked
from kitsu_tools.gate.sets_fields import AT_ONCE
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import BadInput, KitsuError, listed
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import decoded
from kitsu_tools.tracker.review import TELL, Preview, record, records, text
from kitsu_tools.write.review.marks import described, words_of

Drawing = dict[str, Any]
EXCERPT = 40
_NOT_OURS = {"createdAt"}
"""Written when it is sent."""


@dataclass(frozen=True, slots=True)
class Place:
    """A frame of a preview, and the keys of the objects there. `moment`: its time as Kitsu keeps it, in seconds."""

    preview_id: str
    frame: int
    is_movie: bool
    moment: float
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawings(Change):
    """Objects on frames of previews. `playlist`: in whose room they are told; empty where in none."""

    playlist: str = ""
    places: tuple[Place, ...] = ()

    def place_of(self, item: Item) -> Place:
        """Where an object is."""
        return next(one for one in self.places if item.key in one.keys)


class OnPreviews:
    """The kind of change that draws, changes and removes what is drawn.

    A field holds the whole object as JSON before and after, None where there is none.
    """

    change = Drawings

    def batch(self, change: Change) -> int:
        """As many as are sent in a moment."""
        del change
        return AT_ONCE

    def edited(self, change: Change, text: str) -> str:
        """There is no text to edit."""
        del change
        return text

    async def look(self, kitsu: Kitsu, targets: Sequence[str]) -> Looked:
        """The objects by `preview/object`; those that are gone are missing."""
        kept = await _kept(kitsu, (one.partition("/")[0] for one in targets))
        there = {
            f"{preview}/{key}": {"drawing": value_of(one)}
            for preview, some in kept.items()
            for key, one in some.items()
        }
        return {one: there[one] for one in targets if one in there}

    async def changed_by(self, kitsu: Kitsu, target: str) -> str:
        """Kitsu does not tell."""
        del kitsu, target
        return "somebody drew it anew"

    async def steps(
        self, change: Drawings, items: Sequence[Item], text: str
    ) -> AsyncGenerator[Request | Sequence[Request], Any]:
        """One request a preview; then each object is told to the room, whose players draw it where they are.

        What the room is not told stays all the same: players show it when they come to that frame.
        """
        del text
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        by_preview: dict[str, list[Item]] = {}
        for item in items:
            by_preview.setdefault(change.place_of(item).preview_id, []).append(item)
        yield [_request(change, preview, some, now) for preview, some in by_preview.items()]
        if not change.playlist:
            return
        for item in items:
            before, after = _objects(item)
            place = change.place_of(item)
            event = "update-annotation" if before and after else "add-annotation" if after else "remove-annotation"
            message = {
                "playlist_id": change.playlist,
                "time": place.moment,
                "obj": {"createdAt": now} | after if after else before or {"id": item.key},
                "on": [place.preview_id, place.frame if place.is_movie else None],
                "mark": f"{change.code} {item.key}",
            }
            with suppress(KitsuError):
                yield Request(TELL, event, message, 0, (item.key,), alone=False)

    async def evidence(
        self, kitsu: Kitsu, change: Drawings, items: Sequence[Item], now: Looked
    ) -> Mapping[str, Evidence]:
        """What is kept on the preview, and whether the room was told."""
        del now
        room = kitsu.rooms.room(change.playlist) if kitsu.rooms else None
        kept = await _kept_here(kitsu, change, items)
        found: dict[str, Evidence] = {}
        for item in items:
            _, after = _objects(item)
            there = kept.get(item.key)
            told = not change.playlist or (room and f"{change.code} {item.key}" in room.repeated)
            live = f"id {item.key[:8]}" if not change.playlist and after else ""
            live = live if told else "kept; not told in the room"
            if same(there, after):
                found[item.key] = Evidence("there", described(there), live, item.key)
            elif same(there, _objects(item)[0]):
                found[item.key] = Evidence("absent", described(there), "left it as it was")
            else:
                found[item.key] = Evidence("part", described(there), "It is neither as before nor as wanted.")
        return found

    async def undo(self, kitsu: Kitsu, change: Drawings, items: Sequence[Item]) -> Change:
        """What was there before, of each that is still as it was left.

        Raises:
            BadInput: none is.
        """
        kept = await _kept_here(kitsu, change, items)
        ours = [item for item in items if same(kept.get(item.key), _objects(item)[1])]
        others = listed((item.address for item in items if item not in ours), 3)
        if not ours:
            raise BadInput(f"Changed or removed since, so not taken back: {others}.")
        back = [
            item_of(change.place_of(item).preview_id, item.address, kept.get(item.key), _objects(item)[0], item.key)
            for item in ours
        ]
        left = (f"Changed or removed since, so not taken back: {others}",) if others else ()
        return replace(change, tool="undo_change", items=tuple(back), warnings=left, unchanged=(), earlier=(), code="")


def item_of(
    preview_id: str, address: str, before: Drawing | None, after: Drawing | None, key: str, says: str = ""
) -> Item:
    """One object of a change; `says` what becomes of it, where that is more than the objects tell."""
    was, will = value_of(before), value_of(after)
    gone = f"removes {was.shown} {words_of(before or {})[:EXCERPT]}".strip()
    says = says or (gone if after is None else f"changes {was.shown}" if before else will.shown)
    target = f"{preview_id}/{key}" if before else ""
    return Item(key, target, address, (Field("drawing", was, will, move=says),), words_of(after or {}))


def value_of(made: Drawing | None) -> Value:
    """An object as a change keeps it, without the moment it was made at."""
    kept = {key: one for key, one in (made or {}).items() if key not in _NOT_OURS}
    raw = orjson.dumps(kept, option=orjson.OPT_SORT_KEYS).decode() if made is not None else None
    return Value(raw, described(made))


def objects_of(preview: Preview) -> dict[str, Drawing]:
    """Everything drawn on a preview, by id."""
    drawings = (records(record(one.get("drawing")).get("objects")) for one in records(preview.annotations))
    return {text(one.get("id")): one for several in drawings for one in several if text(one.get("id"))}


def same(one: Drawing | None, other: Drawing | None) -> bool:
    """Whether both are the same drawing."""
    return value_of(one).raw == value_of(other).raw


def _request(change: Drawings, preview_id: str, items: Sequence[Item], now: str) -> Request:
    """All that becomes of the objects of one preview. Zou finds those to change and to remove by their moments too."""
    additions: dict[Place, list[Drawing]] = {}
    updates: dict[Place, list[Drawing]] = {}
    deletions: dict[Place, list[str]] = {}
    for item in items:
        before, after = _objects(item)
        place = change.place_of(item)
        if after is None:
            deletions.setdefault(place, []).append(item.key)
        else:
            (updates if before else additions).setdefault(place, []).append({"createdAt": now} | after)

    def moments(objects: Mapping[Place, Sequence[Drawing]]) -> list[Drawing]:
        return [
            {
                "time": place.moment,
                "frame": place.frame,
                "width": some[0].get("canvasWidth"),
                "height": some[0].get("canvasHeight"),
                "drawing": {"objects": some},
            }
            for place, some in objects.items()
        ]

    body = {
        "additions": moments(additions),
        "updates": moments(updates),
        "deletions": [{"time": place.moment, "objects": some} for place, some in deletions.items()],
    }
    keys = tuple(item.key for item in items)
    return Request("PUT", f"actions/preview-files/{preview_id}/update-annotations", body, 200, keys)


async def _kept(kitsu: Kitsu, preview_ids: Iterable[str]) -> dict[str, dict[str, Drawing]]:
    """What is drawn on previews now, by their ids; of those that are gone nothing."""
    found = await records_by(kitsu.session, "data/preview-files", "id", preview_ids)
    return {one["id"]: objects_of(decoded(Preview, one)) for one in found}


async def _kept_here(kitsu: Kitsu, change: Drawings, items: Sequence[Item]) -> dict[str, Drawing]:
    """What is drawn now on the previews of these items, by id."""
    several = await _kept(kitsu, (change.place_of(item).preview_id for item in items))
    return {key: one for some in several.values() for key, one in some.items()}


def _objects(item: Item) -> tuple[Drawing | None, Drawing | None]:
    """Before and after."""
    return tuple(orjson.loads(one.raw) if isinstance(one.raw, str) else None for one in _values(item))  # pyright: ignore[reportReturnType]


def _values(item: Item) -> Iterable[Value]:
    return (item.fields[0].before, item.fields[0].after)


DRAWINGS = OnPreviews()
"""The kind of change that draws on previews."""
