"""How one outgoing SSRC is numbered: without holes of our own, whatever feeds it.

A sequence number must never protect two different packets (AES-GCM loses its key's secrecy with the first repeat,
RFC 7714 §8.2). So a mapping begins at a floor, below it nothing is sent, and each mapping begins above the last.
"""

from dataclasses import dataclass, field
from secrets import randbelow

from media.plane.interface import RouteCounters
from media.plane.packet import Packet
from media.plane.source import Source
from media.rtp.sequence import extend

FIRST_BELOW = 1 << 15  # a loss before the first packet arrives must not make a receiver guess another roll-over count

HISTORY = 256  # datagrams kept for a subscriber without RTX; the low byte of their number tells the place


@dataclass(slots=True, eq=False)
class Numbering:
    """Outgoing number = publisher's number + `offset`; outgoing ticks = publisher's ticks + `ticks`."""

    source: Source | None = None
    floor: int = 0  # publisher's number with which the mapping begins
    offset: int = 0
    ticks: int = 0
    highest: int = field(default_factory=lambda: randbelow(FIRST_BELOW) - 1)  # extended, outgoing
    packets: int = 0
    octets: int = 0
    last_timestamp: int = 0
    last_time: float = 0.0
    history: list[bytes] | None = None  # from the first request on that needs it

    def follows(self, source: Source) -> bool:
        return self.source is source and self.floor >= source.span_start

    def interrupt(self) -> None:
        """What comes next, from wherever, begins a mapping of its own."""
        self.source = None

    def begin(self, source: Source, packet: Packet, now: float) -> None:
        """`packet` comes next, as though it had been sent for as long as the last one is past."""
        if self.packets:
            since = max(1, int((now - self.last_time) * source.clock_rate))
            self.ticks = (self.last_timestamp + since - packet.timestamp) & 0xFFFFFFFF
        self.source, self.floor, self.offset = source, packet.number, self.highest + 1 - packet.number

    def find(self, sequence: int) -> Packet | None:
        """The packet that went out as `sequence` (16 bits), if it is still there."""
        outgoing = extend(sequence, self.highest)
        number = outgoing - self.offset
        if self.source is None or number < self.floor or outgoing > self.highest:
            return None
        return self.source.cache.get(number)

    def remember(self, datagrams: memoryview, segment: int) -> None:
        """Keeps protected datagrams as they went out, for a subscriber who asks for repeats and has no RTX.

        Protecting the packet anew under its old number would need it bit for bit as it was.
        """
        if self.history is None:
            return
        for at in range(0, len(datagrams), segment):
            datagram = bytes(datagrams[at : at + segment])
            self.history[datagram[3] % HISTORY] = datagram

    def remembered(self, sequence: int) -> bytes:
        """The datagram that went out as `sequence`, or nothing; the first request only starts the keeping."""
        if self.history is None:
            self.history = [b""] * HISTORY
        datagram = self.history[sequence % HISTORY]
        return datagram if datagram[2:4] == sequence.to_bytes(2) else b""

    def sent(self, newest: Packet, packets: int, octets: int, now: float) -> None:
        """`packets` went out, the one with the highest number of them being `newest`."""
        self.packets += packets
        self.octets += octets
        if newest.number + self.offset > self.highest:
            self.highest = newest.number + self.offset
            self.last_timestamp = (newest.timestamp + self.ticks) & 0xFFFFFFFF
            self.last_time = now

    def counters(self) -> RouteCounters:
        return RouteCounters(self.packets, self.octets, self.last_timestamp, self.last_time, self.ticks)
