"""The events part of events.md: every name that Zou emits with its fields, from driving it and from its source."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from kitsu_sandbox import environment
from references.events.caller import Caller, signed_in
from references.events.drive.everything import drive
from references.events.sockets import CLOSING, Heard, seat, settle
from references.generated import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Sandbox

ELSEWHERE = [
    "asset:casting-update",
    "asset:delete",
    "asset:new",
    "asset:new-link",
    "asset:remove-link",
    "asset:update",
    "asset-instance:delete",
    "asset-instance:new",
    "asset-instance:update",
    "asset-type:delete",
    "asset-type:new",
    "asset-type:update",
    "budget:delete",
    "budget:new",
    "budget:update",
    "budget-entry:delete",
    "budget-entry:new",
    "budget-entry:update",
    "build-job:delete",
    "build-job:new",
    "build-job:update",
    "chat:delete",
    "chat:new",
    "chat:update",
    "chat-message:delete",
    "chat-message:new",
    "chat-message:update",
    "comment:acknowledge",
    "comment:delete",
    "comment:new",
    "comment:reply",
    "comment:update",
    "concept:delete",
    "concept:new",
    "concept:update",
    "edit:delete",
    "edit:new",
    "edit:update",
    "entity-link:delete",
    "entity-link:new",
    "episode:delete",
    "episode:new",
    "episode:update",
    "milestone:delete",
    "milestone:new",
    "milestone:update",
    "news:delete",
    "news:new",
    "news:update",
    "notification:all-read",
    "notification:delete",
    "notification:new",
    "notification:update",
    "organisation:update",
    "output-file:delete",
    "output-file:new",
    "output-file:update",
    "person:delete",
    "person:new",
    "person:update",
    "playlist:delete",
    "playlist:new",
    "playlist:update",
    "preview-file:new",
    "preview-file:update",
    "project:delete",
    "project:new",
    "project:update",
    "schedule-item:delete",
    "schedule-item:new",
    "schedule-item:update",
    "scene:delete",
    "scene:new",
    "scene:update",
    "sequence:delete",
    "sequence:new",
    "sequence:update",
    "shot:casting-update",
    "shot:delete",
    "shot:new",
    "shot:update",
    "task:assign",
    "task:delete",
    "task:new",
    "task:status-changed",
    "task:to-review",
    "task:unassign",
    "task:update",
    "task-status:delete",
    "task-status:new",
    "task-status:update",
    "task-type:delete",
    "task-type:new",
    "task-type:update",
    "time-spent:delete",
    "time-spent:new",
    "time-spent:update",
    "working-file:new",
]
"""The names that other documents list."""


def made(sandbox: Sandbox) -> str:
    """The table of events, and what of the source and of other documents was never seen."""
    reach = sandbox.connection()
    person, me = signed_in(reach)
    with seat(reach, reach.token("admin")) as listener:
        logged = drive(Caller(reach.host, reach.token("admin")), person, me)
        settle(reach, listener)
    heard: list[Heard] = [*listener.take(), (CLOSING, {})]
    times = Counter(name for name, _ in heard)
    fields: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, payload in heard:
        fields[name].update(payload.keys())
    rows = [
        f"| `{name}` | {_fields(fields[name], times[name])} | {'yes' if name in logged else 'no'} |"
        for name in sorted(times)
    ]
    unheard = _unheard({name: set(seen) for name, seen in fields.items()})
    never = ", ".join(f"`{name}`" for name in sorted(set(ELSEWHERE) - set(times)))
    return "\n".join(
        [
            f"{len(times)} names were heard. `?` marks a field that some payloads of the name lack.",
            "",
            "| Event | Fields of its payload | In the log |",
            "|---|---|---|",
            *rows,
            "",
            "Written out in Zou's source, not heard:",
            "",
            *(unheard or ["nothing: every name and every field was heard."]),
            "",
            f"Named by other documents, emitted nowhere: {never}.",
        ]
    )


def _fields(counted: Counter[str], times: int) -> str:
    named = (f"`{name}`" if counted[name] == times else f"`{name}`?" for name in sorted(counted))
    return ", ".join(named) or "none"


def _unheard(heard: dict[str, set[str]]) -> list[str]:
    """The names and fields that the source writes out and nobody heard, with their files."""
    lines: set[str] = set()
    for file, name, fields in _written_out():
        missing = fields - heard.get(name, set())
        if name not in heard:
            lines.add(f"- `{name}` ({file})")
        elif missing:
            lines.add(f"- `{name}`: {', '.join(f'`{one}`' for one in sorted(missing))} ({file})")
    return sorted(lines)


def _written_out() -> Iterator[tuple[str, str, set[str]]]:
    """Each `events.emit("name", {…})` of Zou: its file, the name, and the fields that stand there as strings."""
    installed = environment.prepare(environment.default_folder(), lambda _: None)
    (package,) = installed.python.parents[1].glob("lib/python*/site-packages/zou")
    for file in sorted(package.rglob("*.py")):
        for call in _emits(file):
            match [*call.args, *(one.value for one in call.keywords if one.arg == "data")]:
                case [ast.Constant(value=str(name)), ast.Dict(keys=keys), *_]:
                    yield f"zou/{file.relative_to(package)}", name, set(_strings(keys))
                case [ast.Constant(value=str(name)), *_]:
                    yield f"zou/{file.relative_to(package)}", name, set()
                case _:
                    pass


def _emits(file: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "events.emit":
            yield node


def _strings(nodes: Iterable[ast.expr | None]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


PARTS = (Part("events.md", "events", made),)
