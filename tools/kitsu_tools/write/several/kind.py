"""Several changes of different kinds as one: one question, sent in order, each by the rules of its own kind.

What an item of a step is called, `key` and `target`, has in the whole the step's number or kind before it, so that
every rule of a kind is asked about its own things alone.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Any, TypeVar

from pydantic import TypeAdapter

from kitsu_tools.gate.change import Change, Effect, Item, Request, asked_of
from kitsu_tools.gate.existence import THERE, Creates
from kitsu_tools.gate.kind import Evidence, Kind, Looked
from kitsu_tools.tracker.errors import BadInput, NotFound
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.write.kinds import KINDS
from kitsu_tools.write.several.left import as_left, out_of_episodes
from kitsu_tools.write.several.planned import planned

T = TypeVar("T", Item, Effect)
STAY = frozenset({"playlists", "new playlists"})
"""Kinds whose things do not go with the entities and tasks that they name."""
REMOVED_FIRST = ("deleted tasks", "deleted playlists", "deleted entities")
"""What counts on that nothing was saved since goes before what saves something."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of several changes. `change` is all of it as JSON, of the class that its `kind` has."""

    kind: str
    tool: str
    verb: str
    noun: str
    text: str
    change: str


@dataclass(frozen=True, slots=True)
class SeveralChange(Change):
    """Changes of one production, one after the other."""

    steps: tuple[Step, ...] = ()

    @property
    def asks(self) -> str:
        """What is asked of how many things, by steps."""
        said = [asked_of(step.verb, step.noun, list(items)) for step, items in _by_step(self, self.items)]
        return ", ".join([said[0], *(one[0].lower() + one[1:] for one in said[1:])])

    def step(self, item: Item) -> str:
        """Its number, and what is done in it."""
        number = _number(item.key)
        return f"{number}. {self.steps[number - 1].verb.removesuffix(':')}"

    def in_turn(self, items: Sequence[Item]) -> list[Sequence[Item]]:
        """Those of each step."""
        return [list(some) for _, some in _by_step(self, items)]

    def intent(self, item: Item) -> list[Any]:
        """As it is where the step is proposed by itself: what it wrote then is not written again."""
        step = self.steps[_number(item.key) - 1]
        _, *wanted, _ = Change.intent(self, _own(item))
        return [step.kind, *wanted, step.text]


def together(changes: Sequence[Change], tool: str) -> Change:
    """Changes of one production as one.

    Raises:
        BadInput: two of them would set, or count on, the same of one thing.
    """
    if len(changes) == 1:
        return replace(changes[0], tool=tool)
    _refuse_meeting(changes)
    first, numbered = changes[0], list(enumerate(changes, 1))
    nouns = {one.noun for one in changes}

    def foresee(some: Sequence[Item], _: str) -> list[Effect]:
        effects: list[Effect] = []
        for number, items in _runs(some):
            one, own = changes[number - 1], [_own(item) for item in items]
            bound = one.with_effects_of(own, one.text).effects_of(own)
            effects += [_whole(effect, number, one.kind) for effect in bound]
        return effects

    def each(of: Iterable[Iterable[str]]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one for several in of for one in several))

    return SeveralChange(
        "several",
        tool,
        first.project_id,
        first.project,
        "Change",
        tuple(_whole(item, number, one.kind) for number, one in numbered for item in one.items),
        noun=nouns.pop() if len(nouns) == 1 else "thing",
        unchanged=each(one.unchanged for one in changes),
        above=tuple(
            f"{number}. {word}" for number, one in numbered for word in (*one.above, one.text, *one.below) if word
        ),
        effects=tuple(_whole(effect, number, one.kind) for number, one in numbered for effect in one.effects),
        told=tuple(sorted(each(one.told for one in changes))),
        warnings=each(one.warnings for one in changes),
        posts=any(one.posts for one in changes),
        detail=" ".join(each([one.detail] for one in changes if one.detail)),
        reopens=any(one.reopens for one in changes),
        foresee=foresee,
        steps=tuple(Step(one.kind, one.tool, one.verb, one.noun, one.text, one.json.decode()) for one in changes),
    )


