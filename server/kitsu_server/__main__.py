"""The command `mcp-server-kitsu`: serve over stdio, or doctor, journal, actions, demo."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from kitsu_server import WEBSITE, console

if TYPE_CHECKING:
    from collections.abc import Callable

    from kitsu_server.settings import Settings, SettingsError

PROGRAM = "mcp-server-kitsu"
STATES = ("not answered", "declined", "applied", "refused", "failed", "unknown", "not sent")
"""As `kitsu_tools.gate.history` has them, which is not imported here for the sake of the start."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code."""
    options = _parser().parse_args(arguments)
    return console.run(lambda: options.run(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="MCP server for Kitsu. Without a command it serves over stdin and stdout, as MCP hosts start it.",
        epilog=f"Settings come from the environment: KITSU_HOST, KITSU_BOT_TOKEN_FILE and others: {WEBSITE}#settings",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version(PROGRAM)}")
    parser.set_defaults(run=_serve)
    commands = parser.add_subparsers(metavar="COMMAND")
    doctor = commands.add_parser(
        "doctor",
        help="check the settings, Kitsu and this machine, and say how to mend what is wrong",
        description="Check the settings, Kitsu and this machine, one line each; ✗ and ! say how to mend it. "
        "Exits 1 when the server could not work.",
    )
    doctor.set_defaults(run=_doctor)
    journal = commands.add_parser(
        "journal",
        help="list what was proposed and done through this server on this machine",
        description="List what was proposed and done through this server on this machine, newest first. It reads the "
        "file that KITSU_JOURNAL names, or the one in your state folder, and needs neither Kitsu nor a running server.",
    )
    journal.add_argument("--json", action="store_true", help="all that is kept of each, as JSON")
    journal.add_argument("--since", metavar="YYYY-MM-DD", type=_a_day, help="proposed on this day or later")
    journal.add_argument("--code", help="the one change whose comments end with this code")
    journal.add_argument("--outcome", choices=STATES, help="what became of it, or of a part of it")
    journal.add_argument("--production", metavar="NAME", help="of this production alone")
    journal.set_defaults(run=_journal)
    _add_actions(commands.add_parser("actions", help="the entry in Kitsu's menu that hands selections to the agent"))
    demo = commands.add_parser(
        "demo",
        help="show a short real session on a sandbox Kitsu (in a clone of the repository)",
        description="Boot the sandbox Kitsu, start the server as a host would, and show a short real session. "
        "It asks before it changes anything; without a terminal it answers no. The sandbox comes with a clone of the "
        "repository, not with the installed package: there, `make demo`.",
    )
    demo.set_defaults(run=_demo)
    return parser


def _add_actions(actions: argparse.ArgumentParser) -> None:
    actions.description = (
        "The custom action in Kitsu that hands the tasks a person selected to the agent. It sends to the port "
        "KITSU_ACTIONS_PORT of the machine its browser runs on, so that one serves everybody who runs this server."
    )
    what = actions.add_subparsers(metavar="WHAT", required=True, dest="what")
    install = what.add_parser("install", help="make it in Kitsu, after asking; needs an admin's token")
    install.add_argument("--name", default="Hand over to the agent", help="what people read in the menu")
    install.add_argument(
        "--ajax", action="store_true", help="send in the background, without a tab that says what went"
    )
    remove = what.add_parser("remove", help="remove it from Kitsu, after asking; needs an admin's token")
    for writes in (install, remove):
        writes.add_argument("--url", help="another address than this machine's")
        writes.add_argument("--yes", action="store_true", help="do not ask: somebody said yes already")
    what.add_parser("list", help="list Kitsu's custom actions, and which are ours")
    actions.set_defaults(run=_actions)


# Each command imports what it needs itself: a host waits for the server's start, and that needs none of the others.


def _serve(_: argparse.Namespace) -> int:
    # What is imported stays: looking through it for garbage, again and again, takes a quarter of the start.
    gc.disable()
    from kitsu_server.app import build_server
    from kitsu_server.lifetime import Lifetime
    from kitsu_server.settings import SettingsError, load, unusable
    from kitsu_server.stdio import serve_stdio

    try:
        settings = load()
    except SettingsError as error:
        # Of a server that ends at once a host says no more than "connection closed": this one says why, in each tool.
        _complain(error)
        settings = unusable(error)
    logging.basicConfig(level=settings.log_level, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    lifetime = Lifetime(settings)
    server = build_server(settings, lifetime)
    gc.freeze()
    gc.enable()
    serve_stdio(server, lifetime, settings.channel)
    return 0


def _doctor(_: argparse.Namespace) -> int:
    from kitsu_server import doctor

    return _with_settings(doctor.run)


def _journal(options: argparse.Namespace) -> int:
    from kitsu_server import journal

    return _with_settings(lambda settings: journal.run(settings.journal, options))


def _with_settings(run: Callable[[Settings], int]) -> int:
    from kitsu_server.settings import SettingsError, load

    try:
        settings = load()
    except SettingsError as error:
        _complain(error)
        return 2
    return run(settings)


def _actions(options: argparse.Namespace) -> int:
    from kitsu_server.actions import command
    from kitsu_server.settings import SettingsError, load

    try:
        settings = load()
    except SettingsError as error:
        _complain(error)
        return 2
    return command.run(settings, options)


def _a_day(text: str) -> float:
    from kitsu_server.journal import a_day

    try:
        return a_day(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; write YYYY-MM-DD") from None


def _demo(_: argparse.Namespace) -> int:
    # The sandbox is a package of its own, and none that this one needs: it is started, not imported.
    if find_spec("kitsu_sandbox"):
        os.execv(sys.executable, [sys.executable, "-P", "-m", "kitsu_sandbox", "demo"])  # noqa: S606
    sys.stderr.write(
        f"{PROGRAM} demo: the sandbox Kitsu that the demo runs on is not installed here. It comes with a clone of "
        f"{WEBSITE}; there, `make demo` installs and starts it.\n"
    )
    return 1


def _complain(error: SettingsError) -> None:
    sys.stderr.write(f"{PROGRAM}: {error}\n")


if __name__ == "__main__":
    sys.exit(main())
