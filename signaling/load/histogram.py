"""How long things took, counted in bins, so that an hour costs no more memory than a minute."""

from dataclasses import dataclass, field

BIN_S = 0.000_1
BINS = 50_000  # five seconds; what took longer falls into the last one


@dataclass(slots=True)
class Histogram:
    count: int = 0
    _bins: list[int] = field(default_factory=lambda: [0] * BINS)

    def add(self, seconds: float) -> None:
        """A time below zero (two clocks that differ) counts as zero."""
        self.count += 1
        self._bins[min(max(0, int(seconds / BIN_S)), BINS - 1)] += 1

    def below(self, share: float) -> float | None:
        """Seconds within which this share of all lies, to the middle of a bin; None while there is nothing."""
        wanted, seen = share * self.count, 0
        if not self.count:
            return None
        for index, number in enumerate(self._bins):
            seen += number
            if seen >= wanted:
                return (index + 0.5) * BIN_S
        return BINS * BIN_S
