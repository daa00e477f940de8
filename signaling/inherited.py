"""What a child process gets from the server on its command line: descriptors, and how it is to log."""

import argparse
import signal
import sys
from dataclasses import dataclass

from signaling.telemetry import log_level, log_private, start_logging


@dataclass(frozen=True, slots=True)
class Inherited:
    """`channel`: commands and events; `trace`: stacks of a process that hangs; `taps`: packets to be recorded."""

    channel: int
    trace: int
    taps: tuple[int, ...] = ()

    @property
    def descriptors(self) -> tuple[int, ...]:
        return (self.channel, self.trace, *self.taps)

    def command_line(self, module: str) -> list[str]:
        """Starts a module that calls `take`; it will log as this process does now."""
        words = [sys.executable, "-m", module, "--channel-fd", str(self.channel), "--trace-fd", str(self.trace)]
        words += [word for tap in self.taps for word in ("--tap-fd", str(tap))]
        return [*words, "--log-level", log_level(), *(["--log-private"] if log_private() else [])]


def take(program: str, about: str) -> Inherited:
    """Reads the command line, and logs as it says from here on.

    An interrupt at the terminal goes to the whole group; when a child ends is for its parent to say.
    """
    parser = argparse.ArgumentParser(prog=program, description=about)
    parser.add_argument("--channel-fd", type=int, required=True)
    parser.add_argument("--trace-fd", type=int, default=sys.stderr.fileno())
    parser.add_argument("--tap-fd", type=int, action="append", default=[])
    parser.add_argument("--log-level", default="info")
    parser.add_argument("--log-private", action="store_true")
    given = parser.parse_args()
    start_logging(given.log_level, private=given.log_private)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return Inherited(given.channel_fd, given.trace_fd, tuple(given.tap_fd))
