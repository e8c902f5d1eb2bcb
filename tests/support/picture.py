"""The smallest picture that Kitsu takes as a preview."""

from __future__ import annotations

import struct
import zlib


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = b"".join([
    b"\x89PNG\r\n\x1a\n",
    _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
    _chunk(b"IDAT", zlib.compress(b"\0\xff")),
    _chunk(b"IEND", b""),
])  # fmt: skip
