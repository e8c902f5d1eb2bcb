"""A file that is to be sent to Kitsu, known by what is in it."""

from dataclasses import dataclass, field
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Upload:
    """One file, opened already so that nobody can put another in its place. `name` is what Kitsu is told it is called;
    `sha256` of the `size` bytes that were agreed to, without which it is not sent to its end.

    `before` and `total`: how many bytes of the same change go before it, and how many there are in all.
    """

    name: str
    size: int
    sha256: str
    before: int
    total: int
    file: BinaryIO = field(compare=False, repr=False)

    @property
    def journaled(self) -> dict[str, str | int]:
        """What is kept of it: never what is in it."""
        return {"name": self.name, "size": self.size, "sha256": self.sha256}
