"""Pages of what a pipeline does with Kitsu, recipes.md and custom-actions.md."""
