"""Composition root of the recorder process: `python -m signaling.recorder --channel-fd N --tap-fd M [--tap-fd …]`.

The channel is one end of a stream socketpair, each tap the recorder's end of a SOCK_SEQPACKET pair with one media
worker. The process ends after `Stop`, on SIGTERM, or when the channel closes because its parent is gone; it always
finishes every recording first. An interrupt at the terminal goes to the whole group and is left to the parent.
"""

import argparse
import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec

from media.channel import Frames, frame
from media.recorder.commands import AnyCommand, Configure
from media.recorder.events import AnyEvent
from media.recorder.process import NotConfigured, RecorderProcess
from recordings.vault import Vault
from signaling.telemetry import start_logging

READ_BYTES = 65_536


async def commands(reader: asyncio.StreamReader) -> AsyncIterator[AnyCommand]:
    """Commands until the channel ends. Raises msgspec.DecodeError for what is none, which is a bug of our parent."""
    decoder = msgspec.msgpack.Decoder(AnyCommand)
    frames = Frames()
    while data := await reader.read(READ_BYTES):
        for body in frames.receive(data):
            yield decoder.decode(body)


async def serve(channel: socket.socket, taps: Sequence[socket.socket]) -> None:
    reader, writer = await asyncio.open_connection(sock=channel)

    def send(event: AnyEvent) -> None:
        if not writer.is_closing():
            writer.write(frame(event))

    orders = commands(reader)
    configure = await anext(orders, None)
    if not isinstance(configure, Configure):
        raise NotConfigured("the first command must be Configure")
    vault = await asyncio.to_thread(Vault, Path(configure.root))
    try:
        await RecorderProcess(vault, configure, taps, send).run(orders)
    finally:
        vault.close()
        writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="signaling.recorder", description="Writes recordings of one node to disk.")
    parser.add_argument("--channel-fd", type=int, required=True)
    parser.add_argument("--tap-fd", type=int, action="append", default=[])
    options = parser.parse_args()
    start_logging(os.environ.get("VISITE_LOG", "INFO"), private=False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    taps = [socket.socket(fileno=descriptor) for descriptor in options.tap_fd]
    asyncio.run(serve(socket.socket(fileno=options.channel_fd), taps))


if __name__ == "__main__":
    main()
