"""Says where a process stands when its loop hangs or it crashes, also when the interpreter itself cannot."""

import faulthandler
from dataclasses import dataclass

HANG_S = 0.9  # without a word of the loop; two heartbeats fit in


@dataclass(frozen=True, slots=True)
class Watchdog:
    """Writes the stack of every thread to descriptor `trace`: files, lines and names of functions, never a value.

    It is written by a thread that needs no interpreter, so a compiled part that never returns shows as well. One
    process has one.
    """

    trace: int

    def __enter__(self) -> "Watchdog":
        faulthandler.enable(self.trace)
        return self

    def __exit__(self, *_: object) -> None:
        faulthandler.cancel_dump_traceback_later()
        faulthandler.disable()

    def alive(self) -> None:
        """The loop turns; unless it says so again in `HANG_S`, the stacks are written."""
        faulthandler.dump_traceback_later(HANG_S, file=self.trace)
