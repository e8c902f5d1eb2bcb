"""`mcp-server-kitsu actions`: what it makes and removes in Kitsu, whom it asks, and what it says where it may not."""

from __future__ import annotations

import io
import socket
import sys
from typing import TYPE_CHECKING

import pytest
from anyio import to_thread

from kitsu_server.__main__ import main
from support.api import ask
from support.client import signed_in_as
from support.faults import fault_proxy, lose_answer

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection

URL = "http://127.0.0.1:18999/kitsu-selection"


class Terminal(io.StringIO):
    """What a person types."""

    def isatty(self) -> bool:
        return True


def signed_in(monkeypatch: pytest.MonkeyPatch, kitsu: Connection, role: str = "admin", host: str = "") -> None:
    given = signed_in_as(kitsu, role, host or None)
    for name, value in (given | {"KITSU_ACTIONS_PORT": "18999"}).items():
        monkeypatch.setenv(name, value)


def actions(kitsu: Connection) -> list[tuple[str, str, str, bool]]:
    found = ask(kitsu.host, "data/custom-actions", kitsu.token("admin")).body
    return [(one["name"], one["url"], one["entity_type"], one["is_ajax"]) for one in found]


def test_it_is_made_once_after_a_yes_and_removed_alone(
    pristine: Connection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    token = pristine.token("admin")
    others = [("Frames", "https://x.example/kitsu"), ("Elsewhere", "http://127.0.0.1:1/kitsu-selection")]
    for name, url in others:
        ask(pristine.host, "data/custom-actions", token, method="POST", body={"name": f"{name}\u202e", "url": url})
    before = actions(pristine)
    signed_in(monkeypatch, pristine)
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    assert main(["actions", "install"]) == 1
    assert actions(pristine) == before
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    assert main(["actions", "install"]) == 1, "the end of what is typed is no yes"
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert main(["actions", "install"]) == 0
    asked = capsys.readouterr().out
    assert f"by a form to {URL} in {pristine.host}? All people see it there" in asked
    made = ("Hand over to the agent", URL, "all", False)
    assert sorted(actions(pristine)) == sorted([*before, made])
    monkeypatch.setenv("KITSU_ACTIONS", "true")
    monkeypatch.setenv("KITSU_JOURNAL", str(tmp_path / "journal.sqlite3"))
    with socket.create_server(("127.0.0.1", 18999)):
        assert main(["doctor"]) == 0
    examined = capsys.readouterr().out
    assert "actions         Kitsu has 'Hand over to the agent' for all" in examined
    assert "That port cannot be had now" in examined
    assert main(["actions", "install", "--yes", "--name", "Again"]) == 0
    assert "It is in Kitsu already, and nothing was written" in capsys.readouterr().out
    assert main(["actions", "list"]) == 0
    listed = capsys.readouterr().out
    assert "not ours: 'Frames\\u202e' for all, by a form to https://x.example/kitsu" in listed
    assert "ours, at another address: 'Elsewhere" in listed
    assert f"ours: 'Hand over to the agent' for all, by a form to {URL}" in listed
    assert main(["actions", "remove", "--yes"]) == 0
    assert "Left alone, as it sends elsewhere (--url names it): 'Elsewhere" in capsys.readouterr().out
    assert actions(pristine) == before
    assert main(["actions", "remove", "--yes"]) == 0
    assert f"No custom action sends to {URL}; nothing was removed." in capsys.readouterr().out
    assert main(["actions", "remove", "--yes", "--url", others[1][1]]) == 0
    assert [one[1] for one in actions(pristine)] == [others[0][1]]


def test_without_an_admin_or_a_terminal_nothing_is_written_and_it_says_how_to_go_on(
    kitsu: Connection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    signed_in(monkeypatch, kitsu, "supervisor")
    assert main(["actions", "install", "--yes", "--ajax"]) == 1
    said = capsys.readouterr().out
    assert "Only an admin of Kitsu may do this, and Supervisor Bot has the role supervisor." in said
    assert f"name 'Hand over to the agent', URL {URL}, entity type All, Use AJAX yes" in said
    signed_in(monkeypatch, kitsu, "vendor")
    assert main(["actions", "list"]) == 1
    signed_in(monkeypatch, kitsu)
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert main(["actions", "install"]) == 1
    assert "Nobody can be asked here, as this is no terminal: say --yes." in capsys.readouterr().out
    for wrong in (["--url", "ftp://x/kitsu-selection"], ["--url", "https://x.example/"], ["--name", "x" * 81]):
        assert main(["actions", "install", "--yes", *wrong]) == 1
    assert actions(kitsu) == []


@pytest.mark.anyio
async def test_an_answer_that_was_lost_is_looked_for_in_kitsu(
    pristine: Connection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(lose_answer(), method="POST", path="data/custom-actions")
        signed_in(monkeypatch, pristine, host=proxy.url)
        assert await to_thread.run_sync(main, ["actions", "install", "--yes"]) == 0
    assert "It is in Kitsu: 'Hand over to the agent'" in capsys.readouterr().out
    assert [one[1] for one in actions(pristine)] == [URL]
