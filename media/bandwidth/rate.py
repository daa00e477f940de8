"""Additive increase, multiplicative decrease: how fast the estimate moves (GCC draft §5.5, §6)."""

from dataclasses import dataclass, field
from math import sqrt

from media.bandwidth.trend import Signal

START_BPS = 1_000_000  # before the line has told anything: a good picture, and no flood for a poor line
LEAST_BPS = 60_000  # sound goes out whatever the estimate; less than this no line that carries a call has
MOST_BPS = 50_000_000  # nobody needs more of one relay
DECREASE = 0.85  # of what arrives, when the queue grows: it empties meanwhile
GROWTH_PER_S = 1.08  # while the limit is not known
FREE_GROWTH_PER_S = 1.25  # where nothing is sent in proof: it only tells when to try the next better picture
HEADROOM, HEADROOM_BPS = 1.5, 10_000.0  # how far above what arrives the estimate may climb: more is not proved
PACKET_BITS = 1_200 * 8
LEAST_STEP_BPS = 4_000.0  # per second, near the limit
REACTION_S = 0.1  # until a change shows in the feedback, beside the round trip; a packet more in twice that time
SOONEST_S = 0.2  # between two decreases: the first must have had time to show


@dataclass(slots=True)
class Capacity:
    """What arrived when the queue began to grow: the limit, as mean and deviation (kbit/s)."""

    mean: float | None = None
    _deviation: float = 0.4  # variance over mean

    def note(self, bitrate_bps: float) -> None:
        sample = bitrate_bps / 1000
        if self.mean is None:
            self.mean = sample
            return
        error = self.mean - sample
        self.mean += 0.05 * (sample - self.mean)
        variance = 0.95 * self._deviation + 0.05 * error * error / max(self.mean, 1.0)
        self._deviation = max(0.4, min(variance, 2.5))

    def contradicted_by(self, bitrate_bps: float) -> bool:
        if self.mean is None:
            return False
        return abs(bitrate_bps / 1000 - self.mean) > 3 * sqrt(self._deviation * self.mean)

    def exceeded_by(self, bitrate_bps: float) -> bool:
        return self.mean is not None and bitrate_bps / 1000 > self.mean and self.contradicted_by(bitrate_bps)


@dataclass(slots=True)
class Rate:
    """The delay-based estimate. Times are seconds on the caller's monotonic clock."""

    bitrate_bps: float = START_BPS
    limited: bool = False  # the line has shown that it has a limit
    _capacity: Capacity = field(default_factory=Capacity)
    _holding: bool = False  # until the queue is empty again
    _changed: float | None = None
    _decreased: float = -1.0

    def update(
        self, signal: Signal, arriving_bps: float | None, round_trip_s: float, now: float, *, free: bool = False
    ) -> None:
        """One feedback was read. `free`: no probe can prove more than what arrives, so growth is not held back."""
        if signal is Signal.OVERUSE:
            self._decrease(arriving_bps, round_trip_s, now)
        elif signal is Signal.UNDERUSE:
            self._holding = True
        elif self._holding:
            self._holding = False
        elif arriving_bps is not None:
            self._increase(arriving_bps, round_trip_s, now, free=free)
        if arriving_bps is not None and signal is not Signal.OVERUSE:
            self.bitrate_bps = max(self.bitrate_bps, min(DECREASE * arriving_bps, MOST_BPS))  # what was less was a gap
        self._changed = now

    def prove(self, bitrate_bps: float) -> None:
        """A probe came through at this rate."""
        if bitrate_bps > self.bitrate_bps:
            self.bitrate_bps = min(bitrate_bps, MOST_BPS)
            self._capacity = Capacity()

    def unproved(self, arriving_bps: float | None) -> bool:
        """Whether the estimate is more than what arrives can prove."""
        return arriving_bps is not None and self.bitrate_bps > _proved(arriving_bps)

    def yield_to(self, bitrate_bps: float) -> None:
        """Somebody else knows of a limit."""
        self.bitrate_bps = max(LEAST_BPS, min(self.bitrate_bps, bitrate_bps))
        self.limited = True

    def _increase(self, arriving_bps: float, round_trip_s: float, now: float, *, free: bool) -> None:
        seconds = min(1.0, now - self._changed) if self._changed is not None else 0.0
        if self._capacity.exceeded_by(arriving_bps):
            self._capacity = Capacity()
        if free or self._capacity.mean is None:
            grown = self.bitrate_bps * (FREE_GROWTH_PER_S if free else GROWTH_PER_S) ** seconds
        else:
            step = max(LEAST_STEP_BPS, PACKET_BITS / (2 * (round_trip_s + REACTION_S)))
            grown = self.bitrate_bps + step * seconds
        most = MOST_BPS if free else _proved(arriving_bps)
        self.bitrate_bps = max(self.bitrate_bps, min(grown, most, MOST_BPS))

    def _decrease(self, arriving_bps: float | None, round_trip_s: float, now: float) -> None:
        soon = now - self._decreased < min(SOONEST_S, max(0.01, round_trip_s))
        far_above = arriving_bps is not None and self.bitrate_bps > 2 * arriving_bps
        if soon and not far_above:
            return
        basis = self.bitrate_bps if arriving_bps is None else arriving_bps
        lowered = DECREASE * basis
        if lowered > self.bitrate_bps and self._capacity.mean is not None:
            lowered = DECREASE * self._capacity.mean * 1000
        self.bitrate_bps = max(LEAST_BPS, min(self.bitrate_bps, lowered))
        if arriving_bps is not None:
            if self._capacity.contradicted_by(arriving_bps) and not self._capacity.exceeded_by(arriving_bps):
                self._capacity = Capacity()
            self._capacity.note(arriving_bps)
        self._decreased, self._holding, self.limited = now, True, True


def _proved(arriving_bps: float) -> float:
    return HEADROOM * arriving_bps + HEADROOM_BPS
