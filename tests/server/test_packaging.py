"""Setting up a checkout and packing it: what make and the wheel rely on. `.ci/run` builds and installs the wheel."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
FAILING = "#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n"
NO_VENV = '#!/bin/sh\n[ "$2" = -c ] && echo "$0" && exit\nexit 1\n'  # it runs, and has nothing to offer
UV = '#!/bin/sh\nmkdir -p .venv\n[ "$1" != sync ] || printf "%s\\n" "$@" > .venv/asked\n'


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A clone with nothing but the setup, and a folder of programs that is all of its PATH."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(CHECKOUT / ".ci" / "setup", tmp_path / ".ci")
    (tmp_path / "bin").mkdir()
    for name in ("sh", "dirname", "mkdir", "ln", "rm", "mktemp", "cat", "touch"):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    return tmp_path


def program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script)
    path.chmod(0o755)


def set_up(fresh: Path, *more: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(map(str, [*more, fresh / "bin"]))
    return subprocess.run(
        [fresh / ".ci" / "setup"], env={"PATH": path}, capture_output=True, text=True, timeout=60, check=False
    )


def test_setup_passes_over_a_python_that_does_not_run(fresh: Path) -> None:
    program(fresh / "shims" / "python3", FAILING)
    program(fresh / "shims" / "python3.13", FAILING)
    program(fresh / ".uv" / "bin" / "uv", UV)
    (fresh / "bin" / "python3").symlink_to(sys.executable)
    done = set_up(fresh, fresh / "shims")
    assert (done.returncode, done.stderr) == (0, "")
    *words, python = (fresh / ".venv" / "asked").read_text().split()
    assert words == ["sync", "--quiet", "--frozen", "--inexact", "--extra", "video", "--extra", "exchange", "--python"]
    answer = subprocess.run(
        [python, "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == sys.version


def test_setup_says_what_is_missing_without_a_python(fresh: Path) -> None:
    done = set_up(fresh)
    assert done.returncode == 1
    assert done.stderr == "No Python 3.11, 3.12, 3.13 or 3.14 on PATH runs. Install one of them and try again.\n"


def test_setup_says_what_is_missing_without_venv_and_pip(fresh: Path) -> None:
    program(fresh / "bin" / "python3", NO_VENV)
    done = set_up(fresh)
    assert done.returncode == 1
    assert "has neither venv nor pip" in done.stderr
    assert "apt install python3-venv" in done.stderr
    assert not (fresh / ".uv").exists()


def test_setup_takes_the_uv_that_is_there(fresh: Path) -> None:
    program(fresh / "bin" / "uv", '#!/bin/sh\n[ "$1" = --version ] && echo "uv 0.14.2" && exit\nmkdir -p .venv\n')
    (fresh / "bin" / "python3").symlink_to(sys.executable)
    done = set_up(fresh)
    assert (done.returncode, done.stderr) == (0, "")
    assert (fresh / ".uv" / "bin" / "uv").resolve() == fresh / "bin" / "uv"
    assert (fresh / ".venv" / ".ready").exists()


def test_setup_leaves_an_old_uv_alone(fresh: Path) -> None:
    program(fresh / "bin" / "uv", '#!/bin/sh\necho "uv 0.4.30"\n')
    program(fresh / "bin" / "python3", NO_VENV)
    assert "has neither venv nor pip" in set_up(fresh).stderr


def test_the_wheel_holds_both_packages_and_the_skill() -> None:
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["server/kitsu_server", "tools/kitsu_tools"]
    assert wheel["force-include"] == {
        "SKILL.md": "kitsu_tools/skill_files/SKILL.md",
        "references": "kitsu_tools/skill_files/references",
    }


def test_the_build_back_end_is_pinned_because_the_lock_file_does_not() -> None:
    assert all("==" in requirement for requirement in PROJECT["build-system"]["requires"])


def test_the_changelog_has_this_version() -> None:
    headings = re.findall(r"^## (\S+)", (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert PROJECT["project"]["version"] in headings


def test_readmes_commands_are_makes() -> None:
    targets = set(re.findall(r"^([a-z]+):", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md", "SECURITY.md"):
        named = set(re.findall(r"(?:^|`)make ([a-z]+)", (CHECKOUT / page).read_text(encoding="utf-8"), re.MULTILINE))
        assert named
        assert named <= targets


def test_the_links_of_the_pages_lead_to_files() -> None:
    for page in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "SKILL.md"):
        links = re.findall(r"\]\(([^)#]+)[^)]*\)", (CHECKOUT / page).read_text(encoding="utf-8"))
        missing = [link for link in links if "://" not in link and not (CHECKOUT / link).exists()]
        assert missing == []
