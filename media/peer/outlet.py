"""One m-section of what a subscriber receives, with its one route of the packet plane."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from media.bandwidth.allocator import PAUSED, Rank, Wish
from media.commands import Kind
from media.peer import layers
from media.peer.commons import Commons
from media.peer.layers import Layer, Shown
from media.peer.track import Track
from media.plane.interface import Extensions, PeerIndex, Route, RouteIndex
from media.rtcp.packets import ReportBlock, SenderReport
from media.rtcp.reports import SenderClock
from media.sdp import choice
from media.sdp.description import Codec

OBEYED, OBEY_S = 1.3, 5.0  # times its share a source may send, and how long it may take to come down to that
SOON_S = 0.05  # until the first: sound and picture are in step once it is there


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
        return {target} if self.feeding is None or self.track.inner else {target, self.feeding}

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
