"""What people do in Kitsu, over REST as its page does it, for those who are to hear of it."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import psycopg

from kitsu_sandbox import keys, ports
from support.api import ask

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kitsu_sandbox.lifecycle import Connection


def comment(kitsu: Connection, task: str, text: str, status: str = "", role: str = "admin") -> dict[str, Any]:
    """A comment, which changes the status where one is named by its short name."""
    statuses = ask(kitsu.host, "data/task-status", kitsu.token(role)).body
    named = next((one["id"] for one in statuses if one["short_name"] == status), "")
    known = named or do(kitsu, "GET", f"data/tasks/{task}", role=role)["task_status_id"]
    return do(kitsu, "POST", f"actions/tasks/{task}/comment", {"task_status_id": known, "comment": text}, role=role)


def do(kitsu: Connection, method: str, path: str, body: object = None, role: str = "admin") -> Any:
    """Any request, which must succeed; its JSON."""
    answer = ask(kitsu.host, path, kitsu.token(role), method=method, body=body)
    assert answer.status < 300, answer
    return answer.body


def task_id(kitsu: Connection, address: str) -> str:
    """The id of a task, by `project/sequence/shot:Task Type`."""
    path, _, task_type = address.partition(":")
    project, *_, sequence, shot = path.split("/")
    with psycopg.connect(kitsu.database) as database:
        found = database.execute(
            "select t.id::text from task t join entity s on s.id = t.entity_id join entity q on q.id = s.parent_id "
            "join project p on p.id = t.project_id join task_type k on k.id = t.task_type_id "
            "where (p.name, q.name, s.name, k.name) = (%s, %s, %s, %s)",
            [project, sequence, shot, task_type],
        ).fetchone()
    assert found is not None, address
    return found[0]


def publish(kitsu: Connection, events: Iterable[tuple[str, object]]) -> None:
    """Events put past Zou into the sandbox's Valkey, where its event stream takes them from to tell everybody."""
    state = kitsu.token_files["admin"].parents[2]
    noted, password = ports.remembered(state / "ports.json"), keys.read(state / "secrets").password
    assert noted is not None
    with socket.create_connection((ports.LOOPBACK, noted.valkey), timeout=30) as there, there.makefile("rwb") as stream:
        stream.write(_command("AUTH", password))
        count = 1
        for name, payload in events:
            told = {"method": "emit", "event": name, "data": payload, "namespace": "/events", "host_id": "a test"}
            stream.write(_command("PUBLISH", "flask-socketio", json.dumps(told)))
            count += 1
        stream.flush()
        for _ in range(count):
            assert stream.readline()[:1] in b"+:"


def _command(*parts: str) -> bytes:
    """A command as Valkey reads it."""
    encoded = [part.encode() for part in parts]
    return b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in encoded)
