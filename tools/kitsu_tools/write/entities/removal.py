"""Taking back what was made: only what the change made, and only where nobody has worked on it since."""

from collections.abc import Sequence, Set
from dataclasses import replace

from kitsu_tools.gate.change import Change, Item
from kitsu_tools.tracker.errors import BadInput, listed
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.write.entities.delete_entities import plan_deletions
from kitsu_tools.write.entities.entity_names import NamedEntity
from kitsu_tools.write.entities.hanging import goes_along, hanging_on, is_as_left
from kitsu_tools.write.entities.keys import key_of
from kitsu_tools.write.entities.values import tasks_of


async def remove_made(kitsu: Kitsu, change: Change, items: Sequence[Item], left: Set[str] | None) -> Change:
    """The deletion of what was made of these items; `left`: the ids of what is as it was left,
    where the same hand worked on it since.

    Raises:
        BadInput: others have worked on all of it since.
    """
    project = await kitsu.directory.project_by_id(change.project_id)
    if project is None:
        raise BadInput(f"{change.project} is not there any more.")
    me, found = await kitsu.directory.me.get(), await hanging_on(kitsu, [item.made for item in items])
    types = {item.made: tasks_of(item) for item in items}
    plain = {
        key: one
        for key, one in found.items()
        if one.record.get("created_by") == me.id
        and all(is_as_left(each, left) for each in (one.record, *one.below, *one.tasks))
        and {below["id"] for below in one.below} <= types.keys() | (left or set())
        and all(left or each["task_type_id"] in types.get(each["entity_id"], ()) for each in one.tasks)
    }
    casts, _ = await goes_along(kitsu, project, list(plain.values()))
    ours = {key: one for (key, one), says in zip(plain.items(), casts, strict=True) if "casting" not in says or left}
    worked_on = [item.address for item in items if item.made not in ours]
    if not ours:
        raise BadInput(f"Somebody has worked on all of it since, so nothing is removed: {listed(worked_on, 4)}.")
    named = [
        NamedEntity(item.made, key_of(item.target).kind, item.address, project) for item in items if item.made in ours
    ]
    removal = await plan_deletions(kitsu, "undo_change", named, "Remove again", hanging=ours)
    stays = (f"Worked on since, so not removed: {listed(worked_on, 4)}",) if worked_on else ()
    return replace(removal, warnings=(*stays, *removal.warnings))
