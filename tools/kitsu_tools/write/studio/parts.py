"""What the studio's productions are made of: the settings of each kind of record, as agents write them and Zou holds
them.

Follows the models of Zou 1.0.97, which checks neither colours nor what a task type or an automation is for, and takes
names that differ by case or blanks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kitsu_tools.gate.change import Raw
from kitsu_tools.write.setup.settings import Setting, flag, like, line, one_of, plain_text, plainly, whole, yes

What = Literal["task type", "task status", "asset type", "department", "automation"]
NAME, ARCHIVED, OF, WHEN, THEN = "name", "archived", "of", "when", "then"
DEPARTMENT, TASK_TYPES = "department", "task_types"
READY = "ready_for"
ROLES = ("is_done", "is_retake", "is_feedback_request", "is_wip")
"""What says what the tasks of a status count as."""
KINDS = ("asset", "shot", "sequence", "episode", "edit", "concept")
GREY = "#999999"
"""The colour of what is made without one, where Zou wants one."""


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of record: where Zou lists and where it takes them, what agents set of it, and what the
    directory calls them.
    """

    listed: str
    route: str
    settings: Mapping[str, Setting]
    cache: str


def _kind(text: str, what: str, today: date) -> Raw:
    return str(one_of(*KINDS)(text, what, today)).capitalize()


_COLOR = {"color": Setting("color", like("#[0-9a-fA-F]{6}", "#3273dc", 7), plainly)}
_ARCHIVED = {ARCHIVED: Setting(ARCHIVED, flag, yes)}
_PLACE = {"priority": Setting("priority", whole(10_000), plainly)}


def _named(name: int, short: int) -> dict[str, Setting]:
    return {
        NAME: Setting(NAME, line(name), plainly),
        "short_name": Setting("short_name", line(short), plainly),
        "description": Setting("description", plain_text, plainly),
    }


def _reference(column: str = "") -> Setting:
    """What names other records, and so is read by `setting_of`; without a column it is of several."""
    return Setting(column, plain_text, plainly)


PARTS: Mapping[What, Part] = {
    "task type": Part(
        "data/task-types",
        "data/task-types",
        {
            **_named(40, 20),
            OF: Setting("for_entity", _kind, plainly),
            DEPARTMENT: _reference("department_id"),
            **_COLOR,
            **_PLACE,
            "allow_timelog": Setting("allow_timelog", flag, yes),
            **_ARCHIVED,
        },
        "task_types",
    ),
    "task status": Part(
        "data/task-status",
        "data/task-status",
        {
            **_named(40, 10),
            **_COLOR,
            **_PLACE,
            **{
                one: Setting(one, flag, yes)
                for one in (*ROLES, "is_artist_allowed", "is_client_allowed", "for_concept")
            },
            **_ARCHIVED,
        },
        "statuses",
    ),
    "asset type": Part(
        "data/asset-types",
        "data/entity-types",
        {**_named(30, 20), TASK_TYPES: _reference("task_types"), **_ARCHIVED},
        "asset_types",
    ),
    "department": Part(
        "data/departments",
        "data/departments",
        {NAME: Setting(NAME, line(80), plainly), **_COLOR, **_ARCHIVED},
        "departments",
    ),
    "automation": Part(
        "data/status-automations",
        "data/status-automations",
        {
            OF: Setting("entity_type", one_of(*KINDS[:5]), plainly),
            WHEN: _reference(),
            THEN: _reference(),
            "copies_revision": Setting("import_last_revision", flag, yes),
            **_ARCHIVED,
        },
        "automations",
    ),
}
ONLY_WHEN_MADE = {OF, "for_concept"}
"""What is not changed of a thing that is there: what it was used for would not fit it any more."""
