"""A line that can be pulled: a browser's TCP connections pass through this SOCKS proxy until it breaks underneath them.

async with cable() as line:
    person = await browser.person(setup, proxy=line.proxy)
    line.deafen()  # what the server says is lost from here on
    line.leave()   # connections of before carry nothing any more, and nobody is told; new ones pass
    line.cut()     # every connection through it is reset, and new ones are refused at once
    line.mend()    # new ones pass again
"""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address

IPV4 = 1  # kind of address
PIECE = 65_536  # bytes


@dataclass(slots=True)
class Cable:
    proxy: str = ""  # address, as browsers want it
    passed: int = 0  # connections
    _whole: bool = True
    _deaf: bool = False
    _network: int = 0  # each connection stays on the one on which it was made
    _ends: set[StreamWriter] = field(default_factory=set)

    def deafen(self) -> None:
        self._deaf = True

    def leave(self) -> None:
        self._network += 1

    def cut(self) -> None:
        self._whole = False
        for end in self._ends:
            end.transport.abort()

    def mend(self) -> None:
        self._whole, self._deaf = True, False

    async def connect(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Carries one connection until either end closes it or the cable is cut."""
        if not self._whole:
            writer.transport.abort()
            return
        self.passed += 1
        far_reader, far_writer = await asyncio.open_connection(*await _wanted(reader, writer))
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
        network = self._network
        try:
            while piece := await source.read(PIECE):
                if network == self._network and not (down and self._deaf):
                    sink.write(piece)
                    await sink.drain()
            sink.close()
        except ConnectionError:
            sink.transport.abort()


async def _wanted(reader: StreamReader, writer: StreamWriter) -> tuple[str, int]:
    """Where the browser wants to go: SOCKS 5 without authentication (RFC 1928), by IPv4 address or by name."""
    _, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    writer.write(bytes([5, 0]))
    kind = (await reader.readexactly(4))[3]
    if kind == IPV4:
        host = str(IPv4Address(await reader.readexactly(4)))
    else:
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
    port = int.from_bytes(await reader.readexactly(2))
    writer.write(bytes([5, 0, 0, IPV4, 0, 0, 0, 0, 0, 0]))
    return host, port


@asynccontextmanager
async def cable() -> AsyncIterator[Cable]:
    """A cable to wherever the browser goes, gone when the block ends."""
    line = Cable()
    door = await asyncio.start_server(line.connect, "127.0.0.1", 0)
    line.proxy = f"socks5://127.0.0.1:{door.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        door.close()
        line.cut()
        await door.wait_closed()
