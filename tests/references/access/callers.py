"""The sample production made ready for trying roles: a task of their own for every caller, and two of nobody's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from references.studio import Studio
from support.api import ask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kitsu_sandbox.lifecycle import Connection

_YEAR = "2020"
"""A year in which nobody worked: the time found there is what this module logs."""


@dataclass(frozen=True)
class Caller:
    """Who asks. `names` fill its requests; `tasks` are its `own`, one of its departments (`dept`) if it has
    any, and an `other`; `said` is an admin's comment on each of them.
    """

    name: str
    token: str
    names: dict[str, str]
    tasks: dict[str, str]
    said: dict[str, str]


def callers(kitsu: Connection, tokens: Mapping[str, str]) -> list[Caller]:
    """Everyone by name and token, in this order.

    Each gets an Animation task in Robo Garden; the Animation and Compositing tasks of one more shot belong to nobody.
    """
    studio = Studio(kitsu)
    robo, harbour = studio.projects["Robo Garden"], studio.projects["Salt Harbour"]
    shots = studio.shots(robo, "E01")
    ours = shots["SQ01", "SH0010"]
    nobodys = shots["SQ02", "SH0030"]
    studio.put("actions/tasks/clear-assignation", {"task_ids": [*ours["tasks"].values(), *nobodys["tasks"].values()]})
    aiko = studio.people["Aiko"]
    names = {
        "project": robo,
        "harbour": harbour,
        "secret": studio.projects["Secret Pilot"],
        "shot": nobodys["id"],
        "sequence": nobodys["parent_id"],
        "asset": studio.get(f"data/projects/{robo}/assets")[0]["id"],
        "harbour_shot": studio.get(f"data/projects/{harbour}/shots")[0]["id"],
        "movie": next(
            one["id"] for one in studio.get("data/preview-files") if one["task_id"] in ours["tasks"].values()
        ),
        "person": aiko,
        "persons_task": shots["SQ02", "SH0020"]["tasks"]["Animation"],
        "clients_comment": studio.comment_of(studio.people["Clara"]),
        "prop": next(one["id"] for one in studio.get("data/asset-types") if one["name"] == "Prop"),
        "fx": studio.task_types["FX"],
        "automation": studio.post("data/status-automations", {"entity_type": "shot"})["id"],
        "day": f"{_YEAR}-01-06",
        "year": _YEAR,
    }
    for playlist in studio.get(f"data/projects/{harbour}/playlists"):
        names["for_clients" if playlist["for_client"] else "internal"] = playlist["id"]
    names |= {short: studio.statuses[short] for short in ("wip", "wfa")}
    for key, field in (("not_for_artists", "is_artist_allowed"), ("not_for_clients", "is_client_allowed")):
        status = {"name": key, "short_name": key[-7:], "color": "#000000", field: False}
        names[key] = studio.post("data/task-status", status)["id"]
    for title, department in (("Anim note", "Animation"), ("Comp note", "Compositing")):
        column = {"name": title, "entity_type": "Shot", "data_type": "string"}
        departments = {"departments": [studio.departments[department]], "for_client": False}
        studio.post(f"data/projects/{robo}/metadata-descriptors", column | departments)
    studio.put(f"actions/tasks/{names['persons_task']}/assign", {"person_id": aiko})
    studio.log_time(names["persons_task"], names["day"], aiko)
    free = {department: nobodys["tasks"][department] for department in ("Animation", "Compositing")}
    said = {task: studio.say(task, names["wip"]) for task in free.values()}
    everyone: list[Caller] = []
    for place, (name, token) in enumerate(tokens.items(), start=2):
        mine = shots["SQ01", f"SH{place * 10:04d}"]["tasks"]["Animation"]
        me = ask(kitsu.host, "auth/authenticated", token).body["user"]
        studio.put(f"actions/tasks/{mine}/assign", {"person_id": me["id"]})
        studio.log_time(mine, names["day"], me["id"])
        departments = studio.get(f"data/persons/{me['id']}?relations=true")["departments"]
        known = [task for department, task in free.items() if studio.departments[department] in departments]
        tasks = {"own": mine} | ({"dept": known[0]} if known else {})
        tasks["other"] = next(task for task in free.values() if task not in known)
        own = names | {"me": me["id"], "mine": mine, "caller": name}
        everyone.append(Caller(name, token, own, tasks, said | {mine: studio.say(mine, names["wip"])}))
    return everyone
