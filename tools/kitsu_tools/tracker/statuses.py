"""Task statuses and the role each plays, so that counts and filters mean the same in every studio.

A role comes from Kitsu's own flags first, then from the operator's setting, then from a well-known short name: what a
person configured, in Kitsu or here, goes before a guess.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from kitsu_tools.tracker.model import Flag, decoded, zou

Role = Literal["todo", "ready", "wip", "waiting for review", "retake", "done", "on hold", "omitted", "other"]
ROLES: tuple[Role, ...] = get_args(Role)

_FLAGS: tuple[tuple[str, Role], ...] = (
    ("is_done", "done"),
    ("is_retake", "retake"),
    ("is_feedback_request", "waiting for review"),
    ("is_wip", "wip"),
    ("is_default", "todo"),
)
_NAMES: dict[Role, tuple[str, ...]] = {
    "todo": ("todo", "neutral"),
    "ready": ("ready", "rdy"),
    "wip": ("wip",),
    "waiting for review": ("wfa",),
    "retake": ("retake",),
    "done": ("approved", "done"),
    "on hold": ("hold", "on hold", "standby", "stby"),
    "omitted": ("omt", "omit", "omitted", "cbo", "na"),
}
_SHORT_NAMES: dict[str, Role] = {name: role for role, names in _NAMES.items() for name in names}


@dataclass(frozen=True, slots=True)
class Status:
    """One task status. `short_name` ("wfa") is how answers show it; `is_retake` is the flag that Kitsu caps by,
    `is_feedback_request` the one by which a task waits for review.
    """

    id: str
    name: str
    short_name: str
    role: Role
    is_retake: Flag = False
    is_feedback_request: Flag = False
    is_done: Flag = False
    is_wip: Flag = False
    archived: Flag = False
    is_default: Flag = False
    for_concept: Flag = False
    artist_allowed: Annotated[Flag, zou("is_artist_allowed")] = True
    client_allowed: Annotated[Flag, zou("is_client_allowed")] = True


def status_of(record: Mapping[str, Any], roles: Mapping[str, Role]) -> Status:
    """Read Zou's record. `roles` is the operator's setting, by short name or name in lower case."""
    short = str(record.get("short_name") or record["name"])
    return decoded(Status, {**record, "short_name": short, "role": _role(record, short, roles)})


def place_of(status_id: str, statuses: Mapping[str, Status]) -> tuple[int, str]:
    """Where a status stands among others, by its role and then by its name, which is how answers show it; one that is
    not known last, as `?`.
    """
    found = statuses.get(status_id)
    return (ROLES.index(found.role), found.short_name) if found else (len(ROLES), "?")


def _role(record: Mapping[str, Any], short: str, roles: Mapping[str, Role]) -> Role:
    for flag, role in _FLAGS:
        if record.get(flag):
            return role
    keys = (short.casefold(), str(record["name"]).casefold())
    for table in (roles, _SHORT_NAMES):
        for key in keys:
            if key in table:
                return table[key]
    return "other"
