"""How much one client may ask of the server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from signaling.errors import Refused

INBOX_COMMANDS = 64  # commands of one client that wait for their turn
UNREAD_PACKETS = 512  # packets a client has not read; twice what an outbox keeps, so it would need a snapshot anyhow
COMMANDS_PER_S = 50.0  # a burst of trickled candidates is the most that an honest client sends
COMMAND_BURST = 150
ENTERING = 16  # joins under way; more would queue up before the store, with the commands of calls behind them
ENTRY_S = 5.0  # that others wait for their turn, before they are told to come again
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


class Turnstile:
    """Lets `width` through at a time; the others wait in order, each for `patience_s` at most."""

    def __init__(self, width: int, patience_s: float) -> None:
        self._free = asyncio.Semaphore(width)
        self._patience_s = patience_s

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Raises Refused("server-busy")."""
        try:
            async with asyncio.timeout(self._patience_s):
                await self._free.acquire()
        except TimeoutError:
            raise Refused("server-busy") from None
        try:
            yield
        finally:
            self._free.release()
