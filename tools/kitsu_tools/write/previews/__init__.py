"""Previews on tasks: files that are published for review."""
