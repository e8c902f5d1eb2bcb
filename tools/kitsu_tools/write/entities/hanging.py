"""What goes with entities and tasks that are deleted, counted by reads of many at once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import partial

from kitsu_tools.tracker.board_rows import Rows
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.comments import comments_below
from kitsu_tools.tracker.errors import counted
from kitsu_tools.tracker.gather import gather_both
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Entity, Project
from kitsu_tools.write.entities.keys import Record

PARENTS = frozenset({"Sequence", "Episode"})


@dataclass(frozen=True, slots=True)
class Hanging:
    """What hangs on one entity or on what stands in it: `below` are those, `tasks` all theirs and its own.

    `edits` of an episode do not go with it: Kitsu stops at them.
    """

    record: Record
    below: list[Record] = field(default_factory=list[Record])
    tasks: list[Record] = field(default_factory=list[Record])
    edits: list[Record] = field(default_factory=list[Record])

    @property
    def ids(self) -> list[str]:
        """Of all that goes."""
        return [self.record["id"], *(one["id"] for one in self.below)]

    @property
    def stamp(self) -> str:
        """What differs as soon as anybody has worked on it since."""
        latest = max(str(one["updated_at"]) for one in (self.record, *self.below, *self.tasks))
        return f"{len(self.below)}/{len(self.tasks)}/{latest}"


def is_as_left(record: Record, left: Set[str] | None) -> bool:
    """Whether nobody else worked on what was made: it is among these ids, or, where there are none, was never saved."""
    return record["updated_at"] == record["created_at"] if left is None else record["id"] in left


async def hanging_on(kitsu: Kitsu, ids: Iterable[str]) -> dict[str, Hanging]:
    """What hangs on those of these entities that are there, by id."""
    session = kitsu.session
    records = {one["id"]: one for one in await records_by(session, "data/entities", "id", ids)}
    inside: dict[str, list[Record]] = {}
    level = {key: one for key, one in records.items() if one["type"] in PARENTS}
    while level:
        episodes = [key for key, one in level.items() if one["type"] == "Episode"]
        children = [(one["parent_id"], one) for one in await records_by(session, "data/entities", "parent_id", level)]
        if episodes:
            packs = await records_by(session, "data/entities", "source_id", episodes)
            children += [(one["source_id"], one) for one in packs]
        for parent, one in children:
            inside.setdefault(parent, []).append(one)
        level = {one["id"]: one for _, one in children if one["type"] in PARENTS and one["id"] not in inside}
    tasks: dict[str, list[Record]] = {}
    every = {*records, *(one["id"] for children in inside.values() for one in children)}
    for one in await records_by(session, "data/tasks", "entity_id", every):
        tasks.setdefault(one["entity_id"], []).append(one)

    def below(key: str) -> list[Record]:
        return [each for one in inside.get(key, ()) for each in (one, *below(one["id"]))]

    def hanging(one: Record) -> Hanging:
        every = below(one["id"])
        its, edits = ([each for each in every if (each["type"] == "Edit") == wanted] for wanted in (False, True))
        return Hanging(one, its, [task for each in (one, *its) for task in tasks.get(each["id"], ())], edits)

    return {key: hanging(one) for key, one in records.items()}


async def goes_along(kitsu: Kitsu, project: Project, several: Sequence[Hanging]) -> tuple[list[str], str]:
    """What goes with each of these, in words and counted, and what goes in all: `2 shots, 6 tasks, 3 previews`."""
    tasks = [task for one in several for task in one.tasks]
    links, of_each = await gather_both(
        partial(links_of, kitsu, [key for one in several for key in one.ids]), partial(_of_each, kitsu, project, tasks)
    )

    def said(some: Sequence[Hanging]) -> str:
        kinds = Counter(str(entity["type"]) for one in some for entity in one.below)
        things = {kind.lower(): kinds.pop(kind) for kind in ("Sequence", "Shot", "Scene") if kind in kinds}
        its = [task for one in some for task in one.tasks]
        castings = sum(links[key] for one in some for key in one.ids)
        counts = {**things, "asset": kinds.total(), "task": len(its), **_sums(its, of_each), "casting": castings}
        return _in_words(counts, its)

    return [said([one]) for one in several], said(several)


async def of_tasks(kitsu: Kitsu, project: Project, tasks: Sequence[Record]) -> tuple[list[str], str]:
    """What goes with each of these tasks, in words and counted, and what goes in all."""
    of_each = await _of_each(kitsu, project, tasks)
    return [_in_words(_sums([one], of_each), [one]) for one in tasks], _in_words(_sums(tasks, of_each), tasks)


def says(along: str) -> str:
    """What is said of one thing that goes, with what goes with it."""
    return f"gone for good, with {along}" if along else "gone for good"


def in_all(total: str) -> str:
    """The sentence on what goes with all of them."""
    return f"With {total}." if total else ""


Of = Mapping[str, Counter[str]]
"""How many of a thing there are, by task."""


async def _of_each(kitsu: Kitsu, project: Project, tasks: Sequence[Record]) -> Of:
    comments, previews = await gather_both(
        partial(_comments, kitsu, project, tasks), partial(_previews, kitsu, [one["id"] for one in tasks])
    )
    return {"comment": comments, "preview": previews}


def _sums(tasks: Iterable[Record], of_each: Of) -> dict[str, int]:
    ids = [one["id"] for one in tasks]
    return {thing: sum(counts[one] for one in ids) for thing, counts in of_each.items()}


def _in_words(counts: Mapping[str, int], tasks: Iterable[Record]) -> str:
    minutes = sum(int(one.get("duration") or 0) for one in tasks)
    said = [counted(count, thing) for thing, count in counts.items() if count]
    return ", ".join([*said, *([f"{minutes / 60:g}h logged"] if minutes else [])])


async def said_on(kitsu: Kitsu, project: Project, tasks: Sequence[Record]) -> Counter[str]:
    """How many comments and previews each of these tasks has, by id."""
    comments, previews = (await _of_each(kitsu, project, tasks)).values()
    return comments + previews


async def _comments(kitsu: Kitsu, project: Project, tasks: Sequence[Record]) -> Counter[str]:
    """How many comments each task has, by id."""
    nobodys = Entity("", "shot", "", "", "", False, "", "", None, None, None, {})
    rows = {one.id: one for one in Rows("shot", "", {}).tasks(tasks, nobodys)}
    read = await comments_below(kitsu, project, rows, "", whole=False)
    return Counter(one.task.id for one in read.said)


async def _previews(kitsu: Kitsu, tasks: Sequence[str]) -> Counter[str]:
    read = await records_by(kitsu.session, "data/preview-files", "task_id", tasks, fields="id,task_id")
    return Counter(one["task_id"] for one in read)


async def links_of(kitsu: Kitsu, ids: Iterable[str]) -> Counter[str]:
    """How often each is cast in something or something in it, of every production."""
    read = await records_by(
        kitsu.session, "data/entities", "id", ids, relations="true", fields="id,entities_in,entities_out"
    )
    return Counter({one["id"]: len(one.get("entities_in") or ()) + len(one.get("entities_out") or ()) for one in read})
