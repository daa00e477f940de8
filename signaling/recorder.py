"""Composition root of the recorder process: `python -m signaling.recorder --channel-fd N --tap-fd M [--tap-fd …]`.

The channel is one end of a stream socketpair, each tap the recorder's end of a SOCK_SEQPACKET pair with one media
worker. The process ends after `Stop`, on SIGTERM, or when the channel closes because its parent is gone; it always
finishes every recording first. An interrupt at the terminal goes to the whole group and is left to the parent.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec

from media.channel import Frames, frame
from media.recorder.commands import AnyCommand, Configure
from media.recorder.events import HEARTBEAT_S, AnyEvent
from media.recorder.process import NotConfigured, RecorderProcess
from media.watchdog import Watchdog
from recordings.vault import Vault
from signaling import inherited

READ_BYTES = 65_536
HANG_S = 1.6 * HEARTBEAT_S


async def commands(reader: asyncio.StreamReader) -> AsyncIterator[AnyCommand]:
    """Commands until the channel ends. Raises msgspec.DecodeError for what is none, which is a bug of our parent."""
    decoder = msgspec.msgpack.Decoder(AnyCommand)
    frames = Frames()
    while data := await reader.read(READ_BYTES):
        for body in frames.receive(data):
            yield decoder.decode(body)


async def serve(channel: socket.socket, taps: Sequence[socket.socket], watchdog: Watchdog) -> None:
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
        await RecorderProcess(vault, configure, taps, send, watchdog).run(orders)
    finally:
        vault.close()
        writer.close()


def main() -> None:
    given = inherited.take("signaling.recorder", "Writes recordings of one node to disk.")
    taps = [socket.socket(fileno=descriptor) for descriptor in given.taps]
    with Watchdog(given.trace, HANG_S) as watchdog:
        asyncio.run(serve(socket.socket(fileno=given.channel), taps, watchdog))


if __name__ == "__main__":
    main()
