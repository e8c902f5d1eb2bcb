"""The ready kinds for changes that make things and that remove them: that a thing is there is a field like any other.

What is to be made has no id yet. Its item's target is what an area finds it by: `shot/<sequence id>/<name>`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from kitsu_tools.gate.change import Change, Field, Item, Raw, Value
from kitsu_tools.gate.kind import Evidence, Looked
from kitsu_tools.gate.sets_fields import OfFields, SetsFields, evidence_of, former_of
from kitsu_tools.tracker.errors import BadInput, listed
from kitsu_tools.tracker.kitsu import Kitsu

THERE, ID = "there", "id"
"""What `look` says of a thing besides its fields: whether it is there, and Kitsu's id of it."""

ABSENT: Mapping[str, Value] = {THERE: Value(False, "not there"), ID: Value("", "")}
"""How `look` answers for what is not there: it answers for every target of what is to be made."""


def present(record_id: str, shown: str = "there") -> Mapping[str, Value]:
    """How `look` answers for what is there, beside its fields."""
    return {THERE: Value(True, shown), ID: Value(record_id, "")}


def comes(says: str) -> Field:
    """It is made. `says` is what happens to it, in a few words: `new`."""
    return Field(THERE, Value(False, ""), Value(True, "there"), move=says)


def goes(says: str, was: str = "there") -> Field:
    """It is removed. `says` is what happens to it, in the plainest words: `deleted, with 3 comments`."""
    return Field(THERE, Value(True, was), Value(False, "gone"), move=says)


@dataclass(frozen=True, slots=True, kw_only=True)
class Creates(OfFields):
    """Things that are made, each found by its target. `removal` plans the removal of those that a change made, by
    `Item.made`, where nobody worked on them since: it raises `BadInput` where nothing is left to remove. Where the
    same hand worked on them since it is told the ids of what is as that left it.
    """

    removal: Callable[[Kitsu, Change, Sequence[Item], Set[str] | None], Awaitable[Change]]

    async def evidence(
        self, kitsu: Kitsu, change: Change, items: Sequence[Item], now: Looked
    ) -> Mapping[str, Evidence]:
        """Whether it is there, each field beside what it was to be, and its id."""
        del kitsu, change
        return {item.key: _made(item, now) for item in items}

    async def undo(self, kitsu: Kitsu, change: Change, items: Sequence[Item]) -> Change:
        """The removal of what the change made, and of nothing that another made in its place."""
        return await self.taken_back(kitsu, change, items, None)

    async def taken_back(self, kitsu: Kitsu, change: Change, items: Sequence[Item], left: Set[str] | None) -> Change:
        """As `undo`; `left`, where the same hand worked on them since, are the ids of what is as that left it.

        Raises:
            BadInput: nothing of it is there any more, or others have worked on it since.
        """
        now = await self.look(kitsu, [item.target for item in items])
        ours = [item for item in items if item.made and _id(item, now) == item.made]
        gone = listed((item.address for item in items if item not in ours), 4)
        if not ours:
            raise BadInput(f"Not there any more, so nothing is to be removed: {gone}.")
        removal = await self.removal(kitsu, change, ours, left)
        others = (f"Not there any more, or made anew by somebody: {gone}",) if gone else ()
        return replace(removal, warnings=(*others, *removal.warnings))


@dataclass(frozen=True, slots=True, kw_only=True)
class Removes(OfFields):
    """Things that are removed for good: their target is Kitsu's id, which `look` leaves out when they are gone.

    `no_way_back` says why an undo has nothing to offer, in a sentence; the plan warns with it beforehand.
    """

    no_way_back: str

    async def evidence(
        self, kitsu: Kitsu, change: Change, items: Sequence[Item], now: Looked
    ) -> Mapping[str, Evidence]:
        """Whether it is gone."""
        del kitsu, change
        return {item.key: _removed(item, now) for item in items}

    async def undo(self, kitsu: Kitsu, change: Change, items: Sequence[Item]) -> Change:
        """Nothing.

        Raises:
            BadInput: always, with the reason.
        """
        del kitsu, change, items
        raise BadInput(self.no_way_back)


@dataclass(frozen=True, slots=True, kw_only=True)
class MakesAndSets(SetsFields):
    """Things of which one change makes some, sets fields of others and removes others. `look` answers for each,
    `ABSENT` for what is not there; an item that removes one holds all of its fields, by which an undo makes it anew.
    """

    async def evidence(
        self, kitsu: Kitsu, change: Change, items: Sequence[Item], now: Looked
    ) -> Mapping[str, Evidence]:
        """Each field beside what it was to be, and the id of what was made."""
        del kitsu, change
        return {item.key: _made(item, now) for item in items}

    def stands(self, item: Item, found: Evidence) -> bool:
        """Whether an item is as it was left, and is no other one that somebody made in its place."""
        return found.found == "there" and item.made in {"", found.reference}

    def former(self, item: Item, now: Mapping[str, Value]) -> Mapping[str, Raw]:
        """What an undo wants of it: that it is not there, all of what was removed, or the former fields."""
        there = next((one for one in item.fields if one.name == THERE and one.changes), None)
        if there is None:
            return former_of(item, now)
        before = {one.name: one.before.raw for one in item.fields}
        return before if there.before.raw else {THERE: False}


def _made(item: Item, now: Looked) -> Evidence:
    found = evidence_of(item, now)
    return replace(found, reference=_id(item, now) if found.found in {"there", "part"} else "")


def _id(item: Item, now: Looked) -> str:
    value = now.get(item.target, {}).get(ID)
    return str(value.raw) if value else ""


def _removed(item: Item, now: Looked) -> Evidence:
    fields = now.get(item.target)
    if fields is None or (THERE in fields and not fields[THERE].raw):
        return Evidence("there", "gone")
    return Evidence("absent", item.shown(fields), "it is still there")
