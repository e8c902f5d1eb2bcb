"""Deleting playlists."""

from kitsu_tools.arguments import KitsuHere, PlaylistNamed
from kitsu_tools.tracker.review import playlist_of
from kitsu_tools.write.playlists.existence import plan_deletion
from kitsu_tools.write.playlists.now import PlaylistChange
from kitsu_tools.write.tool import writes


@writes
async def delete_playlist(kitsu: KitsuHere, playlist: PlaylistNamed) -> PlaylistChange:
    """Delete a playlist with its movies and share links, after the person you work for said yes in their own dialog.
    What it shows stays in Kitsu.

    undo_change makes it anew, but nothing that hung on it.
    """
    found = await playlist_of(kitsu, playlist)
    return await plan_deletion(kitsu, "delete_playlist", found.project, [found.id])
