"""The skill as others judge it: the Agent Skills validator, and a linter over every format this repository has."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

PROGRAMS = Path(sys.executable).parent


def test_the_skill_keeps_to_the_agent_skills_format(checkout: Path, tmp_path: Path) -> None:
    skill = tmp_path / "kitsu"
    shutil.copytree(checkout / "references", skill / "references")
    shutil.copy(checkout / "SKILL.md", skill)
    assert "Valid skill" in run("agentskills", "validate", skill)


def test_the_linter_finds_nothing_that_its_configuration_does_not_answer(checkout: Path) -> None:
    said = run("skillsaw", "lint", "--fail-on", "info", "--no-color", checkout)
    assert "All checks passed" in said
    assert "Skills:    1" in said
    assert "Plugins:   1" in said


def run(program: str, *arguments: str | Path) -> str:
    done = subprocess.run(
        [PROGRAMS / program, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
