"""A new production: its record, then what it uses of the studio, then its team, each a request of its own.

Follows `ProjectsResource` of Zou 1.0.97, which admins alone may POST to; a TV show gets the episode E01 by itself, and
every production the columns that are of all productions.
"""

import time
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Annotated, Any, Literal

from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Effect, Field, Item, Raw, Request, Value
from kitsu_tools.gate.existence import ABSENT, Creates, comes, present
from kitsu_tools.gate.kind import Looked
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.errors import BadInput, NotPermitted, Refused, listed
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.names import pick
from kitsu_tools.tracker.people import person_named
from kitsu_tools.tracker.zou_answer import Answer
from kitsu_tools.write.setup.names import name_wanted, refuse_taken
from kitsu_tools.write.setup.settings import AS_TEXTS, SETTINGS, Name, held, setting_wanted
from kitsu_tools.write.setup.used import LINKS, Used, named_of, studio_of
from kitsu_tools.write.tool import writes

MOST = 100
TEAM, TEMPLATE = "team", "template"
Names = Annotated[Sequence[str], Argument(max_length=MOST)]
Type = Literal["short", "featurefilm", "tvshow", "shots", "assets"]
NO_WAY_BACK = "A production is not deleted from here: close it with change_project."


@writes
async def create_project(
    kitsu: KitsuHere,
    name: Annotated[str, Argument(description="its name")],
    type: Annotated[Type, Argument(description="tvshow has episodes")] = "short",  # noqa: A002  as Kitsu's page calls it
    settings: Annotated[
        Mapping[str, str], AS_TEXTS, Argument(description="as of change_project: start_date, end_date, fps …")
    ] = {},
    template: Annotated[str, Argument(description="a project template of this Kitsu, to begin from")] = "",
    task_types: Annotated[Names, Argument(description="in their order; with none Kitsu shows the studio's")] = (),
    task_statuses: Annotated[Names, Argument(description="names or short names")] = (),
    asset_types: Annotated[Names, Argument(description="names")] = (),
    team: Annotated[Names, Argument(description="full names, e-mails or ids")] = (),
) -> Change:
    """Create a production with settings, task types, statuses, asset types and team, after the person you work for said
    yes in their own dialog. For admins; it can be closed later, not deleted.
    """
    moment, directory = time.monotonic(), kitsu.directory
    if (await directory.me.get()).role != "admin" and (await directory.me.get(moment)).role != "admin":
        raise NotPermitted("Only admins create productions.")
    reads = (directory.open_projects, directory.closed_projects)
    every = [one.name for several in await gather(*[partial(one.get, moment) for one in reads]) for one in several]
    called = name_wanted(name, "name", 80)
    refuse_taken(called, every, "name")
    if directory.is_limited and called not in directory.unmatched(()):
        raise BadInput(f"This server is limited to productions (KITSU_PROJECTS), and {called} is none of them.")
    fields, today = list[Field](), (await kitsu.clock()).today()
    if odd := [one for one in settings if one not in SETTINGS or one in {"name", "status", "type"}]:
        raise BadInput(f"settings: {listed(odd)} is not for a new production. change_project tells of them all.")
    wanted: dict[Name, Raw] = {one: setting_wanted(one, settings[one], today) for one in SETTINGS if one in settings}
    wanted["type"] = type
    dates = [str(wanted.get(one) or "") for one in ("start_date", "end_date")]
    if all(dates) and dates[0] > dates[1]:
        raise BadInput(f"It would end before it starts ({dates[0]} to {dates[1]}).")
    for one, raw in wanted.items():
        value = SETTINGS[one].value(raw)
        fields.append(Field(one, Value(None, ""), value, one.removeprefix("is_").replace("_", " "), value.shown))
    links: Mapping[Used, Sequence[str]] = dict(zip(LINKS, (task_types, task_statuses, asset_types), strict=False))
    for what, names in links.items():
        ids, known = [await named_of(kitsu, what, one) for one in names], await studio_of(kitsu, what)
        shown = ", ".join([known[one][-1] for one in ids])
        fields += [_several(what, list(dict.fromkeys(ids)), f"{what}s", shown)] if ids else []
    people = await gather(*[partial(person_named, kitsu, one) for one in team])
    if left := [one.label for one in people if not one.active]:
        raise BadInput(f"Not active in Kitsu any more, so not for a team: {listed(left)}.")
    if people:
        shown = listed([one.label for one in people], MOST)
        fields.append(_several(TEAM, list(dict.fromkeys(one.id for one in people)), "team", shown))
    begun = await _template(kitsu, template) if template else None
    if begun:
        fields.append(
            Field(TEMPLATE, Value(begun[0], begun[1]), Value(begun[0], begun[1]), f"from the template {begun[1]}")
        )
    address, text = encoded(called), str(wanted.get("description") or "")
    item = Item(address, f"project/{called}", address, (comes("new"), *fields), text)
    effect = Effect(item.key, called, "", "gets the episode E01", "Kitsu makes the episode E01")
    return Change(
        kind="productions",
        tool="create_project",
        project_id="",
        project=address,
        verb="Create the production",
        noun="production",
        items=(item,),
        effects=(effect,) if type == "tvshow" else (),
        warnings=(NO_WAY_BACK, *([f"Begins from the template {begun[1]}"] if begun else []), *_sums(item)),
        posts=False,
    )


