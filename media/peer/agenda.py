"""Who wants to be called when: a wake-up costs what it has to do, however many peers wait for later."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Generic, Protocol, TypeVar


class Waiting(Protocol):
    """`due` is when it wants to be called next, infinity for never."""

    due: float

    def run(self, now: float) -> None:
        """Its time has come."""


WaitingT = TypeVar("WaitingT", bound=Waiting)


@dataclass(slots=True)
class Agenda(Generic[WaitingT]):
    """Times are seconds on the caller's monotonic clock. An entry counts while its time still is that of `due`."""

    _entries: list[tuple[float, int, WaitingT]] = field(default_factory=list)  # the number keeps equal times apart
    _numbers: Iterator[int] = field(default_factory=count)

    def put(self, waiting: WaitingT) -> None:
        """To be called again whenever `due` has changed."""
        heappush(self._entries, (waiting.due, next(self._numbers), waiting))

    def take(self, now: float) -> list[WaitingT]:
        """Everybody whose time has come, and who wants nothing more until put back."""
        ready: list[WaitingT] = []
        while self._entries and self._entries[0][0] <= now:
            time, _, waiting = heappop(self._entries)
            if waiting.due == time:
                waiting.due = math.inf
                ready.append(waiting)
        return ready

    def next(self) -> float:
        """The earliest time, which may be that of an entry that does not count any more."""
        return self._entries[0][0] if self._entries else math.inf