class Several:
    """The kind of change that is made of others."""

    change = SeveralChange

    def batch(self, change: SeveralChange) -> int:
        """As the one step has it whose items these are."""
        ((kind, own, items),) = _steps(change, change.items)
        return kind.batch(replace(own, items=tuple(items)))

    def edited(self, change: SeveralChange, text: str) -> str:
        """There is no text to edit: each step has its own."""
        del change
        return text

    async def look(self, kitsu: Kitsu, targets: Sequence[str]) -> Looked:
        """As each kind looks at its own."""
        found: dict[str, Any] = {}
        for kind, some in groupby(sorted(targets), lambda one: one.partition(":")[0]):
            looked = await KINDS[kind].look(kitsu, [one.partition(":")[2] for one in some])
            found |= {f"{kind}:{target}": fields for target, fields in looked.items()}
        return found

    async def changed_by(self, kitsu: Kitsu, target: str) -> str:
        """As its kind knows."""
        kind, _, own = target.partition(":")
        return await KINDS[kind].changed_by(kitsu, own)

    async def steps(
        self, change: SeveralChange, items: Sequence[Item], text: str
    ) -> AsyncGenerator[Request | Sequence[Request], Any]:
        """The requests of the one step whose items these are."""
        del text
        number = _number(items[0].key)
        ((kind, own, some),) = _steps(change, items)
        async with aclosing(kind.steps(own, some, own.text)) as requests:
            try:
                given = await anext(requests)
                while True:
                    several = [given] if isinstance(given, Request) else given
                    keyed = [replace(one, keys=tuple(f"{number}:{key}" for key in one.keys)) for one in several]
                    try:
                        answer = yield keyed
                    except Exception as failure:  # noqa: BLE001  the step's to catch
                        given = await requests.athrow(failure)
                    else:
                        given = await requests.asend(answer)
            except StopAsyncIteration:
                return

    async def evidence(
        self, kitsu: Kitsu, change: SeveralChange, items: Sequence[Item], now: Looked
    ) -> Mapping[str, Evidence]:
        """As each kind finds its own."""
        found: dict[str, Evidence] = {}
        for (kind, own, some), (number, _) in zip(_steps(change, items), _runs(items), strict=True):
            looked = {
                target.partition(":")[2]: fields for target, fields in now.items() if target.startswith(f"{own.kind}:")
            }
            found |= {f"{number}:{key}": one for key, one in (await kind.evidence(kitsu, own, some, looked)).items()}
        return found

    async def undo(self, kitsu: Kitsu, change: SeveralChange, items: Sequence[Item]) -> Change:
        """What takes each step back, each planned upon what was taken back before: what was made first, with what hangs
        on it, and then the last step first.

        Raises:
            BadInput: none of them can come back.
        """
        back: list[Change] = []
        left: list[str] = []
        steps = _steps(change, items)
        project = await kitsu.directory.project_by_id(change.project_id)
        applied = [replace(own, items=tuple(some)) for _, own, some in steps]
        ours = await as_left(kitsu, project, applied) if project else frozenset[str]()
        going = {item.key for item in items if item.made in ours}
        for kind, own, some in reversed(steps):
            alone = [item for item in some if own.kind in STAY or going.isdisjoint(item.hangs_on)]
            try:
                if isinstance(kind, Creates) and alone:
                    back.append(await kind.taken_back(await planned(kitsu, back), own, alone, ours))
                elif alone:
                    back.append(await kind.undo(await planned(kitsu, back), own, alone))
            except (BadInput, NotFound) as error:
                left.append(f"{own.tool}: {error}")
        removed = {item.made for item in items if item.key in going}
        followed = await out_of_episodes(await planned(kitsu, back), applied, removed) if removed else None
        back = sorted(
            (one for one in (*back, followed) if one is not None and one.items),
            key=lambda one: REMOVED_FIRST.index(one.kind) if one.kind in REMOVED_FIRST else len(REMOVED_FIRST),
        )
        if not back:
            raise BadInput(" ".join(left) or f"Everything of [{change.code}] is as it was already.")
        whole = together(back, "undo_change")
        return replace(whole, warnings=(*left, *whole.warnings))


