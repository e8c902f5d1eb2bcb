"""One sandbox from its first start to its end: up, seeded, reset, down.

Whatever moment it is killed at, the next `up` finds out from what is complete: the environment's mark, the cluster's
folder under its final name, and the databases `bare`, `small` and `big`, which are copied whole or not at all.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

import platformdirs

from kitsu_sandbox import environment, keys, locks, ports, postgres, processes, valkey, web
from kitsu_sandbox.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from kitsu_sandbox.environment import Environment

Seed = Literal["small", "big"]
_BARE = "bare"
_SERVERS = (postgres.NAME, valkey.NAME, web.NAME)
_CHOICES_OF_PORTS = 3
_SEED_SCRIPT = Path(__file__).with_name("inside") / "seed.py"


@dataclass(frozen=True)
class Connection:
    """How to reach a sandbox.

    `host` is what gazu takes (`http://127.0.0.1:PORT/api`), `event_host` the same without `/api`. Every person signs in
    with `password`. `token_files` has one bot's token file a role; `database` is the address psycopg reads.
    """

    host: str
    event_host: str
    admin_email: str
    password: str
    token_files: dict[str, Path]
    database: str

    def token(self, role: str) -> str:
        """The token of the bot with this role."""
        return self.token_files[role].read_text()


@dataclass(frozen=True)
class Status:
    """What runs (server to process id, None when it does not) and what was seeded last, with the day it is dated by."""

    servers: dict[str, int | None]
    host: str | None
    seeded: Seed | None
    anchor: dt.date | None

    @property
    def is_up(self) -> bool:
        """Whether every server runs."""
        return all(pid is not None for pid in self.servers.values())


class Sandbox:
    """A Kitsu of one's own in a state folder; several stand side by side in several folders.

    `state` is where its data lies (the user's state folder by default); the environment lies in the user's cache folder
    and all sandboxes share it. Every method may be called from several processes at once: they take turns.
    """

    def __init__(self, state: Path | None = None) -> None:
        self.state = (state or platformdirs.user_state_path("mcp-server-kitsu") / "sandbox").resolve()

    def up(self, say: Callable[[str], None] = lambda _: None) -> Connection:
        """Start what does not run; at the first start also install, provision and seed the small productions.

        Raises:
            SandboxError: something is missing, refused or did not start.
        """
        installed = environment.prepare(environment.default_folder(), say)
        with self._alone():
            self._start_somewhere(installed, say)
            if "small" not in postgres.databases(self._postgres(installed)):
                self._seed_small(installed, _today(), say)
        return self.connection()

    def down(self) -> bool:
        """Stop every server. Says whether any ran."""
        if not self.state.exists():
            return False
        with self._alone():
            return any([web.stop(self.state), processes.stop(self.state, valkey.NAME), postgres.stop(self.state)])

    @contextlib.contextmanager
    def running(self, say: Callable[[str], None] = lambda _: None) -> Generator[Connection]:
        """Up inside the block, down after it, whatever happens in it: even when this process is killed.

        A keeper process holds the other end of a pipe, which ends with this process; then it stops the servers.
        """
        reading, writing = os.pipe()
        keeper = subprocess.Popen(
            [sys.executable, "-m", "kitsu_sandbox.keeper", str(self.state)],
            stdin=reading,
            start_new_session=True,
        )
        os.close(reading)
        try:
            yield self.up(say)
        finally:
            os.close(writing)
            keeper.wait()

    def seed(
        self, *, big: bool = False, anchor: dt.date | None = None, say: Callable[[str], None] = lambda _: None
    ) -> None:
        """Throw the data away and seed anew; from then on `reset` returns to this.

        Every date is relative to `anchor` (today). With `big`, the production "Big Feature" stands beside the others.

        Raises:
            SandboxError: the sandbox is not up, or seeding failed.
        """
        day = anchor or _today()
        with self._alone():
            installed = self._installed_and_up()
            if not big or self._noted()[1] != day:
                self._seed_small(installed, day, say)
            if big:
                self._seed_big(installed, day, say)

    def reset(self) -> None:
        """Back to what was seeded last: database, preview files, caches and sessions.

        Raises:
            SandboxError: the sandbox is not up.
        """
        with self._alone():
            installed = self._installed_and_up()
            self._restore(installed, self._noted()[0] or "small")

    def status(self) -> Status:
        """What runs and what is seeded, without starting anything."""
        servers = {name: processes.running(self.state, name) for name in _SERVERS}
        noted = ports.remembered(self._ports_file)
        host = f"http://{ports.LOOPBACK}:{noted.web}/api" if noted and servers[web.NAME] else None
        seeded, anchor = self._noted()
        return Status(servers, host, seeded, anchor)

    def connection(self) -> Connection:
        """How to reach the sandbox.

        Raises:
            SandboxError: it was never up.
        """
        noted = ports.remembered(self._ports_file)
        if noted is None:
            message = f"There is no sandbox in {self.state}: run `kitsu-sandbox up` first."
            raise SandboxError(message)
        own = self._keys()
        event_host = f"http://{ports.LOOPBACK}:{noted.web}"
        database = postgres.Server(Path(), self.state, noted.postgres, own.password).dsn(web.DATABASE)
        token_files = {role: own.token_file(role) for role in keys.ROLES}
        return Connection(f"{event_host}/api", event_host, web.ADMIN_EMAIL, web.PASSWORD, token_files, database)

    def _start_somewhere(self, installed: Environment, say: Callable[[str], None]) -> None:
        """Start the three servers, on other ports when somebody took one between its choice and its use."""
        for left in reversed(range(_CHOICES_OF_PORTS)):
            running, noted = self._running(), ports.remembered(self._ports_file)
            chosen = ports.choose(self._ports_file, running)
            if noted and (noted.postgres, noted.valkey) != (chosen.postgres, chosen.valkey):
                # A Zou that outlived them would go on asking where strangers listen now.
                web.stop(self.state)
            if running != set(_SERVERS):
                say("Starting PostgreSQL, Valkey and Zou…")
            try:
                self._start(installed, chosen, say)
            except SandboxError:
                ended = set(_SERVERS) - self._running()
                if not left or all(ports.is_free(getattr(chosen, name)) for name in ended):
                    raise
            else:
                return

    def _running(self) -> set[str]:
        return {name for name in _SERVERS if processes.running(self.state, name)}

    def _start(self, installed: Environment, chosen: ports.Ports, say: Callable[[str], None]) -> None:
        """Start the three servers; fill an empty or half filled database first."""
        own = self._keys()
        server = self._postgres(installed)
        postgres.start(server)
        valkey.start(installed.valkey, self.state, chosen.valkey, own.password)
        postgres.disconnect_orphans(server)
        existing = postgres.databases(server)
        if _BARE not in existing:
            say("Filling an empty studio…")
            web.stop(self.state)
            self._forget_data(server, existing)
            web.start(installed, self.state, chosen, own, provision=True)
            postgres.copy(server, web.DATABASE, _BARE)
            return
        if web.DATABASE not in existing:
            postgres.copy(server, "small" if "small" in existing else _BARE, web.DATABASE)
        web.start(installed, self.state, chosen, own)

    def _forget_data(self, server: postgres.Server, existing: set[str]) -> None:
        for name in sorted(existing & {"small", "big"}):
            postgres.drop(server, name)
        postgres.copy(server, "template1", web.DATABASE)
        self._seeded_file.unlink(missing_ok=True)
        self._flush()

    def _seed_small(self, installed: Environment, day: dt.date, say: Callable[[str], None]) -> None:
        say("Seeding two small productions…")
        self._seeded_file.unlink(missing_ok=True)
        server = self._postgres(installed)
        for stale in postgres.databases(server) & {"small", "big"}:
            postgres.drop(server, stale)
        self._restore(installed, _BARE)
        self._run_seed(installed, "small", day)
        self._keep(installed, "small", day)

    def _seed_big(self, installed: Environment, day: dt.date, say: Callable[[str], None]) -> None:
        say("Seeding Big Feature (5,000 shots, 35,000 tasks)…")
        if "big" in postgres.databases(self._postgres(installed)):
            self._restore(installed, "big")
            self._note("big", day)
            return
        self._restore(installed, "small")
        self._run_seed(installed, "big", day)
        self._keep(installed, "big", day)

    def _run_seed(self, installed: Environment, seed: Seed, day: dt.date) -> None:
        reach = self.connection()
        order = {
            "seed": seed,
            "anchor": day.isoformat(),
            "database": f"{reach.database}?application_name={quote(postgres.APPLICATION)}",
            "host": reach.host,
            "token": reach.token("admin"),
            "password": reach.password,
            "ffmpeg": str(installed.ffmpeg / "ffmpeg"),
            "previews": str(self.state / "previews"),
        }
        answer = subprocess.run(
            [installed.python, "-IB", _SEED_SCRIPT],
            input=json.dumps(order),
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode:
            message = f"Seeding failed:\n{answer.stderr.strip()[-2000:]}"
            raise SandboxError(message)

    def _keep(self, installed: Environment, seed: Seed, day: dt.date) -> None:
        """Keep database and preview files as what `reset` returns to. The database comes last: it is the mark."""
        kept = self._kept_previews(seed)
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.state / "previews", kept)
        postgres.copy(self._postgres(installed), web.DATABASE, seed)
        self._note(seed, day)
        self._flush()

    def _restore(self, installed: Environment, name: str) -> None:
        postgres.copy(self._postgres(installed), name, web.DATABASE)
        self._restore_previews(name)
        self._flush()

    def _restore_previews(self, name: str) -> None:
        live, kept = self.state / "previews", self._kept_previews(name)
        shutil.rmtree(live, ignore_errors=True)
        if kept.exists():
            shutil.copytree(kept, live)
        live.mkdir(exist_ok=True)

    def _installed_and_up(self) -> Environment:
        if not self.status().is_up:
            message = f"The sandbox in {self.state} is not up: run `kitsu-sandbox up` first."
            raise SandboxError(message)
        return environment.prepare(environment.default_folder(), lambda _: None)

    @contextlib.contextmanager
    def _alone(self) -> Generator[None]:
        self.state.mkdir(mode=0o755, parents=True, exist_ok=True)
        with locks.held(self.state / "lock"):
            yield

    def _postgres(self, installed: Environment) -> postgres.Server:
        noted = ports.remembered(self._ports_file)
        return postgres.Server(installed.postgres, self.state, noted.postgres if noted else 0, self._keys().password)

    def _keys(self) -> keys.Keys:
        return keys.read(self.state / "secrets")

    def _flush(self) -> None:
        noted = ports.remembered(self._ports_file)
        if noted:
            valkey.flush(noted.valkey, self._keys().password)

    def _kept_previews(self, name: str) -> Path:
        return self.state / f"previews-{name}"

    def _note(self, seed: Seed, day: dt.date) -> None:
        fresh = self._seeded_file.with_suffix(".new")
        fresh.write_text(json.dumps({"seed": seed, "anchor": day.isoformat()}))
        fresh.replace(self._seeded_file)

    def _noted(self) -> tuple[Seed | None, dt.date | None]:
        try:
            noted = json.loads(self._seeded_file.read_text())
            return noted["seed"], dt.date.fromisoformat(noted["anchor"])
        except (OSError, ValueError, KeyError):
            return None, None

    @property
    def _ports_file(self) -> Path:
        return self.state / "ports.json"

    @property
    def _seeded_file(self) -> Path:
        return self.state / "seeded.json"


def _today() -> dt.date:
    return dt.datetime.now().astimezone().date()
