"""Several kinds of change in one plan."""
