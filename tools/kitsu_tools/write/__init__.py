"""Tools that change Kitsu, each through the gate."""
