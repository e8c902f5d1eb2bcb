"""Comments on tasks, and the statuses they set."""
