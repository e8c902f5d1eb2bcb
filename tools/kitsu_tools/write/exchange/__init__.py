"""Breakdowns that come out of files."""
