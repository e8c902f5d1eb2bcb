"""How a production is set up: its settings in one PUT, what it uses of the studio link by link.

Follows `ProjectResource` and the settings routes of Zou 1.0.97. Any PUT to a TV show that has no episode makes E01.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Effect, Field, Item, Raw, Request, Value
from kitsu_tools.gate.existence import THERE
from kitsu_tools.gate.kind import Looked
from kitsu_tools.gate.sets_fields import SetsFields, Wanted
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.errors import BadInput, listed
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.write.setup.names import refuse_taken
from kitsu_tools.write.setup.now import production_to_set_up
from kitsu_tools.write.setup.settings import AS_TEXTS, CLOSED, OPEN, SETTINGS, Name, held, setting_wanted
from kitsu_tools.write.setup.used import (
    ALLOWED,
    KEPT,
    LINKS,
    Used,
    allowed,
    in_order,
    kept,
    link_now,
    link_requests,
    named_of,
    new_link,
    reordered,
    studio_of,
    used,
)
from kitsu_tools.write.snapshot import Snapshot
from kitsu_tools.write.tool import writes

MOST = 100
VALUE = "value"
"""What a setting is to be, or in which order things stand."""
_DATES: tuple[Name, Name] = ("start_date", "end_date")
_SET, _ORDER = "set", "order"


class Use(BaseModel):
    """What a production uses of the studio, or not any more, or in which order."""

    model_config = ConfigDict(extra="forbid")

    what: Used
    do: Literal["use", "drop", "order"]
    names: Sequence[str]


@writes
async def change_project(
    kitsu: KitsuHere,
    project: Annotated[str, Argument(description="name, id or page link")],
    settings: Annotated[
        Mapping[Name, str], AS_TEXTS, Argument(description="status: open or closed; is_…: yes or no; none clears")
    ] = {},
    uses: Annotated[
        Sequence[Use], Argument(max_length=MOST, description="names as get_studio has them; order: of these alone")
    ] = (),
) -> Change:
    """Change a production's settings, close or reopen it, have it use task types, statuses, asset types and automations
    of the studio, after the person you work for said yes in their own dialog. For its managers and admins.
    """
    if not (settings or any(one.names for one in uses)):
        raise BadInput("Name at least one of settings and uses.")
    directory = kitsu.directory
    now = await production_to_set_up(
        kitsu, project, directory.task_types, directory.statuses, directory.asset_types, may_be_closed=True
    )
    today = (await kitsu.clock()).today()
    record = await _record(kitsu, now.project.id)
    wanted: dict[str, Mapping[str, Raw]] = {}
    for name, text in settings.items():
        value = setting_wanted(name, text, today)
        wanted[f"{_SET}/{name}"] = {VALUE: _status_id(record, value) if name == "status" else value}
    for use in uses:
        for of, fields in (await _uses(kitsu, use, record, len(wanted))).items():
            if wanted.setdefault(of, fields)[next(iter(fields))] != fields[next(iter(fields))]:
                raise BadInput(f"uses: the same {use.what} is to be used and dropped, or ordered twice.")
    both = [
        what for what in LINKS if f"{_ORDER}/{what}" in wanted and any(one.startswith(f"{what}/") for one in wanted)
    ]
    if both:
        raise BadInput(f"uses: what a production uses is ordered in a call of its own: {listed(both)}.")
    change = await plan_project(kitsu, "change_project", now, record, wanted, "Change the production:")
    if not change.items:
        raise BadInput(f"{now.project.name} is so already.")
    return change


async def _uses(kitsu: Kitsu, use: Use, record: Mapping[str, Any], after: int) -> dict[str, Mapping[str, Raw]]:
    """What is wanted by one line; what is used anew comes behind all that is, and behind `after` others."""
    there = in_order(use.what, record)
    among = None if use.do == "use" else there
    ids = list(dict.fromkeys([await named_of(kitsu, use.what, name, among) for name in use.names]))
    if use.do == "order":
        return {f"{_ORDER}/{use.what}": {VALUE: ",".join(reordered(use.what, record, ids))}}
    if use.do == "drop":
        return {f"{use.what}/{one}": {THERE: False} for one in ids}
    last = len(there) + after
    new = [one for one in ids if one not in there]
    return {f"{use.what}/{one}": {THERE: True} for one in ids if one in there} | {
        f"{use.what}/{one}": new_link(use.what, last + number) for number, one in enumerate(new, 1)
    }


async def plan_project(
    kitsu: Kitsu,
    tool: str,
    now: Snapshot,
    record: Mapping[str, Any],
    wanted: Mapping[str, Mapping[str, Raw]],
    verb: str,
) -> Change:
    """What makes these fields of a production so, by what they are of.

    Raises:
        BadInput: they cannot be so, or nothing is written to it but that it opens.
    """
    names = await _names(kitsu)
    items = [_item(now, record, names, of, fields) for of, fields in wanted.items()]
    moving = tuple(item for item in items if item.changes)
    _refuse(now, record, moving)
    taken = [one.name for one in await kitsu.directory.open_projects.get() if one.id != now.project.id]
    for item in moving:
        if item.key == f"{_SET}/name":
            refuse_taken(str(item.fields[0].after.raw), taken, "name")
            _refuse_renaming(kitsu, now)
    is_show = record["production_type"] == "tvshow" or f"{_SET}/type" in wanted
    episodes = len((await (await kitsu.reading(now.project)).view("episode")).entities("episode")) if is_show else 0

    def foresee(some: Sequence[Item], _: str) -> list[Effect]:
        """The first episode, of which any PUT to a show sees that it is there."""
        settings = {item.key: item for item in some if item.key.startswith(f"{_SET}/")}
        kind = settings[f"{_SET}/type"].fields[0].after.raw if f"{_SET}/type" in settings else record["production_type"]
        if not settings or kind != "tvshow" or episodes:
            return []
        says = "makes the episode E01"
        return [Effect(next(iter(settings)), now.project.name, "", says, f"Kitsu {says}")]

    return now.change(
        Change,
        items,
        moving,
        kind="projects",
        tool=tool,
        verb=verb,
        noun="setting",
        effects=tuple(foresee(moving, "")),
        warnings=tuple(await _warnings(kitsu, now, record, moving)),
        posts=False,
        reopens=not now.project.open,
        foresee=foresee,
    )


def _item(
    now: Snapshot,
    record: Mapping[str, Any],
    names: Mapping[Used, Mapping[str, tuple[str, ...]]],
    of: str,
    wanted: Mapping[str, Raw],
) -> Item:
    target, base = f"{now.project.id}/{of}", encoded(now.project.name)
    kind, _, name = of.partition("/")
    before = _looked(target, record, names)
    if kind == _SET:
        fields = [Field(VALUE, before[VALUE], _value(_name(name), wanted[VALUE], record))]
        text = str(wanted[VALUE]) if name == "description" and fields[0].changes else ""
        return Item(of, target, f"{base}/{name}", tuple(fields), text)
    if kind == _ORDER:
        field = Field(VALUE, before[VALUE], _order_value(names[_used(name)], wanted[VALUE]))
        return Item(of, target, f"{base}/order of {name}s", (field,))
    there = bool(wanted[THERE])
    move = f"{'used' if there else 'no longer used'}"
    fields = [Field(THERE, before[THERE], used(there), move=move)]
    if KEPT in wanted or not there:
        after = kept(wanted.get(KEPT, ""))
        fields.append(Field(KEPT, before[KEPT], after, move=after.shown or "its place is forgotten"))
        clients = allowed(wanted.get(ALLOWED))
        if clients != before[ALLOWED]:
            fields.append(Field(ALLOWED, before[ALLOWED], clients, "clients may set it"))
    known = names[_used(kind)].get(name, ("?",))
    return Item(of, target, f"{base}/{kind} {encoded(known[0])}", tuple(fields))


async def _names(kitsu: Kitsu) -> dict[Used, Mapping[str, tuple[str, ...]]]:
    return {what: await studio_of(kitsu, what) for what in LINKS}


def _name(text: str) -> Name:
    return next(one for one in SETTINGS if one == text)


def _used(text: str) -> Used:
    return next(one for one in LINKS if one == text)


def _looked(
    target: str, record: Mapping[str, Any], names: Mapping[Used, Mapping[str, tuple[str, ...]]]
) -> Mapping[str, Value]:
    """What a production's record says of one thing."""
    _, kind, name = target.split("/")
    if kind == _SET:
        setting = _name(name)
        return {VALUE: _value(setting, held(setting, record), record)}
    if kind == _ORDER:
        return {VALUE: _order_value(names[_used(name)], ",".join(in_order(_used(name), record)))}
    return link_now(_used(kind), name, record)


