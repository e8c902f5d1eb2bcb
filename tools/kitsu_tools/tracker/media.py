"""Files of Kitsu that are looked at: pictures and attachments whole, movies in the parts that a decoder asks for.

What was read of movies is held in memory, so much at most; nothing is kept on a disk.
"""

import os
import re
from collections.abc import Callable, Coroutine
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from anyio import CapacityLimiter, from_thread

from kitsu_tools.tracker.errors import TooLarge, Unavailable
from kitsu_tools.tracker.session import KitsuSession

if TYPE_CHECKING:
    from cachetools import LRUCache

MOST_PICTURE_BYTES = 64_000_000
MOST_MOVIE_BYTES = 96_000_000
"""What is read of one movie for one question: with Zou's normalised movies a frame costs far below 1 MB."""
PART_BYTES = 262_144
HELD_BYTES = 64_000_000
MOST_DECODED = 2
_PART = re.compile(r"bytes (\d+)-\d+/(\d+)")
_NO_PARTS = "What stands in front of Kitsu does not pass on parts of files, by which movies are read."


class Media:
    """The files that one identity sees. Who asks for one was shown its record by Kitsu just before."""

    def __init__(self, session: KitsuSession, decoding: CapacityLimiter) -> None:
        self._session = session
        self.decoding = decoding
        self._parts: LRUCache[tuple[str, int], tuple[bytes, int]] | None = None

    async def picture(self, preview_id: str, extension: str = "png", kind: str = "originals") -> bytes:
        """A picture as it was uploaded (`originals`), or the smaller one that Zou made of it (`previews`), of a movie
        the one of its first frame.

        Raises:
            TooLarge: it has more than any picture here may have.
            KitsuError: there is none.
        """
        return await self._whole(f"pictures/{kind}/preview-files/{preview_id}.{extension}")

    async def attachment(self, attachment_id: str, name: str) -> bytes:
        """A file beside a comment.

        Raises:
            TooLarge, KitsuError: as `picture`.
        """
        return await self._whole(f"data/attachment-files/{attachment_id}/file/{quote(name, safe='')}")

    def movie(self, preview_id: str) -> "MovieFile":
        """A movie as Kitsu's player has it. To be read in a worker thread."""
        if self._parts is None:
            from cachetools import LRUCache

            self._parts = LRUCache(HELD_BYTES, getsizeof=lambda part: len(part[0]))
        path, parts = f"movies/originals/preview-files/{preview_id}.mp4", self._parts

        async def part(number: int) -> tuple[bytes, int]:
            if (held := parts.get((path, number))) is None:
                held = parts[path, number] = await self._part(path, number)
            return held

        return MovieFile(part)

    async def _whole(self, path: str) -> bytes:
        return (await self._session.fetch(path, MOST_PICTURE_BYTES)).content

    async def _part(self, path: str, number: int) -> tuple[bytes, int]:
        """One part of a file, and the size of all of it."""
        start = number * PART_BYTES
        try:
            answer = await self._session.fetch(path, PART_BYTES, start)
        except TooLarge:
            raise Unavailable(_NO_PARTS) from None
        if answer.status == 200 and not number:  # all of it is no more than a part
            return answer.content, len(answer.content)
        told = _PART.fullmatch(answer.part)
        if told is None or int(told[1]) != start:
            raise Unavailable(_NO_PARTS)
        return answer.content, int(told[2])


class MovieFile:
    """A movie as a file for a decoder in a worker thread: what is missing is asked of Kitsu while it reads."""

    def __init__(self, part: Callable[[int], Coroutine[Any, Any, tuple[bytes, int]]]) -> None:
        self._part = part
        self._at = 0
        self._asked: set[int] = set()

    def read(self, count: int) -> bytes:
        """At most so many bytes from here on; none at the end.

        Raises:
            TooLarge: so much of the movie would have to be read that it is given up.
            KitsuError: Kitsu gave none.
        """
        number, offset = divmod(self._at, PART_BYTES)
        self._asked.add(number)
        if len(self._asked) * PART_BYTES > MOST_MOVIE_BYTES:
            raise TooLarge(
                f"To find these frames more than {MOST_MOVIE_BYTES // 1_000_000} MB of the movie would have to be "
                "read. Ask for fewer or for earlier frames."
            )
        if self._at >= self._size:
            return b""
        content, _ = from_thread.run(self._part, number)
        found = content[offset : offset + count]
        self._at += len(found)
        return found

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go on reading elsewhere."""
        self._at = max(0, offset + {os.SEEK_CUR: self._at, os.SEEK_END: self._size}.get(whence, 0))
        return self._at

    def tell(self) -> int:
        """Where it is."""
        return self._at

    @cached_property
    def _size(self) -> int:
        return from_thread.run(self._part, 0)[1]
