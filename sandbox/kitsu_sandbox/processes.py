"""The servers of one sandbox as processes: started detached, recognised again, stopped; no stranger is signalled."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kitsu_sandbox.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_LAUNCHER = Path(__file__).with_name("launch.py")
_POLL_SECONDS = 0.02
_GRACE_SECONDS = 10


def start(
    state: Path, name: str, command: Sequence[str | Path], *, environment: Mapping[str, str], rights: str = "plain"
) -> None:
    """Start `command` detached, its process id in `run/NAME.pid`, its output in `logs/NAME.log`.

    The command line must hold a path under `state`: that is how the process is told from a stranger with a reused id.
    """
    run, logs = state / "run", state / "logs"
    run.mkdir(exist_ok=True)
    logs.mkdir(exist_ok=True)
    arguments = [sys.executable, "-I", "-S", str(_LAUNCHER), str(run / f"{name}.pid"), rights, *map(str, command)]
    with (logs / f"{name}.log").open("wb") as log:
        subprocess.run(
            arguments, check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=dict(environment), cwd=state
        )


def running(state: Path, name: str) -> int | None:
    """The process id of our server `name`, or None when it does not run or the id belongs to somebody else."""
    try:
        pid = int((state / "run" / f"{name}.pid").read_text())
    except (OSError, ValueError):
        return None
    return pid if f"{state}/" in command_line(pid) else None


def command_line(pid: int) -> str:
    """The command line of a process, empty when it is gone or only waits to be collected."""
    if not Path("/proc/self").exists():
        answer = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return answer.stdout
    try:
        # In the middle of an exec it reads empty for a moment; a zombie's is empty for good, but so is its program.
        while not (line := Path(f"/proc/{pid}/cmdline").read_bytes()) and Path(f"/proc/{pid}/exe").readlink():
            time.sleep(_POLL_SECONDS / 10)
    except OSError:
        return ""
    return line.replace(b"\0", b" ").decode(errors="replace")


def stop(state: Path, name: str, *, sign: signal.Signals = signal.SIGTERM) -> bool:
    """Stop our server `name`; after the grace, kill it. Says whether there was one."""
    pid = running(state, name)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
            if not wait_for_end(state, name, _GRACE_SECONDS):
                os.kill(pid, signal.SIGKILL)
                wait_for_end(state, name, _GRACE_SECONDS)
    (state / "run" / f"{name}.pid").unlink(missing_ok=True)
    return pid is not None


def wait_until(ready: Callable[[], bool], state: Path, name: str, *, seconds: float) -> None:
    """Wait until `ready()`.

    Raises:
        SandboxError: the server ended or took longer than `seconds`; the message ends with its log's last lines.
    """
    limit = time.monotonic() + seconds
    while not ready():
        if running(state, name) is None:
            message = f"{name} ended while starting.\n{last_lines(state, name)}"
            raise SandboxError(message)
        if time.monotonic() > limit:
            message = f"{name} was not ready within {seconds:.0f} s.\n{last_lines(state, name)}"
            raise SandboxError(message)
        time.sleep(_POLL_SECONDS)


def wait_for_end(state: Path, name: str, seconds: float) -> bool:
    """Wait until our process `name` has ended; False when it still runs after `seconds`."""
    limit = time.monotonic() + seconds
    while running(state, name) is not None:
        if time.monotonic() > limit:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def last_lines(state: Path, name: str) -> str:
    """Where the log of our server `name` lies, and its last lines."""
    file = state / "logs" / f"{name}.log"
    lines = file.read_text(errors="replace").splitlines()[-8:] if file.exists() else []
    return "\n".join([f"Its log is {file}:", *lines])
