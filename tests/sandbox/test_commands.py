"""The command `kitsu-sandbox` says what it did, and why when it could not."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from kitsu_sandbox.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from kitsu_sandbox.lifecycle import Sandbox


def test_env_points_a_shell_at_the_sandbox(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env", "--state", str(sandbox.state)]) == 0
    printed = capsys.readouterr().out
    shell = f'{printed}\necho "$KITSU_HOST $(cat "$KITSU_BOT_TOKEN_FILE")"'
    answer = subprocess.run(["sh", "-ec", shell], capture_output=True, text=True, check=True)
    reach = sandbox.connection()
    assert answer.stdout == f"{reach.host} {reach.token('supervisor')}\n"
    assert f"# Token of the vendor bot: {reach.token_files['vendor']}" in printed
    assert "# Admin sign-in: admin@example.com, password kitsu-sandbox" in printed


def test_env_takes_the_role_of_the_bot(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env", "--role", "client", "--state", str(sandbox.state)]) == 0
    assert f"export KITSU_BOT_TOKEN_FILE={sandbox.connection().token_files['client']}\n" in capsys.readouterr().out


def test_status_names_the_servers_and_the_seed(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--state", str(sandbox.state)]) == 0
    printed = capsys.readouterr().out
    assert printed.count("running, process") == 3
    assert f"host: {sandbox.connection().host}\n" in printed
    assert f"seeded: small, dated {sandbox.status().anchor}\n" in printed


def test_up_on_a_running_sandbox_says_where_it_is(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--state", str(sandbox.state)]) == 0
    assert f"Kitsu answers at {sandbox.connection().host}" in capsys.readouterr().out


def test_reset_without_a_sandbox_fails_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reset", "--state", str(tmp_path)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("kitsu-sandbox: The sandbox in ")
    assert printed.err.count("\n") == 1
