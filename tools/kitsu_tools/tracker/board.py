"""A board of a production as it was read from Kitsu, and the view that one question has of several."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias, TypeVar

from kitsu_tools.tracker.model import Entity, EntityRecord, Kind, Task

MEMO_ENTRIES = 200
ALL_KINDS: tuple[Kind, ...] = ("episode", "sequence", "shot", "asset", "edit", "concept")

T = TypeVar("T")

Shots: TypeAlias = tuple[Literal["shots of"], str]
Shared: TypeAlias = tuple[Literal["assets shared with"], str]
Key: TypeAlias = Kind | Shots | Shared
"""A whole board, the shots of one sequence by the narrow routes, or what an episode or all (empty) has of others."""


@dataclass(eq=False)
class Board:
    """One board as it was read and brought up to date since. What stands on it never changes: a change makes another.

    `tag` is the newest that vouches for it, `round` numbers the times that everything was given up, `above` are the
    boards that its addresses are made of, `tasks` counts those on it. `hidden`: the role may not see it, and it counts
    nothing.
    """

    entities: list[Entity]
    tag: str
    round: int
    read_at: float
    as_of: datetime
    above: tuple["Board", ...] = ()
    hidden: bool = False
    shared: list[EntityRecord] = field(default_factory=list[EntityRecord])
    by_id: dict[str, Entity] = field(init=False)
    children: dict[str, list[Entity]] = field(init=False)
    tasks: int = field(init=False)

    def __post_init__(self) -> None:
        self.tasks = sum(len(one.tasks) for one in self.entities)
        self.by_id = {one.id: one for one in self.entities}
        self.children = {}
        for one in self.entities:
            self.children.setdefault(one.parent_id, []).append(one)


@dataclass(eq=False)
class View:
    """The boards that one question looks at, all current at one moment. `memo` keeps what was worked out from them."""

    boards: Mapping[Key, Board]
    as_of: str
    memo: dict[Hashable, Any] = field(default_factory=dict[Hashable, Any])

    def memoised(self, key: Hashable, work: Callable[[], T]) -> T:
        """What `work` makes of this view, made once for each key."""
        if key not in self.memo:
            if len(self.memo) >= MEMO_ENTRIES:
                self.memo.clear()
            self.memo[key] = work()
        return self.memo[key]

    def entity(self, entity_id: str) -> Entity | None:
        """The entity with this id in any of the boards."""
        return next((board.by_id[entity_id] for board in self.boards.values() if entity_id in board.by_id), None)

    def task(self, task_id: str) -> Task | None:
        """The task with this id on any of the boards."""
        by_id = self.memoised("tasks by id", lambda: {task.id: task for one in self.entities() for task in one.tasks})
        return by_id.get(task_id)

    def below(self, parent_id: str) -> list[Entity]:
        """The entities directly below this one."""
        return [one for board in self.boards.values() for one in board.children.get(parent_id, ())]

    @property
    def hidden(self) -> list[str]:
        """The kinds that the role may not see."""
        return [f"{key}s" for key, board in self.boards.items() if board.hidden]

    def entities(self, *kinds: Kind) -> list[Entity]:
        """Entities of these kinds, omitted ones too; of every held board when no kind is named."""
        return [
            one for key, board in self.boards.items() if not kinds or kind_of(key) in kinds for one in board.entities
        ]


def is_shared(key: Key) -> bool:
    """Whether it is what is used of other productions, which is no board of this one."""
    return key[0] == "assets shared with"


def kind_of(key: Key) -> Kind:
    """The kind of what is on a board."""
    return "shot" if isinstance(key, tuple) else key
