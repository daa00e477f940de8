"""How long packets wait on the way to a subscriber, beside how long they are used to."""

from dataclasses import dataclass

RECENT, USUAL = 1 / 8, 1 / 256  # weight of one group of packets: a fifth of a second, and some five seconds
AWAITED = 1 / 128  # while the wait is unusual: some three seconds, in which a queue empties and another route stays
UNUSUAL = 2.0  # times the usual deviation
FIRST_DEVIATION_S = 0.015  # until the line has shown its own
LEAST_S = 0.010  # a wait that is felt at all


@dataclass(slots=True)
class Queue:
    """Delays are differences of two clocks, of which the constant drops out."""

    deviation: float = FIRST_DEVIATION_S  # of a group from those just before: the line's jitter, whatever waits
    _recent: float | None = None
    _usual: float = 0.0

    @property
    def seconds(self) -> float:
        """Waited of late beyond what is usual."""
        return 0.0 if self._recent is None else self._recent - self._usual

    @property
    def unusual(self) -> bool:
        """Packets wait longer than jitter explains: without that, a rise of the delay is no growing queue."""
        return self.seconds > UNUSUAL * self.deviation + LEAST_S

    def receive(self, delay: float) -> None:
        """The delay of one more group of packets."""
        if self._recent is None:
            self._recent = self._usual = delay
            return
        self.deviation += USUAL * (abs(delay - self._recent) - self.deviation)
        self._recent += RECENT * (delay - self._recent)
        if self.seconds < -self.deviation:
            self._usual = self._recent  # what was usual was a queue
        else:
            self._usual += (AWAITED if self.unusual else USUAL) * (delay - self._usual)
