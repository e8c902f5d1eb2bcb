"""Shots, assets, sequences, episodes, edits and concepts: made, changed, omitted, deleted."""
