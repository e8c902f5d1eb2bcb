"""The command `kitsu-sandbox`: a real Kitsu of one's own, on this machine alone, and a demo of the server on it."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kitsu_sandbox import programs
from kitsu_sandbox.errors import SandboxError
from kitsu_sandbox.keys import DEFAULT_ROLE, ROLES
from kitsu_sandbox.lifecycle import Sandbox
from kitsu_server import console

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAM = "kitsu-sandbox"


def main(arguments: list[str] | None = None) -> int:
    """Run a command: 0 when it did what was asked, 1 with one message on stderr when it could not."""
    options = _parser().parse_args(arguments)
    return console.run(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    try:
        options.run(options)
    except SandboxError as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"{PROGRAM}: interrupted; `{PROGRAM} up` goes on from here.\n")
        return console.INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="A real Kitsu (Zou, PostgreSQL, Valkey) on this machine, from Python packages alone, with sample "
        "productions to try things on. It listens on 127.0.0.1 only. Linux, macOS, and Windows inside WSL 2.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], None], help_text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=help_text, description=f"{help_text[0].upper()}{help_text[1:]}.")
        command.add_argument("--state", type=Path, metavar="DIR", help="where this sandbox keeps its data")
        command.set_defaults(run=run)
        return command

    add("up", _up, "start the sandbox; the first time, install and seed it")
    add("down", _down, "stop the sandbox; its data stays")
    add("status", _status, "say what runs and what is seeded")
    add("reset", _reset, "bring back the data as it was seeded")
    seed = add("seed", _seed, "throw the data away and seed it anew, dated relative to today")
    seed.add_argument("--big", action="store_true", help="add Big Feature: 5,000 shots and 35,000 tasks")
    env = add("env", _env, "print the settings that point the server at the sandbox, for `eval` in a shell")
    env.add_argument("--role", choices=ROLES, default=DEFAULT_ROLE, help=f"the bot's role (default: {DEFAULT_ROLE})")
    add("demo", _demo, "show a short real session of the server on a sandbox; it asks before it changes anything")
    return parser


def _sandbox(arguments: argparse.Namespace) -> Sandbox:
    return Sandbox(arguments.state)


def _up(arguments: argparse.Namespace) -> None:
    began = time.monotonic()
    reach = _sandbox(arguments).up(_say)
    _say(f"Kitsu answers at {reach.host} (ready in {time.monotonic() - began:.1f} s).")
    _say(f"Sign in as {reach.admin_email} with the password {reach.password}; every person has that password.")
    where = f" --state {shlex.quote(str(arguments.state))}" if arguments.state else ""
    _say(f'To use it from this shell: eval "$({shlex.join(programs.sandbox())} env{where})"')


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


def _demo(arguments: argparse.Namespace) -> None:
    from kitsu_sandbox.demo import session  # and with it the MCP SDK, which no other command needs

    session.show(_sandbox(arguments))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
