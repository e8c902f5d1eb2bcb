"""A file on its way to Kitsu: read, hashed and sent piece by piece, and cut off where it is not what was agreed to."""

import hashlib
from collections.abc import Awaitable, Callable

import aiohttp
import anyio
from aiohttp.abc import AbstractStreamWriter
from anyio import to_thread

from kitsu_tools.tracker.upload import Upload

PIECE = 256 * 1024
STEPS = 50
"""How often, of one file, it is told how much went."""

Sent = Callable[[int], Awaitable[None]]
"""Told how many bytes of a file are out."""


class FileBody(aiohttp.Payload):
    """The content of a file. `complete`: its last piece went out, so Kitsu may have all of it; `changed`: what was read
    is not what was agreed to, and the last piece was kept back.

    `patience`: each piece may take `seconds` of it; once all are out, `answer_seconds` are left for the answer.
    """

    def __init__(
        self, upload: Upload, told: Sent | None, patience: anyio.CancelScope, seconds: float, answer_seconds: float
    ) -> None:
        super().__init__(upload, content_type="application/octet-stream")
        self._upload = upload
        self._told = told
        self._patience = patience
        self._seconds = seconds
        self._answer_seconds = answer_seconds
        self._size = upload.size
        self.sent = 0
        self.complete = False
        self.changed = False

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:  # noqa: ARG002  aiohttp's
        """A file is sent, never held as a text."""
        raise TypeError

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Send all of it.

        Raises:
            ValueError: it has changed.
        """
        digest = hashlib.sha256()

        def read() -> bytes:
            piece = self._upload.file.read(min(PIECE, self._upload.size - self.sent))
            digest.update(piece)
            return piece

        while self.sent < self._upload.size:
            piece = await to_thread.run_sync(read)
            reached = self.sent + len(piece)
            last = reached == self._upload.size
            if not piece or (last and digest.hexdigest() != self._upload.sha256):
                self.changed = True
                raise ValueError
            self._patience.deadline = anyio.current_time() + (self._answer_seconds if last else self._seconds)
            self.complete = last
            await writer.write(piece)
            if self._told is not None and reached * STEPS // self._upload.size > self.sent * STEPS // self._upload.size:
                await self._told(reached)
            self.sent = reached


def form(name: str, body: FileBody) -> aiohttp.MultipartWriter:
    """A form of this one file, whose name goes as it is: Zou would keep the `%20` that stands for a blank in URLs."""
    writer = aiohttp.MultipartWriter("form-data")
    body.set_content_disposition("form-data", quote_fields=False, name="file", filename=name)
    writer.append_payload(body)
    return writer
