"""The ready kind for changes that set fields of things that exist: what became of them is what Kitsu shows of them.

An area gives what it knows: how to read the fields, how to send them, and how to plan them anew for an undo. What is
made and what is removed is so too, with existence as a field: see `existence.py`.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from kitsu_tools.gate.change import Change, Field, Item, Raw, Request, Value
from kitsu_tools.gate.kind import Evidence, Looked
from kitsu_tools.tracker.errors import BadInput, listed
from kitsu_tools.tracker.kitsu import Kitsu

Wanted: TypeAlias = Mapping[str, Mapping[str, Raw]]
"""What fields are to be, by name, by target."""

AT_ONCE = 100
"""Of so many things a person may stop the next; they are looked at and read back in one request each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfFields:
    """Fields that requests of `requests` set, in order, and that `look` reads, past every board.

    A value that is a tuple is a set, of which a change adds and removes some; what others add or remove besides stays.
    `changed_by` says who changed a thing last, `weight` how much of `AT_ONCE` an item takes.
    """

    look: Callable[[Kitsu, Sequence[str]], Coroutine[Any, Any, Looked]]
    requests: Callable[[Change, Sequence[Item]], Iterable[Request]]
    changed_by: Callable[[Kitsu, str], Coroutine[Any, Any, str]]
    weight: Callable[[Item], int] = lambda _: 1
    change: type[Change] = Change

    def batch(self, change: Change) -> int:
        """As many as are sent in a moment."""
        return max(1, AT_ONCE // max(map(self.weight, change.items), default=1))

    def edited(self, change: Change, text: str) -> str:
        """There is no text to edit."""
        del change
        return text

    async def steps(self, change: Change, items: Sequence[Item], text: str) -> AsyncGenerator[Sequence[Request], Any]:
        """One request after the other; the first that fails ends the change."""
        del text
        yield list(self.requests(change, items))

    async def evidence(
        self, kitsu: Kitsu, change: Change, items: Sequence[Item], now: Looked
    ) -> Mapping[str, Evidence]:
        """Each field beside what it was and what it was to be."""
        del kitsu, change
        return {item.key: evidence_of(item, now) for item in items}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetsFields(OfFields):
    """Fields of things that exist. `again` plans what an undo wants."""

    again: Callable[[Kitsu, Wanted], Awaitable[Change]]

    async def undo(self, kitsu: Kitsu, change: Change, items: Sequence[Item]) -> Change:
        """The former value of each field of each of these that is still as it was left.

        Raises:
            BadInput: all are gone or were changed since: nobody else's work is undone with ours.
        """
        now = await self.look(kitsu, [item.target for item in items])
        found = await self.evidence(kitsu, change, items, now)
        ours = [item for item in items if self.stands(item, found[item.key])]
        others = listed((item.address for item in items if item not in ours), 4)
        if not ours:
            raise BadInput(
                f"Gone or changed since, so not taken back: {others}. Set by itself what should be otherwise."
            )
        back = await self.again(kitsu, {item.target: self.former(item, now[item.target]) for item in ours})
        left = (f"Gone or changed since, so not taken back: {others}",) if others else ()
        return replace(back, warnings=(*left, *back.warnings))

    def stands(self, item: Item, found: Evidence) -> bool:
        """Whether an item is as it was left, by what was found of it."""
        del item
        return found.found == "there"

    def former(self, item: Item, now: Mapping[str, Value]) -> Mapping[str, Raw]:
        """What an undo wants of its fields, by name."""
        return former_of(item, now)


def puts(path: str, change: Change, items: Sequence[Item]) -> Iterable[Request]:
    """One PUT a thing, with the fields that change alone; others keep what they have meanwhile."""
    del change
    for item in items:
        yield Request("PUT", f"{path}/{item.target}", item.sets, 200, (item.key,))


def evidence_of(item: Item, now: Looked) -> Evidence:
    """What its fields say became of an item."""
    fields = now.get(item.target)
    if fields is None:
        return Evidence("absent", detail="it is gone")
    shown = item.shown(fields)
    changing = [one for one in item.fields if one.changes]
    done = {one.name: _done(one, fields[one.name].raw if one.name in fields else None) for one in changing}
    every = [one for several in done.values() for one in several]
    if all(every):
        return Evidence("there", shown)
    if None in every:
        return Evidence("part", shown, "It is neither as before nor as wanted: somebody else changed it meanwhile.")
    if any(every):
        missing = listed(one.label or one.says for one in changing if not all(done[one.name]))
        return Evidence("part", shown, f"Kitsu did not set all of it: {missing}; it is {shown}.")
    return Evidence("absent", shown, "left it as it was")


def _done(field: Field, now: Raw) -> list[bool | None]:
    """Of each part of a field whether it is as wanted; None where it is neither so nor as before."""
    match field.before.raw, field.after.raw, now:
        case tuple() as before, tuple() as after, tuple() as held:
            joined = [one in held for one in after if one not in before]
            return [*joined, *(one not in held for one in before if one not in after)]
        case before, after, _:
            return [True] if now == after else [False] if now == before else [None]


def former_of(item: Item, now: Mapping[str, Value]) -> Mapping[str, Raw]:
    """The former values; of a set, what others added to it since stays."""
    former: dict[str, Raw] = {}
    for one in item.fields:
        match one.before.raw, one.after.raw, now[one.name].raw:
            case tuple() as before, tuple() as after, tuple() as held if one.changes:
                old, new = set(before), set(after)
                former[one.name] = tuple(sorted((set(held) - new) | (set(held) & old) | (old - new)))
            case before, _, _ if one.changes:
                former[one.name] = before
            case _:
                pass
    return former
