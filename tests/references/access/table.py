"""The table of roles against actions: every cell is a request that this role's bot, or a person, really sent."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, cast

from references.access.actions import ACTIONS, rows
from references.access.callers import Caller, callers
from references.generated import Part
from support.api import ask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kitsu_sandbox.lifecycle import Connection, Sandbox
    from references.access.actions import Action
    from support.api import Answer

ROLES = ("admin", "manager", "supervisor", "user", "vendor", "client")
PEOPLE = {"supervisor": "jonas", "user": "theo", "vendor": "dev"}
"""People where departments matter: Jonas and Theo are of Animation, Dev is of Compositing; the bots are of none."""


def table(sandbox: Sandbox) -> str:
    """Every action tried by one bot a role; then where a person's answer differs from that of their role's bot."""
    kitsu = sandbox.connection()
    tokens = {f"{role}-bot": kitsu.token(role) for role in ROLES} | {
        name: _signed_in(kitsu, name) for name in PEOPLE.values()
    }
    found = tried(kitsu, callers(kitsu, tokens))
    lines: list[str] = []
    for area, actions in itertools.groupby(ACTIONS, key=lambda action: action.area):
        lines += [
            "",
            f"### {area}",
            "",
            f"| Action | Request | {' | '.join(ROLES)} |",
            f"|---|---|{'---|' * len(ROLES)}",
        ]
        for action in actions:
            words = " | ".join(found[action.text][f"{role}-bot"] for role in ROLES)
            mark = "°" if action.asks_people else ""
            lines.append(f"| {action.text}{mark} | `{_shown(action.ask)}` | {words} |")
    lines += [
        "",
        "### Where a person differs from the bot",
        "",
        "| Action | Role | bot | person |",
        "|---|---|---|---|",
    ]
    for action in (one for one in ACTIONS if one.asks_people):
        for role, name in PEOPLE.items():
            bot, person = found[action.text][f"{role}-bot"], found[action.text][name]
            if bot != person:
                lines.append(f"| {action.text} | {role} | {bot} | {person} |")
    return "\n".join(lines)


def tried(kitsu: Connection, everyone: Sequence[Caller]) -> dict[str, dict[str, str]]:
    """A word for every action and caller. The first caller is an admin, with whom the others are compared."""
    found: dict[str, dict[str, str]] = {}
    for action in ACTIONS:
        measures: dict[str, Any] = {}
        found[action.text] = {
            caller.name: _tried(kitsu, action, caller, everyone[0].token, measures)
            for caller in everyone
            if action.asks_people or caller.name not in PEOPLE.values()
        }
    return found


def _tried(kitsu: Connection, action: Action, caller: Caller, admin: str, measures: dict[str, Any]) -> str:
    verdicts: dict[str, str] = {}
    for which, task in _tasks(action, caller).items():
        names = caller.names | {"task": task, "other": task, "said": caller.said[task]}
        if action.before:
            made = _send(kitsu, admin, *action.before, names).body
            names["made"] = (made[0] if isinstance(made, list) else made)["id"]
        answer = _send(kitsu, caller.token, action.ask, action.body, names)
        measure = _filled(action.body, names)
        if action.judge is rows:
            path = _filled(action.ask, names)
            if path not in measures:
                measures[path] = _send(kitsu, admin, path, None, names).body
            measure = measures[path]
        verdicts[which] = action.judge(answer, measure)
        if action.after:
            _send(kitsu, admin, *action.after, names)
    return _word(verdicts)


def _tasks(action: Action, caller: Caller) -> dict[str, str]:
    """The tasks to try it on, by how they relate to the caller; one that nothing asks for where it is about no task."""
    about = f"{action.ask}{action.body}"
    if "{task}" in about or "{said}" in about:
        return caller.tasks
    return {which: task for which, task in caller.tasks.items() if (which != "own") == ("{other}" in about)}


def _word(verdicts: dict[str, str]) -> str:
    """One word for all tasks, or those for which the answer is yes and what it is for the others."""
    allowed = [which for which, verdict in verdicts.items() if verdict == "yes"]
    refused = {verdict for verdict in verdicts.values() if verdict != "yes"}
    if not allowed or not refused:
        return " / ".join(dict.fromkeys(verdicts.values()))
    return ", ".join(allowed) + ("" if refused == {"no"} else f", else {' / '.join(sorted(refused))}")


def _send(kitsu: Connection, token: str, request: str, body: object, names: dict[str, str]) -> Answer:
    method, path = request.split()
    return ask(kitsu.host, path.format_map(names), token, method=method, body=_filled(body, names))


def _filled(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one, names) for key, one in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_filled(one, names) for one in cast("list[Any]", value)]
    return value.format_map(names) if isinstance(value, str) else value


def _shown(request: str) -> str:
    """A request as a reader wants it: what stands for an id in capitals."""
    return "".join(
        part if place % 2 == 0 else _SHOWN.get(part, part.upper())
        for place, part in enumerate(request.replace("}", "{").split("{"))
    )


_SHOWN = {
    "harbour": "PROJECT",
    "secret": "PROJECT",
    "mine": "TASK",
    "persons_task": "TASK",
    "made": "ID",
    "internal": "PLAYLIST",
    "for_clients": "PLAYLIST",
    "movie": "PREVIEW",
    "prop": "TYPE",
    "fx": "TYPE",
    "me": "ME",
    "clients_comment": "COMMENT",
    "said": "COMMENT",
    "other": "TASK",
}


def _signed_in(kitsu: Connection, name: str) -> str:
    answer = ask(
        kitsu.host,
        "auth/login",
        method="POST",
        body={"email": f"{name}@example.com", "password": kitsu.password},
    )
    return answer.body["access_token"]


PARTS = (Part("permissions.md", "roles against actions", table),)
