"""The command `demo`: a short real session on the sandbox Kitsu, shown in the terminal."""
