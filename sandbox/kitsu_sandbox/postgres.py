"""The sandbox's PostgreSQL: its cluster, its start and stop, and databases copied from one another."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from kitsu_sandbox import processes
from kitsu_sandbox.errors import SandboxError
from kitsu_sandbox.ports import LOOPBACK

NAME = "postgres"
APPLICATION = "mcp-server-kitsu sandbox"
USER = "zou"
# Nothing here must outlive the machine: no waiting for the disk.
_SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "shared_buffers=128MB",
    "max_connections=80",
    "timezone=UTC",
    "unix_socket_directories=",
)


@dataclass(frozen=True)
class Server:
    """One cluster: where its programs and its state lie, its port and its password."""

    programs: Path
    state: Path
    port: int
    password: str

    @property
    def data(self) -> Path:
        """The cluster's folder."""
        return self.state / "postgres" / "data"

    def dsn(self, database: str) -> str:
        """The address of a database as libpq and psycopg read it."""
        return f"postgresql://{USER}:{self.password}@{LOOPBACK}:{self.port}/{database}"


def start(server: Server) -> None:
    """Make the cluster if there is none, start it, and wait until it answers."""
    if processes.running(server.state, NAME) is None:
        rights = _rights(server)
        if not (server.data / "PG_VERSION").exists():
            _make_cluster(server, rights)
        # Ours does not run, so the note is stale, and its id may be a stranger's: PostgreSQL would refuse to start.
        (server.data / "postmaster.pid").unlink(missing_ok=True)
        options = [option for setting in _SETTINGS for option in ("-c", setting)]
        command = [server.programs / "postgres", "-D", server.data, "-h", LOOPBACK, "-p", str(server.port), *options]
        processes.start(server.state, NAME, command, environment=_environment(server), rights=rights)
    processes.wait_until(lambda: answers(server), server.state, NAME, seconds=60)


def stop(state: Path) -> bool:
    """Stop the cluster without waiting for its clients. Says whether it ran."""
    return processes.stop(state, NAME, sign=signal.SIGINT)


def answers(server: Server) -> bool:
    """Whether the cluster answers on its port, and lets us in: another sandbox's may have been given the same port."""
    try:
        return query(server, "postgres", "select 1") == "1"
    except SandboxError:
        return False


def databases(server: Server) -> set[str]:
    """The names of the databases there are."""
    return set(query(server, "postgres", "select datname from pg_database").split())


def disconnect_orphans(server: Server) -> None:
    """Cut off what a killed command left behind, which might still drop or copy databases.

    For a caller that holds the sandbox's lock: then nobody else's work is under way.
    """
    query(
        server,
        "postgres",
        "select pg_terminate_backend(pid) from pg_stat_activity "  # noqa: S608
        f"where application_name = '{APPLICATION}' and pid <> pg_backend_pid()",
    )


def query(server: Server, database: str, *statements: str) -> str:
    """Run statements outside any transaction; the last answer's rows, one a line.

    Raises:
        SandboxError: the database refused.
    """
    commands = [argument for statement in statements for argument in ("-c", statement)]
    options = ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"]
    answer = subprocess.run(
        [server.programs / "psql", *options, "-h", LOOPBACK, "-p", str(server.port), "-U", USER, *commands, database],
        env=_environment(server),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise SandboxError(f"The sandbox's database refused: {answer.stderr.strip()}")
    return answer.stdout.strip()


def drop(server: Server, database: str) -> None:
    """Drop a database, throwing out whoever is connected to it."""
    query(server, "postgres", f'drop database if exists "{database}" with (force)')


def copy(server: Server, template: str, target: str) -> None:
    """Replace `target` by a copy of `template`, throwing out whoever is connected to either."""
    disconnect = (
        "select pg_terminate_backend(pid) from pg_stat_activity "  # noqa: S608
        f"where datname in ('{template}', '{target}') and pid <> pg_backend_pid()"
    )
    statements = [
        disconnect,
        f'drop database if exists "{target}" with (force)',
        f'create database "{target}" template "{template}" strategy file_copy',
    ]
    for attempt in range(20):
        try:
            query(server, "postgres", *statements)
        except SandboxError:
            # A client may have come back to the template between the two statements.
            if attempt == 19:
                raise
            time.sleep(0.05)
        else:
            return


def _make_cluster(server: Server, rights: str) -> None:
    """Make the cluster beside its place and rename it: a half made one is never taken for a cluster."""
    shutil.rmtree(server.data, ignore_errors=True)
    processes.stop(server.state, "initdb")
    fresh = server.data.with_name("data.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.parent.mkdir(exist_ok=True)
    password_file = fresh.with_name("password.new")
    password_file.touch(0o600)
    password_file.write_text(server.password)
    if rights == "nobody":
        fresh.mkdir()
        for path in (fresh.parent, fresh, password_file):
            shutil.chown(path, "nobody")
    options = ["-E", "UTF8", "--locale=C", "--no-sync", "--auth=scram-sha-256", f"--pwfile={password_file}"]
    # The password is long and drawn by chance: to make guessing slow would only make every connection slow.
    options += ["-c", "scram_iterations=1"]
    command = [server.programs / "initdb", "-D", fresh, "-U", USER, *options]
    environment = _environment(server)
    processes.start(server.state, "initdb", command, environment=environment, rights=rights)
    processes.wait_for_end(server.state, "initdb", seconds=60)
    password_file.unlink()
    if not (fresh / "postgresql.conf").exists():
        message = f"PostgreSQL could not make its cluster.\n{processes.last_lines(server.state, 'initdb')}"
        raise SandboxError(message)
    fresh.rename(server.data)


def _rights(server: Server) -> str:
    """How the server's processes leave root, which PostgreSQL refuses: see `launch.step_down`."""
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return "plain"
    launcher = Path(processes.__file__).with_name("launch.py")
    trial = (
        f"import runpy; runpy.run_path({str(launcher)!r})['step_down']('namespace'); "
        "import os; raise SystemExit(os.geteuid() == 0)"
    )
    tried = subprocess.run([sys.executable, "-I", "-c", trial], capture_output=True, check=False)
    if tried.returncode == 0:
        return "namespace"
    if os.geteuid() != 0:
        message = (
            f"PostgreSQL does not run as a user without a name, and user namespaces are not allowed here: "
            f"add an entry for user {os.geteuid()} to /etc/passwd."
        )
        raise SandboxError(message)
    shut = [
        path
        for path in (*server.programs.parents, *server.data.parents)
        if path.exists() and not path.stat().st_mode & 1
    ]
    if shut:
        message = (
            "PostgreSQL does not run as root, user namespaces are not allowed here, and the user nobody may not enter "
            f"{shut[0]}. Run the sandbox as an ordinary user, or set XDG_CACHE_HOME and --state to folders others may "
            "enter."
        )
        raise SandboxError(message)
    return "nobody"


def _has_name(user: int) -> bool:
    import pwd  # absent on Windows, where this module is imported all the same

    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _environment(server: Server) -> dict[str, str]:
    settings = {
        "PGPASSWORD": server.password,
        "PGAPPNAME": APPLICATION,
        "PGCONNECT_TIMEOUT": "5",
        "LC_ALL": "C",
        "TZ": "UTC",
        "HOME": str(server.state),
    }
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | settings
