"""The sandbox starts, stops, comes back, and survives being killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from kitsu_sandbox import environment, keys, ports, postgres, processes, web
from kitsu_sandbox.errors import SandboxError
from kitsu_sandbox.lifecycle import Connection, Sandbox
from support.api import ask
from support.database import difference, snapshot
from support.sandbox import state_folder

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

SANDBOX = (
    "import sys, pathlib; from kitsu_sandbox.lifecycle import Sandbox; sandbox = Sandbox(pathlib.Path(sys.argv[1]))"
)
UP = f"{SANDBOX}\nsandbox.up(print)"
RUN = f"{SANDBOX}\nwith sandbox.running(): print('up', flush=True); input()"
# To start Zou is what takes long here: tests share a start where none of them hides what another would show.


@pytest.fixture(scope="module")
def second() -> Generator[Sandbox]:
    """A sandbox beside the session's, for tests that stop and break it; its first start was killed half-way."""
    with state_folder() as folder:
        sandbox = Sandbox(folder)
        try:
            with start_up(sandbox) as up:
                assert up.stdout
                assert any("Filling" in line for line in up.stdout)
                up.kill()
            with sandbox.running():
                yield sandbox
        finally:
            sandbox.down()


@pytest.fixture
def own(second: Sandbox) -> Sandbox:
    second.up()
    return second


def start_up(sandbox: Sandbox) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-u", "-c", UP, str(sandbox.state)], stdout=subprocess.PIPE, text=True)


def project_names(reach: Connection) -> set[str]:
    return {project["name"] for project in ask(reach.host, "data/projects/open", reach.token("manager")).body}


def test_killed_while_filling_the_studio_it_is_filled_anew(second: Sandbox) -> None:
    assert project_names(second.up()) == {"Salt Harbour", "Robo Garden"}


def test_reset_brings_every_row_and_preview_file_back(own: Sandbox) -> None:
    own.reset()
    reach = own.connection()
    before, files = snapshot(reach.database), preview_files(own)
    token = reach.token("admin")
    task = ask(reach.host, "data/tasks?page=1&limit=1", token).body["data"][0]
    body = {"task_status_id": task["task_status_id"], "comment": "to be undone"}
    assert ask(reach.host, f"actions/tasks/{task['id']}/comment", token, method="POST", body=body).status == 201
    (own.state / "previews" / files[0]).unlink()
    assert "comment" in difference(before, snapshot(reach.database))
    own.reset()
    assert difference(before, snapshot(reach.database)) == {}
    assert preview_files(own) == files
    assert ask(reach.host, f"data/tasks/{task['id']}/comments", token).status == 200


def preview_files(sandbox: Sandbox) -> list[str]:
    root = sandbox.state / "previews"
    return sorted(str(file.relative_to(root)) for file in root.rglob("*") if file.is_file())


def test_two_sandboxes_stand_side_by_side(sandbox: Sandbox, own: Sandbox) -> None:
    mine, theirs = sandbox.connection(), own.connection()
    assert mine.host != theirs.host
    assert project_names(mine) == project_names(theirs) == {"Salt Harbour", "Robo Garden"}
    # A token of the one means nothing to the other.
    assert ask(mine.host, "data/projects/open", theirs.token("manager")).status == 422


@pytest.mark.parametrize("names", [("postgres", "valkey"), ("web",)], ids=" ".join)
def test_a_port_taken_before_a_start_or_between_its_choice_and_its_use_is_chosen_anew(
    own: Sandbox, names: tuple[str, ...]
) -> None:
    """One server after the other finds its port taken; before any of them, Zou's was taken while all were down."""
    own.down()
    taken = json.loads((own.state / "ports.json").read_text())["web"]
    with contextlib.ExitStack() as strangers:
        stranger = strangers.enter_context(socket.socket())
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", taken))
        stranger.listen()
        said: list[str] = []

        def say(line: str) -> None:
            for name in names[len(said) :][:1]:
                port = json.loads((own.state / "ports.json").read_text())[name]
                strangers.enter_context(socket.create_server(("127.0.0.1", port)))
            said.append(line)

        reach = own.up(say)
        assert len(said) == len(names) + 1
    assert str(taken) not in reach.host
    assert project_names(reach) == {"Salt Harbour", "Robo Garden"}


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_a_zou_that_outlived_a_server_whose_port_is_taken_is_told_the_new_one(own: Sandbox, name: str) -> None:
    pid = own.status().servers[name]
    assert pid
    os.kill(pid, signal.SIGKILL)
    assert processes.wait_for_end(own.state, name, seconds=60)
    port = json.loads((own.state / "ports.json").read_text())[name]
    limit = time.monotonic() + 60
    while not ports.is_free(port):  # PostgreSQL's other processes listen on for a moment
        assert time.monotonic() < limit
        time.sleep(0.02)
    with socket.create_server(("127.0.0.1", port)):
        assert project_names(own.up()) == {"Salt Harbour", "Robo Garden"}


