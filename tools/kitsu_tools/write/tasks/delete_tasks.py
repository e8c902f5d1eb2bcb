"""Tasks that are deleted for good, with their comments, previews and the time logged on them: one request for several.

Zou leaves out, without a word, what is no task of the production (1.0.97).
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Field, Item, Request, Value
from kitsu_tools.gate.existence import Removes, goes, present
from kitsu_tools.gate.kind import Looked
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import BadInput, NotFound, NotPermitted, listed
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Project
from kitsu_tools.write.entities.hanging import in_all, is_as_left, of_tasks, says
from kitsu_tools.write.entities.keys import Record
from kitsu_tools.write.entities.now import MANAGES
from kitsu_tools.write.snapshot import Snapshot, permitted, project_now
from kitsu_tools.write.task_names import Tasks, tasks_named
from kitsu_tools.write.tasks.now import changed_at
from kitsu_tools.write.tool import writes

WITH = "with"
NO_WAY_BACK = "Deleted tasks cannot be brought back: make them anew with create_tasks."


@writes
async def delete_tasks(kitsu: KitsuHere, tasks: Tasks) -> Change:
    """Delete up to 100 tasks of one project for good, with their comments, previews and logged time, after the person
    you work for said yes in their own dialog. It cannot be undone.
    """
    found = [one for _, one in await tasks_named(kitsu, tasks)]
    named = {one.task.id: one.address for one in found}
    return await _plan(kitsu, "delete_tasks", found[0].reading.project, named, "Delete for good")


async def remove_made(kitsu: Kitsu, change: Change, items: Sequence[Item], left: Set[str] | None) -> Change:
    """The deletion of the tasks that were made of these items; `left`: the ids of what is as it was
    left, where the same hand worked on it since.

    Raises:
        BadInput: others have worked on all of them since.
    """
    project = await kitsu.directory.project_by_id(change.project_id)
    if project is None:
        raise BadInput(f"{change.project} is not there any more.")
    read = {one["id"]: one for one in await records_by(kitsu.session, "data/tasks", "id", [one.made for one in items])}
    plain = {item.made: item.address for item in items if item.made in read and is_as_left(read[item.made], left)}
    worked_on = listed((item.address for item in items if item.made not in plain), 4)
    if not plain:
        raise BadInput(f"Somebody has worked on all of it since, so nothing is removed: {worked_on}.")
    removal = await _plan(kitsu, "undo_change", project, plain, "Remove again")
    stays = (f"Worked on since, so not removed: {worked_on}",) if worked_on else ()
    return replace(removal, warnings=(*stays, *removal.warnings))


async def _plan(kitsu: Kitsu, tool: str, project: Project, named: Mapping[str, str], verb: str) -> Change:
    records: dict[str, Record] = {}

    async def read() -> None:
        read = await records_by(kitsu.session, "data/tasks", "id", named)
        records.update({one["id"]: one for one in read})

    now = Snapshot(**await project_now(kitsu, project, read))
    gone = [address for task_id, address in named.items() if task_id not in records]
    if gone:
        raise NotFound(f"Deleted, or not yours to see any more: {listed(gone)}. Leave them out.")
    await permitted(kitsu, now, _refuse_role)
    along, total = await of_tasks(kitsu, now.project, [records[task_id] for task_id in named])
    return Change(
        kind="deleted tasks",
        tool=tool,
        project_id=now.project.id,
        project=encoded(now.project.name),
        verb=verb,
        items=tuple(
            _item(task_id, address, records[task_id], its)
            for (task_id, address), its in zip(named.items(), along, strict=True)
        ),
        warnings=("It cannot be undone",),
        posts=False,
        detail=in_all(total),
    )


def _item(task_id: str, address: str, record: Record, along: str) -> Item:
    stamp = Value(record["updated_at"], "")
    return Item(task_id, task_id, address, (goes(says(along)), Field(WITH, stamp, stamp)))


async def _refuse_role(now: Snapshot) -> None:
    if now.role not in MANAGES:
        raise NotPermitted(f"The role {now.role!r} may not delete tasks: managers may.")


async def _look(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    read = await records_by(kitsu.session, "data/tasks", "id", targets)
    return {one["id"]: {**present(one["id"]), WITH: Value(one["updated_at"], "")} for one in read}


def _requests(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    ids = [item.target for item in items]
    yield Request("POST", f"actions/projects/{change.project_id}/delete-tasks", ids, 200, tuple(ids))


DELETED_TASKS = Removes(
    look=_look, requests=_requests, changed_by=changed_at, no_way_back=NO_WAY_BACK, weight=lambda _: 2
)
