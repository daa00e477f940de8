"""A way past the event loop for packets: what has to be forwarded at once costs one wake-up and no callback.

The loop's selector waits for two things: the descriptor of the packets, and everything else the loop waits for, as
one (epoll descriptors nest, epoll(7)). Packets are taken where they are found ready; the loop comes to run only when
something is left for it to do. A loop's way from wake-up to callback costs as much as forwarding to several people.
"""

import select
import time
from collections.abc import Callable
from selectors import EpollSelector, SelectorKey


class ExpressSelector(EpollSelector):
    """For `asyncio.SelectorEventLoop`. Until `carry` is called it is like any other."""

    def __init__(self) -> None:
        super().__init__()
        self._both = select.epoll()
        self._both.register(super().fileno(), select.EPOLLIN)
        self._packets = -1
        self._take: Callable[[], bool] | None = None

    def carry(self, packets: int, take: Callable[[], bool]) -> None:
        """Calls `take` whenever descriptor `packets` is ready; it returns whether it left work for the loop."""
        self._packets, self._take = packets, take
        self._both.register(packets, select.EPOLLIN)

    def release(self) -> None:
        """The end of `carry`."""
        if self._take is not None:
            self._both.unregister(self._packets)
            self._packets, self._take = -1, None

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        left = timeout if timeout is None else max(0.0, timeout)
        until = None if left is None else time.monotonic() + left
        while not self._wait(left):
            if until is not None:
                left = until - time.monotonic()
                if left <= 0:
                    break
        return super().select(0)

    def _wait(self, timeout: float | None) -> bool:
        """Waits once; returns whether the loop has something to do."""
        ready, take, busy = self._both.poll(timeout), self._take, False
        for descriptor, _ in ready:
            if descriptor != self._packets or take is None or take():
                busy = True
        return busy or not ready

    def close(self) -> None:
        self._both.close()
        super().close()