def test_another_sandboxs_zou_on_the_same_port_is_not_taken_for_ours(sandbox: Sandbox, own: Sandbox) -> None:
    theirs = int(sandbox.connection().event_host.rpartition(":")[2])
    assert web.answers(theirs, sandbox.state)
    assert not web.answers(theirs, own.state)


def test_another_sandboxs_postgresql_on_the_same_port_is_not_taken_for_ours(sandbox: Sandbox, own: Sandbox) -> None:
    programs = environment.prepare(environment.default_folder(), lambda _: None).postgres
    port = json.loads((sandbox.state / "ports.json").read_text())["postgres"]
    passwords = [keys.read(one.state / "secrets").password for one in (sandbox, own)]
    ours, theirs = [postgres.Server(programs, sandbox.state, port, password) for password in passwords]
    assert postgres.answers(ours)
    assert not postgres.answers(theirs)


def test_ports_are_none_that_an_outgoing_connection_is_given(own: Sandbox) -> None:
    noted = json.loads((own.state / "ports.json").read_text())
    assert max(noted.values()) < ports.first_outgoing()


@pytest.mark.parametrize(
    ("told", "first"),
    [
        ("32768\t60999\n", 32_768),
        ("16000 65535", 16_000),
        ("49152 65535", 32_768),
        ("1024 65535", 32_768),
        ("", 32_768),
    ],
)
def test_which_ports_those_are_is_the_systems_to_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: str, first: int
) -> None:
    (tmp_path / "range").write_text(told)
    monkeypatch.setattr(ports, "_OUTGOING", tmp_path / "range")
    assert ports.first_outgoing() == first
    assert max(ports.free(50)) < first


def test_two_ups_at_once_bring_servers_killed_outright_back_as_one_sandbox(own: Sandbox) -> None:
    for name, pid in own.status().servers.items():
        assert pid
        os.kill(pid, signal.SIGKILL)
        assert processes.wait_for_end(own.state, name, seconds=60)
    both = [start_up(own), start_up(own)]
    outputs = [process.communicate(timeout=180)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted("Starting" in output for output in outputs) == [False, True]
    assert own.status().is_up
    assert project_names(own.connection()) == {"Salt Harbour", "Robo Garden"}


def test_killed_while_seeding_it_is_seeded_anew(own: Sandbox) -> None:
    own.reset()
    before = snapshot(own.connection().database)
    maintenance = own.connection().database.replace("/zoudb", "/postgres")
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute("drop database small")
    with psycopg.connect(own.connection().database) as connection:
        connection.execute("delete from news")
    own.up()
    assert snapshot(own.connection().database)["news"] == before["news"]


def test_secrets_are_the_owners_alone(sandbox: Sandbox) -> None:
    folder = sandbox.state / "secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert len(files) == 8
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_what_needs_a_running_sandbox_says_so_when_there_is_none(tmp_path: Path) -> None:
    absent = Sandbox(tmp_path / "nothing")
    for call in (absent.reset, absent.seed, absent.connection):
        with pytest.raises(SandboxError, match="sandbox up"):
            call()
    assert not absent.down()


def test_from_down_to_the_end_of_who_ran_it_data_is_kept_and_strangers_under_stale_ids_are_left_alone(
    own: Sandbox,
) -> None:
    """The last here, as it leaves the sandbox down: none has to start it again."""
    reach = own.connection()
    project = ask(reach.host, "data/projects/open", reach.token("admin")).body[0]["id"]
    assert (
        ask(reach.host, f"data/projects/{project}", reach.token("admin"), method="PUT", body={"code": "KEPT"}).status
        == 200
    )
    assert own.down()
    assert set(own.status().servers.values()) == {None}
    assert not own.down(), "there is nothing left to stop"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        for name in own.status().servers:
            (own.state / "run" / f"{name}.pid").write_text(str(stranger.pid))
        (own.state / "postgres" / "data" / "postmaster.pid").write_text(f"{stranger.pid}\n")
        assert set(own.status().servers.values()) == {None}
        assert not own.down()
        with subprocess.Popen(
            [sys.executable, "-c", RUN, str(own.state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as runner:
            assert runner.stdout
            assert runner.stdout.readline() == "up\n"
            again = own.up()
            assert again == reach
            assert ask(again.host, f"data/projects/{project}", reach.token("admin")).body["code"] == "KEPT"
            assert stranger.poll() is None
            assert stranger.pid not in own.status().servers.values()
            runner.kill()
        for name in own.status().servers:
            assert processes.wait_for_end(own.state, name, seconds=60)
        assert stranger.poll() is None
