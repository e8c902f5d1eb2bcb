"""Entities that are made, perhaps with tasks: each by a POST of its own, as Zou has no route that makes several but its
import; their tasks by one request a task type.

Zou answers 201 with the one that is there where a name is taken, but for assets, of which it makes a second one; it
keeps an entity without the tasks that could not be made (seen on 1.0.97). So each is looked for before and after.
"""

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, cast

from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Field, Item, Request, Value, placeholder
from kitsu_tools.gate.existence import ABSENT, THERE, Creates, comes, present
from kitsu_tools.gate.kind import Evidence, Looked
from kitsu_tools.gate.text import checked
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import BadInput, listed
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Kind, TaskType
from kitsu_tools.tracker.task_types import LAST, type_ranks
from kitsu_tools.write.entities.keys import Key, Record, found_by, key_of, levels, listings, matched, parent_of
from kitsu_tools.write.entities.now import EntitiesNow, entities_now, refuse_role
from kitsu_tools.write.entities.places import Made, places_of
from kitsu_tools.write.entities.removal import remove_made
from kitsu_tools.write.entities.rows import NewEntity, named_rows
from kitsu_tools.write.entities.values import (
    DESCRIPTION,
    NAME,
    TASKS,
    as_sent,
    columns_of,
    field_of,
    frames_wanted,
    metadata_wanted,
    tasks_of,
    values,
)
from kitsu_tools.write.snapshot import permitted
from kitsu_tools.write.tasks.types import making, types_wanted
from kitsu_tools.write.tool import writes

TASK_IDS = "task ids"
EPISODE_OF_ASSET = "source_id"


@writes
async def create_entities(
    kitsu: KitsuHere,
    rows: Annotated[Sequence[NewEntity], Argument(max_length=200, description="parents before what is under them")],
    tasks: Annotated[Sequence[str], Argument(description="task types, each of what it is for")] = (),
) -> Change:
    """Create up to 500 shots, sequences, episodes, assets, edits or concepts of one project, with frames, description,
    metadata and tasks, after the person you work for said yes in their own dialog.

    Propose all in one call: they can untick single ones. What is there already is left as it is. The receipt says what
    became of each.
    """
    named = named_rows(rows)
    made = await places_of(kitsu, named)
    now, there, near = await entities_now(kitsu, made)
    kinds: set[Kind] = {one.key.kind for one in made}
    await permitted(kitsu, now, partial(refuse_role, kinds=kinds, what="create"))
    await types_wanted(kitsu.directory, now.project, sorted(kinds), tasks)  # each is for some of them
    types: dict[tuple[Kind, tuple[str, ...]], list[TaskType]] = {}
    for one in made:
        kind, names = wanted = one.key.kind, (*one.row.tasks, *tasks)
        if wanted not in types:
            types[wanted] = await types_wanted(kitsu.directory, now.project, [kind], names, tasks)
    moving = tuple(
        _item(now, one, types[one.key.kind, (*one.row.tasks, *tasks)]) for one in made if one.key not in there
    )
    if not moving:
        raise BadInput(f"All of these are there already: {listed(one.address for one in made)}.")
    coming = {one.key.kind for one in made if one.key not in there}
    return Change(
        kind="new entities",
        tool="create_entities",
        project_id=now.project.id,
        project=encoded(now.project.name),
        verb="Create",
        noun=coming.pop() if len(coming) == 1 else "thing",
        items=moving,
        unchanged=tuple(one.address for one in made if one.key in there),
        warnings=tuple(_warnings(now, made, there, near)),
        posts=False,
        detail=_begin(now, moving),
    )


