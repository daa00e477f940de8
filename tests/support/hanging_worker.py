"""A media worker with a bug: asked to describe itself, it never comes back."""

import ctypes
from unittest.mock import patch

from media.commands import AnyCommand, Describe
from media.relay import Relay
from signaling import worker


class HangingRelay(Relay):
    def obey(self, command: AnyCommand, now: float) -> None:
        if isinstance(command, Describe):
            hang()
        super().obey(command, now)


def hang() -> None:
    """As a compiled part would: it keeps the interpreter's lock, so no thread of Python runs either."""
    for _ in range(2):  # a signal ends the first
        ctypes.PyDLL(None).sleep(600)


if __name__ == "__main__":
    with patch("media.worker.Relay", HangingRelay):
        worker.main()
