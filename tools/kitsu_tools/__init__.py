"""What an agent can do with Kitsu."""
