"""Which previews there are of many tasks, the newest first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

import orjson

from kitsu_tools.tracker.by_ids import IDS_AT_ONCE, records_by
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.last_changed import last_changed
from kitsu_tools.tracker.model import Project, Task, Text, Whole, decoded, zou
from kitsu_tools.tracker.review import Preview

MOST_BY_TASKS = 3 * IDS_AT_ONCE
"""Tasks whose previews are read by them; of more, the production's are read back to a moment."""
FIELDS = (
    "id,task_id,revision,position,extension,file_size,width,height,duration,status,validation_status,person_id,"
    "original_name,created_at,updated_at"
)
"""Without them each comes with all that was drawn on it."""


@dataclass(frozen=True, slots=True)
class PreviewFile(Preview):
    """A preview as lists tell it."""

    bytes: Annotated[Whole, zou("file_size")] = 0
    name: Annotated[Text, zou("original_name")] = ""


async def previews_below(
    kitsu: Kitsu, project: Project, tasks: Mapping[str, Task], since: str, people: Iterable[str]
) -> tuple[list[PreviewFile], str]:
    """The previews of these tasks since a moment, perhaps some from before, those of a moment by task, revision and
    place; and, where there are more than are read, since when these are all. `people`: only theirs; empty: everybody's.
    """
    query = {"fields": FIELDS}
    if by := sorted(people):
        query["person_id"] = orjson.dumps(by).decode()
    back_to = ""
    if len(tasks) <= MOST_BY_TASKS:
        records = await records_by(kitsu.session, "data/preview-files", "task_id", tasks, **query)
    else:
        query["project_id"] = project.id
        records, back_to = await last_changed(kitsu.session, "data/preview-files", query, since)
    role = await kitsu.directory.role_on(project)
    every = (decoded(PreviewFile, one) for one in records if one["task_id"] in tasks)
    found = [one for one in every if one.is_told_to(role)]
    found.sort(key=lambda one: (one.at, one.task_id, one.revision, -one.position), reverse=True)
    return found, back_to
