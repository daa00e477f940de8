"""The way to the end of a server: nothing begins any more, and what goes on may end by itself, for a while."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain

from rooms.ids import ActId, SeatId
from signaling.errors import Refused

log = logging.getLogger(__name__)

LOOK_S = 0.2  # between two looks at whether a call still runs

Connected = Callable[[], Iterable[tuple[ActId, SeatId]]]


@dataclass(slots=True)
class Drain:
    """`connected`: parts that know which seats somebody sits in now, with a line or a session of WHIP or WHEP."""

    connected: list[Connected] = field(default_factory=list)
    begun: bool = False

    @property
    def calls(self) -> set[ActId]:
        """Acts in which two people or more are connected."""
        seats: defaultdict[ActId, set[SeatId]] = defaultdict(set)
        for act, seat in chain.from_iterable(part() for part in self.connected):
            seats[act].add(seat)
        return {act for act, there in seats.items() if len(there) > 1}

    def check(self, act: ActId | None = None) -> None:
        """Whether something may begin: in an act, only where a call runs already. Raises Refused("server-draining")."""
        if self.begun and act not in self.calls:
            raise Refused("server-draining")

    async def run(self, patience_s: float, enough: asyncio.Event) -> None:
        """Until no call runs any more, `patience_s` are over, or `enough` is set."""
        self.begun = True
        log.info("draining", extra={"calls": len(self.calls), "patience_s": patience_s})
        loop = asyncio.get_running_loop()
        until = loop.time() + patience_s
        while self.calls and not enough.is_set() and loop.time() < until:
            await _wait(enough)
        if calls := len(self.calls):
            log.warning("calls are cut, their time is over", extra={"calls": calls})


async def _wait(event: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(LOOK_S):
            await event.wait()
    except TimeoutError:
        return
