"""What every command of this project does with its terminal, the sandbox's too."""

import io
import os
import sys
from collections.abc import Callable

INTERRUPTED = 130


def run(command: Callable[[], int]) -> int:
    """Run a command and return its exit code: its own, 130 when it was interrupted.

    What a terminal cannot show is replaced, and whoever stops reading is no error.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        return command()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read this, `head` for one, has read enough; Python would complain again when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
