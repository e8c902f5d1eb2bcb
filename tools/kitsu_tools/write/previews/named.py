"""The previews that a write tool is told to change, as an agent names them: of one production, all wrong ones at once,
read together.
"""

from collections.abc import Sequence
from functools import partial

from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import BadInput, KitsuError
from kitsu_tools.tracker.finder import Finder, FoundTask
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import decoded
from kitsu_tools.tracker.named_previews import FIELDS, Meant, one_of, tasks_meant, with_version
from kitsu_tools.tracker.names import is_uuid
from kitsu_tools.tracker.review import Preview
from kitsu_tools.write.naming import found_or_why, refuse_several, usable

Wanted = tuple[Sequence[FoundTask], str, str]
"""Tasks, of which the last that has a preview is meant; the revision or the id of the preview, empty: the newest."""


async def previews_named(kitsu: Kitsu, texts: Sequence[str]) -> list[Meant]:
    """The preview that each of these texts means, in order, each with all files of its task, without drawings.

    Raises:
        BadInput, NotFound, NotPermitted: of several productions, or what is wrong with each.
    """
    ids = [text.strip().lower() for text in texts if is_uuid(text)]
    by_id = {one["id"]: one for one in await records_by(kitsu.session, "data/preview-files", "id", ids, fields=FIELDS)}
    tasks = [by_id[one]["task_id"] if (one := text.strip().lower()) in by_id else text for text in texts]
    find = await kitsu.find.for_many(tasks)
    asked = [partial(_wanted, kitsu, find, one, text) for one, text in zip(tasks, texts, strict=True)]
    wanted = await gather(*[partial(found_or_why, one) for one in asked])
    found = [task for one in wanted if not isinstance(one, KitsuError) for task in one[0]]
    every = await _previews_of(kitsu, found)
    meant = [one if isinstance(one, KitsuError) else _meant(one, every) for one in wanted]
    named = usable(texts, meant, "preview")
    refuse_several((one.task.reading.project for one in named), "preview")
    return named


async def _wanted(kitsu: Kitsu, find: Finder, name: str, text: str) -> Wanted:
    """What one text means.

    Raises:
        BadInput, NotFound, NotPermitted: it cannot be used.
    """
    if name != text:
        return [await find.task(name)], "", text.strip().lower()
    name, version = with_version(text)
    tasks = await tasks_meant(kitsu, find, name)
    return tasks, version, "" if version else tasks[0].preview


async def _previews_of(kitsu: Kitsu, tasks: Sequence[FoundTask]) -> dict[str, list[Preview]]:
    """All previews of these tasks that the role is told of, the newest first, by the task's id."""
    every: dict[str, list[Preview]] = {one.task.id: [] for one in tasks}
    if not tasks:
        return every
    role = await kitsu.directory.role_on(tasks[0].reading.project)
    read = await records_by(kitsu.session, "data/preview-files", "task_id", every, fields=FIELDS)
    for one in sorted((decoded(Preview, one) for one in read), key=lambda one: (-one.revision, one.position)):
        if one.is_told_to(role):
            every[one.task_id].append(one)
    return every


def _meant(wanted: Wanted, every: dict[str, list[Preview]]) -> Meant | KitsuError:
    tasks, version, preview_id = wanted
    task = next((one for one in reversed(tasks) if every[one.task.id]), tasks[-1])
    try:
        return one_of(task, every[task.task.id], version, preview_id)
    except BadInput as error:
        return error
