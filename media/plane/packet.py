"""A media packet inside the plane: unprotected, and without anything that differs between subscribers."""

from typing import NamedTuple

HAS_LEVEL = 1 << 32
HAS_SEND_TIME = 1 << 33
LEVEL = HAS_LEVEL | 0xFF << 24
SEND_TIME = HAS_SEND_TIME | 0xFFFFFF


class Packet(NamedTuple):
    """A tuple, because one is made for each packet that comes in, and taken apart once per subscriber."""

    number: int  # extended sequence number of the publisher
    timestamp: int  # RTP ticks of the publisher
    second: int  # second byte of the header: marker and payload type of the publisher
    copied: int  # extension values that travel on: audio level in bits 24–31, abs-send-time in bits 0–23, and which
    payload: bytes  # without padding; a single byte of padding where there was nothing else (`padding_only`)
    padding_only: bool = False
