"""Bundles as files: what of the checkout they carry, and folders and zip archives that are the same every time."""

from __future__ import annotations

import json
import shutil
import stat
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Files = dict[str, bytes]
"""The content of a bundle, by path with `/`."""

_SINGLE = ("LICENSE", "README.md", "SKILL.md", "pyproject.toml", "uv.lock")
_PACKAGES = ("*.py", "py.typed")
_FOLDERS = {
    "references": ("*.md",),
    "server": (*_PACKAGES, "*.html"),
    "tools": (*_PACKAGES, "zou-openapi.json.gz", "listings/*.json"),
}
"""What is carried of each folder: beside it may lie what editors and people left there, secrets too."""

_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of every file in an archive: the first that the format knows."""
_MODE = 0o644
"""Of every file: uv runs the launcher, so that none has to be a program."""


def source(checkout: Path) -> Files:
    """What it takes to install and start the server from its source, as the lock file says."""
    found = [checkout / name for name in _SINGLE]
    for folder, patterns in _FOLDERS.items():
        found += [path for pattern in patterns for path in (checkout / folder).rglob(pattern) if path.is_file()]
    named = {path.relative_to(checkout).as_posix(): path for path in sorted(found)}
    return {name: path.read_bytes() for name, path in named.items() if not name.startswith(".") and "/." not in name}


def skill(checkout: Path) -> Files:
    """The skill alone: SKILL.md with its references beside it."""
    return {
        name: data for name, data in source(checkout).items() if name == "SKILL.md" or name.startswith("references/")
    }


def below(folder: str, files: Files) -> Files:
    """The same files in a folder."""
    return {f"{folder}/{name}": data for name, data in files.items()}


def json_file(content: Mapping[str, Any]) -> bytes:
    """A manifest as people like to read it."""
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def write_folder(folder: Path, files: Files) -> None:
    """Put the files there in place of whatever was there."""
    if folder.exists():
        shutil.rmtree(folder)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(_MODE)


def write_zip(archive: Path, files: Files) -> None:
    """Pack the files: sorted, of one time, so that the same content makes the same archive."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.create_system = 3  # Unix, wherever it is made, or the permissions would not count
            entry.external_attr = (stat.S_IFREG | _MODE) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, data)
