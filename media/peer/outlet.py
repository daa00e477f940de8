"""What a subscriber receives: one outlet per m-section, each with one route of the packet plane."""

from dataclasses import dataclass, field

from media.commands import Kind
from media.peer.commons import Commons
from media.peer.track import Track
from media.plane.interface import Extensions, PeerIndex, Route, RouteIndex
from media.rtcp.packets import (
    FullIntraRequest,
    Nack,
    Packet,
    PictureLoss,
    SenderReport,
    SourceDescription,
    build,
)
from media.rtcp.reports import SenderClock
from media.sdp import choice
from media.sdp.description import Codec

REPORT_S = 1.0  # between two sender reports of a route
SOON_S = 0.05  # until the first: sound and picture are in step once it is there
REPORTS_PER_COMPOUND = 12  # each is 28 bytes and its name about 24: fits a datagram


@dataclass(slots=True, eq=False)
class Outlet:
    """One m-section towards one peer. It flows while it has a track, an agreed codec for it, and the peer has keys."""

    peer: PeerIndex
    kind: Kind
    mid: str
    ssrc: int
    rtx_ssrc: int | None
    index: RouteIndex
    track: Track | None = None
    codecs: tuple[Codec, ...] = ()  # agreed with the client, rtx among them; empty: nothing may be sent
    extensions: Extensions = field(default_factory=Extensions)  # ids in the client's description
    open: bool = False  # the peer has keys
    next_report: float = 0.0
    _clock: SenderClock | None = None

    def attach(self, track: Track, now: float) -> None:
        self.track = track
        self._clock = SenderClock(track.codec.clock_rate)
        self.next_report = now + SOON_S
        if track.report is not None:
            self._clock.heard(*track.report)
        track.outlets.append(self)

    def detach(self) -> Track | None:
        """The track it had."""
        track, self.track, self._clock = self.track, None, None
        if track is not None:
            track.outlets.remove(self)
        return track

    def codec(self) -> Codec | None:
        """The agreed codec in which the track can be sent as it is."""
        if self.track is None:
            return None
        published = self.track.codec
        return next((codec for codec in self.codecs if choice.fits(published, codec)), None)

    def route(self) -> Route | None:
        codec = self.codec()
        if not self.open or self.track is None or codec is None:
            return None
        repair = self._repair_of(codec) if self.rtx_ssrc is not None else None
        return Route(
            route=self.index,
            peer=self.peer,
            ssrc=self.ssrc,
            payload_types={self.track.codec.payload_type: codec.payload_type},
            rtx_ssrc=self.rtx_ssrc if repair is not None else None,
            rtx_payload_types={codec.payload_type: repair.payload_type} if repair is not None else {},
            mid=self.mid if self.extensions.mid else "",
            extensions=self.extensions,
            ingress_extensions=self.track.extensions,
        )

    def heard(self, report: SenderReport, now: float) -> None:
        if self._clock is not None:
            self._clock.heard(report, now)

    def report(self, commons: Commons, now: float) -> tuple[SenderReport, bytes] | None:
        """A sender report in the publisher's clock, and the name it goes under; None while nothing was sent."""
        counters = commons.plane.route(self.index)
        if counters is None or not counters.packets or self._clock is None or self.track is None:
            return None
        report = self._clock.report(self.ssrc, counters.packets, counters.octets, counters.timestamp_offset, now)
        return None if report is None else (report, self.track.cname.encode())

    def _repair_of(self, codec: Codec) -> Codec | None:
        wanted = str(codec.payload_type)
        return next((rtx for rtx in self.codecs if rtx.name.lower() == "rtx" and rtx.parameter("apt") == wanted), None)


@dataclass(slots=True)
class Outlets:
    """All outlets of one peer: who may ask what of them, and when they report."""

    commons: Commons
    peer: PeerIndex
    all: list[Outlet] = field(default_factory=list)
    open: bool = False
    _by_ssrc: dict[int, Outlet] = field(default_factory=dict)

    def add(self, kind: Kind, mid: str, ssrcs: tuple[int, int | None]) -> Outlet:
        outlet = Outlet(self.peer, kind, mid, *ssrcs, RouteIndex(self.commons.route_indices.take()), open=self.open)
        self.all.append(outlet)
        self._by_ssrc[outlet.ssrc] = outlet
        return outlet

    def renumber(self, outlet: Outlet, ssrcs: tuple[int, int | None]) -> None:
        """Another stream under new names: receivers take a source that jumps for a broken one."""
        self._by_ssrc.pop(outlet.ssrc, None)
        self.commons.route_indices.give_back(outlet.index)
        outlet.ssrc, outlet.rtx_ssrc = ssrcs
        outlet.index = RouteIndex(self.commons.route_indices.take())
        self._by_ssrc[outlet.ssrc] = outlet

    def flow(self, outlet: Outlet) -> None:
        """Routes the outlet's track anew; what newly flows begins with a key frame."""
        if outlet.track is None:
            return
        self.commons.route(outlet.track)
        if outlet.route() is not None:
            self.commons.want_keyframe(outlet.track)
            self.commons.wake_by(outlet.next_report)

    def stop(self, outlet: Outlet) -> None:
        track = outlet.detach()
        if track is not None:
            self.commons.route(track)

    def begin(self) -> None:
        """The peer has keys."""
        self.open = True
        for outlet in self.all:
            outlet.open = True
            self.flow(outlet)

    def end(self) -> None:
        for outlet in self.all:
            self.stop(outlet)
            self.commons.route_indices.give_back(outlet.index)
        self.all.clear()
        self._by_ssrc.clear()

    def receive_rtcp(self, packets: list[Packet], now: float) -> None:
        """Repairs and key frames; a source that is not one of this peer's is nobody's (hardening of RTCP lies)."""
        for packet in packets:
            if isinstance(packet, Nack):
                self._repair(packet, now)
            elif isinstance(packet, PictureLoss):
                self._refresh(packet.media)
            elif isinstance(packet, FullIntraRequest):
                for ssrc, _ in packet.requests:
                    self._refresh(ssrc)

    def report(self, now: float) -> float:
        """Sends the sender reports that are due; returns when the next are."""
        due = []
        for outlet in self.all:
            if outlet.track is None or now < outlet.next_report:
                continue
            outlet.next_report = now + REPORT_S
            report = outlet.report(self.commons, now)
            if report is not None:
                due.append(report)
        for at in range(0, len(due), REPORTS_PER_COMPOUND):
            some = due[at : at + REPORTS_PER_COMPOUND]
            names = SourceDescription(tuple((report.ssrc, name) for report, name in some))
            self.commons.plane.send_rtcp(self.peer, build([*(report for report, _ in some), names]))
        return min((outlet.next_report for outlet in self.all if outlet.track is not None), default=now + REPORT_S)

    def state(self) -> list[dict[str, object]]:
        """For people who look for a fault."""
        return [
            {
                "kind": outlet.kind,
                "track": None if outlet.track is None else str(outlet.track.id),
                "codec": None if (codec := outlet.codec()) is None else codec.name,
                "flows": outlet.route() is not None,
            }
            for outlet in self.all
        ]

    def _repair(self, nack: Nack, now: float) -> None:
        outlet = self._by_ssrc.get(nack.media)
        if outlet is not None and outlet.track is not None:
            self.commons.plane.retransmit(outlet.index, list(nack.sequences), now)

    def _refresh(self, ssrc: int) -> None:
        outlet = self._by_ssrc.get(ssrc)
        if outlet is not None and outlet.track is not None:
            self.commons.want_keyframe(outlet.track)