def _steps(change: SeveralChange, items: Sequence[Item]) -> list[tuple[Kind[Any], Change, list[Item]]]:
    """Each step of these items as it is by itself, with its kind and those of its items, as they are there."""
    found: list[tuple[Kind[Any], Change, list[Item]]] = []
    for number, some in _runs(items):
        step = change.steps[number - 1]
        kind = KINDS[step.kind]
        bound = tuple(_own(one) for one in change.effects if _number(one.because) == number)  # of what was ticked
        own = replace(_read(step), agent=change.agent, person=change.person, code=change.code, effects=bound)
        made = {_own(item).key: item.made for item in some}
        found.append((kind, own, [replace(item, made=made[item.key]) for item in own.items if item.key in made]))
    return found


@lru_cache(maxsize=32)
def _read(step: Step) -> Change:
    return TypeAdapter[Change](KINDS[step.kind].change).validate_json(step.change)


def _by_step(change: SeveralChange, items: Iterable[Item]) -> list[tuple[Step, list[Item]]]:
    return [(change.steps[number - 1], some) for number, some in _runs(items)]


def _runs(items: Iterable[Item]) -> list[tuple[int, list[Item]]]:
    return [(number, list(some)) for number, some in groupby(items, lambda one: _number(one.key))]


def _number(key: str) -> int:
    return int(key.partition(":")[0])


def _whole(one: T, number: int, kind: str) -> T:
    """An item or an effect of a step as it is in the whole."""
    target = f"{kind}:{one.target}" if one.target else ""
    if isinstance(one, Item):
        return replace(one, key=f"{number}:{one.key}", target=target)
    return replace(one, because=f"{number}:{one.because}", target=target)


def _own(one: T) -> T:
    """An item or an effect of the whole as it is in its step."""
    target = one.target.partition(":")[2]
    if isinstance(one, Item):
        return replace(one, key=one.key.partition(":")[2], target=target)
    return replace(one, because=one.because.partition(":")[2], target=target)


def _refuse_meeting(changes: Sequence[Change]) -> None:
    """Refuse that two steps are about the same field of a thing, also one that Kitsu itself sets, or counts on, because
    of one of them, or that one is about what another removes: neither could be told from the other afterwards, nor
    taken back without it.
    """
    met: dict[tuple[str, str], int] = {}
    every = [(number, item) for number, change in enumerate(changes, 1) for item in change.items if item.target]
    gone = {item.target: number for number, item in every if item.changed(THERE) is False}
    for number, item in every:
        for field in item.fields:
            other = gone.get(item.target) or met.setdefault((item.target, field.name), number)
            if other != number:
                what = "existence" if field.name == THERE or item.target in gone else field.label or field.name
                raise BadInput(_meeting(other, changes, number, item.address, what))
    for number, change in enumerate(changes, 1):
        for effect in change.effects:
            field = effect.field
            other = met.get((effect.target, field.name), number) if field is not None else number
            if other != number:
                raise BadInput(
                    f"Because of changes[{number - 1}] ({change.tool}) Kitsu itself would also change what "
                    f"changes[{other - 1}] ({changes[other - 1].tool}) is about: {effect.says}. Propose one of the two "
                    "by itself, after the other."
                )


def _meeting(one: int, changes: Sequence[Change], other: int, address: str, what: str) -> str:
    return (
        f"changes[{one - 1}] ({changes[one - 1].tool}) and changes[{other - 1}] ({changes[other - 1].tool}) are both "
        f"about the {what} of {address}. Put it into one of them."
    )


SEVERAL = Several()
"""The kind of change that is made of others."""
