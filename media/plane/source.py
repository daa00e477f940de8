"""Reception of one SSRC: numbers extended, duplicates told, losses and jitter kept."""

from dataclasses import dataclass, field

from media.plane.cache import CAPACITY, Cache
from media.plane.frames import Frame, Frames
from media.plane.interface import PeerIndex, SourceCounters, TrackIndex
from media.plane.layout import Layout
from media.rtcp.loss import LossTracker
from media.rtp.sequence import extend

MAX_JUMP = 1_500  # a longer step forward is a new beginning, not a loss: nobody could repair it
REPAIR_LEAD = 64  # a repair may overtake its stream by so many numbers; farther ahead it belongs to another


@dataclass(slots=True, eq=False)
class Repair:
    """One SSRC that carries a track's packets again (RTX, RFC 4588)."""

    track: TrackIndex
    layout: Layout
    last_time: float = 0.0


@dataclass(slots=True, eq=False)
class Source:
    """One media SSRC of a publisher.

    Numbers before `span_start` belong to an earlier beginning: nothing that was mapped from them holds any more.
    """

    track: TrackIndex
    layout: Layout
    ssrc: int
    clock_rate: int  # Hz
    losing: dict["Source", None]  # where sources with missing packets put themselves
    publisher: PeerIndex | None = None
    numbers_pictures: bool = False  # VP8: what goes on elsewhere is to be numbered on
    clock: int | None = None  # RTP ticks at the zero of the publisher's clock, once a sender report told
    highest: int = -1  # extended
    first: int = 0
    span_start: int = 0
    packets: int = 0
    octets: int = 0
    frames: int = 0  # packets with the marker bit
    described: Frames | None = None  # its frames, once packets tell of them
    skipped: int = 0  # numbers jumped over, not lost
    jitter: float = 0.0  # RTP ticks
    last_time: float = 0.0
    last_timestamp: int = 0
    cache: Cache = field(default_factory=Cache)
    losses: LossTracker = field(default_factory=LossTracker)

    def begin(self, sequence: int, now: float) -> None:
        """The next packet is the first, or the first after another SSRC had the track."""
        self.cache, self.losses = Cache(), LossTracker()
        number = extend(sequence, self.highest) if self.packets else sequence
        if self.packets:
            self.skipped += number - 1 - self.highest
        else:
            self.first = number
        self.highest, self.span_start, self.last_time = number - 1, number, now

    def accept(self, sequence: int, timestamp: int, octets: int, now: float) -> int | None:
        """The extended number of a packet that came under this SSRC; None for one that came before.

        What SRTP's replay window lets through is never too late; what the cache has forgotten it tells apart.
        """
        if sequence - self.highest & 0xFFFF == 1:
            number = self.highest = self.highest + 1
        else:
            number = extend(sequence, self.highest)
            if number > self.highest:
                self._skip(number, now)
            elif number < self.span_start or self.cache.get(number) is not None:
                return None
            else:
                self.losses.found(number)
        self.packets += 1
        self.octets += octets
        if timestamp != self.last_timestamp:
            self._note_jitter(timestamp, now)
        self.last_time = now
        return number

    def accept_repair(self, sequence: int, now: float) -> int | None:
        """The extended number of a packet that came again by RTX; None for one that is not needed."""
        number = extend(sequence, self.highest)
        if number > self.highest:
            if number > self.highest + REPAIR_LEAD:
                return None
            self._skip(number, now)
        elif number <= self.highest - CAPACITY or number < self.span_start or self.cache.get(number) is not None:
            return None
        self.losses.found(number)
        return number

    def frame(self, said: bytes, number: int, octets: int) -> Frame | None:
        """The frame of a packet that carries the dependency descriptor `said`."""
        if self.described is None:
            self.described = Frames()
        return self.described.read(said, number, octets)

    def _skip(self, number: int, now: float) -> None:
        if number - self.highest > MAX_JUMP:
            self.skipped += number - 1 - self.highest
            self.span_start = number
            self.losses, self.clock = LossTracker(), None
        else:
            self.losses.lost(self.highest + 1, number, now)
            if self.losses:
                self.losing[self] = None
        self.highest = number

    def _note_jitter(self, timestamp: int, now: float) -> None:
        """RFC 3550 appendix A.8, once per frame: the packets of one frame share a timestamp, not a sending time."""
        ticks = (timestamp - self.last_timestamp + 0x80000000 & 0xFFFFFFFF) - 0x80000000
        difference = abs((now - self.last_time) * self.clock_rate - ticks)
        if self.packets > 1 and difference < self.clock_rate * 10:
            self.jitter += (difference - self.jitter) / 16
        self.last_timestamp = timestamp

    def counters(self) -> SourceCounters:
        return SourceCounters(
            track=self.track,
            ssrc=self.ssrc,
            packets=self.packets,
            octets=self.octets,
            highest_sequence=self.highest,
            lost=self.highest + 1 - self.first - self.skipped - self.packets,
            jitter=self.jitter,
            last_packet=self.last_time,
            frames=self.frames,
            layers=tuple(self.described.octets) if self.described is not None else (),
            paces=tuple(self.described.paces) if self.described is not None else (),
        )
