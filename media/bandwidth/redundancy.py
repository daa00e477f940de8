"""When sound is sent twice: RED (RFC 2198) heals single losses without asking back, for twice the bits."""

from dataclasses import dataclass

BEGINS = 0.02  # share lost from which a listener notices, though Opus hides some of it
ENDS = 0.005
CALM_S = 20.0  # without notable loss, before the bits are saved again: bursts come in series


@dataclass(slots=True)
class Remedy:
    """Of one track. Times are seconds on the caller's monotonic clock."""

    applied: bool = False
    _last_loss: float = 0.0  # when

    def judge(self, lost: float, now: float) -> bool:
        """Takes the greatest share that is lost on any line where it helps; returns whether the answer changed."""
        if lost >= (ENDS if self.applied else BEGINS):
            self._last_loss = now
            wanted = True
        else:
            wanted = self.applied and now - self._last_loss < CALM_S
        before, self.applied = self.applied, wanted
        return before != self.applied
