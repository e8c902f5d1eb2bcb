"""The folders that the operator named (KITSU_FOLDERS): files of this machine are read and written there alone."""

import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from kitsu_tools.tracker.errors import BadInput, NotConfigured, listed, quoted
from kitsu_tools.unseen import first_unseen

LONGEST_NAME = 250


def words_of(error: Exception) -> str:
    """What the system, or Python, says of a path, to stand within a sentence."""
    return str(getattr(error, "strerror", None) or error).lower()


def require_folders(folders: Sequence[Path], done: str) -> None:
    """Refuse where there are none; `done`: what would be done to a file.

    Raises:
        NotConfigured: there are none.
    """
    if not folders:
        raise NotConfigured(
            f"No file may be {done}: the operator named no folder for it. Set KITSU_FOLDERS in the server's "
            f"environment to whole paths of folders, with {os.pathsep!r} between several, and restart it."
        )


def inside_folders(text: str, folders: Sequence[Path], done: str) -> list[tuple[Path, Path]]:
    """Where a file really is, past all links and `..`, and the folder it lies in; a relative path may be in several.

    Raises:
        BadInput: it is in none of them.
    """
    try:
        roots = [folder.resolve() for folder in folders]
        real = {(root / text).resolve() for root in roots}
        "".join(map(str, real)).encode()
        inside = [(path, root) for path in sorted(real) for root in roots if path.is_relative_to(root)]
        for path, _ in inside:  # of no others: what is there outside is nobody's to know
            with suppress(FileNotFoundError, NotADirectoryError):
                path.stat()
    except (OSError, RuntimeError, ValueError) as error:  # a name that is too long, a ring of links, what is no text
        raise BadInput(f"{quoted(text)} cannot be used as a path ({words_of(error)}).") from None
    if not inside:
        raise BadInput(
            f"{quoted(text)} does not lie in a folder that may be {done}: {listed(map(str, folders))} "
            "(KITSU_FOLDERS). Links and .. are followed first."
        )
    return inside


def place_for_new(text: str, folders: Sequence[Path], argument: str, kinds: Collection[str], what: str) -> Path:
    """Where a file of one of these `kinds`, by its ending, may be saved: a new one, in a folder that is there, with no
    link on the way. `argument` names the tool's, `what` such a file. Blocks.

    Raises:
        NotConfigured: nothing may be saved anywhere.
        BadInput: not there, or not as that.
    """
    require_folders(folders, "saved")
    given, said = Path(text), f"{argument}: {quoted(text)}"
    if ".." in given.parts:
        raise BadInput(f"{said} holds .., which is not followed. Write the path without it.")
    if given.suffix.lower() not in kinds or first_unseen(text) or not _is_name(given.name):
        raise BadInput(f"{said} is no name of {what}. Write one that ends in {' or '.join(kinds)}.")
    inside_folders(text, folders, "saved to")
    try:
        return _free(given, folders, said)
    except OSError as error:  # a name that is too long, a folder that may not be looked into
        raise BadInput(f"{said} cannot be used as a path ({words_of(error)}).") from None


def save_new(path: Path, content: bytes, argument: str) -> None:
    """Write a new file where `place_for_new` said. Blocks.

    Raises:
        BadInput: it cannot be written; nothing is left of it.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | sum(getattr(os, one, 0) for one in ("O_BINARY", "O_NOFOLLOW"))
    try:
        file = os.fdopen(os.open(path, flags, 0o666), "wb")
    except FileExistsError:
        raise BadInput(f"{argument}: {path} is there already, and nothing is overwritten. Take another name.") from None
    except OSError as error:
        raise BadInput(f"{argument}: {path} cannot be made: {words_of(error)}.") from None
    why = "a folder on the way to it was moved meanwhile"
    with file:
        try:
            file.write(content)
            file.flush()
            if path.resolve() == path and os.path.samestat(path.lstat(), os.fstat(file.fileno())):
                return
        except OSError as error:
            why = words_of(error)
        with suppress(OSError):
            if os.path.samestat(path.lstat(), os.fstat(file.fileno())):
                path.unlink()
    raise BadInput(f"{argument}: {path} was not saved: {why}.")


def _free(given: Path, folders: Sequence[Path], said: str) -> Path:
    """Where nothing is yet, in a folder that is there and not over a link.

    Raises:
        BadInput, OSError: it is not there.
    """
    paths = {path for folder in folders if (path := _below(given, folder)) is not None and path.parent.is_dir()}
    if len(paths) != 1:
        why = f"could be {listed(map(str, sorted(paths)))}" if paths else "lies in no folder that is there"
        raise BadInput(f"{said} {why}. Write its whole path; no folder is made.")
    (path,) = paths
    if path.parent.resolve() != path.parent or path.is_symlink():
        raise BadInput(f"{said} leads over a link, which is not followed. Write the path itself.")
    if path.exists():
        raise BadInput(f"{said} is there already, and nothing is overwritten. Take another name.")
    return path


def _is_name(text: str) -> bool:
    return len(text) <= LONGEST_NAME and min(text) >= " "


def _below(given: Path, folder: Path) -> Path | None:
    """The path as it is written, below where a folder really is."""
    root = folder.resolve()
    if not given.is_absolute():
        return root / given
    return next((root / given.relative_to(one) for one in (folder, root) if given.is_relative_to(one)), None)
