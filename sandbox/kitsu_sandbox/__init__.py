"""A real Kitsu (Zou, PostgreSQL, Valkey) from Python packages alone, seeded: for trying the server and for tests."""
