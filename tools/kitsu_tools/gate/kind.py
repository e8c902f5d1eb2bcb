"""What the gate must be told of an area to carry its changes out: how to look, how to send, what became of it."""

from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from kitsu_tools.gate.change import Change, Item, Request, Value
from kitsu_tools.tracker.kitsu import Kitsu

C = TypeVar("C", bound=Change, contravariant=True)
Looked = Mapping[str, Mapping[str, Value]]
"""What things are at this moment: fields by name, by target. A target that is gone is missing."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What Kitsu shows of one item after it was sent: all of it is `there`, `part` of it, it is `absent`, or that
    cannot be told (`unclear`): somebody else changed the same meanwhile.

    `now` is what the thing is, as a person reads it; `reference` the id of what was made, `along` those of what was
    made with it, by their placeholders.
    """

    found: Literal["there", "part", "absent", "unclear"]
    now: str = ""
    detail: str = ""
    reference: str = ""
    along: Mapping[str, str] = field(default_factory=dict[str, str])


class Kind(Protocol[C]):
    """One kind of change. Stateless: a change of an earlier process is settled by the same rules.

    `change` is the class of its changes, as the journal keeps them.
    """

    @property
    def change(self) -> type[Change]:
        """What its changes are."""
        ...

    def batch(self, change: C) -> int:
        """How many items are looked at, sent and read back in one go."""
        ...

    def edited(self, change: C, text: str) -> str:
        """The text as the person left it, as it may be sent.

        Raises:
            BadInput: it may not be sent with this change.
        """
        ...

    def look(self, kitsu: Kitsu, targets: Sequence[str], /) -> Coroutine[Any, Any, Looked]:
        """What these are now, past every board: what an item or an effect counts on, by the names of its fields."""
        ...

    def changed_by(self, kitsu: Kitsu, target: str, /) -> Coroutine[Any, Any, str]:
        """Who changed this last, in a few words for the receipt."""
        ...

    def steps(self, change: C, items: Sequence[Item], text: str) -> AsyncGenerator[Request | Sequence[Request], Any]:
        """The requests for one batch, in order; writes together where none needs the answer of another. Each step is
        answered with what Zou answered to its last; a failure is thrown in, so that a step can clean up; what it does
        not catch ends the change. A GET only reads: no item is out by it.
        """
        ...

    async def evidence(self, kitsu: Kitsu, change: C, items: Sequence[Item], now: Looked) -> Mapping[str, Evidence]:
        """What became of items that were sent, by key."""
        ...

    async def undo(self, kitsu: Kitsu, change: C, items: Sequence[Item]) -> Change:
        """The change that brings items that were applied back to what each was before, to be asked like any other.

        What somebody else has changed since is left out, by name.

        Raises:
            BadInput: none of them can come back, and why.
        """
        ...
