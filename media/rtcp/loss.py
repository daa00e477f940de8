"""Which lost packets to ask a publisher for again (generic NACK, RFC 4585 §6.2.1)."""

from dataclasses import dataclass, field

PATIENCE_S = 0.020  # a packet overtaken on the way comes within this time, so asking earlier wastes its repeat
INTERVAL_S = 0.040  # before asking once more, doubled each time; browsers do not repeat what is still under way
TRIES = 5  # the last 0.6 s after the loss: what comes later nobody waits for
MAX_MISSING = 256  # of one source; whoever lost more needs a key frame, not repairs


@dataclass(slots=True)
class LossTracker:
    """The missing packets of one source.

    Numbers are extended (they only grow), times are seconds on the caller's monotonic clock. At most `MAX_MISSING`
    numbers are remembered, the newest, and each is asked for at most `TRIES` times.
    """

    patience_s: float = PATIENCE_S
    interval_s: float = INTERVAL_S
    _missing: dict[int, tuple[float, int]] = field(default_factory=dict)  # number → (ask at, times asked)
    _earliest: float = 0.0  # nothing is due before

    def __len__(self) -> int:
        return len(self._missing)

    def lost(self, first: int, end: int, now: float) -> None:
        """The numbers from `first` up to but not including `end` were skipped."""
        at = now + self.patience_s
        for number in range(max(first, end - MAX_MISSING), end):
            self._missing[number] = (at, 0)
        for oldest in list(self._missing)[:-MAX_MISSING]:
            del self._missing[oldest]
        self._earliest = min(self._earliest, at)

    def found(self, number: int) -> None:
        self._missing.pop(number, None)

    def due(self, now: float) -> list[int]:
        """The numbers to ask for now, each told once until its interval has passed."""
        if now < self._earliest or not self._missing:
            return []
        asked = [number for number, (at, _) in self._missing.items() if at <= now]
        for number in asked:
            times = self._missing[number][1] + 1
            if times < TRIES:
                self._missing[number] = (now + self.interval_s * 2 ** (times - 1), times)
            else:
                del self._missing[number]
        self._earliest = min((at for at, _ in self._missing.values()), default=now)
        return asked
