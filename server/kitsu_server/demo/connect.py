"""What a person does next: connect a host to the sandbox, then to a studio."""

import shlex
import shutil
import sys
from pathlib import Path

from kitsu_server.demo.terminal import say
from kitsu_server.sandbox.commands import DEFAULT_ROLE
from kitsu_server.sandbox.lifecycle import Connection


def command() -> list[str]:
    """How this very server is started, wherever it is installed."""
    beside = Path(sys.executable).with_name("mcp-server-kitsu")
    if beside.exists():
        return [str(beside)]
    on_path = shutil.which("mcp-server-kitsu")
    return [on_path] if on_path else [sys.executable, "-m", "kitsu_server"]


def explain(reach: Connection) -> None:
    """How to connect Claude Code to this sandbox and to a studio."""
    here = _add("kitsu-sandbox", reach.host, shlex.quote(str(reach.token_files[DEFAULT_ROLE])))
    studio = _add("kitsu", "https://kitsu.example.com", '"$HOME/.config/kitsu-bot-token"')
    say(f"\nConnect Claude Code to this sandbox\n   {here}")
    say(f"\nConnect it to your studio (README: how to make a bot and keep its token in a file)\n   {studio}")
    say("   The same two settings before `mcp-server-kitsu doctor` tell whether they are right.")


def explain_stop(*, is_up: bool) -> None:
    """How to stop or start the sandbox."""
    program = shlex.join(command())
    if is_up:
        say(f"\nThe sandbox goes on running. To stop it:\n   {program} sandbox down")
    else:
        say(f"\nThe sandbox is stopped; its data stays. To start it again:\n   {program} sandbox up")


def _add(name: str, host: str, token_file: str) -> str:
    """The command for Claude Code; `token_file` is already quoted for the shell."""
    return " \\\n     ".join(
        [
            f"claude mcp add {name}",
            f"-e KITSU_HOST={shlex.quote(host)}",
            f"-e KITSU_BOT_TOKEN_FILE={token_file}",
            f"-- {shlex.join(command())}",
        ]
    )
