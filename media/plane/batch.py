"""Packets that travel together: runs of equal size, so that the kernel cuts one buffer into many datagrams.

The sizes of one video frame's packets differ by a byte or two; RTP padding (RFC 3550 §5.1) makes them equal.
The last of a run may be shorter, as UDP segmentation allows. A run is planned once and written once per subscriber.
"""

from dataclasses import dataclass

from media.plane.packet import Packet

MAX_RUN = 40  # packets; the kernel takes 64
MAX_RUN_BYTES = 65_000  # the kernel takes one datagram's worth, 65,507
MAX_SEGMENT = 1_250  # bytes of payload; the kernel cuts nothing longer than the line takes, and a refusal is for good
OVERHEAD = 96  # bytes of header, extensions and trailer, at most
MAX_PADDING = 16  # bytes added to a packet; more would cost the line more than the system call saved


@dataclass(slots=True)
class Run:
    """Packets of one payload type, all with payloads of `size` bytes but the last, which has `last`."""

    packets: list[Packet]
    payload_type: int
    size: int
    last: int
    octets: int  # of payload, padding not counted
    newest: Packet


def plan(packets: list[Packet]) -> list[Run]:
    """The runs into which packets of one source fall, in their order."""
    runs: list[Run] = []
    start, count = 0, len(packets)
    if count == 1:
        size = len(packets[0].payload)
        return [Run(packets, packets[0].head & 0x7F, size, size, size, packets[0])]
    while start < count:
        end, size = _reach(packets, start)
        runs.append(_run(packets if end - start == count else packets[start:end], size))
        start = end
    return runs


def _reach(packets: list[Packet], start: int) -> tuple[int, int]:
    """Where the run that begins at `start` ends, and the payload size of its packets."""
    payload_type = packets[start].head & 0x7F
    low = high = len(packets[start].payload)
    end, limit = start + 1, min(len(packets), start + MAX_RUN)
    while end < limit and high <= MAX_SEGMENT and packets[end].head & 0x7F == payload_type:
        size = len(packets[end].payload)
        if size > MAX_SEGMENT:
            break
        if size != high:
            widest = max(high, size)
            if widest - min(low, size) > MAX_PADDING:
                return (end + 1 if size < low else end), high  # a short one may still be the last
            low, high = min(low, size), widest
        if (end + 1 - start) * (high + OVERHEAD) > MAX_RUN_BYTES:
            break
        end += 1
    return end, high


def _run(packets: list[Packet], size: int) -> Run:
    last = packets[-1]
    sizes = [len(packet.payload) for packet in packets]
    newest = max(packets)
    if min(sizes[:-1], default=size) < size:
        packets = [packet.padded(size) for packet in packets[:-1]]
        packets.append(last)
    return Run(packets, last.head & 0x7F, size, sizes[-1], sum(sizes), newest)
