"""How a person is asked: short enough to be read whole in a host's dialog, and the same however often it is rendered.

What Claude Code 2.1.330 shows (driven in a terminal): four lines of a message, each cut at the terminal's edge; a
ticked list that stays shut until it is opened; of an entry 48 characters; of a text field one line, and of the focused
one only its end. So the message alone says enough to decide by, gravest first: which tasks, and the comment in its own
words. A comment too long for that can be read whole in a list of its own.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import takewhile
from typing import Annotated, Any, ClassVar

from mcp.server.mcpserver import Context, Elicit
from pydantic import BaseModel, Field, WithJsonSchema, create_model

from kitsu_tools.gate.plan import Effect, Item, Plan
from kitsu_tools.gate.text import shown, visible
from kitsu_tools.gate.wording import counted, fitted, places, shortened, wrapped
from kitsu_tools.tracker.addresses import relative
from kitsu_tools.tracker.errors import BadInput, KitsuError, listed

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
LAST_ENTRY = "(end of the list)"
"""Stands for no change. Behind it even the last change, ticked again by Enter, comes out of order."""
MODERN = "2026-07-28"


class Confirmation(BaseModel):
    """A person's answer. Each question makes its own form of it, with the fields it asks for."""

    in_order: ClassVar[tuple[str, ...]] = ()
    """All entries, where the host answers in their order unless Enter ticked one again; else empty."""

    @property
    def ticked(self) -> list[str] | None:
        """The entries to send; None where the question had no list. One that Enter ticked again is not sent."""
        given: list[str] | None = self.__dict__.get("changes")
        if given is None or not self.in_order:
            return given
        if LAST_ENTRY in self.in_order and given and LAST_ENTRY not in given:
            raise BadInput(
                f"{LAST_ENTRY!r} was unticked, so what Enter ticked again cannot be told. Nothing was written."
            )
        places = {entry: place for place, entry in enumerate(self.in_order)}
        kept: list[str] = []
        furthest = -1
        for entry in given:
            place = places.get(entry, furthest)
            if place >= furthest:
                furthest = place
                kept.append(entry)
        return [entry for entry in kept if entry != LAST_ENTRY]

    @property
    def edited(self) -> str | None:
        """The comment as the person left it; None where the question had none."""
        return self.__dict__.get("comment")


class CannotAsk(KitsuError):
    """The host has no way to put a question to a person."""


def require_a_person(ctx: Context) -> None:
    """Refuse to go on where nobody can be asked.

    Raises:
        CannotAsk: the host declares no form elicitation, or has no way back to it.
    """
    capabilities = ctx.client_capabilities
    elicitation = capabilities.elicitation if capabilities is not None else None
    form = elicitation is not None and (elicitation.form is not None or elicitation.url is None)
    modern = (ctx.protocol_version or "") >= MODERN
    if not form or not (modern or ctx.session.can_send_request):
        raise CannotAsk(
            "This host cannot show a question to a person (MCP elicitation), and nothing is written to Kitsu without a "
            "person's yes. Nothing was written. Use a host that can ask, such as Claude Code, or let the person make "
            "this change in Kitsu."
        )


def question(plan: Plan) -> Elicit[Confirmation]:
    """The question for a plan. Deterministic: no clock, no random id."""
    return Elicit("\n".join(_lines(plan)), _form(plan))


def entries(plan: Plan) -> dict[str, Item]:
    """The ticked entries of a question, each with the item it stands for."""
    below = _common_parent(plan)
    short = [_entry(relative(item.address, below), item) for item in plan.items]
    if len(set(short)) < len(short):
        short = [visible(f"{item.address} {_move(item)}") for item in plan.items]
    if len(set(short)) < len(short):  # names that differ only in what nobody sees
        short = [f"{number}. {entry}" for number, entry in enumerate(short, 1)]
    return dict(zip(short, plan.items, strict=True))


def _lines(plan: Plan) -> list[str]:
    said = _said(plan, _room_for_said(plan))
    body = [*said, _told(plan)] if len(plan.items) == 1 else [_places_of(plan), _told(plan), *said]
    return [_headline(plan), *_grave(plan), *body, _signed(plan)][:MOST_LINES]


def _room_for_said(plan: Plan) -> int:
    """How many lines of the message are left for what the comment says."""
    left = MOST_LINES - 2 - len(_grave(plan))
    return max(left, 1) if len(plan.items) == 1 else max(left - 1, 0)


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
    return fitted(f"{verb} {len(plan.items)} tasks in {plan.project} ({how})?", LINE)


def _grave(plan: Plan) -> list[str]:
    """What a person must not overlook: at most a line of warnings, and one of what Kitsu does by itself."""
    below, lines = _common_parent(plan), list[str]()
    if plan.warnings:
        warnings = [one.replace(f"{below}/", "").replace(f"{plan.project}/", "") for one in plan.warnings]
        lines.append(counted([(one, 1) for one in warnings], LINE, " · "))
    if plan.effects:
        alike: dict[str, list[Effect]] = {}
        for effect in plan.effects:
            alike.setdefault(_happening(effect), []).append(effect)
        start = "Kitsu itself also changes: "
        happenings = [(_happened(what, effects, plan.project), len(effects)) for what, effects in alike.items()]
        lines.append(start + counted(happenings, LINE - len(start), " · "))
    return [fitted(line, LINE) for line in lines]


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


def _said(plan: Plan, most: int) -> list[str]:
    """The comment and its checklist in at most so many lines, with how much is left out."""
    whole = _in_full(plan)
    lines = wrapped(whole, LINE)
    if len(lines) <= most or not most:
        return lines[:most]
    kept = [*lines[: most - 1], lines[most - 1][: LINE - 25]]
    return [*kept[:-1], f"{kept[-1]}… (+{len(whole) - len(' '.join(kept)):,} characters)"]


def _in_full(plan: Plan) -> str:
    said = f"“{shown(plan.text)}”" if plan.text else ""
    return " ☐ ".join([said, *plan.checklist]).strip()


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
    return behind_the_list or len(wrapped(_in_full(plan), NARROW_LINE)) <= _room_for_said(plan)


def _pieces(plan: Plan) -> list[str]:
    """The comment and its checklist in pieces of which an entry shows all."""
    lines = [*plan.text.split("\n"), *(f"☐ {line}" for line in plan.checklist)]
    return [piece for line in lines for piece in wrapped(line, ENTRY)]


def _move(item: Item) -> str:
    before, after = visible(item.before), visible(item.after)
    return f"{before} → {after}" if item.changes_status else f"stays {before}"


def _entry(name: str, item: Item) -> str:
    """Single spaces only: Claude Code puts quotes around an entry with two in a row."""
    return f"{shortened(name, ENTRY - len(_move(item)) - 1)} {_move(item)}"


def _common_parent(plan: Plan) -> str:
    """The address that all items lie directly or deeper below."""
    parents = [item.address.rpartition("/")[0].split("/") for item in plan.items]
    same = takewhile(lambda parts: len(set(parts)) == 1, zip(*parents, strict=False))
    return "/".join(parts[0] for parts in same)
