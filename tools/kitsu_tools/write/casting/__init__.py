"""Which assets are used where: planned beside what is cast already, sent one link at a time, never a casting whole."""
