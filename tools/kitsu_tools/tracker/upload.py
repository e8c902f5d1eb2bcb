"""Files that are to be sent to Kitsu, known by what is in them, with the fields of the form that they go in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO


@dataclass(frozen=True, slots=True)
class Content:
    """One file, opened already so that nobody can put another in its place. `name` is what Kitsu is told it is called;
    `sha256` of the `size` bytes that were agreed to, without which it is not sent to its end.
    """

    name: str
    size: int
    sha256: str
    file: BinaryIO = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Upload:
    """A form of files, in order, behind its other fields.

    `before` and `total`: how many bytes of the same change go before it, and how many there are in all.
    """

    files: tuple[Content, ...]
    before: int
    total: int
    fields: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(one.size for one in self.files)

    @property
    def journaled(self) -> dict[str, Any]:
        """What is kept of it: never what is in the files."""
        files = [{"name": one.name, "size": one.size, "sha256": one.sha256} for one in self.files]
        return {**self.fields, "files": files}
