"""The bitrate a publisher may reach where only REMB is understood: told from loss (ALLOCATION.md)."""

from dataclasses import dataclass

START_BPS = 2_000_000  # a camera of 720p at once; without any word from us browsers stay at 300 kbit/s
MOST_BPS = 4_000_000
LEAST_BPS = 150_000  # below that a picture is of no use
GROWTH = 1.08  # a step while hardly anything is lost
LIGHT, HEAVY = 0.02, 0.10  # fractions lost between which the ceiling stays


@dataclass(slots=True)
class Ceiling:
    """Additive in steps of a report: up while loss is light, down in proportion to heavy loss."""

    bitrate_bps: int = START_BPS

    def hear(self, fraction_lost: float) -> None:
        """`fraction_lost` of 1, since the report before."""
        if fraction_lost < LIGHT:
            self.bitrate_bps = min(MOST_BPS, int(self.bitrate_bps * GROWTH))
        elif fraction_lost > HEAVY:
            self.bitrate_bps = max(LEAST_BPS, int(self.bitrate_bps * (1 - fraction_lost / 2)))
