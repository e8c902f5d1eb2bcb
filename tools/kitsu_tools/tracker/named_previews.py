"""The preview that a text means: `shot:Task v2`, of a task its newest, of a shot or asset that of its latest step."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import Ambiguous, BadInput, NotFound, NotPermitted, Unknown, listed, quoted
from kitsu_tools.tracker.finder import Finder, FoundTask
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Project, decoded
from kitsu_tools.tracker.names import is_uuid
from kitsu_tools.tracker.review import Preview, fps_of, preview_of
from kitsu_tools.tracker.task_types import in_order, type_ranks

FIELDS = "id,task_id,revision,position,extension,status,validation_status,created_at,width,height,duration"
_REVISION = re.compile(r"(.+\S)\s+(v\d{1,6}(?: file \d{1,4})?)", re.DOTALL | re.IGNORECASE)
_VERSION = re.compile(r"v?(\d{1,6})(?: file (\d{1,4}))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Meant:
    """A preview of a task, and all files of that task, the newest first. `fps`: what Kitsu counts its frames by."""

    task: FoundTask
    preview: Preview
    every: Sequence[Preview]
    fps: float

    @property
    def says(self) -> str:
        """How it is named, and found again."""
        return f"{self.task.address} {self.preview.version}"


async def meant(kitsu: Kitsu, given: str) -> Meant:
    """The preview that is meant: of a task its newest, of a shot or asset that of its latest step.

    Raises:
        BadInput: it is of nothing, or there is no such revision.
    """
    found = await _preview_by_id(kitsu, given)
    if found is not None:
        task = await kitsu.find.task(found.task_id)
        return await of_task(kitsu, task, found.version, found.id)
    name, version = with_version(given)
    task = await task_named(kitsu, name)
    return await of_task(kitsu, task, version, "" if version else task.preview)


def with_version(given: str) -> tuple[str, str]:
    """What is before a revision, and the revision (`v2`, `v2 file 2`), which may be empty."""
    revised = _REVISION.fullmatch(given.strip())
    return (revised[1], revised[2]) if revised else (given.strip(), "")


async def task_named(kitsu: Kitsu, name: str) -> FoundTask:
    """A task; of a shot or asset that with a preview which comes last in the pipeline."""
    tasks = await tasks_meant(kitsu, kitsu.find, name)
    if len(tasks) == 1:
        return tasks[0]
    newest = await newest_of(kitsu, tasks[0].reading.project, [one.task.id for one in tasks])
    latest = next((one for one in reversed(tasks) if one.task.id in newest), None)
    if latest is None:
        raise BadInput(f"No task of {tasks[0].task.entity.address} has a preview.")
    return latest


async def tasks_meant(kitsu: Kitsu, find: Finder, name: str) -> list[FoundTask]:
    """A task; of a shot or asset all of its tasks, in the order of the pipeline.

    Raises:
        BadInput: it is of nothing, or has none.
    """
    try:
        return [await find.task(name)]
    except (Unknown, Ambiguous):
        raise
    except BadInput:
        found = await find.entity(name)
    tasks = in_order(found.entity.tasks, type_ranks(found.reading.project, await kitsu.directory.task_types.get()))
    labels = await find.task_labels(tasks)
    return [FoundTask(found.reading, one, f"{found.address}:{labels[one.id]}") for one in tasks]


async def of_task(kitsu: Kitsu, task: FoundTask, version: str, preview_id: str = "") -> Meant:
    """The preview of a task with this revision, or id; without either the newest.

    Raises:
        BadInput: there is none.
    """
    read = await kitsu.session.read(f"data/tasks/{task.task.id}/previews")
    every = sorted([decoded(Preview, one) for one in read], key=lambda one: (-one.revision, one.position))
    return one_of(task, every, version, preview_id)


def one_of(task: FoundTask, every: Sequence[Preview], version: str, preview_id: str = "") -> Meant:
    """Of all previews of a task, the newest first, that with this revision, or id; without either the newest.

    Raises:
        BadInput: there is none.
    """
    wanted = _VERSION.fullmatch(version) if version else None
    if version and wanted is None:
        raise BadInput(f"{quoted(version)} is no revision. Write v2.")
    place = (int(wanted[1]), int(wanted[2] or 1)) if wanted else None
    fits = [
        one for one in every if (one.id == preview_id if preview_id else place in {None, (one.revision, one.position)})
    ]
    if not fits:
        if not every:
            raise BadInput(f"{task.address} has no preview: nothing was published on it.")
        there = listed(one.version for one in every)
        raise BadInput(f"{task.address} has no preview {version or preview_id}. It has {there}.")
    return Meant(task, fits[0], every, fps_of(task.reading.project, task.task.entity.data))


async def newest_of(kitsu: Kitsu, project: Project, task_ids: Sequence[str]) -> dict[str, Preview]:
    """The newest preview of each of these tasks that has one, by the task's id, without what is drawn on it.

    Of its routes Zou leaves out what was rejected for clients in one alone (`TaskPreviewsResource`, 1.0.97), which
    Kitsu's page asks.
    """
    read = await records_by(kitsu.session, "data/preview-files", "task_id", task_ids, fields=FIELDS)
    role = await kitsu.directory.role_on(project)
    newest: dict[str, Preview] = {}
    for one in (decoded(Preview, one) for one in read):
        before = newest.get(one.task_id)
        is_newer = before is None or (before.revision, -before.position) < (one.revision, -one.position)
        if is_newer and one.is_told_to(role):
            newest[one.task_id] = one
    return newest


async def _preview_by_id(kitsu: Kitsu, given: str) -> Preview | None:
    try:
        return await preview_of(kitsu, given.strip().lower()) if is_uuid(given) else None
    except (NotFound, NotPermitted):
        return None
