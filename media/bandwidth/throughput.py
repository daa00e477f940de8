"""What arrives at a subscriber per second, by his own feedback: what the line has been seen to carry."""

from collections import deque
from dataclasses import dataclass, field

WINDOW_S = 0.5  # several pictures and several feedbacks: less swings with every key frame
LEAST_S = 0.1  # a shorter stretch says nothing
MAX_ENTRIES = 64


@dataclass(slots=True)
class Throughput:
    """Octets by the arrival, on the subscriber's clock, of the last packet of each feedback."""

    bitrate_bps: float | None = None  # None: not known yet
    _told: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=MAX_ENTRIES))
    _octets: int = 0

    def receive(self, octets: int, at: float) -> None:
        told = self._told
        if told and not 0 <= at - told[-1][0] <= WINDOW_S:
            told.clear()  # silence, or a clock that was set: no stretch to measure
            self._octets = 0
        if len(told) == MAX_ENTRIES:
            self._drop_oldest()
        told.append((at, octets))
        self._octets += octets
        while at - told[0][0] > WINDOW_S and len(told) > 1:
            self._drop_oldest()
        stretch = at - told[0][0]
        if stretch >= LEAST_S:
            self.bitrate_bps = (self._octets - told[0][1]) * 8 / stretch  # what the first brought came before

    def _drop_oldest(self) -> None:
        self._octets -= self._told.popleft()[1]
