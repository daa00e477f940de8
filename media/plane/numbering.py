"""How one outgoing SSRC is numbered and timed: without holes or steps of our own, whatever feeds it.

A sequence number must never protect two different packets (AES-GCM loses its key's secrecy with the first repeat,
RFC 7714 §8.2). So a mapping begins at a floor, below it nothing is sent, and each mapping begins above the last.
"""

from dataclasses import dataclass, field
from secrets import randbelow
from typing import NamedTuple

from media.plane.interface import MAX_CLOCK_STEP_S, PeerIndex, RouteCounters, TrackIndex
from media.plane.packet import Packet
from media.plane.selection import Selection
from media.plane.source import Source
from media.rtp.codecs import vp8
from media.rtp.sequence import extend

FIRST_BELOW = 1 << 15  # a loss before the first packet arrives must not make a receiver guess another roll-over count

HISTORY = 256  # datagrams kept for a subscriber without RTX; the low byte of their number tells the place
LAST_PICTURE_WITHIN = 8  # packets; those of nothing but padding have no picture


class Zero(NamedTuple):
    """Outgoing ticks at the zero of a publisher's clock."""

    publisher: PeerIndex | None
    clock_rate: int  # Hz
    ticks: int


@dataclass(slots=True, eq=False)
class Numbering:
    """Outgoing number = publisher's number + `offset`; outgoing ticks = publisher's ticks + `ticks`."""

    source: Source | None = None
    floor: int = 0  # publisher's number with which the mapping begins
    offset: int = 0
    ticks: int = 0
    pictures: vp8.Picture | None = None  # what is added to the publisher's picture numbers; None: nothing
    highest: int = field(default_factory=lambda: randbelow(FIRST_BELOW) - 1)  # extended, outgoing
    packets: int = 0
    octets: int = 0
    last_timestamp: int = 0
    last_time: float = 0.0
    history: list[bytes] | None = None  # from the first request on that needs it
    selection: Selection | None = None  # where the source has several layers
    _zero: Zero | None = None  # as the mapping before had it
    _picture: vp8.Picture | None = None  # that went out last in the mapping before
    _shift: int = 0  # ticks by which this mapping is later than the clocks say

    def follows(self, source: Source) -> bool:
        return self.source is source and self.floor >= source.span_start

    def is_fed_by(self, track: TrackIndex) -> bool:
        return self.source is not None and self.source.track == track

    def interrupt(self) -> None:
        """What comes next, from wherever, begins a mapping of its own."""
        self._remember_end()
        self.source = None

    def begin(self, source: Source, packet: Packet, now: float) -> None:
        """`packet` comes next, and whatever counts goes on from the last one that was sent."""
        self._remember_end()
        if self.packets:
            self.ticks = self._timestamp(source, packet, now) - packet.timestamp & 0xFFFFFFFF
        self.pictures = self._continued(vp8.picture(packet.payload) if source.numbers_pictures else None)
        self.selection = None
        self.source, self.floor, self.offset = source, packet.number, self.highest + 1 - packet.number

    def _remember_end(self) -> None:
        """What the next mapping has to go on from, while the source still knows."""
        source = self.source
        if source is None or not self.packets:
            return
        self._zero = None
        if source.clock is not None:
            self._zero = Zero(source.publisher, source.clock_rate, source.clock + self.ticks - self._shift)
        if source.numbers_pictures:
            self._picture = self._last_picture(source) or self._picture

    def _timestamp(self, source: Source, packet: Packet, now: float) -> int:
        """Outgoing ticks of the mapping's first packet: by the publisher's clock where both tracks told it, else as
        much later than the last as it arrived; always later."""
        elapsed = max(1, int((now - self.last_time) * source.clock_rate))
        self._shift, zero = 0, self._zero
        if source.clock is None or zero is None or zero[:2] != (source.publisher, source.clock_rate):
            return self.last_timestamp + elapsed
        since = _signed(zero.ticks + packet.timestamp - source.clock - self.last_timestamp)
        if abs(since - elapsed) > MAX_CLOCK_STEP_S * source.clock_rate:
            return self.last_timestamp + elapsed
        self._shift = max(0, 1 - since)
        return self.last_timestamp + since + self._shift

    def _last_picture(self, source: Source) -> vp8.Picture | None:
        """The numbers of the picture that went out last."""
        last = self.highest - self.offset
        for number in range(last, max(self.floor, last - LAST_PICTURE_WITHIN) - 1, -1):
            packet = source.cache.get(number)
            picture = vp8.picture(packet.payload) if packet is not None else None
            if picture is not None:
                return _added(picture, self.pictures)
        return None

    def _continued(self, first: vp8.Picture | None) -> vp8.Picture | None:
        """What to add to picture numbers so that `first` is one above the last."""
        last = self._picture
        if first is None or last is None:
            return None
        tells_base = first.base is not None and last.base is not None
        added = vp8.Picture(
            last.number + 1 - first.number, (last.base or 0) + 1 - (first.base or 0) if tells_base else 0
        )
        return added if any(added) else None

    def find(self, sequence: int) -> Packet | None:
        """The packet that went out as `sequence` (16 bits), if it is still there."""
        outgoing = extend(sequence, self.highest)
        number = outgoing - self.offset
        if self.source is None or number < self.floor or outgoing > self.highest:
            return None
        cache = self.source.cache
        return cache.get(number) if self.selection is None else self.selection.find(number, cache)

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


def _signed(ticks: int) -> int:
    """A difference of RTP ticks, modulo 2³², as the nearer way round."""
    return (ticks + 0x80000000 & 0xFFFFFFFF) - 0x80000000


def _added(picture: vp8.Picture, change: vp8.Picture | None) -> vp8.Picture:
    if change is None:
        return picture
    base = None if picture.base is None else picture.base + (change.base or 0)
    return vp8.Picture(picture.number + change.number, base)
