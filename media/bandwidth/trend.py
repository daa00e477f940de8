"""Whether a queue is growing on the way to a subscriber: the over-use detector (GCC draft §5.4, §5.5).

The filter is the trendline that followed the draft's Kalman filter in browsers: the slope of the delay over the last
groups. Its threshold adapts, so that a line of much jitter is not taken for a full one.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import Enum

from media.bandwidth.groups import Step

WINDOW = 20  # groups: two thirds of a second of video
SMOOTHING = 0.9  # of the delay before the slope is taken
GAIN = 4.0
MAX_COUNTED = 60  # the slope counts the more the more groups there were, up to so many
FIRST_THRESHOLD_MS, LEAST_THRESHOLD_MS, MOST_THRESHOLD_MS = 12.5, 6.0, 600.0
RISE, FALL = 0.0087, 0.039  # of the threshold, per ms: slowly up to a competing queue, quickly down again
MAX_EXCESS_MS = 15.0  # a slope that far above is a spike, to which the threshold must not adapt
MAX_ADAPTION_MS = 100.0  # at once
PERSISTENCE_MS = 10.0  # over the threshold before it counts


class Signal(Enum):
    NORMAL = "normal"
    OVERUSE = "overuse"  # the queue grows
    UNDERUSE = "underuse"  # the queue empties


@dataclass(slots=True)
class Trend:
    """The slope of the delay over the last groups, and what it means."""

    signal: Signal = Signal.NORMAL
    threshold_ms: float = FIRST_THRESHOLD_MS
    _points: deque[tuple[float, float]] = field(default_factory=deque)  # arrival, smoothed delay: ms
    _sums: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)  # of x, y, x², xy
    _count: int = 0
    _delay: float = 0.0
    _smoothed: float = 0.0
    _slope: float = 0.0
    _over_ms: float | None = None
    _times_over: int = 0

    def receive(self, step: Step) -> Signal:
        self._count += 1
        self._delay += (step.arrival - step.departure) * 1000
        self._smoothed = SMOOTHING * self._smoothed + (1 - SMOOTHING) * self._delay
        before = self._slope
        self._add(step.at * 1000, self._smoothed)
        excess = min(self._count, MAX_COUNTED) * self._slope * GAIN
        self._detect(excess, rising=self._slope >= before, left_ms=step.departure * 1000)
        self._adapt(abs(excess), step.arrival * 1000)
        return self.signal

    def _add(self, at_ms: float, delay_ms: float) -> None:
        """One more point; the slope of the line through all of them, by least squares.

        The sums count from the oldest point, so it adds nothing to them, and leaving it only moves their zero.
        """
        points = self._points
        points.append((at_ms, delay_ms))
        x, y, xx, xy = self._sums
        zero_at, zero_delay = points[0]
        at, delay = at_ms - zero_at, delay_ms - zero_delay
        x, y, xx, xy = x + at, y + delay, xx + at * at, xy + at * delay
        if len(points) > WINDOW:
            points.popleft()
            at, delay = points[0][0] - zero_at, points[0][1] - zero_delay
            xy += WINDOW * at * delay - at * y - delay * x
            xx += WINDOW * at * at - 2 * at * x
            x, y = x - WINDOW * at, y - WINDOW * delay
            spread = WINDOW * xx - x * x
            if spread > 0:
                self._slope = (WINDOW * xy - x * y) / spread
        self._sums = x, y, xx, xy

    def _detect(self, excess: float, *, rising: bool, left_ms: float) -> None:
        if self._count < 2:
            return
        if excess > self.threshold_ms:
            self._over_ms = left_ms / 2 if self._over_ms is None else self._over_ms + left_ms
            self._times_over += 1
            if self._over_ms > PERSISTENCE_MS and self._times_over > 1 and rising:
                self._over_ms, self._times_over = 0.0, 0
                self.signal = Signal.OVERUSE
            return
        self._over_ms, self._times_over = None, 0
        self.signal = Signal.UNDERUSE if excess < -self.threshold_ms else Signal.NORMAL

    def _adapt(self, excess: float, since_ms: float) -> None:
        if excess > self.threshold_ms + MAX_EXCESS_MS:
            return
        speed = FALL if excess < self.threshold_ms else RISE
        moved = self.threshold_ms + speed * (excess - self.threshold_ms) * min(since_ms, MAX_ADAPTION_MS)
        self.threshold_ms = max(LEAST_THRESHOLD_MS, min(moved, MOST_THRESHOLD_MS))
