"""A line that can be pulled: passes TCP connections to one port, until it is cut and they break underneath.

async with cable(server_port) as line:
    await page.goto(invitation.url.replace(str(server_port), str(line.port)))
    line.deafen()  # what the server says is lost from here on
    line.cut()     # every connection through it is reset, and new ones are refused at once
    line.mend()    # new ones pass again
"""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PIECE = 65_536  # bytes


@dataclass(slots=True)
class Cable:
    port: int
    passed: int = 0  # connections
    _whole: bool = True
    _deaf: bool = False
    _ends: set[StreamWriter] = field(default_factory=set)

    def deafen(self) -> None:
        self._deaf = True

    def cut(self) -> None:
        self._whole = False
        for end in self._ends:
            end.transport.abort()

    def mend(self) -> None:
        self._whole, self._deaf = True, False

    async def connect(self, target: int, reader: StreamReader, writer: StreamWriter) -> None:
        """Carries one connection until either end closes it or the cable is cut."""
        if not self._whole:
            writer.transport.abort()
            return
        self.passed += 1
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
        ends = {writer, far_writer}
        self._ends |= ends
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._carry(reader, far_writer), name="cable/up")
                tasks.create_task(self._carry(far_reader, writer, down=True), name="cable/down")
        finally:
            self._ends -= ends
            for end in ends:
                end.transport.abort()

    async def _carry(self, source: StreamReader, sink: StreamWriter, *, down: bool = False) -> None:
        try:
            while piece := await source.read(PIECE):
                if not (down and self._deaf):
                    sink.write(piece)
                    await sink.drain()
            sink.close()
        except ConnectionError:
            sink.transport.abort()


@asynccontextmanager
async def cable(target: int) -> AsyncIterator[Cable]:
    """A cable to a port of this machine, gone when the block ends."""
    line = Cable(0)
    door = await asyncio.start_server(lambda reader, writer: line.connect(target, reader, writer), "127.0.0.1", 0)
    line.port = int(door.sockets[0].getsockname()[1])
    try:
        yield line
    finally:
        door.close()
        line.cut()
        await door.wait_closed()
