"""A media packet inside the plane: unprotected, and without anything that differs between subscribers."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from media.plane.frames import Frame
from media.rtp.header import HAS_PADDING, VERSION

HAS_LEVEL = 1 << 32
HAS_SEND_TIME = 1 << 33
LEVEL = HAS_LEVEL | 0xFF << 24
SEND_TIME = HAS_SEND_TIME | 0xFFFFFF
PLAIN = VERSION << 8  # of the first two bytes of a header
PADDED = HAS_PADDING << 8


class Packet(NamedTuple):
    """A tuple, because one is made for each packet that comes in, and taken apart once per subscriber."""

    number: int  # extended sequence number of the publisher
    timestamp: int  # RTP ticks of the publisher
    head: int  # first two bytes of the header: `PLAIN`, perhaps `PADDED`, marker and payload type of the publisher
    copied: int  # extension values that travel on: audio level in bits 24–31, abs-send-time in bits 0–23, and which
    payload: bytes  # padding included
    frame: Frame | None = None  # where its source has several layers and says so

    def padded(self, size: int) -> "Packet":
        """The same with padding up to `size` bytes of payload (RFC 3550 §5.1)."""
        number, timestamp, head, copied, payload, frame = self
        missing = size - len(payload)
        if missing == 0:
            return self
        before = payload[-1] if head & PADDED else 0
        padding = bytes(missing - 1) + bytes((missing + before,))
        return new_packet((number, timestamp, head | PADDED, copied, payload + padding, frame))


new_packet: Callable[[tuple[int, int, int, int, bytes, Frame | None]], Packet] = partial(tuple.__new__, Packet)
"""Makes a packet of its fields in half the time of the constructor."""
EMPTY = b"\x01"  # payload of a packet that had only padding: it keeps its number, so that no hole appears
