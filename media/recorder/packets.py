"""RTP packets as the recorder reads them."""

from dataclasses import dataclass

from media.rtp import header
from media.rtp.header import MalformedRtp


class PacketError(ValueError):
    """A packet, or a payload, that its format forbids."""


@dataclass(frozen=True, slots=True)
class Packet:
    """`sequence` has 16 bits, `timestamp` 32 bits of the codec's clock; `arrival` is in monotonic seconds."""

    sequence: int
    timestamp: int
    ssrc: int
    payload_type: int
    marker: bool
    payload: bytes  # empty: padding only
    arrival: float


def parse(data: bytes, arrival: float) -> Packet:
    try:
        head = header.parse(data)
    except MalformedRtp as reason:
        raise PacketError(str(reason)) from reason
    payload = data[head.payload_start : head.payload_end]
    return Packet(head.sequence, head.timestamp, head.ssrc, head.payload_type, head.marker, payload, arrival)
