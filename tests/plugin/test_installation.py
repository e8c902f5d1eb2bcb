"""The plugin's packages, installed by the real uv from an index on this machine, as its manifest starts it.

In place of this repository's packages stands one small one: what is tested is whence and how often it comes.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.index import Index, package_index, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

CHECKOUT = Path(__file__).parents[2]
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "mcp-server-kitsu"
version = "1"
requires-python = ">=3.11"
dependencies = ["tiny", "calm"]
[dependency-groups]
build = ["calm"]
"""
LOCK = """
version = 1
revision = 3
requires-python = ">=3.11"
[[package]]
name = "mcp-server-kitsu"
version = "1"
source = { editable = "." }
dependencies = [{ name = "tiny" }, { name = "calm" }]
[package.dev-dependencies]
build = [{ name = "calm" }]
"""
LOCKED = """
[[package]]
name = "%(name)s"
version = "%(version)s"
source = { registry = "https://default.invalid/simple" }
wheels = [{ url = "https://default.invalid/%(name)s-%(version)s-py3-none-any.whl", hash = "sha256:%(digest)s" }]
"""
BACKEND = """
import pathlib

def build_editable(folder, *_):
    name = "mcp_server_kitsu-1-py3-none-any.whl"
    pathlib.Path(folder, name).write_bytes(pathlib.Path("editable.whl").read_bytes())
    return name
"""
SERVER = "def main():\n    print('tiny {version} heard', input())\n"
"""Says which version it is, and what the host said."""


class Plugin:
    """A plugin as a host has it: a folder, a folder for its data, and what the host and its user's machine are like."""

    def __init__(self, folder: Path, index: Index) -> None:
        self.root, self.data, self.index = folder / "plugin", folder / "data", index
        (self.root / "server").mkdir(parents=True)
        for name in ("server/start.py", "server/installation.py"):
            shutil.copy(CHECKOUT / name, self.root / name)
        (self.root / "pyproject.toml").write_text(PROJECT)
        (self.root / "backend.py").write_text(BACKEND)
        entry = {"mcp_server_kitsu-1.dist-info/entry_points.txt": "[console_scripts]\nmcp-server-kitsu = tiny:main\n"}
        (self.root / "editable.whl").write_bytes(wheel("mcp_server_kitsu", "1", entry))
        self.lock(tiny="1", calm="1")
        (uvs := folder / "bin").mkdir()
        (uvs / "uv").symlink_to(CHECKOUT / ".uv" / "bin" / "uv")
        (uvs / "python3").symlink_to(Path(sys.executable).resolve())
        (elsewhere := folder / "elsewhere").mkdir()
        for name in ("uv.toml", "pyproject.toml"):
            (elsewhere / name).write_text("not [ toml")
        (elsewhere / ".python-version").write_text("3.99")
        (elsewhere / "json.py").write_text("raise RuntimeError")
        self.elsewhere = elsewhere
        self.environment = {
            **index.environment,
            "PATH": str(uvs),  # no shell
            "HOME": str(folder),
            "UV_CACHE_DIR": str(folder / "cache"),
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_HTTP_RETRIES": "0",
            "MCP_TIMEOUT": "300000",
            "PYTHONPATH": str(elsewhere),
            "PYTHONHOME": str(elsewhere),
            "VIRTUAL_ENV": str(elsewhere),
        }

    def lock(self, **versions: str) -> None:
        """Lock these versions, and offer them."""
        modules = {name: SERVER.format(version=version) for name, version in versions.items()}
        entries = [
            {"name": name, "version": version, "digest": self.index.add(name, version, {f"{name}.py": modules[name]})}
            for name, version in versions.items()
        ]
        (self.root / "uv.lock").write_text(LOCK + "".join(LOCKED % entry for entry in entries))

    def start(self, **more: str) -> subprocess.Popen[str]:
        """Start it as its manifest says, in a folder and an environment that are somebody else's."""
        manifest = json.loads((CHECKOUT / ".claude-plugin" / "plugin.json").read_text(encoding="utf-8"))
        (server,) = manifest["mcpServers"].values()
        places = {"${CLAUDE_PLUGIN_ROOT}": str(self.root), "${CLAUDE_PLUGIN_DATA}": str(self.data)}

        def expanded(text: str) -> str:
            for place, path in places.items():
                text = text.replace(place, path)
            return text

        own = {name: expanded(value) for name, value in server["env"].items() if not name.startswith("KITSU_")}
        return subprocess.Popen(
            [server["command"], *map(expanded, server["args"])],
            env=self.environment | own | more,
            cwd=self.elsewhere,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def says(self, **more: str) -> str:
        """What it answers to a host's first words."""
        return self.start(**more).communicate("hello\n", timeout=120)[0]

    def refusal(self, **more: str) -> str:
        """The reason that it answers to a request."""
        request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize"})
        answer: dict[str, Any] = json.loads(self.start(**more).communicate(request, timeout=120)[0])
        return answer["error"]["message"]


@pytest.fixture
def plugin(tmp_path: Path) -> Generator[Plugin]:
    with package_index() as index:
        yield Plugin(tmp_path, index)
        assert index.outside == []


def variable(name: str) -> Callable[[Plugin], dict[str, str]]:
    return lambda plugin: {name: plugin.index.url}


def file(variable: str, content: str) -> Callable[[Plugin], dict[str, str]]:
    def written(plugin: Plugin) -> dict[str, str]:
        folder = plugin.data.parent / "xdg"
        (folder / "uv").mkdir(parents=True)
        (folder / "uv" / "uv.toml").write_text(content % plugin.index.url)
        return {variable: str(folder)}

    return written


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(variable("UV_DEFAULT_INDEX"), id="UV_DEFAULT_INDEX"),
        pytest.param(variable("UV_INDEX_URL"), id="UV_INDEX_URL"),
        pytest.param(variable("UV_INDEX"), id="UV_INDEX"),
        pytest.param(file("XDG_CONFIG_HOME", '[[index]]\nurl = "%s"\ndefault = true\n'), id="the user's uv.toml"),
        pytest.param(file("XDG_CONFIG_DIRS", '[pip]\nindex-url = "%s"\n'), id="the machine's uv.toml"),
    ],
)
def test_a_mirror_that_uv_is_set_up_for_is_all_that_is_asked_and_only_once(
    plugin: Plugin, way: Callable[[Plugin], dict[str, str]]
) -> None:
    settings = way(plugin)
    before = set(plugin.root.rglob("*"))
    assert plugin.says(**settings) == "tiny 1 heard hello\n"
    assert sorted(plugin.index.asked) == ["calm-1-py3-none-any.whl", "tiny-1-py3-none-any.whl"]
    # Later starts need neither an index nor uv's cache.
    plugin.index.wheels.clear()
    shutil.rmtree(plugin.environment["UV_CACHE_DIR"])
    assert plugin.says() == "tiny 1 heard hello\n"
    assert {path for path in plugin.root.rglob("*") if "__pycache__" not in path.parts} == before


