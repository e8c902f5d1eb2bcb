"""Random writes straight to Zou, of every kind that changes a board: what boards that are held must keep up with."""

from __future__ import annotations

import random
import uuid
from typing import TYPE_CHECKING, Any

import psycopg

from support.api import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kitsu_sandbox.lifecycle import Connection

LEVELS = ("low", "high", "brutal", 7, None)


class Writer:
    """Writes to one production, as an administrator and past Zou, the same ones for the same seed."""

    def __init__(self, connection: Connection, project: str, seed: int) -> None:
        self._connection = connection
        self._random = random.Random(seed)
        self._number = 0
        self._left: dict[tuple[Callable[[], object], ...], list[Callable[[], object]]] = {}
        self._told: list[Callable[[], object]] = [
            self._comment,
            self._plan,
            self._assign,
            self._time_spent,
            self._uncomment,
            self._preview,
            self._main_preview,
            self._metadata,
            self._column,
            self._cast,
            self._uncast,
            self._rename,
            self._rename_parent,
            self._rename_type,
            self._move,
            self._omit,
            self._create_shot,
            self._create_asset,
            self._create_task,
            self._delete_task,
            self._delete_entity,
            self._delete_and_create,
            self._people,
        ]
        self._untold = [self._sql_tasks, self._sql_entity, self._sql_assign, self._sql_delete, self._silent_import]
        self.project = next(one["id"] for one in self._ask("GET", "data/projects/open") if one["name"] == project)
        self.statuses = [one["id"] for one in self._ask("GET", "data/task-status") if not one["for_concept"]]
        self.people = [one["id"] for one in self._ask("GET", "data/persons") if not one["is_bot"]]
        self.vendor = next(
            one["id"] for one in self._ask("GET", "data/persons") if one["is_bot"] and one["role"] == "vendor"
        )

    def told(self) -> str:
        """One write that Zou tells by events; what it was."""
        return self._one(self._told)

    def untold(self) -> str:
        """One write that nobody is told of."""
        return self._one(self._untold)

    def any(self) -> str:
        """One write of any kind."""
        return self._one([*self._told, *self._untold])

    def _one(self, among: Sequence[Callable[[], object]]) -> str:
        """One of these; each was, before one is again."""
        self._number += 1
        left = self._left.setdefault(tuple(among), [])
        if not left:
            left += self._random.sample(among, len(among))
        write = left.pop()
        write()
        return f"{self._number} {write.__name__}"

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        """What Zou answers; what it refuses for what it holds just now, such as a retake too many, is no write."""
        answer = ask(self._connection.host, path, self._connection.token("admin"), method=method, body=body)
        assert answer.status < 500, (method, path, answer)
        return answer.body

    def _sql(self, query: str, *values: object) -> list[Any]:
        with psycopg.connect(self._connection.database) as database:
            cursor = database.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def _some(self, rows: list[Any]) -> Any:
        return self._random.choice(sorted(rows, key=str)) if rows else None

    def _task(self) -> str:
        return str(self._some(self._sql("select id from task where project_id = %s", self.project))[0])

    def _entity(self, *kinds: str) -> Any:
        """An entity's id, its parent's and its kind: of these kinds, "Asset" for whatever is none of the others."""
        rows = self._sql(
            "select entity.id, parent_id, case when entity_type.name in"
            " ('Shot', 'Sequence', 'Episode', 'Edit', 'Scene', 'Concept') then entity_type.name else 'Asset' end"
            " from entity join entity_type on entity_type_id = entity_type.id where project_id = %s",
            self.project,
        )
        return self._some([[str(one[0]), one[1] and str(one[1]), one[2]] for one in rows if one[2] in kinds])

    def _comment(self) -> None:
        body = {"task_status_id": self._some(self.statuses), "comment": self._some(["", "Once more", "Good"])}
        self._ask("POST", f"actions/tasks/{self._task()}/comment", body)

    def _uncomment(self) -> None:
        rows = self._sql(
            "select comment.id, object_id from comment join task on task.id = object_id where project_id = %s",
            self.project,
        )
        if found := self._some(rows):
            self._ask("DELETE", f"data/tasks/{found[1]}/comments/{found[0]}")

    def _plan(self) -> None:
        body = {
            "start_date": self._some([None, "2031-01-02"]),
            "due_date": self._some([None, "2031-02-03"]),
            "estimation": self._random.randrange(500),
            "priority": self._random.randrange(4),
        }
        self._ask("PUT", f"data/tasks/{self._task()}", body)

    def _assign(self) -> None:
        task, person = self._task(), self._some(self.people)
        if self._random.random() < 0.6:
            self._ask("PUT", f"actions/persons/{person}/assign", {"task_ids": [task]})
        else:
            self._ask("PUT", "actions/tasks/clear-assignation", {"task_ids": [task], "person_id": person})

    def _time_spent(self) -> None:
        day = f"2026-02-{self._random.randrange(1, 28):02}"
        path = f"actions/tasks/{self._task()}/time-spents/{day}/persons/{self._some(self.people)}"
        self._ask("POST", path, {"duration": self._random.randrange(480)})

    def _preview(self) -> None:
        body = {"task_status_id": self._some(self.statuses), "comment": "Have a look"}
        task = self._task()
        made = self._ask("POST", f"actions/tasks/{task}/comment", body)
        if "id" in made:
            path = f"actions/tasks/{task}/comments/{made['id']}"
            preview = self._ask("POST", f"{path}/add-preview", {})["id"]
            if self._random.random() < 0.5:
                self._ask("DELETE", f"{path}/preview-files/{preview}")

    def _main_preview(self) -> None:
        rows = self._sql(
            "select preview_file.id from preview_file join task on task.id = task_id where project_id = %s",
            self.project,
        )
        if found := self._some(rows):
            self._ask("PUT", f"actions/preview-files/{found[0]}/set-main-preview", {})

    def _metadata(self) -> None:
        values = {"difficulty": self._some([*LEVELS]), "frame_in": self._some([1, "101", None])}
        entity = self._entity("Shot", "Asset", "Sequence", "Episode", "Edit", "Concept")[0]
        body = {
            "data": values,
            "description": self._some(["", "Wide", "Close"]),
            "nb_frames": self._random.randrange(99),
        }
        self._ask("PUT", f"data/entities/{entity}", body)

    def _column(self) -> None:
        columns = self._ask("GET", f"data/projects/{self.project}/metadata-descriptors")
        path = f"data/projects/{self.project}/metadata-descriptors"
        if columns and self._random.random() < 0.5:
            self._ask("DELETE", f"{path}/{self._some([one['id'] for one in columns])}")
        else:
            body: dict[str, object] = {"name": f"Level {self._number}", "data_type": "string", "for_client": False}
            body |= {"entity_type": self._some(["Shot", "Asset"]), "choices": list[str](), "departments": list[str]()}
            self._ask("POST", path, body)

    def _cast(self) -> None:
        entity, asset = self._entity("Shot", "Episode", "Asset"), self._entity("Asset")
        if entity[0] != asset[0]:
            cast = [{"asset_id": asset[0], "nb_occurences": self._random.randrange(1, 4), "label": ""}]
            self._ask("PUT", f"data/projects/{self.project}/entities/{entity[0]}/casting", cast)

    def _uncast(self) -> None:
        entity = self._entity("Shot", "Episode")
        self._ask("PUT", f"data/projects/{self.project}/entities/{entity[0]}/casting", [])

    def _rename(self) -> None:
        entity = self._entity("Shot", "Asset", "Edit", "Concept")[0]
        name = self._some([f"N{self._number:04}", f"n{self._number:04}", "Lantern", "SH0010"])
        self._ask("PUT", f"data/entities/{entity}", {"name": name})

    def _rename_parent(self) -> None:
        entity = self._entity("Sequence", "Episode")[0]
        body: dict[str, Any] = {"name": f"P{self._number:03}"}
        if self._random.random() < 0.3:
            body = {"status": self._some(["running", "complete", "standby", "canceled"])}
        self._ask("PUT", f"data/entities/{entity}", body)

    def _rename_type(self) -> None:
        kinds = self._ask("GET", "data/asset-types")
        self._ask(
            "PUT", f"data/entity-types/{self._some([one['id'] for one in kinds])}", {"name": f"Type {self._number}"}
        )

    def _move(self) -> None:
        shot, sequence, asset = self._entity("Shot"), self._entity("Sequence"), self._entity("Asset")
        if self._random.random() < 0.5:
            self._ask("PUT", f"data/entities/{shot[0]}", {"parent_id": sequence[0]})
        elif episode := self._entity("Episode"):
            self._ask("PUT", f"data/entities/{asset[0]}", {"source_id": self._some([episode[0], "null"])})

    def _omit(self) -> None:
        entity = self._entity("Shot", "Asset", "Sequence", "Edit")[0]
        self._ask("PUT", f"data/entities/{entity}", {"canceled": self._random.random() < 0.7})

    def _create_shot(self) -> None:
        body = {"name": f"C{self._number:04}", "sequence_id": self._some([self._entity("Sequence")[0]])}
        shot = self._ask("POST", f"data/projects/{self.project}/shots", body)
        self._create_task(shot["id"])

    def _create_asset(self) -> None:
        kind = self._some([one["id"] for one in self._ask("GET", "data/asset-types")])
        path = f"data/projects/{self.project}/asset-types/{kind}/assets/new"
        asset = self._ask("POST", path, {"name": f"A{self._number:04}", "data": {}})["id"]
        if shot := self._entity("Shot"):
            cast = [{"asset_id": asset, "nb_occurences": 1, "label": ""}]
            self._ask("PUT", f"data/projects/{self.project}/entities/{shot[0]}/casting", cast)

    def _create_task(self, entity: str = "") -> None:
        shot = entity or self._entity("Shot")[0]
        kinds = [one["id"] for one in self._ask("GET", "data/task-types") if one["for_entity"] == "Shot"]
        body = {
            "task_type_id": self._some(kinds),
            "entity_id": shot,
            "project_id": self.project,
            "name": f"t{self._number}",
        }
        self._ask("POST", "data/tasks", body | {"task_status_id": self.statuses[0]})

    def _delete_task(self) -> None:
        self._ask("DELETE", f"data/tasks/{self._task()}?force=true")

    def _delete_entity(self) -> None:
        entity, _, kind = self._entity(*["Shot", "Asset"] * 8, "Edit", "Concept", "Sequence")
        left = self._sql("select count(*) from entity where project_id = %s", self.project)[0][0]
        if left > 30:
            self._ask("DELETE", f"data/{kind.lower()}s/{entity}?force=true")

    def _delete_and_create(self) -> None:
        self._delete_task()
        self._create_task()

    def _people(self) -> None:
        task = self._task()
        self._ask("PUT", f"data/tasks/{task}", {"assignees": self._random.sample(self.people, 2)})

    def _sql_tasks(self) -> None:
        self._sql(
            "update task set priority = %s, updated_at = timezone('utc', now()) where id in (select id from task where"
            " project_id = %s order by id offset %s limit 5)",
            self._random.randrange(4),
            self.project,
            self._random.randrange(20),
        )

    def _sql_entity(self) -> None:
        self._sql(
            "update entity set description = %s, updated_at = timezone('utc', now()) where id = %s",
            f"Written past Zou, {self._number}",
            self._entity("Shot", "Asset", "Sequence", "Episode")[0],
        )

    def _sql_assign(self) -> None:
        task = self._task()
        if self._sql("select 1 from task_person_link where task_id = %s and person_id = %s", task, self.vendor):
            self._sql("delete from task_person_link where task_id = %s and person_id = %s", task, self.vendor)
        else:
            self._sql("insert into task_person_link (task_id, person_id) values (%s, %s)", task, self.vendor)
        self._sql("update task set updated_at = timezone('utc', now()) where id = %s", task)

    def _sql_delete(self) -> None:
        made = str(uuid.UUID(int=self._random.getrandbits(128)))
        columns = "name, project_id, task_type_id, task_status_id, entity_id, difficulty"
        self._sql(
            f"insert into task (id, created_at, updated_at, {columns}) select %s, created_at,"
            f" timezone('utc', now()), 'past' || %s, {columns.removeprefix('name, ')} from task where id = %s",
            made,
            str(self._number),
            self._task(),
        )
        if old := self._some(self._sql("select id from task where name like 'past%%' and id <> %s", made)):
            self._sql("delete from task_person_link where task_id = %s", old[0])
            for table, column in (("notification", "task_id"), ("subscription", "task_id"), ("news", "task_id")):
                self._sql(f"delete from {table} where {column} = %s", old[0])
            self._sql(
                "delete from task where id = %s and not exists (select from time_spent where task_id = task.id)", old[0]
            )

    def _silent_import(self) -> None:
        entity = self._entity("Shot")[0]
        record = self._ask("GET", f"data/entities/{entity}")
        kept = {key: record[key] for key in ("id", "name", "project_id", "entity_type_id", "parent_id", "data")}
        kept["description"] = f"Imported {self._number}"
        self._ask("POST", "import/kitsu/entities?silent=true", [{**kept, "type": "Shot"}])
