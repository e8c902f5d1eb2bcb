"""What a person does next: connect a host to the sandbox, then to a studio."""

import shlex

from kitsu_sandbox import programs
from kitsu_sandbox.demo.terminal import say
from kitsu_sandbox.keys import DEFAULT_ROLE
from kitsu_sandbox.lifecycle import Connection


def explain(reach: Connection) -> None:
    """How to connect Claude Code to this sandbox and to a studio."""
    here = _add("kitsu-sandbox", reach.host, shlex.quote(str(reach.token_files[DEFAULT_ROLE])))
    studio = _add("kitsu", "https://kitsu.example.com", '"$HOME/.config/kitsu-bot-token"')
    say(f"\nConnect Claude Code to this sandbox\n   {here}")
    say(f"\nConnect it to your studio (README: how to make a bot and keep its token in a file)\n   {studio}")
    say("   The same two settings before `mcp-server-kitsu doctor` tell whether they are right.")


def explain_stop(*, is_up: bool) -> None:
    """How to stop or start the sandbox."""
    program = shlex.join(programs.sandbox())
    if is_up:
        say(f"\nThe sandbox goes on running. To stop it:\n   {program} down")
    else:
        say(f"\nThe sandbox is stopped; its data stays. To start it again:\n   {program} up")


def _add(name: str, host: str, token_file: str) -> str:
    """The command for Claude Code; `token_file` is already quoted for the shell."""
    return " \\\n     ".join(
        [
            f"claude mcp add {name}",
            f"-e KITSU_HOST={shlex.quote(host)}",
            f"-e KITSU_BOT_TOKEN_FILE={token_file}",
            f"-- {shlex.join(programs.server())}",
        ]
    )