def _several(name: str, ids: Sequence[str], label: str, shown: str) -> Field:
    """Ids among which others may come, such as those of a template."""
    return Field(name, Value((), ""), Value(tuple(ids), shown), label, shown)


def _sums(item: Item) -> list[str]:
    """All that it is made with, which one entry has no room for."""
    return [f"{one.label}: {one.after.shown}" for one in item.fields[1:] if one.name in {TEAM, *LINKS}]


async def _template(kitsu: Kitsu, wanted: str) -> tuple[str, str]:
    templates: list[Mapping[str, Any]] = await kitsu.session.read("data/project-templates")
    found = pick("project template", wanted, templates, itemgetter("name"), itemgetter("id"))
    return found["id"], found["name"]


async def _look(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    """Productions by `project/<name>`, with all that one may be made with."""
    kitsu.directory.forget(("open_projects", "closed_projects"))
    every: list[Mapping[str, Any]] = await kitsu.session.read("data/projects", {"relations": "true"})
    looked: dict[str, Mapping[str, Value]] = {}
    for one in every:
        target = f"project/{one['name']}"
        if target not in targets:
            continue
        record = await kitsu.session.read(f"data/projects/{one['id']}")
        settings = {name: SETTINGS[name].value(held(name, record)) for name in SETTINGS}
        links = {what: Value(tuple(record.get(link.listed) or ()), "") for what, link in LINKS.items()}
        team = Value(tuple(record.get(TEAM) or ()), "")
        looked[target] = {**present(one["id"]), **settings, **links, TEAM: team}
    return {one: looked.get(one, ABSENT) for one in targets}


@dataclass(frozen=True, slots=True, kw_only=True)
class MakesProductions(Creates):
    """What follows the making of a production needs its id."""

    async def steps(self, change: Change, items: Sequence[Item], text: str) -> AsyncGenerator[Sequence[Request], Any]:
        """The record, which ends it where it fails; then what it uses, then its team."""
        del change, text
        for item in items:
            keys, after = (item.key,), {one.name: one.after.raw for one in item.fields}
            body = {SETTINGS[name].column: after[name] for name in SETTINGS if after.get(name) is not None}
            body |= {"name": item.target.partition("/")[2]}
            body |= {"project_template_id": after[TEMPLATE]} if TEMPLATE in after else {}
            made = yield [Request("POST", "data/projects", body, 201, keys)]
            made_id = Answer(201, made).fields.get("id")
            if not isinstance(made_id, str):
                raise Refused("Kitsu did not say which production it made, so nothing more was set.")
            base = f"data/projects/{made_id}"
            task_types, statuses, asset_types, team = (
                ids if isinstance(ids := after.get(one), tuple) else ()
                for one in ("task type", "task status", "asset type", TEAM)
            )
            if task_types or statuses or asset_types:
                batch = {
                    "task_types": [{"task_type_id": one, "priority": at} for at, one in enumerate(task_types, 1)],
                    "task_status_ids": list(statuses),
                    "asset_type_ids": list(asset_types),
                }
                yield [Request("POST", f"{base}/settings/batch", batch, 200, keys)]
            if team:
                yield [Request("POST", f"{base}/team", {"person_id": one}, 201, keys) for one in team]


async def _by(kitsu: Kitsu, target: str) -> str:
    del kitsu, target
    return "somebody made a production of that name"


async def _removal(kitsu: Kitsu, change: Change, items: Sequence[Item], _: object) -> Change:
    del kitsu, change, items
    raise BadInput(NO_WAY_BACK)


def _no_requests(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    del change, items
    return ()


PRODUCTIONS = MakesProductions(look=_look, requests=_no_requests, changed_by=_by, removal=_removal)
