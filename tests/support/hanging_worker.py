"""A media worker with a bug: asked to describe itself, it never comes back."""

import ctypes
from unittest.mock import patch

import msgspec

from media import commands, events
from media.commands import AnyCommand, Describe
from media.relay import Relay
from signaling import worker
from signaling.child import Program


class HangingRelay(Relay):
    def obey(self, command: AnyCommand, now: float) -> None:
        if isinstance(command, Describe):
            hang()
        super().obey(command, now)


def hang() -> None:
    """As a compiled part would: it keeps the interpreter's lock, so no thread of Python runs either."""
    for _ in range(2):  # a signal ends the first
        ctypes.PyDLL(None).sleep(600)


def program() -> Program[events.Event]:
    """How a child is to care for one, with a spare beside it."""
    return Program(
        name="media-0",
        module="tests.support.hanging_worker",
        configure=commands.Configure("127.0.0.1", 0, (("127.0.0.1", 0),)),
        stop=commands.Stop(),
        decoder=msgspec.msgpack.Decoder(events.AnyEvent),
        ready=events.Ready,
        spared=True,
    )


if __name__ == "__main__":
    with patch("media.worker.Relay", HangingRelay):
        worker.main()
