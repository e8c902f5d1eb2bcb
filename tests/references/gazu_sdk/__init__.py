"""Pages of gazu, gazu.md and publishing.md: its list of functions, from one call of each."""
