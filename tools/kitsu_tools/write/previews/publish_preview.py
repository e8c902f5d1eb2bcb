"""Publishing files for review."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from anyio import to_thread
from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere, Task, Text
from kitsu_tools.gate.change import Effect, Field, Item, Value
from kitsu_tools.tracker.errors import BadInput, NotPermitted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.write.comments.planning import Row, plan_comments
from kitsu_tools.write.previews.files import MOST_FILES, File, agreed, sized
from kitsu_tools.write.previews.kind import PreviewChange
from kitsu_tools.write.tool import writes


@writes
async def publish_preview(
    kitsu: KitsuHere,
    task: Task,
    files: Annotated[Sequence[str], Argument(max_length=MOST_FILES, description="paths of files, in order")],
    text: Text = "",
    status: Annotated[str, Argument(description="also set this status; empty: it stays")] = "",
    main: Annotated[bool, Argument(description="show the first as the entity's picture")] = False,
) -> PreviewChange:
    """Publish pictures, movies or other files as one new revision of a task, in a signed comment, after the person said
    yes in a dialog.

    Only files that they named, in folders that the operator allows. Returns what Kitsu has and made of each.
    """
    rows = [Row(task=task, status=status)]
    change = await plan_comments(kitsu, "publish_preview", rows, text, publishes=True, make=PreviewChange)
    if len(change.items) != 1:
        raise BadInput("task: a revision is of one task. Name one.")
    found = await to_thread.run_sync(agreed, files, kitsu.studio.folders)
    above = tuple(f"▸ {file.says}" for file in found)
    detail = "Becomes the main preview." if main else ""
    change = replace(change, files=found, main=main, above=above, detail=detail)
    effects = await _shown_by_itself(kitsu, change)
    foresee = change.foresee

    def foresee_all(items: Sequence[Item], edited: str) -> list[Effect]:
        return [*(foresee(items, edited) if foresee else ()), *effects]

    (item,) = change.items
    return replace(
        change,
        kind="previews",
        verb=f"Publish {len(found)} file{'s' * (len(found) > 1)} on",
        items=(replace(item, fields=(*item.fields, _files(found))),),
        effects=(*change.effects, *effects),
        foresee=foresee_all,
    )


def _files(found: Sequence[File]) -> Field:
    """What the task gets, as a value: other files are another change."""
    raw = tuple(f"{file.name} {file.sha256}" for file in found)
    size = sized(sum(file.size for file in found))
    names = found[0].name if len(found) == 1 else f"{len(found)} files"
    return Field("files", Value(None, ""), Value(raw, names), move=f"{names}, {size}")


async def _shown_by_itself(kitsu: Kitsu, change: PreviewChange) -> tuple[Effect, ...]:
    """What the production's settings do with a preview.

    Raises:
        BadInput, NotPermitted: they, or the role, do not allow it.
    """
    project = await kitsu.directory.project_by_id(change.project_id)
    first, (item,) = change.files[0], change.items
    if project is None:
        return ()
    if project.single_preview and len(change.files) > 1:
        raise BadInput(f"{project.name} takes one file a revision. Publish them one by one.")
    if change.main and first.kind == "file":
        raise BadInput(f"{first.shown} is no picture or movie, so Kitsu cannot show it as the main preview.")
    if change.main and await kitsu.directory.role_on(project) == "client":
        raise NotPermitted("The role 'client' may not set the main preview. Leave out main.")
    if change.main or not project.shows_latest or first.kind == "file":
        return ()
    shows = "shows it as the main preview"
    return (Effect(item.key, item.address.rpartition(":")[0], "", shows, shows),)