def _item(now: EntitiesNow, made: Made, types: Sequence[TaskType]) -> Item:
    row, kind = made.row, made.key.kind
    columns = columns_of(now.project, kind)
    description = checked(row.description, "description")
    if kind != "shot" and {row.frame_in, row.frame_out, row.frames} != {None}:
        raise BadInput(f"{made.address}: frames are of shots alone.")
    wanted = frames_wanted(made.address, row.frame_in, row.frame_out, row.frames)
    wanted |= metadata_wanted(row.data, columns, kind)
    wanted |= {DESCRIPTION: description} if description else {}
    before, after = values({}, columns, now.people), values(as_sent(wanted), columns, now.people)
    fields = [
        field_of(name, replace(before[name], shown=""), after[name], columns, alone=True)
        for name in wanted
        if after[name].raw is not None
    ]
    if made.episode:
        of = Value(made.episode, made.place.address)
        fields.append(Field(EPISODE_OF_ASSET, Value(None, ""), of, "of", of.shown.rpartition("/")[2]))
    if types:
        its = Value(tuple(sorted(one.id for one in types)), ", ".join(one.name for one in types))
        fields.append(Field(TASKS, Value((), ""), its, "tasks", its.shown))
    return Item(str(made.key), str(made.key), made.address, (comes("new"), *fields), description)


def _begin(now: EntitiesNow, items: Sequence[Item]) -> str:
    """What the tasks begin as, and what Zou would do where nothing says it."""
    kinds: set[Kind] = {key_of(item.target).kind for item in items if tasks_of(item)}
    return now.begin(kinds)


def _warnings(
    now: EntitiesNow, made: Sequence[Made], there: Mapping[Key, Record], near: Mapping[Key, str]
) -> list[str]:
    known = [one.address for one in made if one.key in there]
    alike = [f"{one.address} beside {near[one.key]!r}" for one in made if one.key in near]
    coded = [one.address for one in made if one.key not in there and set("/:") & set(one.key.names[-1])]
    loose = [one.address for one in made if one.key.kind == "sequence" and not (one.key.anchor or one.key.above)]
    said = {
        "There already, so left as it is": known,
        "Differs from what is there in case or blanks alone": alike,
        "Its name holds / or :, which addresses write encoded": coded,
        "In no episode of the show": loose if now.project.has_episodes else [],
        now.unseen("shot"): [one.address for one in made if one.key.kind in {"shot", "sequence", "edit"}],
        now.unseen("asset"): [one.address for one in made if one.key.kind == "asset"],
    }
    return [f"{says}: {listed(addresses, 4)}" for says, addresses in said.items() if says and addresses]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntities(Creates):
    """Entities, what they stand in before them, and then the tasks of all of a batch."""

    async def steps(self, change: Change, items: Sequence[Item], text: str) -> AsyncGenerator[Sequence[Request], Any]:
        """Levels of POSTs, and between them what is there now, by which the next are told their parents' ids.

        Raises:
            BadInput: what some should stand in is not there; the others are made before.
        """
        del text
        by_key = {key_of(item.target): item for item in items}
        known: dict[Key, Record] = {}
        orphans: list[str] = []
        for depth in sorted({len(key.names) for key in by_key}):
            level = [key for key in by_key if len(key.names) == depth]
            for request, keys in _asking(sorted({key.above for key in level if key.above}), known):
                known |= matched(keys, _listed((yield [request])), known)
            ready = [key for key in level if parent_of(key, known) is not None]
            orphans += [by_key[key].address for key in level if key not in ready]
            if ready:
                yield [_post(key, str(parent_of(key, known)), by_key[key]) for key in ready]
        with_tasks = {key: tasks_of(item) for key, item in by_key.items() if tasks_of(item)}
        for request, keys in _asking(sorted(with_tasks), known):
            known |= matched(keys, _listed((yield [request])), known)
        groups: dict[tuple[Kind, str], list[Key]] = {}
        for key, types in with_tasks.items():
            for one in types if key in known else ():
                groups.setdefault((key.kind, one), []).append(key)
        if groups:
            yield [
                making(change.project_id, kind, one, [known[key]["id"] for key in keys], [str(key) for key in keys])
                for (kind, one), keys in groups.items()
            ]
        if orphans:
            raise BadInput(f"What it should stand in is not there: {listed(orphans, 4)}.")

    async def evidence(
        self, kitsu: Kitsu, change: Change, items: Sequence[Item], now: Looked
    ) -> Mapping[str, Evidence]:
        """Whether it is there, and the ids of its tasks along with its own."""
        found = await Creates.evidence(self, kitsu, change, items, now)
        return {item.key: replace(found[item.key], along=_along(item, now)) for item in items}


