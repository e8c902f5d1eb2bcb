"""Tools that only read."""
