"""Says where a process stands when its loop hangs or it crashes, also when the interpreter itself cannot."""

import faulthandler
import signal
from dataclasses import dataclass

HANG_S = 0.8  # without a word of the loop, which speaks twice a second; a hang is to be told within one


@dataclass(frozen=True, slots=True)
class Watchdog:
    """Writes the stack of every thread to descriptor `trace`: files, lines and names of functions, never a value.

    It is written when a timer rings, by code that needs no interpreter, so a compiled part that never returns shows as
    well; winding the timer up costs one system call. One process has one.
    """

    trace: int
    hang_s: float = HANG_S

    def __enter__(self) -> "Watchdog":
        faulthandler.enable(self.trace)
        faulthandler.register(signal.SIGALRM, self.trace)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        faulthandler.unregister(signal.SIGALRM)
        faulthandler.disable()

    def alive(self) -> None:
        """The loop turns; unless it says so again in `hang_s`, the stacks are written."""
        signal.setitimer(signal.ITIMER_REAL, self.hang_s)
