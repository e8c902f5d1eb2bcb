"""Somebody else at work in the sample Kitsu, who is no agent: over its API, as Kitsu's page does it."""

import json
import urllib.request
from typing import Any

from kitsu_sandbox.lifecycle import Connection

ROLE = "admin"
SECONDS = 30
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def approves(reach: Connection, task_id: str, text: str) -> None:
    """Comment on a task, and set it to done."""
    statuses = _asked(reach, "data/task-status")
    done = next(one["id"] for one in statuses if one["short_name"] == "done")
    _asked(reach, f"actions/tasks/{task_id}/comment", {"task_status_id": done, "comment": text})


def _asked(reach: Connection, path: str, body: object = None) -> Any:  # noqa: ANN401  JSON
    headers = {"Authorization": f"Bearer {reach.token(ROLE).strip()}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{reach.host}/{path}", data, headers)  # noqa: S310  the sandbox
    with _DIRECTLY.open(request, timeout=SECONDS) as answer:
        return json.load(answer)
