"""What a subscriber receives: one outlet per m-section, each with one route of the packet plane."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from media.bandwidth.allocator import PAUSED, Rank, Wish
from media.beat import next_beat
from media.commands import Kind
from media.ids import TrackId
from media.peer import layers
from media.peer.commons import Commons
from media.peer.layers import Layer, Shown
from media.peer.track import Track
from media.plane.interface import Extensions, PeerIndex, Route, RouteIndex
from media.rtcp.packets import (
    FullIntraRequest,
    Packet,
    PictureLoss,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    SourceDescription,
    build,
)
from media.rtcp.reports import SenderClock
from media.sdp import choice
from media.sdp.description import Codec

OBEYED, OBEY_S = 1.3, 5.0  # times its share a source may send, and how long it may take to come down to that
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
    lost: float = 0.0  # share of what was sent, as the peer last told
    round_trip_s: float | None = None
    step: int = 0  # what the line carries of the track: a place in the steps of its wish, or PAUSED
    still: bool = False  # lets a key frame through though it is paused
    room_bps: float = math.inf  # the most the line bears of it, as far as that is known
    stubborn: bool = False  # its source was asked to send less and did not
    share_bps: float | None = None  # what the line leaves to a source that nobody else gets; None: no limit is known
    shown: Shown | None = None  # how large, where the client said
    watched: bool = False  # it is the view that the client shows largest
    feeding: Layer | None = None  # whose packets go out, as the plane last told
    listed: Mapping[Layer, Route] = field(default_factory=dict)  # as the plane was last told
    flowed: bool = False  # packets went between the last two times when it might have reported
    _sent: int = 0  # packets until the last of them
    _over_since: float | None = None  # the source sends more than its share
    _clock: SenderClock | None = None

    def attach(self, track: Track, now: float) -> None:
        self.track = track
        self._clock = SenderClock(track.codec.clock_rate)
        self.next_report = now + SOON_S
        self.step, self.still, self.share_bps = len(track.steps) - 1, False, None
        self.lost, self.round_trip_s = 0.0, None
        self.room_bps, self.stubborn, self._over_since = math.inf, False, None
        self.shown, self.watched, self.feeding = None, False, None
        self.heard(self._goal(track))
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

    @property
    def flows(self) -> bool:
        """Whether packets are to go out."""
        return self._flowing() is not None

    def _flowing(self) -> Codec | None:
        """The codec in which they go out, if they do."""
        paused = self.hidden or (self.step == PAUSED and not self.still)
        return self.codec() if self.open and not paused else None

    def route(self) -> Route | None:
        codec = self._flowing()
        if self.track is None or codec is None:
            return None
        repair = self._repair_of(codec) if self.rtx_ssrc is not None else None
        return Route(
            route=self.index,
            peer=self.peer,
            ssrc=self.ssrc,
            payload_types={self.track.codec.payload_type: codec.payload_type} | self._redundant(self.track),
            rtx_ssrc=self.rtx_ssrc if repair is not None else None,
            rtx_payload_types={codec.payload_type: repair.payload_type} if repair is not None else {},
            mid=self.mid if self.extensions.mid else "",
            extensions=self.extensions,
            ingress_extensions=self.track.extensions,
            target=self.track.target(self._target(self.track)),
        )

    # ── layers

    def routes(self) -> dict[Layer, Route]:
        """The route on the layer it goes to, and, until a key frame came there, on the one that feeds it."""
        route = self.route()
        if self.track is None or route is None:
            self.feeding = None
            return {}
        goal, feeding = self._goal(self.track), self.feeding
        if feeding is None or feeding is goal or not self._may_go_on(feeding, self.track):
            return {goal: route}
        return {feeding: replace(route, begins=False), goal: route}

    def needs(self) -> set[Layer]:
        if self.track is None or not self.flows:
            return set()
        target = self.track.steps[max(self._target(self.track), self.track.slower)]
        feeds = self.feeding is not None and not self.track.inner
        return {target, self.feeding} if feeds and self.feeding is not None else {target}

    def begun(self, layer: Layer) -> bool:
        moved, self.feeding = self.feeding not in (layer, None), layer
        if self.track is not None and len(self.track.layers) > 1:
            self._clock = SenderClock(self.track.codec.clock_rate)
            self.heard(layer)
        return moved

    def stepped(self) -> None:
        """What it got was the best there was: it stays so until the line is looked at again."""
        if self.track is not None and self.step != PAUSED:
            self.step = len(self.track.steps) - 1

    def _target(self, track: Track) -> int:
        """What is shown, as far as the line carries it."""
        return layers.present(track.steps, min(track.best(self.shown), max(self.step, 0)))

    def _goal(self, track: Track) -> Layer:
        if track.inner:
            return track.layers[0]
        feeding = None if self.feeding is None else track.layers.index(self.feeding)
        sent = [layer.alive and self._carries(layer) for layer in track.layers]
        return track.layers[layers.goal(self._target(track), feeding, sent)]

    def _carries(self, layer: Layer) -> bool:
        return layer.bitrate_bps <= self.room_bps

    def _may_go_on(self, layer: Layer, track: Track) -> bool:
        """What the line does not carry goes on only for the moment until a key frame of what it does carry comes."""
        return self._carries(layer) or self._goal(track).alive

    @property
    def hidden(self) -> bool:
        return self.shown is not None and not self.shown.area

    # ── what it would like of the line

    @property
    def rank(self) -> Rank:
        if self.kind == "audio":
            return Rank.SOUND
        return Rank.WATCHED if self.watched else Rank.OTHER

    @property
    def bitrate_bps(self) -> float:
        """Of what it would send."""
        if self.track is None:
            return 0.0
        if self.track.inner:
            return self.track.inner[self._target(self.track)].bitrate_bps
        return (self.feeding or self._goal(self.track)).bitrate_bps

    @property
    def least_bps(self) -> float:
        """Of the least that could be sent."""
        return 0.0 if self.track is None else self.track.costs()[0]

    @property
    def takes_padding(self) -> bool:
        """Padding goes out beside media only."""
        return self.rtx_ssrc is not None and self.feeding is not None and self.step != PAUSED

    @property
    def alone(self) -> bool:
        """Nobody else gets this picture."""
        return self.kind == "video" and self.track is not None and len(self.track.outlets) == 1

    def wish(self) -> Wish | None:
        """What it would like to have of the line; None while there is nothing it could send."""
        if not self.open or self.track is None or self.codec() is None or self.hidden:
            return None
        steps, best = self.track.costs(), self.track.best(self.shown)
        elastic = self.alone and len(set(steps[self.track.slower :])) == 1 and not self.stubborn
        if elastic:
            steps = steps[-1:] * len(steps)  # what it sends fits as it is
        return Wish(self.rank, steps, best, min(self.step, best), elastic=elastic)

    def note_obedience(self, now: float) -> None:
        """Its source has been told of its share, and sends what it sends."""
        if self.share_bps is None or self.bitrate_bps <= OBEYED * self.share_bps:
            self._over_since = None
        else:
            self._over_since = self._over_since or now
            self.stubborn = now - self._over_since >= OBEY_S

    def heard(self, layer: Layer) -> None:
        if self._clock is not None and layer.report is not None and self.feeding in (layer, None):
            self._clock.heard(*layer.report)

    def report(self, commons: Commons, now: float) -> tuple[SenderReport, bytes] | None:
        """A sender report in the publisher's clock, and the name it goes under; None where it would tell nothing."""
        self.flowed, counters = False, commons.plane.route(self.index)
        if counters is None or not counters.packets or self._clock is None or self.track is None:
            return None
        self.flowed, self._sent = counters.packets != self._sent, counters.packets
        if self.flowed and self._clock.is_known(now):
            return None
        report = self._clock.report(self.ssrc, counters.packets, counters.octets, counters.timestamp_offset, now)
        return None if report is None else (report, self.track.cname.encode())

    @property
    def takes_redundancy(self) -> bool:
        return self.track is not None and self.flows and bool(self._redundant(self.track))

    def hear_report(self, block: ReportBlock, now: float) -> None:
        self.lost = block.fraction_lost / 256
        if self._clock is not None:
            self.round_trip_s = self._clock.round_trip_s(block, now) or self.round_trip_s

    def _redundant(self, track: Track) -> dict[int, int]:
        red = next((codec for codec in self.codecs if codec.name.lower() == "red"), None)
        return {} if red is None or track.redundancy is None else {track.redundancy.payload_type: red.payload_type}

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
        self._register(outlet)
        return outlet

    def renumber(self, outlet: Outlet, ssrcs: tuple[int, int | None]) -> None:
        """Another stream under new names: receivers take a source that jumps for a broken one."""
        self._forget(outlet)
        outlet.ssrc, outlet.rtx_ssrc = ssrcs
        outlet.index = RouteIndex(self.commons.route_indices.take())
        self._register(outlet)

    def _register(self, outlet: Outlet) -> None:
        self._by_ssrc[outlet.ssrc] = self.commons.outlets[outlet.index] = outlet

    def _forget(self, outlet: Outlet) -> None:
        del self._by_ssrc[outlet.ssrc], self.commons.outlets[outlet.index]
        self.commons.route_indices.give_back(outlet.index)

    def flow(self, outlet: Outlet) -> None:
        """Routes the outlet's track anew; what newly flows begins with a key frame."""
        if outlet.track is None:
            return
        self.commons.route(outlet.track, outlet)
        if outlet.flows:
            if outlet.feeding is None or not outlet.track.inner:  # else the plane asks for one where it is needed
                self.commons.want_keyframe(outlet.track)
            self.commons.wake_by(outlet.next_report)

    def show(self, shown: Mapping[TrackId, Shown]) -> None:
        """What the client shows of its tracks; of those not named it may show all there is."""
        largest = max((each.area for each in shown.values()), default=0)
        for outlet in self.all:
            if outlet.track is None or outlet.kind == "audio":
                continue
            now = shown.get(outlet.track.id)
            outlet.watched = now is not None and 2 * now.area > largest
            if now != outlet.shown:
                outlet.shown = now
                self._pause_or_flow(outlet)

    def give(self, outlet: Outlet, step: int) -> None:
        """What the line carries of it from now on."""
        outlet.step, outlet.still = step, False
        self._pause_or_flow(outlet)

    def show_still(self, outlet: Outlet, *, on: bool) -> None:
        """Opens a paused outlet for a key frame, or closes it again."""
        outlet.still = on
        self._pause_or_flow(outlet)

    def _pause_or_flow(self, outlet: Outlet) -> None:
        if outlet.track is not None and not outlet.flows:
            self.commons.route(outlet.track, outlet)
        else:
            self.flow(outlet)

    def stop(self, outlet: Outlet) -> None:
        track = outlet.detach()
        if track is not None:
            self.commons.route(track, outlet)

    def begin(self) -> None:
        """The peer has keys."""
        self.open = True
        for outlet in self.all:
            outlet.open = True
            self.flow(outlet)

    def end(self) -> None:
        for outlet in self.all:
            self.stop(outlet)
            self._forget(outlet)
        self.all.clear()

    def receive_rtcp(self, packets: list[Packet], now: float) -> None:
        """Key frames, and how sources are received; a source that is not of this peer is nobody's (RTCP may lie)."""
        for packet in packets:
            if isinstance(packet, PictureLoss):
                self._refresh(packet.media)
            elif isinstance(packet, FullIntraRequest):
                for ssrc, _ in packet.requests:
                    self._refresh(ssrc)
            elif isinstance(packet, ReceiverReport):
                for block in packet.blocks:
                    if block.ssrc in self._by_ssrc:
                        self._by_ssrc[block.ssrc].hear_report(block, now)

    def repair(self, ssrc: int, sequences: list[int], now: float) -> int:
        """Sends packets of one of this peer's sources again; how many went."""
        outlet = self._by_ssrc.get(ssrc)
        if outlet is None or outlet.track is None:
            return 0
        return self.commons.plane.retransmit(outlet.index, sequences, now)

    def report(self, now: float) -> float:
        """Sends the sender reports that are due; returns when the next are.

        Where nothing is sent an empty report goes out instead: clients take silence for a path that broke.
        """
        looked = [outlet for outlet in self.all if outlet.track is not None and now >= outlet.next_report]
        for outlet in looked:
            outlet.next_report = next_beat(now, REPORT_S)
        due = [report for outlet in looked if (report := outlet.report(self.commons, now)) is not None]
        for at in range(0, len(due), REPORTS_PER_COMPOUND):
            some = due[at : at + REPORTS_PER_COMPOUND]
            names = SourceDescription(tuple((report.ssrc, name) for report, name in some))
            self.commons.plane.send_rtcp(self.peer, build([*(report for report, _ in some), names]))
        if looked and not due and self.open and not any(outlet.flowed for outlet in looked):
            self.commons.plane.send_rtcp(self.peer, build([ReceiverReport(looked[0].ssrc, ())]))
        return min((outlet.next_report for outlet in self.all if outlet.track is not None), default=now + REPORT_S)

    def fares(self) -> tuple[float, float | None]:
        """The greatest share that the peer lost of anything, and seconds to it and back."""
        flowing = [outlet for outlet in self.all if outlet.track is not None]
        times = [outlet.round_trip_s for outlet in flowing if outlet.round_trip_s is not None]
        return max((outlet.lost for outlet in flowing), default=0.0), min(times, default=None)

    def state(self) -> list[dict[str, object]]:
        """For people who look for a fault."""
        return [
            {
                "kind": outlet.kind,
                "track": None if outlet.track is None else str(outlet.track.id),
                "codec": None if (codec := outlet.codec()) is None else codec.name,
                "flows": outlet.flows,
                "step": outlet.step,
            }
            for outlet in self.all
        ]

    def _refresh(self, ssrc: int) -> None:
        outlet = self._by_ssrc.get(ssrc)
        if outlet is not None and outlet.track is not None:
            self.commons.want_keyframe(outlet.track)
