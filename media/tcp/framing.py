"""Packets on a stream: two bytes of length, big-endian, then the packet (RFC 4571 §2)."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

MAX_PACKET = 2_048  # bytes; what the plane reads of a datagram
_LENGTH = struct.Struct("!H")


def framed(packets: Iterable[bytes]) -> bytes:
    """The packets as they go over the stream."""
    return b"".join(part for packet in packets for part in (_LENGTH.pack(len(packet)), packet))


@dataclass(slots=True)
class Packets:
    """Cuts a stream into its packets; between two calls it keeps less than one packet."""

    _pending: bytearray = field(default_factory=bytearray)

    def receive(self, data: bytes) -> list[bytes]:
        """The packets that `data` completes; empty ones, which only keep a line alive, are left out.

        Raises ValueError for one longer than `MAX_PACKET`: nothing that follows can be believed.
        """
        pending, packets, at = self._pending, [], 0
        pending += data
        while len(pending) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(pending, at)
            if length > MAX_PACKET:
                raise ValueError("packet is too long")
            begin, end = at + _LENGTH.size, at + _LENGTH.size + length
            if end > len(pending):
                break
            if length:
                packets.append(bytes(pending[begin:end]))
            at = end
        del pending[:at]
        return packets
