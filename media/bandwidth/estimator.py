"""What the line to one subscriber carries, by what he tells of it (ALLOCATION.md)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from media.bandwidth.groups import Arrived, Departure, Groups
from media.bandwidth.loss import LossLimit
from media.bandwidth.probe import Prober, Proof
from media.bandwidth.queue import Queue
from media.bandwidth.rate import LEAST_BPS, MOST_BPS, Rate
from media.bandwidth.throughput import Throughput
from media.bandwidth.trend import Signal, Trend
from media.rtcp.transport import REFERENCE_TICKS, TICK_S, TransportFeedback
from media.rtp.sequence import extend

GAP_S = 2.0  # without a packet: what comes then is not compared with what was before
SILENCE_S = 2.0  # of somebody who told of what he got, while packets go to him: the line is in trouble
SILENT_SHARE = 0.5  # of the estimate that is left after each such time
SAMPLED, CALM_LOSS = 4, 0.02  # five feedbacks a second of twenty, while hardly anything is lost
FIRST_ROUND_TRIP_S = 0.1
MAX_MISSING = 512  # numbers told as lost which may yet come
_REFERENCES = 1 << 24  # reference times before they begin anew

Told = tuple[list[int | None], list[Departure | None]]  # ticks of arrival and departures, number by number


@dataclass(slots=True)
class Estimator:
    """One subscriber's line. Times are seconds on the caller's monotonic clock, rates bits per second.

    Whatever he tells, the estimate stays between `LEAST_BPS` and `MOST_BPS`; what he tells of packets that were never
    sent to him, or tells twice, counts for nothing.
    """

    paced: bool = False  # transport-wide feedback was agreed
    probes: bool = False  # padding can be sent, so growth need not be tried on pictures
    rate: Rate = field(default_factory=Rate)
    loss: LossLimit = field(default_factory=LossLimit)
    prober: Prober = field(default_factory=Prober)
    throughput: Throughput = field(default_factory=Throughput)
    queue: Queue = field(default_factory=Queue)
    round_trip_s: float = FIRST_ROUND_TRIP_S
    _groups: Groups = field(default_factory=Groups)
    _trend: Trend = field(default_factory=Trend)
    _told_at: float | None = None  # transport-wide feedback came
    _estimated: bool = False  # REMB came
    _next: int | None = None  # extended number after the highest told of
    _missing: dict[int, None] = field(default_factory=dict)
    _skipping: int = 0  # feedbacks since the line became calm
    _reference: int = 0  # of the last feedback, extended
    _last_arrival: float = 0.0

    @property
    def bitrate_bps(self) -> int:
        """Without any word from him, and none agreed, only loss limits what he gets."""
        told = self.paced or self._estimated
        return int(max(LEAST_BPS, min(self.rate.bitrate_bps if told else MOST_BPS, self.loss.bitrate_bps)))

    @property
    def told(self) -> bool:
        """Whether transport-wide feedback has come: what else he tells counts for nothing then."""
        return self._told_at is not None

    @property
    def limited(self) -> bool:
        """Whether the line has shown a limit; before that the estimate is only what was tried so far."""
        return self.rate.limited or self.loss.bitrate_bps < MOST_BPS

    def padding_due(self, wanted_bps: float, now: float) -> int:
        """Octets of padding to send now, to learn of the line; `prober.sent` is to hear how many went."""
        if not self.probes or self._told_at is None or (self.queue.unusual and not self.prober.under_way):
            return 0
        return self.prober.octets_due(wanted_bps, self.bitrate_bps, self.queue.deviation, now)

    # ── transport-wide feedback

    def skips(self, now: float, *, calm: bool) -> bool:
        """Whether the feedback that has just come need not be read: on a calm line one of `SAMPLED` tells enough."""
        quiet = self._trend.signal is Signal.NORMAL and not self.queue.unusual and self.loss.share < CALM_LOSS
        if not calm or not quiet or self.prober.under_way:
            self._skipping = 0
            return False
        if not self._skipping:
            self.throughput = Throughput()  # what arrives is counted only where all is read
        self._skipping += 1
        self._told_at = now
        return self._skipping % SAMPLED != 0

    def receive(self, feedback: TransportFeedback, departures: Sequence[Departure | None], now: float) -> None:
        """`departures` of the numbers that the feedback tells of, in their order."""
        if departures.count(None) == len(departures):
            return
        ticks, departures = self._fresh(feedback, departures)
        sent = len(departures) - departures.count(None)
        zero = self._zero(feedback)
        heard = self._groups.receive(ticks, departures, zero)
        self._told_at = now
        if heard.packets:
            self._hear(heard, now)
        arriving, queued = self.throughput.bitrate_bps or 0.0, self.queue.unusual
        self.loss.receive(sent - heard.packets, sent, self.bitrate_bps, arriving, now, queued=queued)
        if self.prober.under_way:
            self._prove(self.prober.receive(ticks, departures, zero, now))

    def _hear(self, heard: Arrived, now: float) -> None:
        if heard.last_arrival - self._last_arrival > GAP_S:
            self._groups, self._trend, self.queue = Groups(), Trend(), Queue()
        elif not self._skipping:
            self.throughput.receive(heard.octets, heard.last_arrival)
        self._last_arrival = heard.last_arrival
        sample = max(0.0, now - heard.last_departure)  # and the time that the feedback waited to be sent, if it did
        self.round_trip_s = min(sample, self.round_trip_s + (sample - self.round_trip_s) / 64)
        for step in heard.steps:
            self._trend.receive(step)
            self.queue.receive(step.delay)
        if heard.steps:
            signal = self._judge()
            self._move(signal, now)
            if signal is Signal.OVERUSE:
                self.prober.limited(now)

    def _judge(self) -> Signal:
        """A slope is a growing queue only where packets wait; where they wait without a slope, it must empty first."""
        signal = self._trend.signal
        if signal is Signal.OVERUSE and not self.queue.unusual:
            return Signal.NORMAL
        return Signal.UNDERUSE if signal is Signal.NORMAL and self.queue.unusual else signal

    def _move(self, signal: Signal, now: float) -> None:
        arriving, free = self.throughput.bitrate_bps, not self.probes and self.prober.may_try(now)
        self.rate.update(signal, arriving, self.round_trip_s, now, free=free)
        if free and self.rate.unproved(arriving):
            self.prober.tried(now)

    def _prove(self, proof: Proof | None) -> None:
        if proof is not None:
            self.rate.prove(proof.bitrate_bps)
            if proof.clean:
                self.loss.prove(proof.bitrate_bps)

    def _fresh(self, feedback: TransportFeedback, departures: Sequence[Departure | None]) -> Told:
        """What was not told before; a packet told as lost that came after all is no longer lost."""
        base = feedback.base if self._next is None else extend(feedback.base, self._next)
        skip = max(0, self._next - base) if self._next is not None else 0
        ticks = list(feedback.arrivals)
        for place in range(min(skip, len(ticks))):
            if ticks[place] is not None and base + place in self._missing:
                del self._missing[base + place]
                self.loss.take_back()
        if None in ticks:
            self._missing |= {base + place: None for place in range(skip, len(ticks)) if ticks[place] is None}
            for oldest in list(self._missing)[:-MAX_MISSING]:
                del self._missing[oldest]
        self._next = max(self._next or 0, base + len(ticks))
        return ticks[skip:], list(departures[skip:])

    def _zero(self, feedback: TransportFeedback) -> float:
        """The time, on his clock, from which the feedback's ticks count; it does not go round."""
        ahead = (feedback.reference - self._reference + _REFERENCES // 2) % _REFERENCES - _REFERENCES // 2
        self._reference += ahead
        return self._reference * REFERENCE_TICKS * TICK_S

    # ── what else he may tell

    def hear_estimate(self, bitrate_bps: int, sending_bps: float, now: float) -> None:
        """REMB: a limit where it is less than what he is sent; else leave to try a little more than he is sent."""
        if self.told:
            return
        self._estimated = True
        if bitrate_bps < sending_bps or bitrate_bps < LEAST_BPS:
            self.rate.yield_to(bitrate_bps)
            return
        self.rate.update(Signal.NORMAL, sending_bps, self.round_trip_s, now, free=True)
        self.rate.bitrate_bps = min(MOST_BPS, max(self.rate.bitrate_bps, float(bitrate_bps)))

    def hear_loss(self, share: float, seconds: float, sending_bps: float) -> None:
        """A receiver report of the last `seconds`: for those who tell nothing better."""
        if not self.told:
            estimate = min(sending_bps, self.bitrate_bps)
            self.loss.judge(share, seconds, estimate, sending_bps * (1 - share), queued=True)

    def hear_nothing(self, now: float) -> None:
        """Packets go to him and he is silent: to be called from time to time."""
        if self._told_at is not None and now - self._told_at >= SILENCE_S:
            self._told_at = now
            self.rate.yield_to(self.rate.bitrate_bps * SILENT_SHARE)
            self.prober.limited(now)
