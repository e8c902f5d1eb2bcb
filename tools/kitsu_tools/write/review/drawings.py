"""Drawings on previews: how they are kept, told to the room, and found again."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from kitsu_tools.gate.change import Change, Field, Item, Request, Value
from kitsu_tools.gate.kind import Evidence, Looked
from kitsu_tools.tracker.errors import BadInput, KitsuError, NotFound, NotPermitted, listed
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.review import TELL, Preview, preview_of, record, records, text
from kitsu_tools.write.review.marks import described, words_of

Drawing = dict[str, Any]
EXCERPT = 40
_NOT_OURS = {"createdAt"}
"""Written when it is sent."""


@dataclass(frozen=True, slots=True)
class Drawings(Change):
    """Objects on one frame of a preview. `moment`: its time as Kitsu keeps it, in seconds. `playlist`: whose room."""

    preview_id: str = ""
    playlist: str = ""
    frame: int = 1
    is_movie: bool = False
    moment: float = 0.0


class OnPreviews:
    """The kind of change that draws, changes and removes what is drawn.

    A field holds the whole object as JSON before and after, None where there is none.
    """

    change = Drawings

    def batch(self, change: Change) -> int:
        """All of them, in one request."""
        return len(change.items)

    def edited(self, change: Change, text: str) -> str:
        """There is no text to edit."""
        del change
        return text

    async def look(self, kitsu: Kitsu, targets: Sequence[str]) -> Looked:
        """The objects by `preview/object`; those that are gone are missing."""
        there: dict[str, dict[str, Value]] = {}
        for preview_id in {one.partition("/")[0] for one in targets}:
            with suppress(NotFound, NotPermitted):
                preview = await preview_of(kitsu, preview_id)
                there |= {f"{preview_id}/{key}": {"drawing": value_of(one)} for key, one in objects_of(preview).items()}
        return {one: there[one] for one in targets if one in there}

    async def changed_by(self, kitsu: Kitsu, target: str) -> str:
        """Kitsu does not tell."""
        del kitsu, target
        return "somebody drew it anew"

    async def steps(self, change: Drawings, items: Sequence[Item], text: str) -> AsyncGenerator[Request, Any]:
        """One request for all; then each is told to the room, whose players draw it where they are.

        What the room is not told stays all the same: players show it when they come to that frame.
        """
        del text
        now, keys = datetime.now(UTC).isoformat(timespec="milliseconds"), tuple(item.key for item in items)
        additions: list[Drawing] = []
        updates: list[Drawing] = []
        deletions: list[str] = []
        told: list[tuple[str, str, Drawing]] = []
        for item in items:
            before, after = _objects(item)
            if after is None:
                deletions.append(item.key)
                told.append((item.key, "remove-annotation", before or {"id": item.key}))
                continue
            stamped = {"createdAt": now} | after
            (updates if before else additions).append(stamped)
            told.append((item.key, "update-annotation" if before else "add-annotation", stamped))

        def moments(objects: Sequence[Drawing]) -> list[Drawing]:
            frame = {
                "frame": change.frame,
                "width": objects[0].get("canvasWidth"),
                "height": objects[0].get("canvasHeight"),
            }
            return [{"time": change.moment, **frame, "drawing": {"objects": objects}}]

        body = {
            "additions": moments(additions) if additions else [],
            "updates": moments(updates) if updates else [],
            "deletions": [{"time": change.moment, "objects": deletions}] if deletions else [],
        }
        yield Request("PUT", f"actions/preview-files/{change.preview_id}/update-annotations", body, 200, keys)
        whole = {"playlist_id": change.playlist, "time": change.moment}
        on = [change.preview_id, change.frame if change.is_movie else None]
        for key, event, made in told:
            message = whole | {"obj": made, "on": on, "mark": f"{change.code} {key}"}
            with suppress(KitsuError):
                yield Request(TELL, event, message, 0, (key,), alone=False)

    async def evidence(
        self, kitsu: Kitsu, change: Drawings, items: Sequence[Item], now: Looked
    ) -> Mapping[str, Evidence]:
        """What is kept on the preview, and whether the room was told."""
        del now
        room = kitsu.rooms.room(change.playlist) if kitsu.rooms else None
        kept = objects_of(await preview_of(kitsu, change.preview_id))
        found: dict[str, Evidence] = {}
        for item in items:
            _, after = _objects(item)
            there = kept.get(item.key)
            live = "" if room and f"{change.code} {item.key}" in room.repeated else "kept; not told in the room"
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
        kept = objects_of(await preview_of(kitsu, change.preview_id))
        ours = [item for item in items if same(kept.get(item.key), _objects(item)[1])]
        others = listed((item.address for item in items if item not in ours), 3)
        if not ours:
            raise BadInput(f"Changed or removed since, so not taken back: {others}.")
        back = [
            item_of(change.preview_id, item.address, kept.get(item.key), _objects(item)[0], item.key) for item in ours
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


def _objects(item: Item) -> tuple[Drawing | None, Drawing | None]:
    """Before and after."""
    return tuple(orjson.loads(one.raw) if isinstance(one.raw, str) else None for one in _values(item))  # pyright: ignore[reportReturnType]


def _values(item: Item) -> Iterable[Value]:
    return (item.fields[0].before, item.fields[0].after)


DRAWINGS = OnPreviews()
"""The kind of change that draws on previews."""
