"""Files that may be published: out of the folders that the operator named, and as they were when a person said yes."""

import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kitsu_tools.folders import inside_folders, require_folders
from kitsu_tools.gate.text import in_one_line
from kitsu_tools.tracker.connection import why_no_file
from kitsu_tools.tracker.errors import BadInput, listed, quoted

MOST_FILES = 20
MOST_BYTES = 2_000_000_000
"""Of one revision. Zou takes 10 GiB, the proxies in front of it mostly far less; so much is hashed in seconds, while
other changes wait, and is more than any review needs.
"""
MOST_BYTES_IN_ALL = 5_000_000_000
"""Of all revisions of one change: hashed twice before a person is asked, and each anew before it goes."""
LONGEST_NAME = 250
"""Zou's room for the name without its extension (`original_name`)."""

PICTURES = frozenset({"jpe", "jpeg", "jpg", "png"})
MOVIES = frozenset({"avi", "m4v", "mkv", "mov", "mp4", "webm", "wmv"})
# fmt: off
OTHERS = frozenset({
    "ae", "ai", "blend", "clip", "comp", "diff", "exr", "fbx", "fla", "flv", "gif", "glb", "gltf", "hip", "kra",
    "ma", "mb", "md", "mp3", "obj", "pdf", "psd", "psb", "rar", "rev", "riv", "sai", "sai2", "sbbkp", "svg", "swf",
    "tvpp", "wav", "zip",
})
# fmt: on
TAKEN = PICTURES | MOVIES | OTHERS
"""What Zou 1.0.97 takes as a preview, by extension. Of pictures and movies it makes what Kitsu shows."""
_OPENED = os.O_RDONLY | sum(getattr(os, one, 0) for one in ("O_BINARY", "O_NOFOLLOW", "O_NONBLOCK"))


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is shown to a person and agreed to. `path` has no links in it; `shown` is its name below the folder
    that was named; `modified` in nanoseconds since 1970.
    """

    path: str
    shown: str
    size: int
    modified: int
    sha256: str

    @property
    def name(self) -> str:
        """What Kitsu is told it is called."""
        return Path(self.path).name

    @property
    def stem(self) -> str:
        """Its name as Zou keeps it: without the extension."""
        return self.name.rpartition(".")[0]

    @property
    def extension(self) -> str:
        """In lower case, as Zou reads it."""
        return self.name.rpartition(".")[2].lower()

    @property
    def kind(self) -> str:
        """What Zou makes of it: a picture, a movie, or nothing."""
        return "picture" if self.extension in PICTURES else "movie" if self.extension in MOVIES else "file"

    @property
    def says(self) -> str:
        """Name, size and kind, for a person."""
        return f"{self.shown} ({sized(self.size)} {self.kind})"


def sized(count: int) -> str:
    """Bytes as a person reads them: `12.3 MB`."""
    for unit, most in (("B", 1_000), ("kB", 1_000_000), ("MB", 1_000_000_000)):
        if count < most:
            return f"{count * 1_000 / most:.1f} {unit}" if unit != "B" else f"{count} B"
    return f"{count / 1_000_000_000:.1f} GB"


def agreed(texts: Sequence[str], folders: Sequence[Path]) -> tuple[File, ...]:
    """The files that these texts name, each looked at and hashed. Blocks.

    Raises:
        NotConfigured: no folder may be published from.
        BadInput: none, too many, or what is wrong with the first that cannot go.
    """
    require_folders(folders, "published")
    if not 1 <= len(texts) <= MOST_FILES:
        raise BadInput(f"files: {len(texts)} given; 1 to {MOST_FILES} go in one revision.")
    files: list[File] = []
    for text in texts:
        file = _agreed(text, folders)
        if file.path in {one.path for one in files}:
            raise BadInput(f"{quoted(text)} is named twice.")
        files.append(file)
        _refuse_size(sum(one.size for one in files), f"With {quoted(text)} the files have")
    return tuple(files)


def reopened(file: File) -> BinaryIO:
    """The same file again, opened to be sent. Blocks.

    Raises:
        BadInput: it is gone, or is not what was agreed to any more.
    """
    content, now = _opened(Path(file.path), file.shown)
    if (now.st_size, now.st_mtime_ns) == (file.size, file.modified) and _digest(content) == file.sha256:
        return content
    content.close()
    raise BadInput(f"{file.shown} has changed since you were asked.")


def _agreed(text: str, folders: Sequence[Path]) -> File:
    path, folder = _found(text, folders)
    _refuse_name(path)
    with _opened(path, text)[0] as content:
        now = os.fstat(content.fileno())
        if not now.st_size:
            raise BadInput(f"{quoted(text)} is empty.")
        _refuse_size(now.st_size, f"{quoted(text)} has")
        digest = _digest(content)
    return File(str(path), path.relative_to(folder).as_posix(), now.st_size, now.st_mtime_ns, digest)


def _found(text: str, folders: Sequence[Path]) -> tuple[Path, Path]:
    """Where the file really is, past all links and `..`, and the folder it lies in; a relative path is one of these."""
    inside = inside_folders(text, folders, "published from")
    there = [one for one in inside if one[0].exists()]
    if len({path for path, _ in there}) > 1:
        several = listed(str(path) for path, _ in there)
        raise BadInput(f"{quoted(text)} is in several folders: {several}. Name one by its whole path.")
    return (there or inside)[0]


def _refuse_name(path: Path) -> None:
    extension = path.suffix[1:].lower()
    if path.is_dir():
        raise BadInput(f"{quoted(path.name)} is a folder. Name the files in it.")
    if extension not in TAKEN:
        raise BadInput(
            f"{quoted(path.name)} is of no type that Kitsu takes as a preview. It takes pictures "
            f"({listed(sorted(PICTURES))}), movies ({listed(sorted(MOVIES))}) and others: {listed(sorted(OTHERS), 99)}."
        )
    if in_one_line(path.name) != path.name or len(path.stem) > LONGEST_NAME:
        raise BadInput(
            f"The name {quoted(path.name)} is longer than Kitsu keeps, or holds what a person would not see as it is. "
            "Rename the file."
        )


def _refuse_size(size: int, what: str) -> None:
    if size > MOST_BYTES:
        raise BadInput(f"{what} {sized(size)}; at most {sized(MOST_BYTES)} go in one revision.")


def _opened(path: Path, shown: str) -> tuple[BinaryIO, os.stat_result]:
    """A file by its descriptor, made sure to be the one at this path and no link, so that none can be put in its place.

    Raises:
        BadInput: it cannot be opened, or is no file.
    """
    try:
        why = why_no_file(path)  # before it is opened: that alone sets some devices to work
        if why:
            raise BadInput(f"{quoted(shown)} cannot be published: {why}.")
        content = os.fdopen(os.open(path, _OPENED), "rb", buffering=0)
    except OSError as error:
        raise BadInput(f"{quoted(shown)} cannot be opened: {(error.strerror or 'it is no file').lower()}.") from None
    try:
        now, there = os.fstat(content.fileno()), path.stat(follow_symlinks=False)
        moved = path.resolve() != path or (now.st_dev, now.st_ino) != (there.st_dev, there.st_ino)
        if not moved and stat.S_ISREG(now.st_mode):
            return content, now
    except OSError:
        pass
    content.close()
    raise BadInput(f"{quoted(shown)} was moved while it was opened.")


def _digest(content: BinaryIO) -> str:
    digest = hashlib.file_digest(content, "sha256").hexdigest()  # pyright: ignore[reportArgumentType]  a raw file too
    content.seek(0)
    return digest
