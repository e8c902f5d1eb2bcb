"""Files on their way to Kitsu: read, hashed and sent piece by piece, and cut off where one is not as agreed to."""

import hashlib
import mimetypes
from collections.abc import Awaitable, Callable

import aiohttp
import anyio
from aiohttp.abc import AbstractStreamWriter
from anyio import to_thread

from kitsu_tools.tracker.upload import Content, Upload

PIECE = 256 * 1024
STEPS = 50
"""How often, of one form, it is told how much went."""

Sent = Callable[[int], Awaitable[None]]
"""Told how many bytes of the files are out."""


class FormBody(aiohttp.MultipartWriter):
    """A form with its files, whose names go as they are: Zou would keep the `%20` that stands for a blank in URLs.

    `complete`: the last piece of the last file went out, so Kitsu may have all of it; `changed`: what was read is not
    what was agreed to, and the last piece of that file was kept back. `patience`: each piece may take `seconds` of it;
    once all are out, `answer_seconds` are left for the answer.
    """

    def __init__(
        self, upload: Upload, told: Sent | None, patience: anyio.CancelScope, seconds: float, answer_seconds: float
    ) -> None:
        super().__init__("form-data")
        self._told = told
        self._patience = patience
        self._seconds = seconds
        self._answer_seconds = answer_seconds
        self.all_bytes = upload.size
        self.sent = 0
        self.complete = False
        self.changed = False
        for name, value in upload.fields.items():
            self.append(value).set_content_disposition("form-data", quote_fields=False, name=name)
        for number, content in enumerate(upload.files):  # under one name Zou would keep the first alone
            part, name = _FilePart(content, self), f"file-{number}" if number else "file"
            part.set_content_disposition("form-data", quote_fields=False, name=name, filename=content.name)
            self.append_payload(part)

    async def send(self, piece: bytes, writer: AbstractStreamWriter) -> None:
        """Send a piece of a file."""
        reached, whole = self.sent + len(piece), self.all_bytes
        self.complete = reached == whole
        self._patience.deadline = anyio.current_time() + (self._answer_seconds if self.complete else self._seconds)
        await writer.write(piece)
        if self._told is not None and reached * STEPS // whole > self.sent * STEPS // whole:
            await self._told(reached)
        self.sent = reached


class _FilePart(aiohttp.Payload):
    """The content of a file, as a part of its form. Kitsu shows a picture by the type that it is said to be of."""

    def __init__(self, content: Content, form: FormBody) -> None:
        guessed, _ = mimetypes.guess_type(content.name)
        super().__init__(content, content_type=guessed or "application/octet-stream")
        self._content = content
        self._form = form
        self._size = content.size

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:  # noqa: ARG002  aiohttp's
        """A file is sent, never held as a text."""
        raise TypeError

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Send all of it.

        Raises:
            ValueError: it has changed.
        """
        digest, left = hashlib.sha256(), self._content.size

        def read() -> bytes:
            piece = self._content.file.read(min(PIECE, left))
            digest.update(piece)
            return piece

        while left:
            piece = await to_thread.run_sync(read)
            left -= len(piece)
            if not piece or (not left and digest.hexdigest() != self._content.sha256):
                self._form.changed = True
                raise ValueError
            await self._form.send(piece, writer)
