"""Signals that what a test starts heeds, though this process may ignore them.

Who ignores one passes that on: `nohup` does so with SIGHUP, a shell with SIGINT of what it runs in the background.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def heeded(sign: signal.Signals) -> Generator[None]:
    """What is started in this block does not ignore the signal."""
    before = signal.signal(sign, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(sign, before)
