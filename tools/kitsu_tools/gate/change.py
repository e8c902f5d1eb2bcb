"""A change worked out with reads only: what will be sent, what it replaces, what Kitsu will do because of it, who is
told. Of every area; what only one of them needs stands in a change of its own, derived from this one.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self
from uuid import NAMESPACE_OID, uuid5

import orjson
from pydantic import TypeAdapter

from kitsu_tools.gate.text import signature
from kitsu_tools.tracker.errors import several

MOST_ITEMS = 1000
"""Of one change: as many as a person can look through on a page, with its filter."""

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Raw = str | int | float | bool | None | tuple[str, ...]
"""A value as Kitsu holds it, of a kind that can be compared and kept."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value as Kitsu holds it, and as a person reads it."""

    raw: Raw
    shown: str


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a thing in Kitsu that a change sets, or counts on: `before` equals `after` where it stays.

    `label` stands before it where it is not plain what changes; `move` says it shorter than both values do.
    """

    name: str
    before: Value
    after: Value
    label: str = ""
    move: str = ""

    @property
    def changes(self) -> bool:
        """False where it stays as it is."""
        return self.before.raw != self.after.raw

    @property
    def says(self) -> str:
        """In a few words: `wfa → done`."""
        moves = f"{self.before.shown} → {self.after.shown}" if self.changes else f"stays {self.before.shown}"
        return f"{self.label} {self.move or moves}".strip()

    @property
    def becomes(self) -> str:
        """What it changes to, whatever it was, in a few words: `→ done`."""
        return f"{self.label} {self.move or f'→ {self.after.shown}'}".strip() if self.changes else self.says


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a person can untick. `key` is its own in the change; `target` is Kitsu's id of what is changed, or
    what an area looks it up by that will be made. `text` are words of its own, sent as they stand. `made` is the id of
    what was made of it, which an undo is told, and before that what stands for it where later items name it; those
    have its key in `hangs_on`. `ticked` False: it goes only where the person ticks it themselves.
    """

    key: str
    target: str
    address: str
    fields: tuple[Field, ...]
    text: str = ""
    made: str = ""
    ticked: bool = True
    hangs_on: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """False where all of it stays as it is."""
        return any(one.changes for one in self.fields)

    @property
    def sets(self) -> dict[str, Raw]:
        """What its fields that change are to be, by name."""
        return {one.name: one.after.raw for one in self.fields if one.changes}

    def changed(self, name: str) -> Raw:
        """What a field is to be, where it changes; else None."""
        return self.sets.get(name)

    @property
    def told(self) -> Sequence[Field]:
        """What is said of it: what changes, and what stays where nothing else is to say."""
        return [one for one in self.fields if one.changes] or self.fields

    @property
    def says(self) -> str:
        """What happens to it, in a few words."""
        return ", ".join(one.says for one in self.told)

    @property
    def becomes(self) -> str:
        """What of it changes to what, whatever it was, in a few words."""
        return ", ".join(one.becomes for one in self.told)

    @property
    def was(self) -> str:
        """What it is now, in a few words."""
        return ", ".join(f"{one.label} {one.before.shown}".strip() for one in self.fields if one.before.shown)

    def shown(self, values: Mapping[str, Value]) -> str:
        """What its fields are by these values, by name, in a few words."""
        named = [(one.label, values[one.name].shown) for one in self.fields if one.name in values]
        return ", ".join(f"{label} {shown}".strip() for label, shown in named if shown)


