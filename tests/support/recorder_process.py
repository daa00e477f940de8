"""The real recorder process, driven as signaling drives it."""

import asyncio
import contextlib
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from media.channel import Frames, frame
from media.recorder.commands import AnyCommand, Configure
from media.recorder.events import AnyEvent, Ready
from signaling.child import tap_pair

BUFFER_BYTES = 4_194_304
WAIT_S = 60.0  # for an event; the machine may be busy

_decoder = msgspec.msgpack.Decoder(AnyEvent)
Wanted = TypeVar("Wanted", bound=AnyEvent)


@dataclass(slots=True)
class RecorderChild:
    """A running recorder: commands out, events in, and the worker's end of its tap."""

    process: Process
    tap: socket.socket
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    events: list[AnyEvent] = field(default_factory=list)  # all so far
    _seen: int = 0  # how many of them `event` has looked at
    _frames: Frames = field(default_factory=Frames)

    def send(self, command: AnyCommand) -> None:
        self._writer.write(frame(command))

    async def tap_in(self, packet: bytes) -> None:
        """As a worker's tap, but what a busy machine leaves lying is waited for and not dropped."""
        async with asyncio.timeout(WAIT_S):
            await asyncio.get_running_loop().sock_sendall(self.tap, packet)

    def hang_up(self) -> None:
        """No more commands: what the recorder sees when its parent is gone."""
        self._writer.write_eof()

    async def event(self, kind: type[Wanted]) -> Wanted:
        """The next event of this kind; those passed over stay in `events`."""
        async with asyncio.timeout(WAIT_S):
            while True:
                while self._seen < len(self.events):
                    self._seen += 1
                    if isinstance(event := self.events[self._seen - 1], kind):
                        return event
                await self._read()

    async def ended(self) -> int:
        """Reads the rest, then the exit status."""
        async with asyncio.timeout(WAIT_S):
            with contextlib.suppress(EOFError, ConnectionError):
                while True:
                    await self._read()
            return await self.process.wait()

    async def _read(self) -> None:
        data = await self._reader.read(65_536)
        if not data:
            raise EOFError("the recorder closed its channel")
        self.events += [_decoder.decode(body) for body in self._frames.receive(data)]


@asynccontextmanager
async def recorder_process(root: Path, **settings: float) -> AsyncIterator[RecorderChild]:
    """Ready when entered; killed when left, if it is still there."""
    ours, theirs = socket.socketpair()
    worker_end, recorder_end = tap_pair(BUFFER_BYTES)
    descriptors = (theirs.fileno(), recorder_end.fileno())
    options = ["--channel-fd", str(descriptors[0]), "--tap-fd", str(descriptors[1])]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "signaling.recorder", *options, pass_fds=descriptors
    )
    theirs.close()
    recorder_end.close()
    reader, writer = await asyncio.open_connection(sock=ours)
    child = RecorderChild(process, worker_end, reader, writer)
    try:
        child.send(msgspec.convert({"type": "configure", "root": str(root), "reserve_bytes": 0, **settings}, Configure))
        await child.event(Ready)
        yield child
    finally:
        worker_end.close()
        writer.close()
        if process.returncode is None:
            process.kill()
        await process.wait()
