"""Pages of what Kitsu's records say, data-model.md and statuses.md."""
