"""What is in the bundles: what a host needs and nothing else, the same bytes every time, and no secret."""

from __future__ import annotations

import re
import shutil
import stat
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from bundles import facts, files
from bundles.__main__ import main, write

if TYPE_CHECKING:
    import pytest

CHECKOUT = Path(__file__).parents[2]
VERSION = facts.read(CHECKOUT).version
TOKEN = re.compile(rb"eyJ[\w-]{10,}\.eyJ[\w-]{10,}")
SOURCE = {"LICENSE", "README.md", "SKILL.md", "pyproject.toml", "uv.lock", "references", "server", "tools"}


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def everything(dist: Path) -> dict[str, bytes]:
    """The content of every file and of every file in an archive, by a name that says where it is."""
    found = {name: (dist / name).read_bytes() for name in names(dist)}
    for archive in archives(dist):
        with zipfile.ZipFile(archive) as packed:
            found |= {f"{archive.name}!{name}": packed.read(name) for name in packed.namelist()}
    return found


def archives(dist: Path) -> list[Path]:
    return [dist / f"kitsu-{VERSION}-agent-plugin.zip", dist / f"kitsu-{VERSION}.mcpb"]


def test_make_bundles_names_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 0
    written = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert written == [tmp_path / "agent-plugin" / "kitsu", *archives(tmp_path), tmp_path / "server.json"]
    assert all(path.exists() for path in written)


def test_the_same_checkout_makes_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    write(tmp_path)
    stale = tmp_path / "agent-plugin" / "kitsu" / "skills" / "old" / "SKILL.md"
    stale.parent.mkdir()
    stale.touch()
    write(tmp_path)
    assert names(tmp_path) == names(dist)
    assert [name for name in names(dist) if (dist / name).read_bytes() != (tmp_path / name).read_bytes()] == []


def test_the_agent_plugin_has_the_layout_of_the_format_and_the_source(dist: Path) -> None:
    plugin = dist / "agent-plugin" / "kitsu"
    assert {path.name for path in plugin.iterdir()} == {
        "plugin.json",
        "mcp.json",
        ".codex-plugin",
        "skills",
        "source",
        "LICENSE",
        "README.md",
    }
    assert {path.name for path in (plugin / "skills").iterdir()} == {"kitsu"}
    assert {path.name for path in (plugin / "skills" / "kitsu").iterdir()} == {"SKILL.md", "references"}
    assert {path.name for path in (plugin / "source").iterdir()} == SOURCE
    assert names(dist / "agent-plugin") - {f"kitsu/{name}" for name in names(plugin)} == {
        ".agents/plugins/marketplace.json"
    }


def test_the_skill_is_the_checkouts_byte_for_byte(dist: Path) -> None:
    skill = dist / "agent-plugin" / "kitsu" / "skills" / "kitsu"
    wanted = {"SKILL.md", *(f"references/{path.name}" for path in (CHECKOUT / "references").iterdir())}
    assert names(skill) == wanted
    assert all((skill / name).read_bytes() == (CHECKOUT / name).read_bytes() for name in wanted)


def test_the_archive_of_the_agent_plugin_holds_the_folder(dist: Path) -> None:
    folder = dist / "agent-plugin"
    with zipfile.ZipFile(archives(dist)[0]) as packed:
        assert {name: packed.read(name) for name in packed.namelist()} == {
            name: (folder / name).read_bytes() for name in names(folder)
        }


def test_the_mcp_bundle_holds_its_manifest_the_icon_and_the_source(dist: Path) -> None:
    source = dist / "agent-plugin" / "kitsu" / "source"
    with zipfile.ZipFile(archives(dist)[1]) as packed:
        assert set(packed.namelist()) == names(source) | {"manifest.json", "icon.png"}
        assert all(packed.read(name) == (source / name).read_bytes() for name in names(source))


def test_the_source_is_complete_and_without_what_running_it_leaves(dist: Path) -> None:
    carried = names(dist / "agent-plugin" / "kitsu" / "source")
    modules = {
        path.relative_to(CHECKOUT).as_posix()
        for root in ("server", "tools")
        for path in (CHECKOUT / root).rglob("*.py")
    }
    assert modules <= carried
    assert [name for name in carried if "sandbox" in name] == []
    assert [name for name in carried if "__pycache__" in name or "/." in name or name.startswith((".", "tests"))] == []


def test_what_lies_about_in_the_checkout_is_not_packed(tmp_path: Path) -> None:
    copy = tmp_path / "checkout"
    copy.mkdir()
    for name in SOURCE:
        if (CHECKOUT / name).is_dir():
            shutil.copytree(CHECKOUT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(CHECKOUT / name, copy / name)
    wanted = files.source(copy)
    assert wanted.keys() == names(copy)
    strays = ["server/.env", "server/kitsu_server/notes.swp", "server/token.txt", "tools/kitsu_tools/.kitsu.py.swp"]
    strays += [
        "tools/kitsu_tools/.#kitsu.py",
        "server/.venv/lib/site.py",
        "references/.DS_Store",
        "references/plan.docx",
    ]
    strays += ["server/NOTES.md", "tools/kitsu_tools/kitsu.py.orig", "references/bot.token", "server/kitsu.py~"]
    for name in strays:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("secret")
    assert files.source(copy) == wanted


def test_no_file_has_to_be_a_program_which_not_every_way_of_copying_keeps(dist: Path) -> None:
    assert {stat.S_IMODE(path.stat().st_mode) for path in (dist / "agent-plugin").rglob("*") if path.is_file()} == {
        0o644
    }
    for archive in archives(dist):
        with zipfile.ZipFile(archive) as packed:
            assert {stat.S_IMODE(entry.external_attr >> 16) for entry in packed.infolist()} == {0o644}


def test_no_file_holds_a_token_or_names_this_machine(dist: Path) -> None:
    here = str(CHECKOUT).encode()
    assert [name for name, data in everything(dist).items() if TOKEN.search(data) or here in data] == []
