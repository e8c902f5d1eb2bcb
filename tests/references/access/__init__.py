"""Pages of who may do what, permissions.md and authentication.md: the table of roles and the error table."""
