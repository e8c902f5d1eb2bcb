"""What a production uses of the studio: task types, task statuses, asset types and status automations.

A link is one request; its place, bit rates and what clients see of it go with it when it is taken out, and come back
with it (`task_type_links`, `task_statuses_link` of a production; Zou 1.0.97). Where a production has no link of a
kind, Kitsu's page shows all of the studio.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Literal

import orjson

from kitsu_tools.gate.change import Item, Raw, Request, Value
from kitsu_tools.gate.existence import THERE
from kitsu_tools.tracker.automations import automation_says
from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.names import pick

Used = Literal["task type", "task status", "asset type", "automation"]
KEPT = "kept"
"""What hangs on a link besides: as JSON, empty where there is none."""
ALLOWED = "is_client_allowed"
"""Whether clients may set a status here, which Zou takes in a request of its own: None where the studio says it."""


EVERY_BOARD = ("user", "admin", "supervisor", "manager", "vendor")
"""Whose boards show a status where a production says nothing of it (`ProjectTaskStatusLink` of Zou 1.0.97)."""


@dataclass(frozen=True, slots=True)
class Link:
    """How Zou links one kind: by which list of a production's record, `extras` of which, at which route, by which name
    of the id. `places`: the route that orders them.
    """

    listed: str
    route: str
    key: str
    extras: str = ""
    places: str = ""


LINKS: Mapping[Used, Link] = {
    "task type": Link("task_types", "task-types", "task_type_id", "task_type_links", "task-type-links"),
    "task status": Link("task_statuses", "task-status", "task_status_id", "task_statuses_link", "task-status-links"),
    "asset type": Link("asset_types", "asset-types", "asset_type_id"),
    "automation": Link("status_automations", "status-automations", "status_automation_id"),
}


async def studio_of(kitsu: Kitsu, what: Used, archived: bool = True) -> dict[str, tuple[str, ...]]:
    """Everything of a kind that the studio has, also what it put aside, by id: what it answers to, the whole first."""
    directory = kitsu.directory
    match what:
        case "task type":
            types = (await directory.task_types.get()).values()
            return {one.id: (f"{one.for_entity} {one.name}", one.name) for one in types if archived or not one.archived}
        case "task status":
            every = (await directory.statuses.get()).values()
            return {one.id: (one.name, one.short_name) for one in every if archived or not one.archived}
        case "asset type":
            return {one: (name,) for one, name in (await directory.asset_types.get()).items()}
        case "automation":
            types, statuses = await directory.task_types.get(), await directory.statuses.get()
            automations = (await directory.automations.get() or {}).values()
            return {
                one.id: (": ".join(automation_says(one, types, statuses)), one.id)
                for one in automations
                if archived or not one.archived
            }


async def named_of(kitsu: Kitsu, what: Used, name: str, among: Sequence[str] | None = None) -> str:
    """The id of what is meant, of these or of whatever the studio did not put aside.

    Raises:
        Unknown, Ambiguous: none or several; the message lists candidates.
    """
    every = (await studio_of(kitsu, what, archived=among is not None)).items()
    meant = [(one, *names) for one, names in every if among is None or one in among]
    return pick(what, name, meant, itemgetter(1), itemgetter(-1), itemgetter(0))[0]


def in_order(what: Used, record: Mapping[str, Any]) -> list[str]:
    """The ids of a kind that a production uses, by their places; those without one last."""
    extras: Mapping[str, Mapping[str, Any]] = record.get(LINKS[what].extras) or {}

    def place(one: str) -> tuple[bool, int, str]:
        given: int | None = extras.get(one, {}).get("priority")
        return given is None, given or 0, one

    return sorted(record.get(LINKS[what].listed) or (), key=place)


def reordered(what: Used, record: Mapping[str, Any], first: Sequence[str]) -> list[str]:
    """All that are used, with these among themselves in this order, in the places that they have now.

    Raises:
        BadInput: one of them is not used.
    """
    every, wanted = in_order(what, record), iter(first)
    if not set(first) <= set(every):
        raise BadInput(f"order: only what the production uses has a place in it. Have it use each {what} first.")
    return [next(wanted) if one in first else one for one in every]


def link_now(what: Used, one: str, record: Mapping[str, Any]) -> Mapping[str, Value]:
    """Whether it is used, and what hangs on that."""
    there = one in (record.get(LINKS[what].listed) or ())
    every: Mapping[str, Mapping[str, Any]] = record.get(LINKS[what].extras) or {}
    extras = {**every.get(one, {})} if there else {}
    if "roles_for_board" in extras and extras["roles_for_board"] is None:
        extras["roles_for_board"] = list(EVERY_BOARD)
    clients = allowed(extras.pop(ALLOWED, None))
    raw = orjson.dumps(extras, option=orjson.OPT_SORT_KEYS).decode() if extras else ""
    return {THERE: used(there), KEPT: kept(raw), ALLOWED: clients}


def used(there: bool) -> Value:
    """Whether it is used, as a person reads it."""
    return Value(there, "used" if there else "not used")


def kept(raw: Raw) -> Value:
    """What hangs on a link, as a person reads it."""
    place = orjson.loads(str(raw)).get("priority") if raw else None
    return Value(raw, f"place {place}" if place else "")


def allowed(raw: Raw) -> Value:
    """Whether clients may set a status here, as a person reads it."""
    return Value(raw, "as in the studio" if raw is None else "yes" if raw else "no")


def new_link(what: Used, place: int) -> Mapping[str, Raw]:
    """A link that is made anew: of a task type with its place, as Zou gives it none."""
    extras = {"hd_bitrate_compression": None, "is_client_visible": True, "ld_bitrate_compression": None}
    if what != "task type":
        return {THERE: True}
    return {THERE: True, KEPT: orjson.dumps(extras | {"priority": place}, option=orjson.OPT_SORT_KEYS).decode()}


def link_requests(project_id: str, item: Item) -> Iterable[Request]:
    """What links or unlinks."""
    what, one = what_of(item.target)
    link, keys = LINKS[what], (item.key,)
    fields = {field.name: field.after.raw for field in item.fields}
    base = f"data/projects/{project_id}/settings/{link.route}"
    extras: dict[str, Any] = orjson.loads(str(fields[KEPT])) if fields.get(KEPT) else {}
    if not fields[THERE]:
        yield Request("DELETE", f"{base}/{one}", None, 204, keys)
    elif what == "task status" and extras:
        # The other route gives no place, and this one without roles hides the status on every board.
        board = {"priority": extras.get("priority"), "roles_for_board": extras.get("roles_for_board")}
        yield Request("POST", "data/task-status-links", {"project_id": project_id, link.key: one} | board, 201, keys)
        if fields.get(ALLOWED) is not None:
            yield Request("PUT", f"{base}/{one}", {ALLOWED: fields[ALLOWED]}, 200, keys)
    else:
        yield Request("POST", base, {link.key: one} | extras, 201, keys)


def what_of(target: str) -> tuple[Used, str]:
    """The kind and the id that `<production>/<kind>/<id>` is of."""
    _, kind, one = target.split("/")
    return next(what for what in LINKS if what == kind), one
