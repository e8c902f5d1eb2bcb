"""Files on this machine that keep what was read of Kitsu, each whole and its owner's alone, or not there.

Nothing here fails a question: what cannot be read is not there, what cannot be written is not kept.
"""

import hashlib
import logging
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

MOST_BYTES = 256 * 2**20
"""Of all files together; Big Feature (5,000 shots, 35,000 tasks) takes 5 MB."""
MOST_FILE_BYTES = 64 * 2**20
LEFT_BEHIND_SECONDS = 3600.0
TO_OTHERS = {stat.S_ISDIR: 0o022, stat.S_ISREG: 0o077}
"""What a folder and a file must not allow others."""
_MARK = b"kept by mcp-server-kitsu, 1\n"
_DIGEST_BYTES = 32
_AS_IT_STANDS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""No link is followed, and nobody is waited for, as at a pipe."""
_UNFINISHED = ".part"
_FILES = ("*.boards", "*.names", f"*{_UNFINISHED}")


@dataclass(frozen=True, slots=True)
class Disk:
    """A folder of such files, `name` being `folder/file`. Another process may use it at the same time: a file gives way
    to another as a whole, and the last one written stays.
    """

    folder: Path

    def read(self, name: str) -> bytes | None:
        """What was kept; None where nothing was, or where it is damaged, somebody else's or open to others."""
        path = self.folder / name
        try:
            if not _is_own(path.parent.lstat(), stat.S_ISDIR):
                return None
            content = b""
            with os.fdopen(os.open(path, _AS_IT_STANDS), "rb") as file:
                found = os.fstat(file.fileno())
                if _is_own(found, stat.S_ISREG) and found.st_size <= MOST_FILE_BYTES:
                    content = file.read()
            digest, kept = content[len(_MARK) : len(_MARK) + _DIGEST_BYTES], content[len(_MARK) + _DIGEST_BYTES :]
            if content.startswith(_MARK) and digest == _digest(kept):
                os.utime(path)  # who was used last is kept longest
                return kept
        except FileNotFoundError:
            return None
        except OSError as error:
            logger.debug("cannot read %s: %s", path, error)
        self.drop(name)
        return None

    def write(self, name: str, content: bytes) -> None:
        """Keep this, unless it is too large or the disk does not take it."""
        path, written = self.folder / name, ""
        if len(content) > MOST_FILE_BYTES:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not _is_own(path.parent.lstat(), stat.S_ISDIR):
                return
            handle, written = tempfile.mkstemp(suffix=_UNFINISHED, dir=path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(_MARK + _digest(content) + content)
            Path(written).replace(path)
        except OSError as error:
            logger.debug("cannot keep %s: %s", path, error)
            if written:
                Path(written).unlink(missing_ok=True)

    def drop(self, name: str) -> None:
        """Have nothing by this name; of a link the link goes."""
        with suppress(OSError):
            (self.folder / name).unlink()

    def clear(self, folder: str) -> None:
        """Have nothing in this folder."""
        for path, _ in self._files(folder):
            self.drop(f"{folder}/{path.name}")

    def last_used(self, folder: str, suffix: str) -> str:
        """Of a folder's files with this suffix the one that was read or written last; empty for none."""
        its = [(found.st_mtime, path.name) for path, found in self._files(folder) if path.suffix == suffix]
        return f"{folder}/{max(its)[1]}" if its else ""

    def sizes(self, folder: str, suffix: str) -> list[int]:
        """The bytes of a folder's files with this suffix."""
        return [found.st_size for path, found in self._files(folder) if path.suffix == suffix]

    def prune(self) -> None:
        """Remove what was used longest ago, until the rest is not too large, and what was left half written."""
        files = sorted(self._files(), key=lambda one: one[1].st_mtime, reverse=True)
        kept = 0
        for path, found in files:
            kept += found.st_size
            left_behind = path.suffix == _UNFINISHED and time.time() - found.st_mtime > LEFT_BEHIND_SECONDS
            if kept > MOST_BYTES or left_behind:
                with suppress(OSError):
                    path.unlink()

    def size(self) -> tuple[int, int]:
        """How many files there are, and their bytes."""
        sizes = [found.st_size for _, found in self._files()]
        return len(sizes), sum(sizes)

    def _files(self, folder: str = "*") -> Iterator[tuple[Path, os.stat_result]]:
        for path in (path for pattern in _FILES for path in self.folder.glob(f"{folder}/{pattern}")):
            with suppress(OSError):
                found = path.lstat()
                if stat.S_ISREG(found.st_mode):
                    yield path, found


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()


def _is_own(found: os.stat_result, is_kind: Callable[[int], bool]) -> bool:
    """Whether it is of this kind, the user's own and nobody else may use it. Windows tells nothing of the latter."""
    own = os.name != "posix" or (found.st_uid == os.geteuid() and not found.st_mode & TO_OTHERS[is_kind])
    return is_kind(found.st_mode) and own
