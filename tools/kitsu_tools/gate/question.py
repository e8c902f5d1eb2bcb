"""How a person is asked in a form: short enough to be read whole in a host's dialog, and the same however often it is
rendered. What a host shows is in `hosts`.

The message alone says enough to decide by, gravest first: which things, what becomes of them, and the text in its own
words. A text too long for that can be read whole in a list of its own.

Names and texts are other people's, and none of them may speak as the server: names pass `_seen`, and the text stands
last, each of its lines behind an opening quotation mark, below all that the server says.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import takewhile
from operator import attrgetter
from typing import Annotated, Any, TypeVar

from mcp.server.mcpserver import Elicit
from pydantic import Field as FormField
from pydantic import WithJsonSchema, create_model

from kitsu_tools.gate.change import Change, Effect, Field, Item, Value
from kitsu_tools.gate.confirmation import LAST_ENTRY, Confirmation
from kitsu_tools.gate.groups import groups, moves, named
from kitsu_tools.gate.hosts import HostProfile, profile_of
from kitsu_tools.gate.text import counted, fitted, in_one_line, places, quoted, shortened, shown, wrapped
from kitsu_tools.tracker.addresses import relative
from kitsu_tools.tracker.errors import listed

NAME = 40
VALUE = 24
"""What is shown of one person's name, and of a value such as a status."""
MARK = "“"
BETWEEN = " · "
ROOM_TO_COUNT = len(" (+99 more)")
C = TypeVar("C", bound=Change)


@lru_cache(maxsize=8)
def question(change: Change) -> Elicit[Confirmation]:
    """The question for a change. Deterministic: no clock, no random id. Kept for the second round of a confirmation."""
    form = _Form(change)
    return Elicit("\n".join(fitted(line, form.host.line) for line in form.lines()), form.model())


def headline(change: Change) -> str:
    """What is asked, in one line."""
    return _Form(change).headline()


def entries(change: Change) -> dict[str, Sequence[Item]]:
    """The ticked entries of a question, each with the items it stands for."""
    return _Form(change).entries()


def _seen(change: C) -> C:
    """The change with every name from Kitsu as one visible line: the one way for them into a question."""

    def value(one: Value) -> Value:
        return replace(one, shown=shortened(in_one_line(one.shown), VALUE))

    def field(one: Field) -> Field:
        return replace(one, before=value(one.before), after=value(one.after), move=in_one_line(one.move))

    def item(one: Item) -> Item:
        return replace(one, address=in_one_line(one.address), fields=tuple(map(field, one.fields)))

    def effect(one: Effect) -> Effect:
        plain = (in_one_line(text) for text in (one.address, one.lead, one.rest, one.alike))
        address, lead, rest, alike = plain
        return replace(one, address=address, lead=lead, rest=rest, alike=alike)

    return replace(
        change,
        project=in_one_line(change.project),
        items=tuple(map(item, change.items)),
        effects=tuple(map(effect, change.effects)),
        told=tuple(shortened(in_one_line(name), NAME) for name in change.told),
        warnings=tuple(map(in_one_line, change.warnings)),
    )


