"""What a part that may not wait wants done by one that waits: in order for each act, and no act waits for another."""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from rooms.errors import NotFound, Refused, StoreDown
from rooms.ids import ActId
from signaling.tasks import contained, group

log = logging.getLogger(__name__)

ATTEMPTS = 3
RETRY_S = 1.0  # the store's own patience with itself

Errand = Callable[[], Awaitable[object]]


class Errands:
    """Runs each errand once; one that is refused has been overtaken by something else, and is let go."""

    def __init__(self) -> None:
        self._waiting: dict[ActId, deque[Errand]] = defaultdict(deque)
        self._tasks: asyncio.TaskGroup | None = None
        self._timers: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """On leaving, what is under way is finished, and timers are given up."""
        async with group() as tasks:
            self._tasks = tasks
            try:
                yield
            finally:
                self._tasks = None
                for timer in self._timers:
                    timer.cancel()

    def add(self, act: ActId, errand: Errand) -> None:
        """Does it after everything that was asked before for the same act."""
        if self._tasks is None:
            return
        queue = self._waiting[act]
        queue.append(errand)
        if len(queue) == 1:
            self._tasks.create_task(self._drain(act, queue), name=f"errands/{act}")

    def start(self, waits: Coroutine[Any, Any, None], name: str) -> None:
        """Something that waits for its time first; given up when the bridge closes."""
        if self._tasks is None:
            waits.close()
            return
        timer = self._tasks.create_task(contained(waits, name), name=name)
        self._timers.add(timer)
        timer.add_done_callback(self._timers.discard)

    async def _drain(self, act: ActId, queue: deque[Errand]) -> None:
        while queue:
            await _run(act, queue[0])
            queue.popleft()
        del self._waiting[act]


async def later(delay_s: float, do: Callable[[], None]) -> None:
    """For `Errands.start`."""
    await asyncio.sleep(delay_s)
    do()


async def _run(act: ActId, errand: Errand) -> None:
    for _ in range(ATTEMPTS):
        try:
            await errand()
        except (Refused, NotFound) as refusal:
            log.info("errand refused", extra={"act": act, "code": refusal.code})
        except StoreDown:
            await asyncio.sleep(RETRY_S)
            continue
        except Exception:
            log.exception("errand failed", extra={"act": act})
        return
    log.warning("errand given up: the store is away", extra={"act": act})
