"""Frames between a worker process and whoever commands it: a four-byte big-endian length, then one MessagePack map.

Both ends are ours and joined by a socketpair, so a malformed frame is a fault of ours: it raises ValueError and the
channel is of no more use.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

MAX_FRAME = 4 * 1024 * 1024  # bytes; the longest description is a sixteenth of it
_LENGTH = struct.Struct("!I")
_encoder = msgspec.msgpack.Encoder()


def frame(message: msgspec.Struct) -> bytes:
    """One message as it goes over the channel."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


@dataclass(slots=True)
class Frames:
    """Cuts a stream of bytes into the bodies of its frames; the caller decodes them by the type it expects."""

    _pending: bytearray = field(default_factory=bytearray)

    def receive(self, data: bytes) -> Iterator[bytes]:
        """Yields each body that `data` completes. Raises ValueError for a frame longer than `MAX_FRAME`."""
        self._pending += data
        while len(self._pending) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._pending)
            if length > MAX_FRAME:
                raise ValueError("frame is too long")
            end = _LENGTH.size + length
            if len(self._pending) < end:
                return
            body = bytes(self._pending[_LENGTH.size : end])
            del self._pending[:end]
            yield body