def _along(item: Item, now: Looked) -> Mapping[str, str]:
    tasks = now.get(item.target, {}).get(TASK_IDS)
    by_type = (one.split("/") for one in tasks.raw) if tasks and isinstance(tasks.raw, tuple) else ()
    return {placeholder(item.made, type_id): task_id for type_id, task_id in by_type}


def _asking(keys: Sequence[Key], known: Mapping[Key, Record]) -> Iterator[tuple[Request, list[Key]]]:
    """Requests that tell what there is of these and of what they stand in, which is `known` before what is below."""
    for level in levels(keys, known):
        for path in listings(level, known):
            yield Request("GET", path, None, 200, ()), level


def _listed(answer: object) -> list[Record]:
    return cast("list[Record]", answer) if isinstance(answer, list) else []


def _post(key: Key, parent_id: str, item: Item) -> Request:
    fields = {one.name: one.after.raw for one in item.fields if one.name not in {THERE, TASKS, EPISODE_OF_ASSET}}
    body: dict[str, Any] = {NAME: key.names[-1], **as_sent(fields)}
    path = f"data/projects/{key.project_id}/{key.kind}s"
    if key.kind == "asset":
        path = f"data/projects/{key.project_id}/asset-types/{parent_id}/assets/new"
        parent_id = next((str(one.after.raw) for one in item.fields if one.name == EPISODE_OF_ASSET), "")
    if parent_id:
        body["sequence_id" if key.kind == "shot" else "episode_id"] = parent_id
    return Request("POST", path, body, 201, (item.key,))


async def _look(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    keys = {target: key_of(target) for target in targets}
    there = await found_by(kitsu, keys.values())
    tasks: dict[str, dict[str, str]] = {}
    for one in await records_by(kitsu.session, "data/tasks", "entity_id", {one["id"] for one in there.values()}):
        tasks.setdefault(one["entity_id"], {})[one["task_type_id"]] = one["id"]
    people, types = await kitsu.directory.people.get(), await kitsu.directory.task_types.get()
    looked: dict[str, Mapping[str, Value]] = dict.fromkeys(targets, ABSENT)
    for target, key in keys.items():
        record, project = there.get(key), await kitsu.directory.project_by_id(key.project_id)
        if record is None or project is None:
            continue
        its, ranks = dict(sorted(tasks.get(record["id"], {}).items())), type_ranks(project, types)
        named = ", ".join(types[one].name for one in sorted(its, key=lambda one: ranks.get(one, LAST)) if one in types)
        looked[target] = {
            **values(record, columns_of(project, key.kind), people),
            **present(record["id"]),
            TASKS: Value(tuple(its), named or "none"),
            TASK_IDS: Value(tuple(map("/".join, its.items())), ""),
            EPISODE_OF_ASSET: Value(record.get(EPISODE_OF_ASSET), "its episode"),
        }
    return looked


async def _by(kitsu: Kitsu, target: str) -> str:
    record = (await found_by(kitsu, [key_of(target)])).get(key_of(target))
    person = (await kitsu.directory.people.get()).get((record or {}).get("created_by") or "")
    return f"{person.label if person else 'somebody'} made it"


def _none(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    """They are sent in `steps`."""
    del change, items
    return ()


NEW_ENTITIES = NewEntities(look=_look, requests=_none, changed_by=_by, removal=remove_made)
