"""How much RTCP one peer may send: reading it costs more than forwarding media, and everybody shares one worker."""

from dataclasses import dataclass

BYTES_PER_S = 131_072  # a client that receives fifty streams over a bad line sends a third of that
OVERHEAD = 128  # bytes that a compound costs beside its own


@dataclass(slots=True)
class Allowance:
    """Fills up evenly to one second's worth. Times are seconds on the caller's monotonic clock."""

    _left: float = BYTES_PER_S
    _time: float = 0.0

    def take(self, size: int, now: float) -> bool:
        """Whether a compound of `size` bytes may be read."""
        self._left = min(BYTES_PER_S, self._left + (now - self._time) * BYTES_PER_S)
        self._time = now
        if self._left < size + OVERHEAD:
            return False
        self._left -= size + OVERHEAD
        return True
