"""Publishing files for review: on one task, on several, or of a folder whose files name their tasks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from anyio import to_thread
from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere, Task, Text
from kitsu_tools.gate.change import Effect, Item
from kitsu_tools.tracker.errors import BadInput, NotPermitted, listed
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.write.comments.planning import Row, plan_comments
from kitsu_tools.write.files import MOST_BYTES_IN_ALL, MOST_FILES, agreed, files_field, sized
from kitsu_tools.write.previews.kind import PreviewChange, Revision
from kitsu_tools.write.previews.matching import matched
from kitsu_tools.write.task_names import MOST_TASKS, tasks_named
from kitsu_tools.write.tool import writes


class Publication(Row):
    """One revision: a task, its files, a status to set (empty: it stays) and words for it alone."""

    files: Annotated[Sequence[str], Argument(max_length=MOST_FILES)]


@writes
async def publish_preview(
    kitsu: KitsuHere,
    task: Task = "",
    files: Annotated[Sequence[str], Argument(max_length=MOST_FILES, description="paths of files, in order")] = (),
    text: Text = "",
    status: Annotated[str, Argument(description="also set this status; empty: it stays")] = "",
    main: Annotated[bool, Argument(description="show the first as the entity's picture")] = False,
    rows: Annotated[Sequence[Publication], Argument(max_length=MOST_TASKS, description="on several tasks")] = (),
    folder: Annotated[
        str, Argument(description="instead: its files, by the shots in their names; task then is E01:Animation")
    ] = "",
) -> PreviewChange:
    """Publish pictures, movies or other files as one new revision of each task, in a signed comment, after the person
    said yes in a dialog.

    Only files that they named, in folders that the operator allows. Returns what Kitsu has and made of each.
    """
    warnings: tuple[str, ...] = ()
    if [bool(files), bool(rows), bool(folder.strip())].count(True) != 1:
        raise BadInput("Give files for one task, or rows, or a folder.")
    if folder.strip():
        found = await matched(kitsu, folder.strip(), task)
        rows, warnings = [Publication(task=one, files=names) for one, names in found.files.items()], found.says
    one_by_one = [one.model_copy(update={"status": one.status or status}) for one in rows]
    return await _plan(kitsu, one_by_one or [Publication(task=task, files=files, status=status)], text, main, warnings)


async def _plan(
    kitsu: Kitsu, rows: Sequence[Publication], text: str, main: bool, warnings: tuple[str, ...]
) -> PreviewChange:
    """What publishes these.

    Raises:
        BadInput, NotFound, NotPermitted: a task, file, status or text that cannot be used, or not by this role.
    """
    by_task = await _by_task(kitsu, rows)
    named = [Row(task=one.task, status=one.status, text=one.text) for one in by_task.values()]
    change = await plan_comments(kitsu, "publish_preview", named, text, publishes=True, make=PreviewChange)
    if len(change.items) != len(rows):
        raise BadInput("task: a revision is of one task. Name one.")
    given = [by_task.get(item.target, rows[0]).files for item in change.items]
    revisions = await to_thread.run_sync(_revisions, change.items, given, kitsu.studio.folders)
    total = sum(file.size for one in revisions for file in one.files)
    many = len(revisions) > 1
    details = ("Each becomes its main preview." if many else "Becomes the main preview.") if main else ""
    change = replace(change, revisions=revisions, main=main)
    effects = await _shown_by_itself(kitsu, change)
    foresee = change.foresee

    def foresee_all(items: Sequence[Item], edited: str) -> list[Effect]:
        keys = {item.key for item in items}
        return [*(foresee(items, edited) if foresee else ()), *(one for one in effects if one.because in keys)]

    count = sum(len(one.files) for one in revisions)
    return replace(
        change,
        kind="previews",
        verb=f"Publish {count} file{'s' * (count > 1)} on",
        items=tuple(replace(item, fields=(*item.fields, files_field(change.files_of(item)))) for item in change.items),
        effects=(*change.effects, *effects),
        foresee=foresee_all,
        above=_above(change),
        detail=" ".join(filter(None, (details, f"{sized(total)} in all." if many else ""))),
        warnings=(*warnings, *change.warnings),
    )


async def _by_task(kitsu: Kitsu, rows: Sequence[Publication]) -> Mapping[str, Publication]:
    """The rows by their tasks' ids, each with its task's address; of one by the task as it was named.

    Raises:
        BadInput, NotFound, NotPermitted: a row names no task, several, or one that another names too.
    """
    if len(rows) == 1:
        return {"": rows[0]}
    named = await tasks_named(kitsu, [one.task for one in rows])
    often = Counter(position for position, _ in named)
    if several := [rows[position].task for position, count in often.items() if count > 1]:
        raise BadInput(f"rows: a revision is of one task, and this names several: {listed(several)}.")
    twice = Counter(one.address for _, one in named)
    if again := [address for address, count in twice.items() if count > 1]:
        raise BadInput(f"rows: {listed(again)} stands in two. Give each task one row, with all files of its revision.")
    return {one.task.id: rows[position].model_copy(update={"task": one.address}) for position, one in named}


def _revisions(items: Sequence[Item], given: Sequence[Sequence[str]], folders: Sequence[Path]) -> tuple[Revision, ...]:
    """The files of each, looked at and hashed. Blocks.

    Raises:
        NotConfigured, BadInput: as `agreed`, or they have too many bytes in all.
    """
    found: list[Revision] = []
    left = MOST_BYTES_IN_ALL
    for item, names in zip(items, given, strict=True):
        found.append(Revision(item.key, agreed(names, folders)))
        left -= sum(file.size for file in found[-1].files)
        if left < 0:
            raise BadInput(f"More than {sized(MOST_BYTES_IN_ALL)} in all. Publish in several calls.")
    paths = Counter(file.path for one in found for file in one.files)
    if again := [path for path, count in paths.items() if count > 1]:
        raise BadInput(f"rows: {listed(again)} stands on two tasks. Publish it on one.")
    return tuple(found)


def _above(change: PreviewChange) -> tuple[str, ...]:
    """The files, for a person to read before: an entry of the question may have no room for a whole name."""
    if len(change.revisions) == 1:
        return tuple(f"▸ {file.says}" for file in change.revisions[0].files)
    several = [(item.address.rpartition("/")[2], change.files_of(item)) for item in change.items]
    return tuple(f"▸ {task}: {listed((file.says for file in files), MOST_FILES)}" for task, files in several)


async def _shown_by_itself(kitsu: Kitsu, change: PreviewChange) -> tuple[Effect, ...]:
    """What the production's settings do with a preview.

    Raises:
        BadInput, NotPermitted: they, or the role, do not allow it.
    """
    project = await kitsu.directory.project_by_id(change.project_id)
    if project is None:
        return ()
    several = next((item for item in change.items if len(change.files_of(item)) > 1), None)
    if project.single_preview and several is not None:
        raise BadInput(f"{project.name} takes one file a revision, not several for {several.address}.")
    unseen = [item for item in change.items if change.files_of(item)[0].kind == "file"]
    if change.main and unseen:
        first = change.files_of(unseen[0])[0]
        raise BadInput(f"{first.shown} is no picture or movie, so Kitsu cannot show it as the main preview.")
    if change.main and await kitsu.directory.role_on(project) == "client":
        raise NotPermitted("The role 'client' may not set the main preview. Leave out main.")
    entities = Counter(item.address.rpartition(":")[0] for item in change.items)
    if change.main and (twice := [address for address, count in entities.items() if count > 1]):
        raise BadInput(f"main: of {listed(twice)} several tasks are named, and it has one main preview.")
    if change.main or not project.shows_latest:
        return ()
    shows = "shows it as the main preview"
    return tuple(
        Effect(item.key, item.address.rpartition(":")[0], "", shows, shows)
        for item in change.items
        if item not in unseen
    )
