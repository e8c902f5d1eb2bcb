"""How a person is asked: short enough to be read whole in a host's dialog, and the same however often it is rendered.

What Claude Code 2.1.330 shows (driven in a terminal): four lines of a message, each cut at the terminal's edge; a
ticked list that stays shut until it is opened; of an entry 48 characters; of a text field one line, and of the focused
one only its end. So the message alone says enough to decide by, gravest first: which tasks, and the comment in its own
words. A comment too long for that can be read whole in a list of its own.

Names and the comment are other people's, and none of them may speak as the server: names pass `_seen`, and the comment
stands last, each of its lines behind an opening quotation mark, below all that the server says.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import takewhile
from typing import Annotated, Any

from mcp.server.mcpserver import Elicit
from pydantic import Field, WithJsonSchema, create_model

from kitsu_tools.gate.confirmation import LAST_ENTRY, Confirmation
from kitsu_tools.gate.plan import Effect, Item, Plan
from kitsu_tools.gate.text import in_one_line, quoted, shown
from kitsu_tools.gate.wording import counted, fitted, places, shortened, wrapped
from kitsu_tools.tracker.addresses import relative
from kitsu_tools.tracker.errors import listed

MOST_LINES = 4
LINE = 100
NARROW_LINE = 72
"""What a terminal of 80 columns shows of a line."""
FIELD = 60
"""What it shows of a text field that has not the focus."""
ENTRY = 48
"""What is shown of an entry in a list, however wide the terminal."""
TICKS_ON_ENTER = "claude-code"
"""In an open list of this host Enter ticks the entry it stands on, also one just unticked, and appends it."""
NAME = 40
STATUS = 24
"""What is shown of one person's name, and of a status's."""
MARK = "“"
BETWEEN = " · "
ROOM_TO_COUNT = len(" (+99 more)")


@lru_cache(maxsize=8)
def question(plan: Plan) -> Elicit[Confirmation]:
    """The question for a plan. Deterministic: no clock, no random id. Kept for the second round of a confirmation."""
    seen = _seen(plan)
    return Elicit("\n".join(fitted(line, LINE) for line in _lines(seen)), _form(seen))


def entries(plan: Plan) -> dict[str, Item]:
    """The ticked entries of a question, each with the item it stands for."""
    seen = _seen(plan)
    below = _common_parent(seen)
    short = [_entry(relative(item.address, below), item, ENTRY) for item in seen.items]
    if len(set(short)) < len(short):
        short = [_entry(item.address, item, LINE) for item in seen.items]
    if len(set(short)) < len(short):  # names that differ only in what nobody sees, or deep inside
        short = [f"{number}. {entry}" for number, entry in enumerate(short, 1)]
    return dict(zip(short, plan.items, strict=True))


def _seen(plan: Plan) -> Plan:
    """The plan with every name from Kitsu as one visible line: the one way for them into a question."""

    def status(name: str) -> str:
        return shortened(in_one_line(name), STATUS)

    def item(one: Item) -> Item:
        return replace(one, address=in_one_line(one.address), before=status(one.before), after=status(one.after))

    def effect(one: Effect) -> Effect:
        return replace(one, address=in_one_line(one.address), before=status(one.before), after=status(one.after))

    return replace(
        plan,
        project=in_one_line(plan.project),
        items=tuple(map(item, plan.items)),
        effects=tuple(map(effect, plan.effects)),
        told=tuple(shortened(in_one_line(name), NAME) for name in plan.told),
        warnings=tuple(map(in_one_line, plan.warnings)),
    )


def _lines(plan: Plan) -> list[str]:
    """What the server says, and last the comment: behind its opening mark nothing is the server's any more."""
    said = _said(plan)
    first = [_headline(plan), *_grave(plan), *([_places_of(plan)] if len(plan.items) > 1 else [])]
    further = [_told(plan), _signed(plan)][: max(MOST_LINES - len(first) - len(said), 0)]
    return [*first, *further, *said][:MOST_LINES]


