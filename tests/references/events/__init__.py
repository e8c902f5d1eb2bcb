"""Pages of the event stream, events.md and review-rooms.md: who is there, what is heard, the drive that makes it."""