class _Form:
    """The form for one change on one host."""

    def __init__(self, change: Change) -> None:
        self._given = change
        self._change = _seen(change)
        self.host: HostProfile = profile_of(change.agent)

    def entries(self) -> dict[str, Sequence[Item]]:
        """The entries of the list, each with the items of the change as they were given: of many, those alike."""
        items, below = self._change.items, _common_parent(self._change)
        several: list[list[Item]] = [[item] for item in items]
        if len(items) > self.host.entries:
            several = groups(self._change, self.host.entries)

        def said(name: Callable[[Item], str], room: int) -> list[str]:
            return [
                _entry(name(some[0]), some[0], room) if len(some) == 1 else named(some, below, room) for some in several
            ]

        short = said(lambda item: relative(item.address, below), self.host.entry)
        if len(set(short)) < len(short):
            short = said(lambda item: item.address, self.host.line)
        if len(set(short)) < len(short):  # names that differ only in what nobody sees, or deep inside
            short = [f"{number}. {entry}" for number, entry in enumerate(short, 1)]
        given = {item.key: item for item in self._given.items}
        return {entry: [given[item.key] for item in some] for entry, some in zip(short, several, strict=True)}

    def lines(self) -> list[str]:
        """What the server says, and last the text: behind its opening mark nothing is the server's any more."""
        change, most = self._change, self.host.message_lines
        said = self._said()
        going = dict.fromkeys(item.address for item in change.ticked or change.items)
        several = [places(list(going), change.project, self.host.line)]
        first = [self.headline(), *self._grave(), *(several if len(change.items) > 1 else [])]
        further = [self._told(), self._signed()][: max(most - len(first) - len(said), 0)]
        return [*first, *further, *said][:most]

    def model(self) -> type[Confirmation]:
        """The fields: what to send, the whole text to read where the message has no room for it, the text to edit."""
        change = self._change
        fields: dict[str, Any] = {}
        lines = self.lines()
        spilled = [line for line in (self._told(), self._signed()) if line not in lines]
        guarded = self.host.ticks_on_enter
        given = self.entries() if len(change.items) > 1 or not change.text else {}
        every, ticked = list(given), [entry for entry, items in given.items() if items[0].ticked]
        if every:
            count = len(change.items)
            title = f"{count} changes{f' in {len(every)} groups' * (len(every) < count)}" if count > 1 else "Change"
            last = [LAST_ENTRY] * (guarded and len(every) > 1)
            every, ticked = [*every, *last], [*ticked, *last]
            named = {"title": title, "description": " ".join([self._how_to_untick(), *spilled]).strip()}
            listing = {"type": "array", "items": {"type": "string", "enum": every}, "default": ticked}
            fields["changes"] = (Annotated[list[str], WithJsonSchema(named | listing)], ...)
            spilled = []
        if not self._all_said():
            pieces = [{"const": str(number), "title": piece} for number, piece in enumerate(self._pieces(), 1)]
            named = {"title": "Read all of it", "description": "To read only: what is chosen here changes nothing"}
            # Made by a factory: a plain default would stand in the schema.
            unset = FormField(default_factory=str)
            fields["reading"] = (Annotated[str, WithJsonSchema(named | {"type": "string", "oneOf": pieces})], unset)
        if change.text:
            named = {"title": "Comment", "description": " ".join(["Edit it if you like.", *spilled])}
            text = {"type": "string", "default": shown(change.text)}
            fields["comment"] = (Annotated[str, WithJsonSchema(named | text)], ...)
        form = create_model("Confirmation", __base__=Confirmation, **fields)
        form.in_order = tuple(every) if guarded else ()
        return form

    def headline(self) -> str:
        """What is asked, in one line."""
        change, line = self._change, self.host.line
        if len(change.items) == 1:
            (item,) = change.items
            says = item.says if item.ticked else f"not ticked: {item.says}"
            rest = f" ({shortened(says, line // 2)})?"
            return f"{change.verb} {shortened(item.address, line - len(change.verb) - 1 - len(rest))}{rest}"
        is_much = len(change.items) > self.host.entries
        moved = moves(change.ticked, attrgetter("becomes" if is_much else "says"))
        how = ", ".join(f"{move} ×{count}" for move, count in moved)
        what = f"{change.asks} in {shortened(change.project, NAME)}"
        return fitted(f"{what} ({how})?" if how else f"{what}?", line)

    def _grave(self) -> list[str]:
        """What a person must not overlook: at most a line of warnings, and one of what Kitsu does by itself.

        Of several things with a text both share a line: the text is to be read before the yes as well.
        """
        change, line = self._change, self.host.line
        share = len(change.items) > 1 and bool(change.words and change.warnings and change.effects)
        room = (line - len(BETWEEN)) // 2 if share else line
        lines = [fitted(one, room) for one in (self._warned(room), self._also_changed(room)) if one]
        return [BETWEEN.join(lines)] if share else lines

    def _warned(self, room: int) -> str:
        change, below = self._change, _common_parent(self._change)
        warnings = [one.replace(f"{below}/", "").replace(f"{change.project}/", "") for one in change.warnings]
        return (
            counted([(shortened(one, room - ROOM_TO_COUNT), 1) for one in warnings], room, BETWEEN) if warnings else ""
        )

    def _also_changed(self, room: int) -> str:
        line = self.host.line
        alike: dict[str, list[Effect]] = {}
        for effect in self._change.effects:
            alike.setdefault(effect.alike, []).append(effect)
        start = "Kitsu itself also changes: " if room == line else "Kitsu also: "
        happenings = [
            (_happened(what, effects, self._change.project, line // 2), len(effects)) for what, effects in alike.items()
        ]
        return start + counted(happenings, room - len(start), BETWEEN) if happenings else ""

    def _told(self) -> str:
        change = self._change
        if not change.posts:
            return fitted(f"{change.detail} Tells {listed(change.told, 4) or 'nobody'}.".strip(), self.host.line)
        named = f"{listed(change.told, 4)} and" if change.told else "nobody but"
        whom = f"Tells {named} whoever follows the {change.noun}{'s' * (len(change.items) > 1)}."
        return fitted(f"{change.detail} {whom}".strip(), self.host.line)

    def _signed(self) -> str:
        """The signature with its code, which is never cut: by it the answer to one question fits no other."""
        code = f" [{self._change.code}]"
        if not self._change.posts:
            return f"In the journal:{code}"
        return fitted(f"Signed: {self._change.signature.removesuffix(code)}", self.host.line - len(code)) + code

    def _room_for_said(self) -> tuple[int, int]:
        """How many lines of the message are left for the text, and of how many characters.

        Where it pushes out who is told, it must not be wrapped by any host: a part of it would stand where that does.
        """
        left = self.host.message_lines - 2 - len(self._grave()) - (len(self._change.items) > 1)
        return max(left, 1), self.host.line if left > 0 else self.host.entry

    def _said(self) -> list[str]:
        """The text and what belongs to it in the lines there are, each behind the mark, with how much is left out."""
        most, room = self._room_for_said()
        whole = self._in_full()
        lines = wrapped(whole, room - len(MARK))
        if len(lines) > most > 0:
            kept = [*lines[: most - 1], lines[most - 1][: room - 26]]
            lines = [*kept[:-1], f"{kept[-1]}… (+{len(whole) - len(' '.join(kept)):,} characters)"]
        return [line if line.startswith(MARK) else f"{MARK}{line}" for line in lines[:most]]

    def _in_full(self) -> str:
        words = self._change.words
        return quoted(" ".join(words)) if words else ""

    def _all_said(self) -> bool:
        """Whether a person sees all of the text without opening anything, in a narrow terminal too."""
        change = self._change
        in_field = len(change.items) > 1 and change.words == (change.text,)
        if in_field and len(wrapped(shown(change.text), self.host.field)) <= 1:
            return True
        most, room = self._room_for_said()
        return len(wrapped(self._in_full(), min(self.host.narrow_line, room) - len(MARK))) <= most

    def _pieces(self) -> list[str]:
        """The text and what belongs to it in pieces of which an entry shows all."""
        text, *others = self._change.words
        lines = [*text.split("\n"), *map(shown, others)]
        return [piece for line in lines for piece in wrapped(in_one_line(line.replace("\t", " ")), self.host.entry)]

    def _how_to_untick(self) -> str:
        if len(self._change.items) == 1:
            return ""
        if self.host.ticks_on_enter:
            out = (
                " What is not ticked at first stays out here."
                if not all(one.ticked for one in self._change.items)
                else ""
            )
            return f"Space unticks. Leave the list with ← or ↓: Enter ticks again.{out}"
        return "Untick what not to send."


def _happened(what: str, effects: Sequence[Effect], project: str, room: int) -> str:
    if len(effects) == 1:
        return relative(effects[0].says, project)
    entities = [effect.address.partition(":")[0] for effect in effects]
    return f"{what} ×{len(effects)} ({places(entities, project, room)})"


def _entry(name: str, item: Item, room: int) -> str:
    """The name comes first, as by it entries are told apart; what all alike do stands in the headline too.

    Single spaces only: Claude Code puts quotes around an entry with two in a row.
    """
    says = shortened(item.says, max(room - len(name) - 1, room // 3))
    return f"{shortened(name, max(room - len(says) - 1, 1))} {says}"


def _common_parent(change: Change) -> str:
    """The address that all items lie directly or deeper below."""
    parents = [item.address.rpartition("/")[0].split("/") for item in change.items]
    same = takewhile(lambda parts: len(set(parts)) == 1, zip(*parents, strict=False))
    return "/".join(parts[0] for parts in same)
