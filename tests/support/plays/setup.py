"""How productions are set up: who is on the team, their settings and columns, and new ones."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from support.api import ask
from support.held_setup import set_up
from support.plays.play import Job, Play, made, plays, rows, undone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kitsu_sandbox.lifecycle import Connection
    from support.database import TableDifference
    from support.held import Journaled

HARBOUR = {"project": "Salt Harbour"}
TEAM = Job(
    "a team",
    "change_team",
    HARBOUR | {"add": ["Super Admin", "Theo Marchand"], "remove": ["Sam Adeyemi"], "role": "supervisor"},
    3,
)
USES: list[dict[str, Any]] = [
    {"what": "task type", "do": "drop", "names": ["Layout"]},
    {"what": "task status", "do": "drop", "names": ["wfa"]},
    {"what": "asset type", "do": "drop", "names": ["FX"]},
]


def _closed_to_clients(connection: Connection) -> dict[str, Any]:
    """Clients may not set the status here, which Zou takes back in a request of its own."""

    def of(path: str, **wanted: str) -> str:
        every = ask(connection.host, path, connection.token("admin")).body
        return next(one["id"] for one in every if wanted.items() <= one.items())

    status = of("data/task-status", short_name="wfa")
    path = f"data/projects/{of('data/projects', name='Salt Harbour')}/settings/task-status/{status}"
    body = {"is_client_allowed": False}
    assert ask(connection.host, path, connection.token("admin"), method="PUT", body=body).status == 200
    return {}


PROJECT = Job(
    "a project",
    "change_project",
    HARBOUR | {"settings": {"fps": "23.976", "code": "SHX"}, "uses": USES},
    4,
    prepare=_closed_to_clients,
)
ORDER = Job(
    "an order",
    "change_project",
    HARBOUR | {"uses": [{"what": "task type", "do": "order", "names": ["Lighting", "Animation"]}]},
)
COLUMNS = Job(
    "columns",
    "change_columns",
    HARBOUR
    | {
        "do": "change",
        "columns": [
            {"of": "shot", "name": "Difficulty", "new_name": "Grade", "departments": ["Layout"]},
            {"of": "shot", "name": "Nb characters", "for_clients": "yes"},
        ],
    },
    2,
)
NEW_COLUMNS = Job(
    "new columns",
    "change_columns",
    HARBOUR
    | {
        "do": "create",
        "columns": [
            {"of": "shot", "name": "Mood / 😀", "type": "list", "choices": ["calm", "storm"]},
            {"of": "asset", "name": "Vendor note", "departments": ["Modeling"]},
        ],
    },
    2,
)
SHOW: dict[str, Any] = {
    "name": "Moon Market",
    "type": "tvshow",
    "settings": {"start_date": "2027-01-04", "end_date": "2028-01-04", "fps": "25"},
    "task_types": ["Layout", "Animation"],
    "task_statuses": ["todo", "done"],
    "team": ["Mara Okafor", "Theo Marchand"],
}


@plays("teams")
def teams() -> Play:
    """One joins, one gets another role and one leaves."""
    return Play((TEAM, undone(TEAM)), rows("project_person_link", 1))


@plays("projects")
def projects() -> Play:
    """Settings in one request, links one by one; a status that comes back with its place takes two."""
    return Play((PROJECT, undone(PROJECT, 5), ORDER, undone(ORDER)), _set_up)


@plays("columns")
def columns() -> Play:
    """One gets another name, which its values follow, and another is shown to clients."""
    return Play((COLUMNS, undone(COLUMNS)), rows("metadata_descriptor"))


@plays("new columns")
def new_columns() -> Play:
    """One of shots and one of assets."""
    of = "{project_id}/{entity_type}/{name}".format_map
    return Play((NEW_COLUMNS,), made("metadata_descriptor", of))


@plays("deleted columns")
def deleted_columns() -> Play:
    """With values and, as those that were just made, without."""
    gone = [{"of": "shot", "name": name} for name in ("Difficulty", "Nb characters")]
    deletion = Job("deleted columns", "change_columns", HARBOUR | {"do": "delete", "columns": gone}, 2)
    return Play((deletion, undone(NEW_COLUMNS)), rows("metadata_descriptor"))


@plays("productions")
def productions() -> Play:
    """A show with what it uses and its team, of which each request leaves it unfinished."""
    return Play(
        (Job("a production", "create_project", SHOW, 4, role="admin"),), made("project", "project/{name}".format_map)
    )


def _set_up(plan: Journaled, changes: Mapping[str, TableDifference]) -> Counter[str]:
    there = set_up(plan, changes)
    return Counter({item["key"]: int(item["key"] in there) for item in plan.plan["items"]})
