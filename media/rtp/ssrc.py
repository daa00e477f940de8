"""SSRCs that the relay gives: who sees nothing but packets can tell by them whether it is pictures that they carry."""

import secrets
from typing import Literal

_PICTURES = 1 << 31  # the first bit: it says no more than payload types do
_REPAIRS = 1 << 30
_FIRST_BIT = 0x80
_SSRC, _END = 8, 12  # where the SSRC of a packet begins, and its header may end
_REPORTS = range(192, 224)  # second bytes of RTCP (RFC 5761 §4)


def fresh(kind: Literal["audio", "video"], *, repaired: bool) -> tuple[int, int | None]:
    """Of a stream and of its repairs. Random, so that they tell nothing and meet no other's (RFC 3550 §8)."""
    ssrc = secrets.randbits(31) | (_PICTURES if kind == "video" else 0)
    return ssrc, ssrc ^ _REPAIRS if repaired else None


def of_pictures(datagram: bytes) -> bool:
    """Whether what the relay sends is media of a picture: not sound, a report, a check or a handshake."""
    return (
        len(datagram) >= _END
        and datagram[0] >> 6 == 2  # version 2; checks and handshakes begin with less (RFC 7983 §7)
        and datagram[1] not in _REPORTS
        and bool(datagram[_SSRC] & _FIRST_BIT)
    )
