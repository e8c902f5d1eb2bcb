"""One shot, asset, sequence, episode, edit or concept in full."""

from functools import partial
from typing import Annotated, Any

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import WRITTEN_IN_KITSU, answer, shortened
from kitsu_tools.arguments import KitsuHere
from kitsu_tools.metadata import as_text
from kitsu_tools.read.casting import Use, used_in, uses
from kitsu_tools.read.entity_columns import frames_of, names_of, sequence_of
from kitsu_tools.read.task_columns import columns_of_tasks
from kitsu_tools.read.tasks import reference
from kitsu_tools.tracker.addresses import encoded, relative
from kitsu_tools.tracker.board import View
from kitsu_tools.tracker.errors import NotFound, NotPermitted
from kitsu_tools.tracker.gather import gather, gather_both
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.links import ALL_EPISODES, MAIN
from kitsu_tools.tracker.model import Entity, EntityRecord, Project
from kitsu_tools.tracker.other_productions import entity_by_id
from kitsu_tools.tracker.places import Place, entity_place
from kitsu_tools.tracker.review import preview_of
from kitsu_tools.tracker.task_types import in_order, task_label

TASK_COLUMNS = ("status", "assignees", "start", "due", "done", "estimate", "spent", "priority", "retakes")
MOST_CAST = 20
CASTING_HIDDEN = "your role may not see castings"


async def get_entity(
    of: Annotated[str, Field(description="its address, id or page link")], kitsu: KitsuHere
) -> CallToolResult:
    """Show one shot, asset, sequence, episode, edit or concept in full: page link, description, metadata, frames, tasks
    with people and dates, casting both ways, ready for, preview, by whom and when it was made.

    Its comments are get_task's.
    """
    found = await kitsu.find.entity(of)
    entity, project = found.entity, found.reading.project
    place = entity_place(found.reading, entity)
    (record, cast), hidden = await gather_both(
        lambda: gather_both(lambda: _record(kitsu, entity), lambda: _casting(kitsu, place)),
        lambda: kitsu.hidden(project),
    )
    view = await found.reading.view(*(("asset",) if record and record.linked_to else ()))
    people, types = await kitsu.directory.people.get(), await kitsu.directory.task_types.get()
    clock, known = await kitsu.clock(), await reference(kitsu, place, ())
    columns = [one for one in columns_of_tasks(known).values() if one.name in TASK_COLUMNS]
    shown = [one for name in TASK_COLUMNS for one in columns if one.name == name and not (one.plans and hidden.plans)]
    tasks = [
        [task_label(task, types), *(column.shown(task, clock) for column in shown)]
        for task in in_order(entity.tasks, known.ranks)
    ]
    base, episode = encoded(project.name), _episode(entity, view)
    ready = types.get((record.ready_for if record else "") or str(entity.data.get("ready_for", "")))
    metadata = {
        one.name: text
        for one in project.columns
        if one.entity_type.lower() == entity.kind and (text := as_text(entity.data.get(one.field_name), one, people))
    }
    said: dict[str, Any] = {
        "address": entity.address,
        "kind": entity.kind,
        "id": entity.id,
        "page": kitsu.pages.page(project.id, entity.kind, entity.id, _of_page(entity, episode, project)),
        "omitted": entity.omitted or None,
        "status": entity.status,
        "asset_type": entity.type_name,
        "sequence": sequence_of(entity, base) if entity.kind == "shot" else "",
        "episode": relative(episode.address, base) if episode and episode is not entity else "",
        "cast_in_episodes": [
            relative(one.address, base)
            for one_id in entity.data.get("casting_episode_ids", ())
            if (one := view.entity(one_id))
        ],
        f"description {WRITTEN_IN_KITSU}": shortened(entity.description),
        "frames (in-out)": frames_of(entity),
        "ready_for": ready.name if ready else "",
        f"metadata {WRITTEN_IN_KITSU}": {name: shortened(text) for name, text in metadata.items()},
    }
    if record is not None:
        said |= {
            "preview": await _preview(kitsu, entity, record),
            "shared": record.is_shared or None,
            "casting_standby": record.waits_for_casting or None,
            "made": clock.local(record.created_at),
            "made_by": names_of(people, [record.created_by]) if record.created_by else "",
            "changed": clock.local(record.updated_at),
            "concept_of": [one.address for one_id in record.linked_to if (one := view.entity(one_id))],
        }
    hours = await kitsu.directory.hours_by_day.get() if tasks and not hidden.plans else None
    titles = ["task", *(column.title(clock) for column in shown)]
    return answer(
        {
            **said,
            "tasks": {"columns": titles, "rows": tasks} if tasks else None,
            "hours_by_day": hours,
            **cast,
            "zone": clock.zone.key,
            "notes": [hidden.plans, hidden.others],
        }
    )


async def _record(kitsu: Kitsu, entity: Entity) -> EntityRecord | None:
    """Its own record; None where the role is shown only what is on boards, as vendors are (seen on Zou 1.0.97)."""
    try:
        return await entity_by_id(kitsu.session, entity.id)
    except (NotFound, NotPermitted):
        return None


async def _casting(kitsu: Kitsu, place: Place) -> dict[str, Any]:
    """What a shot or an asset uses, and where an asset is used, as far as an answer has room."""
    kind = place.kind
    reads = {"uses": uses} if kind == "shot" else {"uses": uses, "used_in": used_in} if kind == "asset" else {}
    try:
        found = await gather(*[partial(read, kitsu, place) for read in reads.values()])
    except NotPermitted:
        return {"casting": CASTING_HIDDEN}
    base = encoded(place.project.name)

    def line(one: Use) -> str:
        return f"{relative(one.address, base)}{f' ×{one.times}' if one.times > 1 else ''}"

    def lines(rows: list[Use]) -> list[str]:
        rest = len(rows) - MOST_CAST
        return [*map(line, rows[:MOST_CAST]), *([f"and {rest} more: get_casting"] if rest > 0 else [])]

    return {name: lines(rows) for name, (_, rows) in zip(reads, found, strict=True)}


async def _preview(kitsu: Kitsu, entity: Entity, record: EntityRecord) -> str:
    """The preview that Kitsu shows as the entity's picture: `Animation v3 mp4 (id …)`."""
    if not record.preview_id:
        return ""
    try:
        preview = await preview_of(kitsu, record.preview_id)
    except (NotFound, NotPermitted):
        return ""
    types = await kitsu.directory.task_types.get()
    task = next((one for one in entity.tasks if one.id == preview.task_id), None)
    of = f"{task_label(task, types)} " if task else ""
    return f"{of}{preview.version} {preview.extension} (id {preview.id})"


def _episode(entity: Entity, view: View) -> Entity | None:
    """The episode that it stands in, or is; of an asset the one that it belongs to."""
    if entity.kind == "episode":
        return entity
    sequence = view.entity(entity.parent_id) if entity.kind == "shot" else entity
    above = entity.data.get("episode_id", "") if entity.kind == "asset" else sequence.parent_id if sequence else ""
    found = view.entity(above) if above else None
    return found if found is not None and found.kind == "episode" else None


def _of_page(entity: Entity, episode: Entity | None, project: Project) -> str:
    """The episode in the link of its page; of a show what belongs to none stands in the main pack, or in all of it."""
    if not project.has_episodes:
        return ""
    return episode.id if episode else MAIN if entity.kind == "asset" else ALL_EPISODES
