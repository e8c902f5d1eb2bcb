"""The field tables of references/data-model.md are what the sandbox's routes return."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

import pytest

from references.generated import REFERENCES
from support.api import ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from kitsu_sandbox.lifecycle import Connection

PAGE = REFERENCES / "data-model.md"
EVERYWHERE = {"id", "type", "created_at", "updated_at", "shotgun_id"}

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_ids(value: Any) -> bool:
    return isinstance(value, list) and all(UUID.fullmatch(one) for one in cast("list[str]", value))


TYPES: dict[str, Callable[[Any], bool]] = {
    "id": lambda value: isinstance(value, str) and bool(UUID.fullmatch(value)),
    "ids": is_ids,
    "date": lambda value: isinstance(value, str) and bool(DATE.fullmatch(value)),
    "datetime": lambda value: isinstance(value, str) and bool(DATETIME.fullmatch(value)),
    "text": lambda value: isinstance(value, str),
    "number": is_number,
    "boolean": lambda value: isinstance(value, bool),
    "list": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


class Reader:
    """What the routes on the page return, with every id filled in by all that there are."""

    def __init__(self, kitsu: Connection) -> None:
        self._kitsu = kitsu

    def get(self, path: str) -> Any:
        answer = ask(self._kitsu.host, path, self._kitsu.token("admin"))
        assert answer.status == 200, path
        return answer.body

    def records(self, route: str) -> list[dict[str, Any]]:
        if route in SINGLE:
            plural = SINGLE[route]
            entities = [one for project in self.projects() for one in self.get(f"data/projects/{project}/{plural}")]
            return [self.get(route.replace("ID", one["id"])) for one in entities]
        if route == "data/projects/PROJECT/entities/ENTITY/casting":
            return [
                link
                for project in self.projects()
                for one in self.get(f"data/projects/{project}/shots")
                for link in self.get(f"data/projects/{project}/entities/{one['id']}/casting")
            ]
        if route in BY_TASK:
            tasks = self.get("data/tasks")[::12] + [
                one for one in self.get("data/tasks") if one["last_preview_file_id"]
            ]
            found: list[Any] = [self.get(route.replace("ID", one["id"])) for one in tasks]
            return found if route == "data/tasks/ID" else [comment for comments in found for comment in comments]
        if route == "data/asset-instances":
            return [self.instance()]
        return self.get(route)

    def projects(self) -> list[str]:
        return [one["id"] for one in self.get("data/projects/open")]

    def instance(self) -> dict[str, Any]:
        """The seeds have no instance: one asset within another."""
        project = next(one for one in self.get("data/projects/open") if one["name"] == "Robo Garden")
        one, other = self.get(f"data/projects/{project['id']}/assets")[:2]
        path, body = f"data/assets/{one['id']}/asset-asset-instances", {"asset_to_instantiate_id": other["id"]}
        made = ask(self._kitsu.host, path, self._kitsu.token("admin"), method="POST", body=body)
        assert made.status == 201
        return made.body


SINGLE = {"data/shots/ID": "shots", "data/assets/ID": "assets"}
BY_TASK = {"data/tasks/ID", "data/tasks/ID/comments"}
SOMETIMES = {"data/projects/open": {"first_episode_id"}}
"""Fields that only some records have."""


def tables() -> dict[str, dict[str, str]]:
    """The type of each field, by the route named above its table."""
    found: dict[str, dict[str, str]] = {}
    route = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if named := re.match(r"`(data/[^`?]+)`", line):
            route = named[1]
        cells = [one.strip() for one in line.strip("|").split(" | ")]
        if line.startswith("| `") and len(cells) >= 2 and cells[1].rstrip("?") in TYPES:
            for field in re.findall(r"`(\w+)`", cells[0]):
                found.setdefault(route, {})[field] = cells[1]
    return found


@pytest.mark.parametrize("route", tables())
def test_a_table_has_each_field_of_its_records_with_its_type(route: str, pristine: Connection) -> None:
    fields = tables()[route]
    records = Reader(pristine).records(route)
    assert records
    for record in records:
        assert record.keys() - EVERYWHERE <= fields.keys()
        assert fields.keys() <= record.keys() | SOMETIMES.get(route, set())
        for field, kind in fields.items():
            if field not in record or (record[field] is None and kind.endswith("?")):
                continue
            assert TYPES[kind.rstrip("?")](record[field]), (field, record[field])


def test_a_field_that_is_never_null_is_not_said_to_be(kitsu: Connection) -> None:
    """The marks of the entities' table, the one that most rest on: each `?` was seen null."""
    records = Reader(kitsu).records("data/entities")
    null = {field for field, kind in tables()["data/entities"].items() if kind.endswith("?")}
    assert null - {field for record in records for field in record if record[field] is None} <= {
        "data",
        "created_by",
    } | {"description"}


def test_empty_values_come_in_the_shapes_of_the_page(kitsu: Connection) -> None:
    reader = Reader(kitsu)
    assets = reader.records("data/assets/ID")
    assert {"", "None"} <= {one["ready_for"] for one in assets} | {one["episode_id"] for one in assets}
    assert "" in {one["preview_file_id"] for one in assets}
    shots = reader.records("data/shots/ID")
    assert {one["episode_name"] for one in shots if one["episode_id"] is None} == {""}
    assert any("preview_file_id" not in entry for one in reader.records("data/playlists") for entry in one["shots"])
    assert {one["data"] for one in reader.records("data/tasks")} == {None}
    assert all(one["frame_in"] == one["data"].get("frame_in") for one in shots)


def test_parents_are_one_step_up(kitsu: Connection) -> None:
    reader = Reader(kitsu)
    entities = {one["id"]: one for one in reader.records("data/entities")}
    above = {"Shot": {"Sequence"}, "Sequence": {"Episode", None}, "Edit": {"Episode", None}, "Episode": {None}}
    for one in entities.values():
        if one["type"] in above:
            parent = entities[one["parent_id"]]["type"] if one["parent_id"] else None
            assert parent in above[one["type"]]
        if one["source_id"]:
            assert (one["type"], entities[one["source_id"]]["type"]) == ("Asset", "Episode")
