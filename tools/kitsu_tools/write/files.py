"""Files that may be published or attached: out of the folders that the operator named, and as they were when a person
said yes.
"""

import hashlib
import os
import stat
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from anyio import to_thread

from kitsu_tools.folders import inside_folders, require_folders
from kitsu_tools.gate.change import Field, Value
from kitsu_tools.gate.text import in_one_line
from kitsu_tools.tracker.connection import why_no_file
from kitsu_tools.tracker.errors import BadInput, listed, quoted
from kitsu_tools.tracker.upload import Content

MOST_FILES = 20
MOST_BYTES = 2_000_000_000
"""Of one revision. Zou takes 10 GiB, the proxies in front of it mostly far less; so much is hashed in seconds, while
other changes wait, and is more than any review needs.
"""
MOST_BYTES_IN_ALL = 5_000_000_000
"""Of all revisions of one change: hashed twice before a person is asked, and each anew before it goes."""
MOST_BYTES_ATTACHED = 200_000_000
"""To one comment, which goes with its files in one request, while other changes wait. What is larger is published."""
LONGEST_NAME = 250
"""Zou's room for a name: of a preview without its extension (`original_name`)."""
LONGEST_EXTENSION = 6
"""Zou's room for that of an attachment, which is the whole name where that has no dot. It takes every type and keeps
the name; with a longer one it answers 500, and the comment stands without its file (seen on 1.0.97).
"""

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


def agreed(texts: Sequence[str], folders: Sequence[Path], *, attached: bool = False) -> tuple[File, ...]:
    """The files that these texts name, each looked at and hashed: of a revision, or `attached` to a comment. Blocks.

    Raises:
        NotConfigured: files may come from no folder.
        BadInput: none, too many, or what is wrong with the first that cannot go.
    """
    done, most, where = (
        ("attached", MOST_BYTES_ATTACHED, "with one comment")
        if attached
        else ("published", MOST_BYTES, "in one revision")
    )
    require_folders(folders, done)
    if not 1 <= len(texts) <= MOST_FILES:
        raise BadInput(f"files: {len(texts)} given; 1 to {MOST_FILES} go at once.")
    files: dict[Path, File] = {}
    for text in texts:
        path, folder = _found(text, folders, done)
        if path in files:
            raise BadInput(f"{quoted(text)} is named twice.")
        _refuse_name(path, attached=attached)
        content, now = _opened(path, text)
        with content:
            if not now.st_size:
                raise BadInput(f"{quoted(text)} is empty.")
            size = now.st_size + sum(one.size for one in files.values())
            if size > most:
                what = f"With {quoted(text)} the files have" if files else f"{quoted(text)} has"
                raise BadInput(f"{what} {sized(size)}; at most {sized(most)} go {where}.")
            shown = path.relative_to(folder).as_posix()
            files[path] = File(str(path), shown, now.st_size, now.st_mtime_ns, _digest(content))
    return tuple(files.values())


def files_field(files: Sequence[File]) -> Field:
    """The files as a value that something gets: other files are another change."""
    raw = tuple(f"{file.name} {file.sha256}" for file in files)
    names = files[0].name if len(files) == 1 else f"{len(files)} files"
    return Field("files", Value(None, ""), Value(raw, names), move=f"{names}, {sized(sum(one.size for one in files))}")


@asynccontextmanager
async def opened(files: Sequence[File]) -> AsyncGenerator[list[Content]]:
    """The same files again, opened to be sent.

    Raises:
        BadInput: one is gone, or is not what was agreed to any more.
    """
    with ExitStack() as stack:
        yield [
            Content(one.name, one.size, one.sha256, stack.enter_context(await to_thread.run_sync(_reopened, one)))
            for one in files
        ]


def _reopened(file: File) -> BinaryIO:
    content, now = _opened(Path(file.path), file.shown)
    if (now.st_size, now.st_mtime_ns) == (file.size, file.modified) and _digest(content) == file.sha256:
        return content
    content.close()
    raise BadInput(f"{file.shown} has changed since you were asked.")


def _found(text: str, folders: Sequence[Path], done: str) -> tuple[Path, Path]:
    """Where the file really is, past all links and `..`, and the folder it lies in; a relative path is one of these."""
    inside = inside_folders(text, folders, f"{done} from")
    there = [one for one in inside if one[0].exists()]
    if len({path for path, _ in there}) > 1:
        several = listed(str(path) for path, _ in there)
        raise BadInput(f"{quoted(text)} is in several folders: {several}. Name one by its whole path.")
    return (there or inside)[0]


def _refuse_name(path: Path, *, attached: bool) -> None:
    extension = path.suffix[1:].lower()
    if path.is_dir():
        raise BadInput(f"{quoted(path.name)} is a folder. Name the files in it.")
    if attached and len(path.name.rpartition(".")[2].lower()) > LONGEST_EXTENSION:
        raise BadInput(
            f"The name {quoted(path.name)} must end in an extension of at most {LONGEST_EXTENSION} characters: Kitsu "
            "has no room for more. Rename the file."
        )
    if not attached and extension not in TAKEN:
        raise BadInput(
            f"{quoted(path.name)} is of no type that Kitsu takes as a preview. It takes pictures "
            f"({listed(sorted(PICTURES))}), movies ({listed(sorted(MOVIES))}) and others: {listed(sorted(OTHERS), 99)}."
        )
    if in_one_line(path.name).strip() != path.name or len(path.name if attached else path.stem) > LONGEST_NAME:
        raise BadInput(
            f"The name {quoted(path.name)} is longer than Kitsu keeps, or holds what a person would not see as it is. "
            "Rename the file."
        )
    if "%22" in path.name:
        raise BadInput(
            f"The name {quoted(path.name)} holds %22, which Kitsu takes for a quotation mark. Rename the file."
        )


def _opened(path: Path, shown: str) -> tuple[BinaryIO, os.stat_result]:
    """A file by its descriptor, made sure to be the one at this path and no link, so that none can be put in its place.

    Raises:
        BadInput: it cannot be opened, or is no file.
    """
    try:
        why = why_no_file(path)  # before it is opened: that alone sets some devices to work
        if why:
            raise BadInput(f"{quoted(shown)} cannot be sent: {why}.")
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
