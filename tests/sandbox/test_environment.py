"""Zou's environment gets a Python that exists, runs, and suits it; a half-built one is not taken for built."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from kitsu_sandbox import environment, interpreters, processes
from kitsu_sandbox.errors import SandboxError

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Sandbox


@pytest.fixture
def too_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This process seems to run on Python 3.14, and PATH is one empty folder, which is returned."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setattr(sys, "executable", str(program(tmp_path / "python", "echo python3.14")))
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(path: Path, line: str) -> Path:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return path


def test_an_interpreter_that_does_not_run_is_passed_over(too_new: Path) -> None:
    program(too_new / "python3.13", "echo 'command not found' >&2; exit 127")
    program(too_new / "python3.12", "echo python3.9")
    good = program(too_new / "python3.11", "echo python3.11")
    assert interpreters.find(None) == good


def test_uv_is_asked_when_path_has_none_and_never_to_download(too_new: Path, tmp_path: Path) -> None:
    known = program(tmp_path / "known", "echo python3.12")
    uv = program(too_new / "uv", f'case "$*" in *--no-python-downloads*3.12) echo {known};; *) exit 2;; esac')
    assert interpreters.find(uv) == known


@pytest.mark.usefixtures("too_new")
def test_without_a_fitting_python_the_error_names_what_is_missing() -> None:
    with pytest.raises(SandboxError, match=r"needs Python 3\.11, 3\.12 or 3\.13.*Install one of them"):
        interpreters.find(None)


def test_uv_named_in_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uv = program(tmp_path / "my-uv", "echo uv 1.0")
    monkeypatch.setenv("UV", str(uv))
    assert interpreters.find_uv() == uv


@pytest.mark.usefixtures("sandbox")
def test_a_complete_environment_is_used_without_a_word() -> None:
    said: list[str] = []
    found = environment.prepare(environment.default_folder(), said.append)
    assert said == []
    assert all(path.exists() for path in (found.python, found.postgres, found.valkey, found.ffmpeg))


def test_an_environment_left_half_built_is_built_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV", str(program(tmp_path / "uv", '[ "$1" = --version ] || { echo offline >&2; exit 1; }')))
    for name in interpreters.NAMES:
        half = tmp_path / "cache" / f"env-{environment.fingerprint(name)}"
        (half / "bin").mkdir(parents=True)
        (half / "bin" / "python").touch()
    said: list[str] = []
    with pytest.raises(SandboxError, match="offline"):
        environment.prepare(tmp_path / "cache", said.append)
    assert len(said) == 1
    assert sum((half / "bin").exists() for half in (tmp_path / "cache").glob("env-*/")) == len(interpreters.NAMES) - 1


def test_a_sandbox_keeps_its_secrets_out_of_command_lines(sandbox: Sandbox) -> None:
    secrets = [file.read_text() for file in (sandbox.state / "secrets").rglob("*") if file.is_file()]
    for pid in sandbox.status().servers.values():
        assert pid
        assert not any(secret in processes.command_line(pid) for secret in secrets)
