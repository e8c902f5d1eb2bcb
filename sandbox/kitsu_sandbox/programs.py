"""How the programs that are installed with this package are started again: the server's, and its own."""

import shutil
import sys
from pathlib import Path


def server() -> list[str]:
    """The command that starts the server, wherever it is installed."""
    return _command("mcp-server-kitsu", "kitsu_server")


def sandbox() -> list[str]:
    """The command that this package is."""
    return _command("kitsu-sandbox", "kitsu_sandbox")


def _command(program: str, module: str) -> list[str]:
    beside = Path(sys.executable).with_name(program)
    found = str(beside) if beside.exists() else shutil.which(program)
    return [found] if found else [sys.executable, "-m", module]
