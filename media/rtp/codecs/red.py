"""Redundant audio (RFC 2198): a packet carries its own sound and, for whoever lost it, that of packets before it."""

from typing import NamedTuple


class Sound(NamedTuple):
    payload_type: int
    payload: bytes


def primary(payload: bytes) -> Sound:
    """The packet's own sound, without what it repeats. Raises ValueError for a payload that contradicts itself."""
    at = repeated = 0
    while at < len(payload) and payload[at] & 0x80:
        header = payload[at : at + 4]
        if len(header) < 4:
            raise ValueError("redundant audio without sound of its own")
        repeated += (header[2] & 0x03) << 8 | header[3]
        at += 4
    begin = at + 1 + repeated
    if begin >= len(payload):
        raise ValueError("redundant audio without sound of its own")
    return Sound(payload[at], payload[begin:])
