"""What loss says of the line (GCC draft §6), when it is not the line's own.

A radio loses packets whatever we send, and sending less mends nothing: then FEC and repairs are the remedy. So loss
counts as ours from a tenth on where packets also wait in a queue, and from a fifth on where they do not.
"""

from dataclasses import dataclass

from media.bandwidth.rate import DECREASE, LEAST_BPS, MOST_BPS

HEAVY_WITH_QUEUE, HEAVY = 0.10, 0.20  # shares lost
LEAST_PACKETS = 20  # to judge by
LEAST_S, LONGEST_S = 0.5, 3.0  # of one judgement
GROWTH_PER_S = 1.08


@dataclass(slots=True)
class LossLimit:
    """A ceiling that heavy loss lowers and a clean line lifts; infinite until there is reason for one."""

    bitrate_bps: float = MOST_BPS
    share: float = 0.0  # lost, when last judged
    _lost: int = 0
    _expected: int = 0
    _since: float | None = None

    def receive(
        self, lost: int, expected: int, estimate_bps: float, arriving_bps: float, now: float, *, queued: bool
    ) -> None:
        """`lost` of `expected` packets; `queued`: those that came had waited."""
        if self._since is None:
            self._since = now
        self._lost += lost
        self._expected += expected
        seconds = now - self._since
        enough = self._expected >= LEAST_PACKETS and seconds >= LEAST_S
        if self._expected > 0 and (enough or seconds >= LONGEST_S):
            self.judge(max(0.0, self._lost / self._expected), seconds, estimate_bps, arriving_bps, queued=queued)
            self._lost = self._expected = 0
            self._since = now

    def judge(self, share: float, seconds: float, estimate_bps: float, arriving_bps: float, *, queued: bool) -> None:
        """`share` was lost in the last `seconds`, and the rest came; what comes the line does carry."""
        self.share = share
        heavy = HEAVY_WITH_QUEUE if queued else HEAVY
        if share > heavy:
            lowered = min(self.bitrate_bps, estimate_bps) * (1 - share / 2)
            self.bitrate_bps = min(self.bitrate_bps, max(LEAST_BPS, lowered, DECREASE * arriving_bps))
        elif share < heavy / 2:
            self.bitrate_bps = min(MOST_BPS, self.bitrate_bps * GROWTH_PER_S ** min(seconds, LONGEST_S))

    def prove(self, bitrate_bps: float) -> None:
        """A probe came through at this rate."""
        self.bitrate_bps = max(self.bitrate_bps, min(bitrate_bps, MOST_BPS))

    def take_back(self) -> None:
        """A packet that counted as lost has come."""
        self._lost -= 1