def _room_for_said(plan: Plan) -> tuple[int, int]:
    """How many lines of the message are left for the comment, and of how many characters.

    Where it pushes out who is told, it must not be wrapped by any host: a part of it would stand where that does.
    """
    left = MOST_LINES - 2 - len(_grave(plan)) - (len(plan.items) > 1)
    return max(left, 1), LINE if left > 0 else ENTRY


def _headline(plan: Plan) -> str:
    if len(plan.items) == 1:
        (item,) = plan.items
        verb = "Comment on" if plan.text else "Change"
        rest = f" ({_move(item)})?"
        return f"{verb} {shortened(item.address, LINE - len(verb) - 1 - len(rest))}{rest}"
    moves = Counter(map(_move, plan.items))
    how = ", ".join(f"{move} ×{count}" for move, count in moves.most_common())
    moved = any(item.changes_status for item in plan.items)
    verb = " and ".join(["comment on"] * bool(plan.text) + ["set"] * moved).capitalize()
    return fitted(f"{verb} {len(plan.items)} tasks in {shortened(plan.project, NAME)} ({how})?", LINE)


def _grave(plan: Plan) -> list[str]:
    """What a person must not overlook: at most a line of warnings, and one of what Kitsu does by itself.

    Of several tasks with a comment both share a line: the comment is to be read before the yes as well.
    """
    share = len(plan.items) > 1 and bool(plan.text and plan.warnings and plan.effects)
    room = (LINE - len(BETWEEN)) // 2 if share else LINE
    lines = [fitted(line, room) for line in (_warned(plan, room), _also_changed(plan, room)) if line]
    return [BETWEEN.join(lines)] if share else lines


def _warned(plan: Plan, room: int) -> str:
    below = _common_parent(plan)
    warnings = [one.replace(f"{below}/", "").replace(f"{plan.project}/", "") for one in plan.warnings]
    return counted([(shortened(one, room - ROOM_TO_COUNT), 1) for one in warnings], room, BETWEEN) if warnings else ""


def _also_changed(plan: Plan, room: int) -> str:
    alike: dict[str, list[Effect]] = {}
    for effect in plan.effects:
        alike.setdefault(_happening(effect), []).append(effect)
    start = "Kitsu itself also changes: " if room == LINE else "Kitsu also: "
    happenings = [(_happened(what, effects, plan.project), len(effects)) for what, effects in alike.items()]
    return start + counted(happenings, room - len(start), BETWEEN) if happenings else ""


def _happening(effect: Effect) -> str:
    match effect.kind:
        case "status":
            return f"{effect.address.rpartition(':')[2]} {effect.change}"
        case "comment":
            return "the same comment"
        case "ready for":
            return f"ready for {effect.after}"


def _happened(what: str, effects: Sequence[Effect], project: str) -> str:
    if len(effects) == 1:
        return relative(effects[0].line(), project)
    entities = [effect.address.partition(":")[0] for effect in effects]
    return f"{what} ×{len(effects)} ({places(entities, project, LINE // 2)})"


def _places_of(plan: Plan) -> str:
    return places([item.address for item in plan.items], plan.project, LINE)


def _told(plan: Plan) -> str:
    named = f"{listed(plan.told, 4)} and" if plan.told else "nobody but"
    checklist = f"With a checklist of {len(plan.checklist)}. " if plan.checklist else ""
    return fitted(f"{checklist}Tells {named} whoever follows the task{'s' * (len(plan.items) > 1)}.", LINE)


def _signed(plan: Plan) -> str:
    """The signature with its code, which is never cut: by it the answer to one question fits no other."""
    code = f" [{plan.code}]"
    return fitted(f"Signed: {plan.signature.removesuffix(code)}", LINE - len(code)) + code


