"""SSRCs that the relay gives: who sees nothing but packets can tell by them whether it is pictures that they carry."""

import secrets
from typing import Literal

from media.rtp.header import FIXED_SIZE, RTCP_TYPES

_PICTURES = 1 << 31  # the first bit: it says no more than payload types do
_REPAIRS = 1 << 30
_FIRST_BIT = 0x80
_SSRC = 8  # where it begins in a packet


def fresh(kind: Literal["audio", "video"], *, repaired: bool) -> tuple[int, int | None]:
    """Of a stream and of its repairs. Random, so that they tell nothing and meet no other's (RFC 3550 §8)."""
    ssrc = secrets.randbits(31) | (_PICTURES if kind == "video" else 0)
    return ssrc, ssrc ^ _REPAIRS if repaired else None


def of_pictures(datagram: bytes) -> bool:
    """Whether what the relay sends is media of a picture: not sound, a report, a check or a handshake."""
    return (
        len(datagram) >= FIXED_SIZE
        and datagram[0] >> 6 == 2  # version 2; checks and handshakes begin with less (RFC 7983 §7)
        and datagram[1] not in RTCP_TYPES
        and bool(datagram[_SSRC] & _FIRST_BIT)
    )