def _order_value(names: Mapping[str, tuple[str, ...]], raw: Raw) -> Value:
    ids = str(raw).split(",") if raw else []
    return Value(raw, ", ".join(names[one][-1] if one in names else "?" for one in ids))


async def _record(kitsu: Kitsu, project_id: str) -> Mapping[str, Any]:
    """A production as Zou holds it now, with the names of the statuses of productions by id."""
    project, statuses = await gather(
        partial(kitsu.session.read, f"data/projects/{project_id}"), partial(kitsu.session.read, "data/project-status")
    )
    by_id: dict[str, str] = {one["id"]: one["name"] for one in statuses}
    return {**project, "statuses": by_id}


def _status_id(record: Mapping[str, Any], name: Raw) -> Raw:
    found = next((one for one, status in record["statuses"].items() if status.casefold() == name), None)
    if found is None:
        raise BadInput(f"status: this Kitsu has no production status {name!r}.")
    return found


def _value(name: Name, raw: Raw, record: Mapping[str, Any]) -> Value:
    return Value(raw, record["statuses"].get(raw, "?").casefold()) if name == "status" else SETTINGS[name].value(raw)


def _refuse(now: Snapshot, record: Mapping[str, Any], moving: Sequence[Item]) -> None:
    after = {item.key: item.fields[0].after.raw for item in moving}
    if not now.project.open and moving and after.get(f"{_SET}/status") != _status_id(record, OPEN):
        raise BadInput(f"{now.project.name} is closed: nothing is written to a closed production. Reopen it first.")
    start, end = (after.get(f"{_SET}/{name}", held(name, record)) for name in _DATES)
    moved = {f"{_SET}/{name}" for name in _DATES} & after.keys()
    if moved and start and end and str(start) > str(end):
        raise BadInput(f"{now.project.name} would end before it starts ({start} to {end}). Give both dates, or others.")