def asked_of(verb: str, noun: str, items: Sequence[Item]) -> str:
    """What is asked of how many things, as they are ticked at first: `Set 12 tasks (2 more are not ticked)`."""
    count, left = sum(one.ticked for one in items), sum(not one.ticked for one in items)
    if not count:
        return f"{verb} none of {left} {noun if left == 1 else several(noun)}, as ticked"
    more = f" ({left} more {'is' if left == 1 else 'are'} not ticked)" if left else ""
    return f"{verb} {count} {noun if count == 1 else several(noun)}{more}"


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that Kitsu itself will do because of an item, whose key is `because`: `lead` address `rest`.

    `alike` is the same without the place, for effects in several. `field` is what it sets of `target`, or, with a
    `lead`, what it counts on; `target` is empty for what no item can be about.
    """

    because: str
    address: str
    lead: str
    rest: str
    alike: str
    target: str = ""
    field: Field | None = None

    @property
    def says(self) -> str:
        """In a few words."""
        return " ".join(filter(None, (self.lead, self.address, self.rest)))


@dataclass(frozen=True, slots=True)
class Request:
    """One request to Zou, exactly as it will go. `body` is JSON or an `Upload`; `expect` the one status that means
    success; `keys` the items it is for.

    `alone` False: from this one on other changes may go between, as what they could overwrite is written.
    """

    method: str
    path: str
    body: Any
    expect: int
    keys: tuple[str, ...]
    alone: bool = True


@dataclass(frozen=True, slots=True)
class Earlier:
    """An item of an earlier change, by code and key, and when it was sent, in seconds since 1970. `written`: it is in
    Kitsu; else nobody knows.
    """

    code: str
    key: str
    sent_at: float
    written: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """One proposed change, however many items. `kind` is the area's name for it, `agent` the host's name for itself.

    `verb` and `noun` say what is asked: "Comment on" a "task". `text` is the one text that a person may edit; `above`
    and `below` are further lines that stand in Kitsu with it, and the text of each item after it.
    `unchanged` are addresses of what is so already, of which `earlier` wrote some unnoticed. `code` is its name in the
    journal, given when it is proposed. `posts`: it leaves words in Kitsu, which are signed, and of which Kitsu tells
    whoever follows. `detail` is a sentence on what the items have no room to say, and a person should know.
    `reopens`: it is of a closed production, to which nothing else is written. `foresee` works out again what Kitsu
    itself does for some of the items with a text; it is not kept.
    """

    kind: str
    tool: str
    project_id: str
    project: str
    verb: str
    items: tuple[Item, ...]
    noun: str = "task"
    unchanged: tuple[str, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    text: str = ""
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    told: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    agent: str = ""
    person: str = ""
    code: str = ""
    posts: bool = True
    detail: str = ""
    reopens: bool = False
    foresee: Callable[[Sequence[Item], str], Sequence[Effect]] | None = field(default=None, compare=False, repr=False)

    @property
    def json(self) -> bytes:
        """As it is kept."""
        return orjson.dumps(replace(self, foresee=None))

    def with_ids(self, ids: Mapping[str, str]) -> Self:
        """The change with these ids in the place of what stood for them, wherever that is named."""
        text = _ID.sub(lambda found: ids.get(found[0], found[0]), self.json.decode())
        return TypeAdapter(type(self)).validate_json(text)

    @property
    def digest(self) -> str:
        """What the change is, without its code: the same change proposed again has the same digest."""
        return hashlib.sha256(replace(self, code="").json).hexdigest()

    @property
    def ticked(self) -> tuple[Item, ...]:
        """The items that go where a person changes nothing."""
        return tuple(item for item in self.items if item.ticked)

    @property
    def asks(self) -> str:
        """What is asked of how many things, as they are ticked at first."""
        return asked_of(self.verb, self.noun, self.items)

    def step(self, item: Item) -> str:
        """Which step of the change an item belongs to, in a few words; empty where there is but one."""
        del item
        return ""

    def in_turn(self, items: Sequence[Item]) -> list[Sequence[Item]]:
        """Items that are sent one step after the other."""
        return [items]

    def intent(self, item: Item) -> list[Any]:
        """What an item is to be afterwards, whatever it was before."""
        fields = [(one.name, one.after.raw) for one in item.fields]
        return [self.kind, item.target or item.key, fields, item.text, self.text]

    @property
    def signature(self) -> str:
        """The line that ends every text of this change."""
        return signature(self.agent, self.person, self.code)

    @property
    def words(self) -> tuple[str, ...]:
        """All that will stand in Kitsu in words, for a person to read before."""
        own = (f"▸ {item.address.rpartition('/')[2]}: {item.text}" for item in self.items if item.text)
        return tuple(filter(None, (*self.above, self.text, *own, *self.below)))

    def effects_of(self, items: Sequence[Item]) -> list[Effect]:
        """What Kitsu will do because of these items."""
        keys = {item.key for item in items}
        return [effect for effect in self.effects if effect.because in keys]

    def with_effects_of(self, items: Sequence[Item], text: str) -> "Change":
        """The change with what Kitsu does for these items alone, with this text."""
        return self if self.foresee is None else replace(self, effects=tuple(self.foresee(items, text)))


def placeholder(*of: str) -> str:
    """What stands for the id of a thing that is to be made, as long as it is not there: the same for the same words."""
    return str(uuid5(NAMESPACE_OID, "/".join(of)))


def ids_in(text: str) -> list[str]:
    """The ids that are named in a text."""
    return _ID.findall(text)
