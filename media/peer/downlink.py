"""The line to one peer: what it is thought to carry, and what of that each of the peer's outlets gets."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from media.bandwidth.allocator import PAUSED, RAISE_MARGIN, Wish, allocate
from media.bandwidth.estimator import Estimator
from media.bandwidth.meter import Meter
from media.beat import next_beat
from media.peer.commons import Commons
from media.peer.outlet import Outlet
from media.peer.outlets import Outlets
from media.peer.repairs import Repairs
from media.peer.stills import Stills
from media.plane.interface import PeerIndex
from media.rtcp.packets import BitrateEstimate, Nack, Packet, ReceiverReport, TransportFeedback

LOOK_S = 0.5  # between two allocations while the line carries what was given
CALM_LOOK_S = 2.0  # the same where no limit has shown and everything is given
PADDING = 255  # bytes in a packet of a probe
PADDED_OCTETS = 300  # of its datagram
AMPLE = 1.2  # times what is given: with so much to spare the line is only watched
USED = 0.75  # of its share: a source that sends so much would send more
EAGER = 1.5  # times the estimate, of which such a source makes us learn
ENDURED_S = 1.0  # by a picture that seems to fit no longer: an estimate errs for a moment, and a pause lasts seconds
TRUSTED_S = 10.0  # after a pause, before it is endured again: it was only tried
LOSSY = 0.03  # of what goes to him is lost: of the repairs as much, and who lost one notices late
TALKING_BPS = 10_000.0  # sent to him at least, before his silence means something


@dataclass(slots=True)
class Downlink:
    """Owned by the peer. Times are seconds on the caller's monotonic clock."""

    commons: Commons
    peer: PeerIndex
    outlets: Outlets
    estimator: Estimator = field(default_factory=Estimator)
    _sending: Meter = field(default_factory=Meter)
    _look_at: float = 0.0
    _looked_bps: int = 0  # the estimate at the last look
    _given_bps: float = 0.0
    _wanted_bps: float = 0.0  # the estimate that the next better picture needs
    _probed: Outlet | None = None  # on whose route padding goes
    _reported: float | None = None  # when he last told of losses
    _lacking: dict[Outlet, float] = field(default_factory=dict)  # since when the line seems to carry it no longer
    _trusted: dict[Outlet, float] = field(default_factory=dict)  # from when on that is endured for a moment
    _repairs: Repairs = field(default_factory=Repairs)
    _stills: Stills = field(init=False)

    def __post_init__(self) -> None:
        self._stills = Stills(self.commons, self.outlets)

    def receive(self, packets: list[Packet], now: float) -> float:
        """What the peer tells of what it receives; returns when `on_time` is to be called."""
        for packet in packets:
            if isinstance(packet, TransportFeedback):
                self._hear(packet, now)
            elif isinstance(packet, Nack):
                self._repair(packet, now)
            elif isinstance(packet, BitrateEstimate):
                self.estimator.hear_estimate(packet.bitrate_bps, self._sending_bps(now), now)
            elif isinstance(packet, ReceiverReport) and packet.blocks:
                self._hear_losses(packet, now)
        if now >= self._look_at or self.estimator.bitrate_bps < min(self._given_bps, self._looked_bps):
            self.look(now)
        return self._probe(now)

    def on_time(self, now: float) -> float:
        """Does what is due; returns when more will be."""
        if self.estimator.told and self._sending_bps(now) > TALKING_BPS:
            self.estimator.hear_nothing(now)
        if now >= self._look_at:
            self.look(now)
        return min(self._probe(now), self._stills.on_time(self.estimator.bitrate_bps, now))

    def look(self, now: float) -> None:
        """Divides the line anew."""
        self._looked_bps = self.estimator.bitrate_bps
        wishes = [(outlet, wish) for outlet in self.outlets.all if (wish := outlet.wish()) is not None]
        self.estimator.paced = any(outlet.extensions.transport_cc for outlet, _ in wishes)
        allocation = allocate(self._estimate([wish for _, wish in wishes]), [wish for _, wish in wishes])
        self._given_bps, self._wanted_bps = allocation.total_bps, allocation.wanted_bps
        calm = not self.estimator.limited and not allocation.wanted_bps
        self._look_at = next_beat(now, CALM_LOOK_S if calm else LOOK_S, self.peer)
        spare = self.estimator.bitrate_bps - self._given_bps if self.estimator.limited else math.inf
        for (outlet, _), step, cost in zip(wishes, allocation.steps, allocation.costs, strict=True):
            outlet.room_bps = cost + max(0.0, spare)
            if not self._endures(outlet, step, now) and outlet.step != step:
                self.outlets.give(outlet, step)
        self._probed = next((outlet for outlet, _ in wishes if outlet.takes_padding), None)
        self.estimator.probes = self._probed is not None
        elastic = [outlet for outlet, wish in wishes if wish.elastic and outlet.step != PAUSED]
        costs = zip(wishes, allocation.costs, strict=True)
        self._share(elastic, {outlet: cost for (outlet, _), cost in costs}, now)

    def refresh(self) -> None:
        """Key frames of all that is shown: what went to an address that was left is more than repairs bring back."""
        for outlet in self.outlets.all:
            if outlet.track is not None and outlet.flows:
                self.commons.want_keyframe(outlet.track)

    def state(self) -> dict[str, object]:
        """For people who look for a fault."""
        return {
            "estimate_bps": self.estimator.bitrate_bps,
            "limited": self.estimator.limited,
            "given_bps": round(self._given_bps),
            "wanted_bps": round(self._wanted_bps),
            "queue_ms": round(self.estimator.queue.seconds * 1000),
            "lost": round(self.estimator.loss.share, 3),
        }

    # ── what may be given

    def _endures(self, outlet: Outlet, step: int, now: float) -> bool:
        """Whether a picture that is to be paused goes on for a moment."""
        if step != PAUSED:
            self._lacking.pop(outlet, None)
            if outlet.step == PAUSED:
                self._trusted[outlet] = now + TRUSTED_S
            return False
        since = self._lacking.setdefault(outlet, now)
        return outlet.step != PAUSED and now - since < ENDURED_S and now >= self._trusted.get(outlet, now)

    def _estimate(self, wishes: list[Wish]) -> float:
        """Until the line has shown a limit nothing is paused for it: the estimate only tells what was tried."""
        least = sum(wish.steps[0] for wish in wishes)
        return max(self.estimator.bitrate_bps, 0.0 if self.estimator.limited else least * RAISE_MARGIN)

    def _share(self, elastic: list[Outlet], costs: Mapping[Outlet, float], now: float) -> None:
        """Tells sources that only this peer gets how much the line leaves them: what was given, and what is spare.

        A publisher hears one figure for all her pictures, so those that heed none are told as well.
        """
        heeded = bool(elastic) and self.estimator.limited
        spare = max(0.0, self.estimator.bitrate_bps - self._given_bps) / max(1, len(elastic))
        for outlet in self.outlets.all:
            given = costs.get(outlet, 0.0) + (spare if outlet in elastic else 0.0)
            outlet.share_bps = given if heeded and outlet.alone else None
        for outlet in elastic:
            outlet.note_obedience(now)
            if outlet.share_bps is not None and outlet.bitrate_bps > USED * outlet.share_bps:
                self._wanted_bps = max(self._wanted_bps, EAGER * self.estimator.bitrate_bps)

    # ── what the peer tells

    def _hear(self, feedback: TransportFeedback, now: float) -> None:
        calm = not self._wanted_bps and self._given_bps * AMPLE < self.estimator.bitrate_bps
        if not self.estimator.skips(now, calm=calm):
            departures = self.commons.plane.departures(self.peer, feedback.base, len(feedback.arrivals))
            self.estimator.receive(feedback, departures, now)

    def _repair(self, nack: Nack, now: float) -> None:
        repairs, round_trip_s = self._repairs, self.estimator.round_trip_s
        lossy = self.estimator.loss.share > LOSSY and not self.estimator.queue.unusual
        repairs.refill(self.estimator.bitrate_bps, now)
        for sequence in nack.sequences:
            if repairs.may(nack.media, sequence, round_trip_s, now):
                sent = self.outlets.repair(nack.media, [sequence] * (2 if lossy else 1), now)
                repairs.note(nack.media, sequence, sent, now)

    def _hear_losses(self, report: ReceiverReport, now: float) -> None:
        """Fractions count since the report before."""
        since, self._reported = self._reported, now
        if since is not None and not self.estimator.told:
            share = max(block.fraction_lost for block in report.blocks) / 256
            self.estimator.hear_loss(share, now - since, self._sending_bps(now))

    def _sending_bps(self, now: float) -> float:
        counters = [self.commons.plane.route(outlet.index) for outlet in self.outlets.all]
        packets = sum(one.packets for one in counters if one is not None)
        octets = sum(one.octets for one in counters if one is not None)
        return self._sending.count(packets, octets, now)

    # ── what is sent beside

    def _probe(self, now: float) -> float:
        """Sends padding where it is time to; returns when the next is due."""
        if self._probed is None:
            return math.inf
        octets = self.estimator.padding_due(self._wanted_bps, now)
        if octets:
            count = max(1, round(octets / PADDED_OCTETS))
            sent = self.commons.plane.probe(self._probed.index, count, PADDING, now)
            self.estimator.prober.sent(sent * PADDED_OCTETS)
            self.estimator.probes = sent > 0  # where none can go, growth is tried blindly until the next look
        due = self.estimator.prober.next_deadline()
        return math.inf if due is None else due
