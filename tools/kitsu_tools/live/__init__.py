"""What happens in Kitsu, as it happens: its event stream, and the feed of readable acts that is made of it."""
