"""Kitsu's records as the tools hold them: only the fields that answers use, units in the names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["episode", "sequence", "shot", "asset", "edit", "concept"]


@dataclass(frozen=True, slots=True)
class Me:
    """The signed-in identity. `time_zone` is empty for a bot: a bot's zone is the server's default, nobody's own.

    `departments` by id: those of none supervise every task type.
    """

    id: str
    name: str
    role: str
    is_bot: bool
    time_zone: str
    departments: frozenset[str]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody or a bot. `label` is the full name, with `~` and 8 characters of the id when two share it."""

    id: str
    name: str
    label: str
    role: str
    active: bool
    is_bot: bool
    departments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskType:
    """A task type. Names repeat across `for_entity` ("Shot", "Asset", "Sequence", "Episode", "Edit", "Concept")."""

    id: str
    name: str
    for_entity: str
    priority: int
    department_id: str
    archived: bool


@dataclass(frozen=True, slots=True)
class Column:
    """A metadata column (Zou: metadata descriptor) of shots, assets, …; `field_name` is its key in an entity's data.

    `choices` are the values that Kitsu's page offers, of the types list, taglist and checklist; Zou checks none.
    """

    name: str
    field_name: str
    entity_type: str
    data_type: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Project:
    """A production. Dates are YYYY-MM-DD or empty. Ids in `team`, `task_types`, `task_statuses`, `automations`.
    `priorities`: a task type's place in this production, 0 where it gives none. `client_statuses`: whether clients may
    set a status, where this production says so itself. `single_preview`: a revision takes one file alone;
    `shows_latest`: what is published becomes its entity's picture by itself.

    A closed production comes without its links: those are empty and `linked` is False.
    """

    id: str
    name: str
    code: str
    production_type: str
    fps: str
    resolution: str
    start_date: str
    end_date: str
    description: str
    open: bool
    linked: bool
    team: tuple[str, ...]
    task_types: frozenset[str]
    priorities: Mapping[str, int]
    task_statuses: frozenset[str]
    client_statuses: Mapping[str, bool]
    automations: frozenset[str]
    columns: tuple[Column, ...]
    max_retakes: int
    bots_collaborate: bool
    single_preview: bool
    shows_latest: bool

    @property
    def has_episodes(self) -> bool:
        """True for a TV show."""
        return self.production_type == "tvshow"


@dataclass(frozen=True, slots=True)
class Automation:
    """A status automation.

    A task of `in_type` that is in `in_status` after a comment moves the entity's task of `out_type` to `out_status`
    (`out_field` "status"), or marks the asset ready for `out_type` ("ready_for").
    """

    id: str
    entity_type: str
    in_type: str
    in_status: str
    out_field: str
    out_type: str
    out_status: str
    copies_previews: bool
    archived: bool


@dataclass(slots=True, eq=False)
class Task:
    """A task on a board. Dates are YYYY-MM-DD, `last_comment` is UTC, both empty when unset."""

    id: str
    type_id: str
    status_id: str
    assignees: tuple[str, ...]
    start: str
    due: str
    done: str
    estimate_minutes: int
    spent_minutes: int
    priority: int
    retakes: int
    last_comment: str
    entity: "Entity"


@dataclass(slots=True, eq=False)
class Entity:
    """An episode, sequence, shot, asset, edit or concept.

    `parent_id`: the episode of a sequence, the sequence of a shot, the asset type of an asset; else empty. `omitted`
    is Zou's `canceled`; `status` ("running", "complete", "standby", "canceled") Kitsu shows of episodes alone. `frames`
    is how many there are, `frame_in` the first, `frame_out` the last; None where Kitsu has none, and nothing makes the
    three agree.
    """

    id: str
    kind: Kind
    name: str
    parent_id: str
    address: str
    omitted: bool
    description: str
    type_name: str
    frames: int | None
    frame_in: int | None
    frame_out: int | None
    data: dict[str, Any]
    status: str = ""
    tasks: list[Task] = field(default_factory=list[Task])

    @property
    def out_of_work(self) -> str:
        """Why nothing is done on it any more, or not now: omitted, or what an episode is instead of running."""
        if self.omitted:
            return "omitted"
        return self.status if self.kind == "episode" and self.status != "running" else ""


@dataclass(frozen=True, slots=True)
class EntityRecord:
    """An entity of any production as its own record has it; address and tasks stand on its production's boards alone.

    `type_id` is its entity type: of an asset the asset type.
    """

    id: str
    name: str
    project_id: str
    type_id: str
