"""The file or text that a breakdown is read from. Blocks."""

import re
from collections.abc import Sequence
from pathlib import Path

from kitsu_tools.exchange.edits import ADAPTERS
from kitsu_tools.exchange.sheets import MOST_BYTES
from kitsu_tools.folders import inside_folders, require_folders
from kitsu_tools.tracker.connection import why_no_file
from kitsu_tools.tracker.errors import BadInput, listed, quoted

TABLES = (".csv", ".txt", ".xlsx")
_EDL = re.compile(r"\s*(TITLE:|FCM:|\d{3,6}\s+\S+\s+(V|A|B|NONE|AA))")


def content_of(file: str, folders: Sequence[Path]) -> tuple[bytes, str]:
    """What is in a file, and the ending of its name.

    Raises:
        NotConfigured: no file may be read.
        BadInput: it lies elsewhere, is of no such kind, is too large, or cannot be read.
    """
    require_folders(folders, "read")
    ending = Path(file).suffix.lower()
    if ending not in {*TABLES, *ADAPTERS}:
        raise BadInput(f"file: {quoted(file)} must end in {listed([*TABLES, *ADAPTERS])}.")
    there = [path for path, _ in inside_folders(file, folders, "read from") if path.exists()]
    if len(set(there)) != 1:
        why = f"is in several folders: {listed(map(str, there))}" if there else "is not there"
        raise BadInput(f"file: {quoted(file)} {why}. Write its whole path.")
    if why := why_no_file(there[0]):
        raise BadInput(f"file: {quoted(file)} cannot be read: {why}.")
    try:
        with there[0].open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadInput(f"file: {quoted(file)} cannot be read ({(error.strerror or str(error)).lower()}).") from None
    if len(content) > MOST_BYTES:
        raise BadInput(f"file: {quoted(file)} is larger than {MOST_BYTES // 1_000_000} MB.")
    return content, ending


def kind_of(text: str) -> str:
    """How a file of this text would end."""
    start = text.lstrip()
    if _EDL.match(start):
        return ".edl"
    return ".xml" if start.startswith("<") else ".otio" if start.startswith("{") else ".csv"
