"""What somebody changed in Kitsu, as whoever heard of it tells it."""

from collections.abc import Set
from dataclasses import dataclass, fields

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Changed:
    """Ids of tasks and entities that were changed, made or deleted; `gone`: those that went, or are about to go.

    `castings`: entities whose casting changed, and with a shot's perhaps its episode's. `reference`: what of
    `Directory` is to be read anew, by name. `unsure`: something that is not named here may have changed; `whole`: what
    is held is not to be trusted, even if nothing that Kitsu counts has changed.
    """

    tasks: frozenset[str] = NONE
    entities: frozenset[str] = NONE
    castings: frozenset[str] = NONE
    gone: frozenset[str] = NONE
    reference: frozenset[str] = NONE
    unsure: bool = False
    whole: bool = False

    def __or__(self, other: "Changed") -> "Changed":
        return Changed(
            self.tasks | other.tasks,
            self.entities | other.entities,
            self.castings | other.castings,
            self.gone | other.gone,
            self.reference | other.reference,
            self.unsure or other.unsure,
            self.whole or other.whole,
        )

    @property
    def ids(self) -> int:
        """How many tasks and entities it names."""
        return len(self.tasks) + len(self.entities) + len(self.castings)

    def late(self, there: Set[str]) -> "Changed":
        """Of what was to go, what is there yet: Zou tells it before it is done."""
        late = self.gone & there
        return Changed(tasks=self.tasks & late, entities=self.entities & late, gone=late)

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))
