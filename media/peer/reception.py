"""What a publisher hears of its reception: reports, congestion feedback, and the clock it told."""

import secrets
from dataclasses import dataclass, field

from media.bandwidth.ceiling import Ceiling
from media.bandwidth.meter import Meter
from media.bandwidth.rate import MOST_BPS
from media.plane.interface import Arrival, PeerIndex, Plane, SourceCounters, TrackIndex
from media.rtcp import twcc
from media.rtcp.packets import MAX_BLOCKS, BitrateEstimate, Packet, ReceiverReport, ReportBlock, SenderReport, build
from media.rtcp.reports import Reception as SourceReception


@dataclass(slots=True)
class FrameRate:
    """Of one source, over the last stretch between two counts."""

    rate: float = 0.0
    _frames: int = 0
    _time: float | None = None

    def count(self, frames: int, now: float) -> None:
        """`frames` is the total since the beginning."""
        if self._time is not None and now > self._time:
            self.rate = max(0, frames - self._frames) / (now - self._time)
        self._frames, self._time = frames, now


@dataclass(slots=True)
class Reception:
    """Sources of one publishing peer. Times are seconds on the caller's monotonic clock."""

    plane: Plane
    peer: PeerIndex
    ssrc: int = field(default_factory=lambda: secrets.randbits(31) | 1)  # under which the relay speaks to this peer
    cname: str = field(default_factory=lambda: secrets.token_urlsafe(9))  # of what the peer sends, told to subscribers
    _sources: list[SourceCounters] = field(default_factory=list)
    _blocks: dict[int, SourceReception] = field(default_factory=dict)  # by SSRC
    _arrivals: twcc.Arrivals | None = None
    _ceiling: Ceiling | None = None
    _capped: bool = False  # the publisher heard of a cap, so it has to hear when that is lifted
    _lost: dict[int, float] = field(default_factory=dict)  # by SSRC, share as of the last `reports`
    _frames: dict[int, FrameRate] = field(default_factory=dict)  # by SSRC
    _meters: dict[int, Meter] = field(default_factory=dict)  # by SSRC
    _inner: dict[int, tuple[list[Meter], list[Meter]]] = field(default_factory=dict)  # by SSRC, as `inner_bps`

    def agree(self, *, paced: bool, estimated: bool) -> None:
        """Which feedback on congestion the description allows; `paced` (transport-wide) is the better one."""
        if paced and self._arrivals is None:
            self._arrivals = twcc.Arrivals(sender=self.ssrc)
        self._ceiling = (self._ceiling or Ceiling()) if estimated and not paced else None

    def arrived(self, arrival: Arrival) -> None:
        if self._arrivals is not None:
            self._arrivals.receive(arrival.transport_sequence, arrival.time)

    def next_feedback(self) -> float | None:
        return self._arrivals.next_deadline() if self._arrivals is not None else None

    def feedback(self, now: float) -> list[bytes]:
        """Transport-wide feedback that is due, as compounds."""
        if self._arrivals is None:
            return []
        if self._arrivals.media == 0 and self._refresh():
            self._arrivals.media = self._sources[0].ssrc
        return [build([feedback]) for feedback in self._arrivals.feedback(now)]

    def heard(self, report: SenderReport, now: float) -> TrackIndex | None:
        """A sender report; the track it tells of, or None where the source is not this peer's own."""
        source = self._source(report.ssrc)
        if source is None:
            return None
        self._block_of(source).heard(report, now)
        return source.track

    def sources_of(self, track: TrackIndex) -> list[int]:
        """SSRCs that carry the track now."""
        return [source.ssrc for source in self._refresh() if source.track == track]

    def last_packet(self, track: TrackIndex) -> float:
        """When the track was last heard; 0 if it never was. As of the last `reports`."""
        return max((source.last_packet for source in self._sources if source.track == track), default=0.0)

    def bitrate_bps(self, track: TrackIndex) -> float:
        """Of what comes of the track, as of the last `reports`."""
        meters = (self._meters.get(source.ssrc) for source in self._sources if source.track == track)
        return sum(meter.bitrate_bps for meter in meters if meter is not None)

    def inner_bps(self, track: TrackIndex) -> tuple[list[float], list[float]]:
        """What the track's one stream costs in its least size with the frame rates up to each, and with the sizes up to
        each, as of the last `reports`; else empty."""
        told = [source for source in self._sources if source.track == track and source.layers]
        newest = max(told, key=lambda source: source.last_packet, default=None)
        paces, sizes = self._inner.get(newest.ssrc, ((), ())) if newest is not None else ((), ())
        return [meter.bitrate_bps for meter in paces], [meter.bitrate_bps for meter in sizes]

    def lost(self, track: TrackIndex) -> float:
        """The greatest share that was lost of any of the track's sources, as of the last `reports`."""
        return max((self._lost.get(source.ssrc, 0.0) for source in self._sources if source.track == track), default=0.0)

    def frame_rate(self, track: TrackIndex) -> float:
        """Pictures a second, as of the last `reports`."""
        counted = (self._frames.get(source.ssrc) for source in self._sources if source.track == track)
        return max((count.rate for count in counted if count is not None), default=0.0)

    def reports(self, now: float, cap_bps: float | None = None) -> list[bytes]:
        """Receiver reports on every source, and the most the publisher is to send, by our judgement or by `cap_bps`.

        Browsers heed REMB as a cap also where it was not agreed and transport-wide feedback leads.
        """
        blocks = [self._report(source, now) for source in self._refresh()]
        compounds = []
        for at in range(0, len(blocks), MAX_BLOCKS):
            some = tuple(blocks[at : at + MAX_BLOCKS])
            packets: list[Packet] = [ReceiverReport(self.ssrc, some)]
            if at == 0:
                packets += self._estimate(blocks, cap_bps)
            compounds.append(build(packets))
        return compounds

    def _report(self, source: SourceCounters, now: float) -> ReportBlock:
        self._meters.setdefault(source.ssrc, Meter()).count(source.packets, source.octets, now)
        self._count_layers(source, now)
        self._frames.setdefault(source.ssrc, FrameRate()).count(source.frames, now)
        block = self._block_of(source).block(source.highest_sequence, source.lost, source.jitter, now)
        self._lost[source.ssrc] = block.fraction_lost / 256
        return block

    def _count_layers(self, source: SourceCounters, now: float) -> None:
        if not source.layers:
            return
        paces, sizes = self._inner.setdefault(source.ssrc, ([], []))
        for meters, counts in ((paces, source.paces), (sizes, source.layers)):
            meters += [Meter() for _ in counts[len(meters) :]]
            for meter, octets in zip(meters, counts, strict=True):
                meter.count(source.packets * octets // max(1, source.octets), octets, now)

    def _estimate(self, blocks: list[ReportBlock], cap_bps: float | None) -> list[BitrateEstimate]:
        if self._ceiling is not None:
            self._ceiling.hear(max(block.fraction_lost for block in blocks) / 256)
        self._capped = self._capped or cap_bps is not None
        if self._ceiling is None and not self._capped:
            return []
        known = self._ceiling.bitrate_bps if self._ceiling is not None else MOST_BPS
        bitrate = int(min(known, MOST_BPS if cap_bps is None else cap_bps))
        return [BitrateEstimate(self.ssrc, bitrate, tuple(block.ssrc for block in blocks))]

    def _block_of(self, source: SourceCounters) -> SourceReception:
        return self._blocks.setdefault(source.ssrc, SourceReception(source.ssrc))

    def _source(self, ssrc: int) -> SourceCounters | None:
        for sources in (self._sources, self._refresh()):
            for source in sources:
                if source.ssrc == ssrc:
                    return source
        return None

    def _refresh(self) -> list[SourceCounters]:
        self._sources = self.plane.sources(self.peer)
        gone = self._blocks.keys() - {source.ssrc for source in self._sources}
        for ssrc in gone:
            del self._blocks[ssrc]
            self._meters.pop(ssrc, None)
            self._inner.pop(ssrc, None)
            self._lost.pop(ssrc, None)
            self._frames.pop(ssrc, None)
        return self._sources
