"""A lock between processes, so that two of them never build or change the same sandbox at once."""

from __future__ import annotations

import contextlib
import importlib
from typing import TYPE_CHECKING

from kitsu_sandbox.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextlib.contextmanager
def held(path: Path) -> Generator[None]:
    """Hold the lock file at `path`, waiting for whoever has it. The kernel lets go when the holder dies.

    Raises:
        SandboxError: on Windows, where Zou does not run either.
    """
    try:
        fcntl = importlib.import_module("fcntl")
    except ImportError as error:
        message = "The sandbox runs on Linux and macOS; on Windows, run it inside WSL 2."
        raise SandboxError(message) from error
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