@pytest.mark.parametrize("setting", ["UV_NO_VERIFY_HASHES", "UV_SYSTEM_PYTHON", "UV_NO_CACHE"])
def test_the_hashes_in_the_lock_file_decide_whatever_a_mirror_serves(plugin: Plugin, setting: str) -> None:
    settings = {"UV_DEFAULT_INDEX": plugin.index.url, setting: "1"}
    plugin.index.add("tiny", "1", {"tiny.py": "def main():\n    print('another')\n"})
    reason = plugin.refusal(**settings)
    assert "Hash mismatch for `tiny==1`" in reason
    assert "quite-secret" not in reason
    plugin.lock(tiny="1", calm="1")
    assert plugin.says(**settings) == "tiny 1 heard hello\n"


def test_an_index_that_cannot_be_reached_is_named_without_its_password(plugin: Plugin) -> None:
    reason = plugin.refusal(UV_DEFAULT_INDEX="http://mara:quite-secret@127.0.0.1:9/simple")
    assert "UV_DEFAULT_INDEX" in reason
    assert "127.0.0.1:9/simple" in reason
    assert "quite-secret" not in reason
    assert "quite-secret" not in "".join(one.read_text() for one in plugin.data.glob("venv.*"))


def test_without_a_python_for_the_server_the_launcher_says_so(plugin: Plugin) -> None:
    reason = plugin.refusal(UV_PYTHON="3.99")
    assert "Python 3.11 to 3.14" in reason
    assert "No interpreter found for Python 3.99" in reason


def test_an_update_installs_what_changed_and_a_python_that_is_gone_is_replaced(plugin: Plugin) -> None:
    settings = {"UV_DEFAULT_INDEX": plugin.index.url}
    assert plugin.says(**settings) == "tiny 1 heard hello\n"
    plugin.index.asked.clear()
    plugin.lock(tiny="1.2", calm="1")
    assert plugin.says(**settings) == "tiny 1.2 heard hello\n"
    assert plugin.index.asked == ["tiny-1.2-py3-none-any.whl"]
    (python := plugin.data / "venv" / "bin" / "python").unlink()
    python.symlink_to(plugin.data / "gone")
    assert plugin.says(**settings) == "tiny 1.2 heard hello\n"


def test_two_hosts_that_start_it_at_once_have_it_installed_once(plugin: Plugin) -> None:
    started = [plugin.start(UV_DEFAULT_INDEX=plugin.index.url, UV_NO_CACHE="1") for _ in range(2)]
    assert [one.communicate("hello\n", timeout=120)[0] for one in started] == ["tiny 1 heard hello\n"] * 2
    assert sorted(plugin.index.asked) == ["calm-1-py3-none-any.whl", "tiny-1-py3-none-any.whl"]
