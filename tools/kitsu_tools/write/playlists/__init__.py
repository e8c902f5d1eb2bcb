"""Playlists: made, changed and deleted."""
