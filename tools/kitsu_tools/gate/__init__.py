"""The only way to write: plan, ask, apply."""