def _said(plan: Plan) -> list[str]:
    """The comment and its checklist in the lines there are, each behind the mark, with how much is left out."""
    most, room = _room_for_said(plan)
    whole = _in_full(plan)
    lines = wrapped(whole, room - len(MARK))
    if len(lines) > most > 0:
        kept = [*lines[: most - 1], lines[most - 1][: room - 26]]
        lines = [*kept[:-1], f"{kept[-1]}… (+{len(whole) - len(' '.join(kept)):,} characters)"]
    return [line if line.startswith(MARK) else f"{MARK}{line}" for line in lines[:most]]


def _in_full(plan: Plan) -> str:
    return quoted(" ☐ ".join([plan.text, *plan.checklist])) if plan.text else ""


def _form(plan: Plan) -> type[Confirmation]:
    fields: dict[str, Any] = {}
    spilled = [line for line in (_told(plan), _signed(plan)) if line not in _lines(plan)]
    guarded = plan.agent == TICKS_ON_ENTER
    every = list(entries(plan)) if len(plan.items) > 1 or not plan.text else []
    if every:
        title = f"{len(every)} changes" if len(every) > 1 else "Change"
        every += [LAST_ENTRY] * (guarded and len(every) > 1)
        named = {"title": title, "description": " ".join([_how_to_untick(plan), *spilled]).strip()}
        listing = {"type": "array", "items": {"type": "string", "enum": every}, "default": every}
        fields["changes"] = (Annotated[list[str], WithJsonSchema(named | listing)], ...)
        spilled = []
    if not _all_said(plan):
        pieces = [{"const": str(number), "title": piece} for number, piece in enumerate(_pieces(plan), 1)]
        named = {"title": "Read all of it", "description": "To read only: what is chosen here changes nothing"}
        # Made by a factory: a plain default would stand in the schema.
        unset = Field(default_factory=str)
        fields["reading"] = (Annotated[str, WithJsonSchema(named | {"type": "string", "oneOf": pieces})], unset)
    if plan.text:
        named = {"title": "Comment", "description": " ".join(["Edit it if you like.", *spilled])}
        text = {"type": "string", "default": shown(plan.text)}
        fields["comment"] = (Annotated[str, WithJsonSchema(named | text)], ...)
    form = create_model("Confirmation", __base__=Confirmation, **fields)
    form.in_order = tuple(every) if guarded else ()
    return form


def _how_to_untick(plan: Plan) -> str:
    if len(plan.items) == 1:
        return ""
    if plan.agent == TICKS_ON_ENTER:
        return "Space unticks. Leave the list with ← or ↓: Enter ticks again."
    return "Untick what not to send."


def _all_said(plan: Plan) -> bool:
    """Whether a person sees all of the comment without opening anything, in a narrow terminal too."""
    behind_the_list = len(plan.items) > 1 and len(wrapped(shown(plan.text), FIELD)) <= 1
    most, room = _room_for_said(plan)
    return behind_the_list or len(wrapped(_in_full(plan), min(NARROW_LINE, room) - len(MARK))) <= most


def _pieces(plan: Plan) -> list[str]:
    """The comment and its checklist in pieces of which an entry shows all."""
    lines = [*plan.text.split("\n"), *(f"☐ {shown(line)}" for line in plan.checklist)]
    return [piece for line in lines for piece in wrapped(in_one_line(line.replace("\t", " ")), ENTRY)]


def _move(item: Item) -> str:
    return f"{item.before} → {item.after}" if item.changes_status else f"stays {item.before}"


def _entry(name: str, item: Item, room: int) -> str:
    """Single spaces only: Claude Code puts quotes around an entry with two in a row."""
    return f"{shortened(name, max(room - len(_move(item)) - 1, 1))} {_move(item)}"


def _common_parent(plan: Plan) -> str:
    """The address that all items lie directly or deeper below."""
    parents = [item.address.rpartition("/")[0].split("/") for item in plan.items]
    same = takewhile(lambda parts: len(set(parts)) == 1, zip(*parents, strict=False))
    return "/".join(parts[0] for parts in same)
