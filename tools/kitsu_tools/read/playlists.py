"""Playlists: which there are, and what one shows, in order."""

from operator import attrgetter
from typing import Annotated

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Row, Table, table
from kitsu_tools.arguments import KitsuHere, Limit, Next, PlaylistNamed
from kitsu_tools.read.listing import ZONE, Column, table_of
from kitsu_tools.tracker.addresses import encoded, relative
from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.review import PlaylistRecord, playlist_of, playlists_in, previews_shown
from kitsu_tools.tracker.task_types import task_label

UNSEEN = "not yours to see"
VENDORS_SEE_NONE = "Kitsu shows vendors no playlists"


async def list_playlists(
    kitsu: KitsuHere,
    project: Annotated[str, Field(description="name, code or id; empty: the default project")] = "",
    limit: Limit = 50,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """List the playlists of a production, the last changed first: of shots or assets, of which task type, whether for
    clients, by whom and when.
    """
    found = (await kitsu.find.production(project)).project
    playlists = await playlists_in(kitsu, found)
    people, types = await kitsu.directory.people.get(), await kitsu.directory.task_types.get()
    role = await kitsu.directory.role_on(found)
    columns: list[Column[PlaylistRecord]] = [
        Column("playlist", lambda one: encoded(one.name)),
        Column("of", lambda one: f"{one.for_entity}s"),
        Column("task type", lambda one: types[one.task_type_id].name if one.task_type_id in types else ""),
        Column("for clients", lambda one: "yes" if one.for_client else ""),
        Column("by", lambda one: people[one.created_by].label if one.created_by in people else ""),
        Column("made", attrgetter("created_at"), ZONE),
        Column("changed", attrgetter("updated_at"), ZONE),
    ]
    return table_of(
        ("playlists", found.id),
        playlists,
        columns,
        await kitsu.clock(),
        under=encoded(found.name),
        limit=limit,
        after=next,
        notes=[VENDORS_SEE_NONE if role == "vendor" else ""],
    )


async def get_playlist(
    kitsu: KitsuHere, playlist: PlaylistNamed, limit: Limit = 100, next: Next = ""
) -> Annotated[CallToolResult, Table]:
    """Show what a playlist shows, in order: each shot or asset with the revision that it plays, a newer one where there
    is one, and the status of the task.

    What is on screen right now is get_review_room's.
    """
    found = await playlist_of(kitsu, playlist)
    view = await (await kitsu.reading(found.project)).view(*ALL_KINDS)
    (previews, newest), statuses = await previews_shown(kitsu, found), await kitsu.directory.statuses.get()
    types = await kitsu.directory.task_types.get()
    base = encoded(found.project.name)

    def row(shown: tuple[int, str, str]) -> Row:
        place, entity_id, preview_id = shown
        entity, preview = view.entity(entity_id), previews.get(preview_id)
        task = view.task(preview.task_id) if preview else None
        name = relative(entity.address, base) if entity else UNSEEN
        if preview is None or task is None:
            return [place, name, UNSEEN if preview_id else "", "", "", ""]
        status = statuses.get(task.status_id)
        said = f"{task_label(task, types)} {preview.version} {preview.extension}".rstrip()
        newer = f"v{newest[task.id]}" if newest.get(task.id, 0) > preview.revision else ""
        return [place, name, said, newer, status.short_name if status else "?", preview_id]

    rows = [(place, *one) for place, one in enumerate(found.shown, 1)]
    return table(
        ("playlist", found.id),
        rows,
        row,
        under=base,
        columns=["place", "of", "shows", "newest, where not shown", "status", "preview id"],
        limit=limit,
        after=next,
        identity=lambda one: f"{one[1]} {one[2]}",
        playlist=found.address,
        as_of=view.as_of,
    )
