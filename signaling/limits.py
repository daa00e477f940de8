"""How much one client may ask of the server."""

from dataclasses import dataclass, field

INBOX_COMMANDS = 64  # commands of one client that wait for their turn
UNREAD_PACKETS = 512  # packets a client has not read; twice what an outbox keeps, so it would need a snapshot anyhow
COMMANDS_PER_S = 50.0  # a burst of trickled candidates is the most that an honest client sends
COMMAND_BURST = 150
ANSWERS_KEPT = 64  # answers remembered for commands sent again after a cut line


@dataclass(slots=True)
class TokenBucket:
    """Lets `burst` through at once and `rate` a second on average. Times are monotonic seconds."""

    rate: float
    burst: int
    _spent: float = 0.0
    _since: float = field(default=0.0)

    def take(self, now: float) -> bool:
        """Whether one more may pass now."""
        self._spent = max(0.0, self._spent - (now - self._since) * self.rate)
        self._since = now
        if self._spent + 1 > self.burst:
            return False
        self._spent += 1
        return True
