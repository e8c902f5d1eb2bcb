"""Kitsu as the tools see it."""
