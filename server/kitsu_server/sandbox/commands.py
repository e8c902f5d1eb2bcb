"""The command `mcp-server-kitsu sandbox`: a real Kitsu of one's own, on this machine alone."""

from __future__ import annotations

import functools
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kitsu_server.sandbox.errors import SandboxError
from kitsu_server.sandbox.keys import ROLES

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from kitsu_server.sandbox.lifecycle import Sandbox

# Enough to try every kind of change on most tasks, and no more.
DEFAULT_ROLE = "supervisor"


def add_parser(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],  # pyright: ignore[reportPrivateUsage]  no public name
) -> None:
    """Add `sandbox` and its own commands; each sets `run`, which takes the arguments and returns an exit code."""
    sandbox = subparsers.add_parser(
        "sandbox",
        help="a real Kitsu on this machine, with sample productions",
        description="A real Kitsu (Zou, PostgreSQL, Valkey) on this machine, from Python packages alone, with sample "
        "productions to try things on. It listens on 127.0.0.1 only. Linux, macOS, and Windows inside WSL 2.",
    )
    commands = sandbox.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, handler: Callable[[argparse.Namespace], None], help_text: str) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, help=help_text, description=f"{help_text[0].upper()}{help_text[1:]}.")
        parser.add_argument("--state", type=Path, metavar="DIR", help="where this sandbox keeps its data")
        parser.set_defaults(run=functools.partial(_run, handler))
        return parser

    add("up", _up, "start the sandbox; the first time, install and seed it")
    add("down", _down, "stop the sandbox; its data stays")
    add("status", _status, "say what runs and what is seeded")
    add("reset", _reset, "bring back the data as it was seeded")
    seed = add("seed", _seed, "throw the data away and seed it anew, dated relative to today")
    seed.add_argument("--big", action="store_true", help="add Big Feature: 5,000 shots and 35,000 tasks")
    env = add("env", _env, "print the settings that point the server at the sandbox, for `eval` in a shell")
    env.add_argument("--role", choices=ROLES, default=DEFAULT_ROLE, help=f"the bot's role (default: {DEFAULT_ROLE})")


def _run(handler: Callable[[argparse.Namespace], None], arguments: argparse.Namespace) -> int:
    """Run a handler: 0 when it did what was asked, 1 with one message on stderr when it could not."""
    try:
        handler(arguments)
    except SandboxError as error:
        sys.stderr.write(f"mcp-server-kitsu sandbox: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("mcp-server-kitsu sandbox: interrupted; `sandbox up` goes on from here.\n")
        return 1
    return 0


def _sandbox(arguments: argparse.Namespace) -> Sandbox:
    """The sandbox meant; imported only here, so that a server that needs none starts without it."""
    from kitsu_server.sandbox.lifecycle import Sandbox

    return Sandbox(arguments.state)


def _up(arguments: argparse.Namespace) -> None:
    began = time.monotonic()
    reach = _sandbox(arguments).up(_say)
    _say(f"Kitsu answers at {reach.host} (ready in {time.monotonic() - began:.1f} s).")
    _say(f"Sign in as {reach.admin_email} with the password {reach.password}; every person has that password.")
    where = f" --state {shlex.quote(str(arguments.state))}" if arguments.state else ""
    _say(f'To use it from this shell: eval "$(mcp-server-kitsu sandbox env{where})"')


def _down(arguments: argparse.Namespace) -> None:
    _say("Stopped." if _sandbox(arguments).down() else "Nothing was running.")


def _status(arguments: argparse.Namespace) -> None:
    sandbox = _sandbox(arguments)
    status = sandbox.status()
    for name, pid in status.servers.items():
        _say(f"{name}: {f'running, process {pid}' if pid else 'not running'}")
    if status.host:
        _say(f"host: {status.host}")
    _say(f"seeded: {status.seeded}, dated {status.anchor}" if status.seeded else "seeded: nothing yet")
    _say(f"data: {sandbox.state}")


def _reset(arguments: argparse.Namespace) -> None:
    _sandbox(arguments).reset()
    _say("The data is as it was seeded.")


def _seed(arguments: argparse.Namespace) -> None:
    began = time.monotonic()
    _sandbox(arguments).seed(big=arguments.big, say=_say)
    _say(f"Seeded in {time.monotonic() - began:.1f} s.")


def _env(arguments: argparse.Namespace) -> None:
    reach = _sandbox(arguments).connection()
    _say(f"export KITSU_HOST={shlex.quote(reach.host)}")
    _say(f"export KITSU_BOT_TOKEN_FILE={shlex.quote(str(reach.token_files[arguments.role]))}")
    _say(f"# Admin sign-in: {reach.admin_email}, password {reach.password}")
    for role, file in reach.token_files.items():
        _say(f"# Token of the {role} bot: {file}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
