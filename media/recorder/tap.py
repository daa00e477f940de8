"""The datagrams that a media worker copies to the recorder, one per RTP packet or sender report.

They travel over a SOCK_SEQPACKET pair, so each is delivered whole and in order, and the worker sends without waiting:
what the pair cannot hold is dropped and counted there. Integers are little-endian.

    u32 stream    the number that `Tap` gave the track
    u8  kind      0 = packet, 1 = sender report
    f64 arrival   seconds on the machine's monotonic clock
    kind 0        the plain RTP packet as the publisher sent it: repaired packets carry their original sequence number,
                  payload type and SSRC; header extensions may stay
    kind 1        u64 NTP timestamp (32.32 bits), u32 RTP timestamp (RFC 3550 §6.4.1)
"""

import struct
from dataclasses import dataclass

PACKET = 0
SENDER_REPORT = 1

HEADER = struct.Struct("<IBd")  # shared with the packet plane, which packs in place
REPORT = struct.Struct("<QI")
MAX_DATAGRAM = HEADER.size + 65_535  # no RTP packet is longer than a UDP datagram


class TapError(ValueError):
    """A datagram that no worker of ours can have sent."""


@dataclass(frozen=True, slots=True)
class TappedPacket:
    """One RTP packet; `arrival` in monotonic seconds."""

    stream: int
    arrival: float
    packet: bytes


@dataclass(frozen=True, slots=True)
class TappedReport:
    """The sender's clock at one RTP timestamp; `ntp` has 32 bits of seconds and 32 of fraction."""

    stream: int
    arrival: float
    ntp: int
    rtp: int


def pack_packet(stream: int, arrival: float, packet: bytes | bytearray | memoryview) -> bytes:
    return HEADER.pack(stream, PACKET, arrival) + bytes(packet)


def pack_report(stream: int, arrival: float, ntp: int, rtp: int) -> bytes:
    return HEADER.pack(stream, SENDER_REPORT, arrival) + REPORT.pack(ntp, rtp)


def unpack(datagram: bytes) -> TappedPacket | TappedReport:
    """Raises TapError for a datagram that is cut short or of an unknown kind."""
    if len(datagram) < HEADER.size:
        raise TapError("shorter than its header")
    stream, kind, arrival = HEADER.unpack_from(datagram)
    body = datagram[HEADER.size :]
    if kind == PACKET:
        return TappedPacket(stream, arrival, body)
    if kind == SENDER_REPORT and len(body) == REPORT.size:
        return TappedReport(stream, arrival, *REPORT.unpack(body))
    raise TapError("unknown kind or wrong length")
