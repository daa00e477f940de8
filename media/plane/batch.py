"""Packets that travel together: runs of equal size, so that the kernel cuts one buffer into many datagrams.

The sizes of one video frame's packets differ by a byte or two; RTP padding (RFC 3550 §5.1) makes them equal.
The last of a run may be shorter, as UDP segmentation allows. A run is planned once and written once per subscriber.
"""

from dataclasses import dataclass

from media.plane.packet import Packet
from media.rtp.header import HAS_PADDING, VERSION

MAX_RUN = 40  # packets; the kernel takes 64
MAX_RUN_BYTES = 65_000  # the kernel takes one datagram's worth, 65,507
OVERHEAD = 96  # bytes of header, extensions and trailer, at most
MAX_PADDING = 16  # bytes added to a packet; more would cost the line more than the system call saved

Entry = tuple[int, int, int, int, int, bytes]  # flags, number, timestamp, second byte, copied extensions, payload


@dataclass(slots=True)
class Run:
    """Packets of one payload type, all with payloads of `size` bytes but the last, which has `last`."""

    entries: list[Entry]
    payload_type: int
    size: int
    last: int
    octets: int  # of payload, padding not counted
    newest: Packet
    lowest: int  # number


def plan(packets: list[Packet]) -> list[Run]:
    """The runs into which packets of one source fall, in their order."""
    runs = []
    start = 0
    while start < len(packets):
        end, size = _reach(packets, start)
        runs.append(_run(packets[start:end], size))
        start = end
    return runs


def _reach(packets: list[Packet], start: int) -> tuple[int, int]:
    """Where the run that begins at `start` ends, and the payload size of its packets."""
    payload_type = packets[start].second & 0x7F
    low = high = len(packets[start].payload)
    end, limit = start + 1, min(len(packets), start + MAX_RUN)
    while end < limit and packets[end].second & 0x7F == payload_type:
        size = len(packets[end].payload)
        widest = max(high, size)
        if (end + 1 - start) * (widest + OVERHEAD) > MAX_RUN_BYTES:
            break
        if widest - min(low, size) > MAX_PADDING:
            return (end + 1 if size < low else end), high  # a short one may still be the last
        low, high = min(low, size), widest
        end += 1
    return end, high


def _run(packets: list[Packet], size: int) -> Run:
    last = packets[-1]
    entries = [_entry(packet, size) for packet in packets[:-1]]
    entries.append(_entry(last, len(last.payload)))
    return Run(
        entries=entries,
        payload_type=last.second & 0x7F,
        size=size,
        last=len(last.payload),
        octets=sum(len(packet.payload) for packet in packets),
        newest=max(packets),
        lowest=min(packets).number,
    )


def _entry(packet: Packet, size: int) -> Entry:
    number, timestamp, second, copied, payload, padding_only = packet
    padding = size - len(payload)
    flags = VERSION | HAS_PADDING if padding or padding_only else VERSION
    if padding:
        payload += bytes(padding - 1) + bytes((padding + padding_only,))
    return flags, number, timestamp, second, copied, payload
