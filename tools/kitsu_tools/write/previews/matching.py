"""From a folder to tasks: which task each of its files is of, by the names in the file's own name. What is not sure is
left out, with the reason.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anyio import to_thread

from kitsu_tools.folders import inside_folders, require_folders, words_of
from kitsu_tools.gate.text import in_one_line
from kitsu_tools.likeness import folded
from kitsu_tools.tracker.addresses import parse
from kitsu_tools.tracker.errors import BadInput, listed, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Entity, Task, TaskType
from kitsu_tools.tracker.names import pick
from kitsu_tools.tracker.places import Place
from kitsu_tools.tracker.task_types import task_label
from kitsu_tools.write.files import MOST_FILES, TAKEN

MOST_IN_FOLDER = 1_000
MOST_NAMED = 20
_VERSION = re.compile(r"(?<![^\W_])v(\d+)(?![^\W_])|(?<=\d)v(\d+)(?![^\W_])")


@dataclass(slots=True)
class Matched:
    """The files of each task, by its address, in the order of their names; and those of none, by the reason."""

    files: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    left: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def leave(self, why: str, *names: str) -> None:
        """Leave files out."""
        self.left.setdefault(why, []).extend(names)

    @property
    def says(self) -> tuple[str, ...]:
        """What is left out, a sentence a reason."""
        named = {why: listed(map(in_one_line, names), MOST_NAMED) for why, names in self.left.items()}
        return tuple(f"Not published, {why}: {names}" for why, names in named.items())


@dataclass(frozen=True, slots=True)
class _Here:
    """What names may mean: the entities of a place, all sequences and episodes, and the types that a task may have."""

    entities: Sequence[Entity]
    parents: Sequence[Entity]
    types: Mapping[str, TaskType]
    wanted: TaskType | None


async def matched(kitsu: Kitsu, folder: str, where: str) -> Matched:
    """The files directly in a folder, each with the task at or below `where` (`E01:Animation`) that its name names.

    Raises:
        NotConfigured, BadInput: nothing may be published from there, or no file is of any task.
    """
    files = await to_thread.run_sync(_files_in, folder, kitsu.studio.folders)
    address = parse(where) if where.strip() and not kitsu.find.is_id(where) else None
    type_name = address.task_type.name if address and address.task_type else ""
    place = await kitsu.find.place(where.rpartition(":")[0] if type_name else where)
    types = await kitsu.directory.task_types.get()
    used = {one.id: one for one in types.values() if not place.project.task_types or one.id in place.project.task_types}
    wanted = place.task_type
    view = await place.reading.view("shot", "asset", "edit")
    entities = [one for one in view.entities("shot", "asset", "edit") if _inside(place, one)]
    if type_name:
        kinds = {one.kind.capitalize() for one in entities}
        wanted = pick("task type", type_name, [one for one in used.values() if one.for_entity in kinds], _name_of)
    here = _Here(entities, view.entities("episode", "sequence"), types, wanted)
    found = Matched()
    for name in files:
        task, why = _task_of(name, here)
        if task is None:
            found.leave(why, name)
        else:
            named = f"{task.entity.address}:{task_label(task, types)}"
            found.files.setdefault(named, []).append(str(Path(folder) / name))
    _leave_unsure(found)
    if not found.files:
        raise BadInput(f"folder: no file in {quoted(folder)} is of a task there. {'. '.join(found.says)}.")
    return found


def _files_in(folder: str, folders: Sequence[Path]) -> list[str]:
    """The names of what lies in a folder, hidden files left out. Blocks."""
    require_folders(folders, "published")
    inside = [path for path, _ in inside_folders(folder, folders, "published from") if path.is_dir()]
    if len(set(inside)) != 1:
        raise BadInput(f"folder: {quoted(folder)} is {'no folder' if not inside else 'in several of the folders'}.")
    try:
        names = sorted(one.name for one in inside[0].iterdir() if not one.name.startswith("."))
    except OSError as error:
        raise BadInput(f"folder: {quoted(folder)} cannot be read: {words_of(error)}.") from None
    if not 1 <= len(names) <= MOST_IN_FOLDER:
        raise BadInput(f"folder: {quoted(folder)} holds {len(names)} files; 1 to {MOST_IN_FOLDER} are matched.")
    return names


def _inside(place: Place, entity: Entity) -> bool:
    if place.group:
        return place.holds(entity)
    return f"{entity.address}/".startswith(f"{place.address}/")


def _name_of(thing: Entity | TaskType) -> str:
    return thing.name


def _task_of(name: str, here: _Here) -> tuple[Task | None, str]:
    """The one task that a file's name names, or why there is none."""
    stem, _, extension = folded(name).rpartition(".")
    if extension not in TAKEN or not stem:
        return None, "of no type that Kitsu takes"
    parents = _named_in(stem, here.parents)
    found = _longest(_named_in(stem, here.entities))
    for kind in ("episode", "sequence"):
        if named := [one.id for one in parents if one.kind == kind]:
            found = [one for one in found if not (above := _above(one, here.parents, kind)) or above in named]
    if not found:
        return None, "as their names name nothing there"
    if len(found) > 1:
        return None, f"as they could be {listed(sorted(one.address for one in found), 4)}"
    types = [here.types[one.type_id] for one in found[0].tasks if one.type_id in here.types]
    named_types = _longest(_named_in(stem, types))
    wanted = [here.wanted] if here.wanted else named_types
    if here.wanted and named_types and here.wanted not in named_types:
        return None, f"as their names name another task type than {here.wanted.name}"
    if not wanted:
        return None, "as neither their names nor `task` name a task type"
    tasks = [one for one in found[0].tasks if one.type_id in {kind.id for kind in wanted}]
    if len(tasks) != 1:
        return None, f"as {found[0].address} has {'no' if not tasks else 'several'} such task{'s' * (len(tasks) > 1)}"
    return tasks[0], ""


def _named_in(stem: str, things: Iterable[Entity | TaskType]) -> list[Any]:
    """Those whose names stand in a text as words of their own."""
    return [one for one in things if (pattern := _words(one.name)) and re.search(pattern, stem)]


def _words(name: str) -> str:
    """A name as a pattern: what is between its words may be anything or nothing, and a version may follow at once."""
    words = r"[\W_]*".join(re.findall(r"[^\W_]+", folded(name)))
    return rf"(?<![^\W_]){words}(?=$|[\W_]|v\d)" if words else ""


def _longest(found: Sequence[Any]) -> list[Any]:
    """Without those whose name is a part of another's: `Maren` beside `Maren Young`."""
    names = {folded(one.name) for one in found}
    return [one for one in found if not any(folded(one.name) in other != folded(one.name) for other in names)]


def _above(entity: Entity, parents: Sequence[Entity], kind: str) -> str:
    """The id of the sequence or episode that an entity lies in; empty where it lies in none."""
    by_id = {one.id: one for one in parents}
    parent = by_id.get(entity.parent_id)
    while parent is not None and parent.kind != kind:
        parent = by_id.get(parent.parent_id)
    return parent.id if parent is not None else ""


def _leave_unsure(found: Matched) -> None:
    """Leave out tasks of which there are files of several versions, or too many."""
    for task, names in list(found.files.items()):
        versions = {int(one[0] or one[1]) for name in names for one in _VERSION.findall(folded(Path(name).name))}
        if len(versions) > 1 or len(names) > MOST_FILES:
            why = "several versions" if len(versions) > 1 else f"more than {MOST_FILES} files"
            found.leave(f"as these are {why} of {task}", *(Path(one).name for one in found.files.pop(task)))