def _refuse_renaming(kitsu: Kitsu, now: Snapshot) -> None:
    if now.project.name.strip() in kitsu.directory.unmatched(()):
        raise BadInput(
            f"This server is limited to productions by name (KITSU_PROJECTS), {now.project.name} among them: renamed, "
            "it would be out of reach. Have it named there by its id first."
        )


async def _warnings(kitsu: Kitsu, now: Snapshot, record: Mapping[str, Any], moving: Sequence[Item]) -> list[str]:
    name, warnings = now.project.name, list[str]()
    after = {item.key: item.fields[0].after.raw for item in moving}
    if f"{_SET}/status" in after and after[f"{_SET}/status"] == _status_id(record, CLOSED):
        warnings.append(f"CLOSES {name} for everybody: only admins find it then, nobody writes to it")
    if f"{_SET}/name" in after:
        warnings.append(f"Addresses, and settings of tools, that say {name} lead nowhere from then on")
    if f"{_SET}/type" in after:
        warnings.append("Another type has other pages; what is there stays")
    links: dict[Used, set[str]] = {
        what: {one for item in moving for kind, one in [_of(item)] if kind == what} for what in LINKS
    }
    for what, changed in links.items():
        before = set(record.get(LINKS[what].listed) or ())
        left = (before - changed) | {one for one in changed if after[f"{what}/{one}"]}
        if changed and what != "automation" and bool(before) != bool(left):
            every = f"every {what} of the studio"
            warnings.append(f"So far it shows {every}, then only these" if left else f"With none left it shows {every}")
    return [*warnings, *(await _hidden(kitsu, now, moving) if any(links.values()) else [])]


def _of(item: Item) -> tuple[str, str]:
    kind, _, one = item.key.partition("/")
    return kind, one


async def _hidden(kitsu: Kitsu, now: Snapshot, moving: Sequence[Item]) -> list[str]:
    """How much there is of what is not used any more: it stays."""
    dropped = {_of(item): item for item in moving if item.fields[0].name == THERE and not item.fields[0].after.raw}
    if not dropped:
        return []
    view = await (await kitsu.reading(now.project)).view(*ALL_KINDS)
    count = Counter[tuple[str, str]]()
    for entity in view.entities():
        count["asset type", entity.parent_id if entity.kind == "asset" else ""] += 1
        for task in entity.tasks:
            count["task type", task.type_id] += 1
            count["task status", task.status_id] += 1
    return [
        f"{item.address.rpartition('/')[2]}: {count[of]} {'assets' if of[0] == 'asset type' else 'tasks'} of it stay, "
        "hidden on Kitsu's pages" * (of[0] != "task status")
        for of, item in dropped.items()
        if count[of]
    ]


async def _look(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    kitsu.directory.forget(("open_projects", "closed_projects"))
    names = await _names(kitsu)
    projects = list(dict.fromkeys(one.partition("/")[0] for one in targets))
    read = await gather(*[partial(_record, kitsu, one) for one in projects])
    records = dict(zip(projects, read, strict=True))
    return {target: _looked(target, records[target.partition("/")[0]], names) for target in targets}


def _requests(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    """The settings first, or last where they close it; each link by itself."""
    settings = {item.key.partition("/")[2]: item for item in items if item.key.startswith(f"{_SET}/")}
    body = {SETTINGS[_name(name)].column: item.fields[0].after.raw for name, item in settings.items()}
    keys = tuple(item.key for item in settings.values())
    puts = [Request("PUT", f"data/projects/{change.project_id}", body, 200, keys)] if body else []
    yield from puts
    for item in (item for item in items if item.key not in keys):
        kind, name = _of(item)
        if kind == _ORDER:
            link = LINKS[_used(name)]
            path = f"actions/projects/{change.project_id}/{link.places}/reorder"
            ids = str(item.fields[0].after.raw).split(",")
            yield Request("POST", path, {f"{link.key}s": ids}, 200, (item.key,))
        else:
            yield from link_requests(change.project_id, item)


async def _by(kitsu: Kitsu, target: str) -> str:
    del kitsu, target
    return "the production was set up otherwise"


async def _again(kitsu: Kitsu, wanted: Wanted) -> Change:
    project_id = next(iter(wanted)).partition("/")[0]
    now = await production_to_set_up(kitsu, project_id, may_be_closed=True)
    fields = {target.partition("/")[2]: one for target, one in wanted.items()}
    record = await _record(kitsu, project_id)
    return await plan_project(kitsu, "undo_change", now, record, fields, "Take back the change of the production:")


PROJECTS = SetsFields(look=_look, requests=_requests, changed_by=_by, again=_again)
