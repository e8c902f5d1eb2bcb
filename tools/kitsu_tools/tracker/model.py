"""Kitsu's records as the tools hold them: only the fields that answers use, units in the names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AliasChoices, BeforeValidator, Field, TypeAdapter

T = TypeVar("T")

Kind = Literal["episode", "sequence", "shot", "asset", "edit", "concept", "scene"]
"""Scenes stand on no page of Kitsu and have no address: they are listed, and in no other answer."""

PRIORITIES = ("normal", "high", "very high", "emergency")
"""Kitsu's names for a task's priority, from 0."""

# Zou writes null for what is empty, and of an older one a field may be missing.
Text = Annotated[str, BeforeValidator(lambda value: str(value or ""))]
Day = Annotated[str, BeforeValidator(lambda value: str(value or "")[:10])]
Whole = Annotated[int, BeforeValidator(lambda value: int(value or 0))]
Flag = Annotated[bool, BeforeValidator(bool)]
Several = BeforeValidator(lambda values: values or ())
ByKey = BeforeValidator(lambda values: values or {})
Ids = Annotated[tuple[str, ...], Several]
IdSet = Annotated[frozenset[str], Several]


def zou(*names: str) -> Any:  # noqa: ANN401  pydantic's FieldInfo
    """How Zou calls a field; of several names the first that is there."""
    return Field(validation_alias=AliasChoices(*names))


def decoded(kind: type[T], record: Mapping[str, Any]) -> T:
    """Zou's record as one of these."""
    return _reader(kind).validate_python(record)


@cache
def _reader(kind: type[T]) -> TypeAdapter[T]:
    return TypeAdapter(kind)


@dataclass(frozen=True, slots=True)
class Me:
    """The signed-in identity. `time_zone` is empty for a bot: a bot's zone is the server's default, nobody's own.

    `departments` by id: those of none supervise every task type.
    """

    id: str
    name: Annotated[str, zou("full_name")]
    role: str
    is_bot: Flag = False
    time_zone: Annotated[Text, zou("timezone")] = ""
    departments: IdSet = frozenset()

    @property
    def as_person(self) -> "Person":
        """As others are told: a client that is on no team is not among the people whom Zou shows it."""
        return Person(self.id, self.name, self.name, self.role, is_bot=self.is_bot, departments=tuple(self.departments))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody or a bot. `label` is the full name, with `~` and 8 characters of the id when two share it.

    `contract`, `email` and `phone` are empty where Zou does not show them to the role.
    """

    id: str
    name: str
    label: str
    role: Text = ""
    active: Flag = True
    is_bot: Flag = False
    departments: Ids = ()
    contract: Annotated[Text, zou("contract_type")] = ""
    email: Text = ""
    phone: Text = ""


@dataclass(frozen=True, slots=True)
class TaskType:
    """A task type. Names repeat across `for_entity` ("Shot", "Asset", "Sequence", "Episode", "Edit", "Concept")."""

    id: str
    name: str
    for_entity: Annotated[Text, BeforeValidator(lambda kind: kind or "Asset")] = "Asset"
    priority: Whole = 0
    department_id: Text = ""
    archived: Flag = False


@dataclass(frozen=True, slots=True)
class Column:
    """A metadata column (Zou: metadata descriptor) of shots, assets, …; `field_name` is its key in an entity's data.

    `choices` are the values that Kitsu's page offers, of the types list, taglist and checklist; Zou checks none.
    `departments` by id: whose supervisors may fill it.
    """

    name: str
    field_name: str
    entity_type: Annotated[Text, BeforeValidator(lambda kind: kind or "Asset")] = "Asset"
    data_type: Annotated[Text, BeforeValidator(lambda kind: kind or "string")] = "string"
    choices: Annotated[tuple[Text, ...], Several] = ()
    departments: IdSet = frozenset()


@dataclass(frozen=True, slots=True)
class Project:
    """A production. Dates are YYYY-MM-DD or empty. Ids in `team`, `task_types`, `task_statuses`, `automations`.
    `priorities`: a task type's place in this production, 0 where it gives none. `client_statuses`: whether clients may
    set a status, where this production says so itself. `single_preview`: a revision takes one file alone;
    `shows_latest`: what is published becomes its entity's picture by itself.

    In the list of closed productions they come without their links: those are empty and `linked` is False.
    """

    id: str
    name: str
    code: Text = ""
    production_type: Text = ""
    fps: Text = ""
    resolution: Text = ""
    start_date: Day = ""
    end_date: Day = ""
    open: bool = True
    linked: bool = True
    team: Ids = ()
    task_types: IdSet = frozenset()
    priorities: Annotated[Mapping[str, Whole], ByKey, zou("task_types_priority")] = field(
        default_factory=dict[str, int]
    )
    task_statuses: IdSet = frozenset()
    client_statuses: Mapping[str, bool] = field(default_factory=dict[str, bool])
    automations: Annotated[IdSet, zou("status_automations")] = frozenset()
    columns: Annotated[tuple[Column, ...], Several, zou("descriptors")] = ()
    max_retakes: Whole = 0
    bots_collaborate: Annotated[Flag, zou("is_bot_collaboration_enabled")] = False
    single_preview: Annotated[Flag, zou("is_single_preview_per_revision")] = False
    shows_latest: Annotated[Flag, zou("is_set_preview_automated")] = False

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
    entity_type: Annotated[str, BeforeValidator(lambda kind: str(kind or "").lower())] = ""
    in_type: Annotated[Text, zou("in_task_type_id")] = ""
    in_status: Annotated[Text, zou("in_task_status_id")] = ""
    out_field: Annotated[Text, zou("out_field_type")] = ""
    out_type: Annotated[Text, zou("out_task_type_id")] = ""
    out_status: Annotated[Text, zou("out_task_status_id")] = ""
    copies_previews: Annotated[Flag, zou("import_last_revision")] = False
    archived: Flag = False


def priority_name(number: int) -> str:
    """A priority as Kitsu names it; beyond its own the number."""
    return PRIORITIES[number] if 0 <= number < len(PRIORITIES) else str(number)


@dataclass(slots=True, eq=False)
class Task:
    """A task on a board. Dates are YYYY-MM-DD, `last_comment` and `submitted` (Zou's `end_date`) are UTC, all empty
    when unset.
    """

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
    submitted: str
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

    `type_id` is its entity type: of an asset the asset type; `ready_for` the task type that it is ready for;
    `linked_to`: of a concept what it is of. Moments are UTC.
    """

    id: str
    name: str
    project_id: str
    type_id: Annotated[str, zou("entity_type_id")]
    ready_for: Text = ""
    preview_id: Annotated[Text, zou("preview_file_id")] = ""
    is_shared: Flag = False
    waits_for_casting: Annotated[Flag, zou("is_casting_standby")] = False
    created_by: Text = ""
    created_at: Text = ""
    updated_at: Text = ""
    linked_to: Annotated[Ids, zou("entity_concept_links")] = ()
