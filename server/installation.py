"""The environment in which a plugin's server runs: whether it is complete, and (as a program) how it is made.

It goes where UV_PROJECT_ENVIRONMENT says; the folder of the source is only read. Packages come from the index that uv
is set up for, and the hashes in the lock file decide which.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
PLACE = Path(os.environ.get("UV_PROJECT_ENVIRONMENT") or ROOT / ".venv")
PROGRAMS, SUFFIX = ("Scripts", ".exe") if sys.platform == "win32" else ("bin", "")
PYTHON, SERVER = (PLACE / PROGRAMS / f"{name}{SUFFIX}" for name in ("python", "mcp-server-kitsu"))
STAMP = PLACE / "installed.sha256"
LOCK, FAILURE = (PLACE.with_name(f"{PLACE.name}.{what}") for what in ("lock", "failed"))
UV_MAY_BE_IN = ("~/.local/bin", "~/.cargo/bin", "/opt/homebrew/bin", "/usr/local/bin")
CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")

# A studio's own Python set-up is for its tools; packages of other versions in it would come before ours.
ENVIRONMENT = {n: value for n, value in os.environ.items() if n not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
# A studio's own certificate authority is in the system's list, not in uv's. Some hosts pass no variables on.
if not ENVIRONMENT.get("UV_SYSTEM_CERTS") and (sys.platform == "win32" or any(map(os.path.exists, CERTIFICATES))):
    ENVIRONMENT["UV_SYSTEM_CERTS"] = "true"


class NotInstalledError(Exception):
    """Why the packages could not be installed, in words for a person."""


def is_complete() -> bool:
    """Whether the environment is the one for this source, and its Python still there. Asks neither uv nor a network."""
    try:
        home = re.search(r"^home = (.+)$", (PLACE / "pyvenv.cfg").read_text("utf-8"), re.MULTILINE)
        made_for = STAMP.read_text("utf-8")
    except FileNotFoundError:
        return False
    return made_for == _wanted() and home is not None and all(map(os.path.exists, (home[1], PYTHON, SERVER)))


def last_failure() -> str:
    """What an installation that failed left behind, or ""."""
    return f"The last try failed: {FAILURE.read_text('utf-8')}" if FAILURE.exists() else ""


def main() -> int:
    """Install what is missing, after whoever is at it. 1: the reason is on stdout, and kept for a later start."""
    try:
        PLACE.parent.mkdir(parents=True, exist_ok=True)
        with LOCK.open("a") as lock:
            _wait_for_turn(lock)
            if not is_complete():
                _make()
        FAILURE.unlink(missing_ok=True)
    except (NotInstalledError, OSError) as error:
        reason = f"{error}" if isinstance(error, NotInstalledError) else f"The packages cannot be installed: {error}"
        with contextlib.suppress(OSError):
            FAILURE.write_text(reason, "utf-8")
        with contextlib.suppress(OSError):  # nobody may be listening any more
            os.write(sys.stdout.fileno(), reason.encode())
        return 1
    return 0


def _wanted() -> str:
    """What an environment is made for: the packages in the lock file, and the server in this folder."""
    parts = [os.fsencode(ROOT), *((ROOT / name).read_bytes() for name in ("pyproject.toml", "uv.lock"))]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _wait_for_turn(lock: IO[str]) -> None:
    """Hold the lock until this process ends, and what it starts: the system sees to it, however they end."""
    if sys.platform != "win32":
        import fcntl

        os.set_inheritable(lock.fileno(), True)
        return fcntl.flock(lock, fcntl.LOCK_EX)
    import msvcrt

    while True:
        try:
            return msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
        except OSError as error:  # it waits for ten seconds and no longer
            if error.errno != errno.EDEADLK:
                raise


def _make() -> None:
    """Bring the environment to what the lock file says. One that was left half made is made anew."""
    if not (STAMP.exists() and PYTHON.exists()):
        again = ["--clear"] if (PLACE / "pyvenv.cfg").exists() else []
        _uv("venv", *again, PLACE)
    STAMP.unlink(missing_ok=True)
    try:
        _sync("--extra", "video", "--extra", "exchange")
    except NotInstalledError:  # some machines lack a package of these: all but pictures and files of tables works
        _sync()
    _uv("pip", "install", "--no-deps", "--no-build-isolation", "--python", PYTHON, "--editable", ROOT)
    if not SERVER.exists():
        raise NotInstalledError(
            f"The server's packages are installed, but there is no program {SERVER}. Remove the folder {PLACE} and "
            "reconnect."
        )
    STAMP.write_text(_wanted(), "utf-8")


def _sync(*extra: str) -> None:
    packages = _uv("export", "--frozen", "--no-dev", "--group", "build", *extra, "--no-emit-project")
    _uv("pip", "sync", "--require-hashes", "--compile-bytecode", "--python", PYTHON, "-", given=packages)


def _uv(*words: str | Path, given: str = "") -> str:
    """What a command of uv prints. Its settings are the machine's and the user's, not those of the host's folder."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(os.path.expanduser, UV_MAY_BE_IN)])
    program = os.environ.get("UV") or shutil.which("uv", path=path)
    if not program:
        raise NotInstalledError(
            "uv is missing, which installs and starts this server. Install it from https://docs.astral.sh/uv and "
            "reconnect."
        )
    done = subprocess.run(
        [program, *words, "--quiet", "--color", "never", "--project", ROOT],
        input=given,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        cwd=ROOT,
        env=ENVIRONMENT,
        close_fds=False,
        check=False,
    )
    if done.returncode:
        raise NotInstalledError(
            "The server's packages could not be installed. Its first start, and the first after an update, needs "
            "files.pythonhosted.org and a package index, or the mirror that UV_DEFAULT_INDEX or uv.toml names, and "
            f"Python 3.11 to 3.14. uv says: {done.stderr}"
        )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
