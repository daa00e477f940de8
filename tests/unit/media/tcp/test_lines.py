"""Lines of clients, towards a datagram socket that stands for the plane's port."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from struct import pack
from typing import cast

import pytest

from media.tcp import lines as tcp
from media.tcp.backlog import MOST_PICTURES
from media.tcp.framing import MAX_PACKET, framed
from media.tcp.lines import STRANGERS_PACKETS, Lines, listen, paired, reached_at
from tests.support.clinic import soon

CHECK, MEDIA = b"\x00\x01 a check", b"\x80 media"
PICTURE, SOUND = (b"\x80\x60" + bytes(6) + bytes((first,)) + bytes(1_191) for first in (0xFF, 0x7F))  # by SSRC
UDP_SEGMENT = 103  # linux/udp.h


@dataclass
class Stage:
    lines: Lines
    plane: socket.socket
    address: tcp.Address
    clients: "list[Client]" = field(default_factory=list)

    async def client(self) -> "Client":
        """Somebody whom nobody knows yet."""
        client = Client(*await asyncio.open_connection(*self.address))
        self.clients.append(client)
        return client

    async def plane_reads(self) -> tuple[bytes, tcp.Address]:
        async with asyncio.timeout(60):
            return await asyncio.get_running_loop().sock_recvfrom(self.plane, MAX_PACKET)

    async def believed(self) -> tuple["Client", tcp.Address]:
        """A client whom the relay has answered, and where the plane sees it."""
        client = await self.client()
        client.send(CHECK)
        _, source = await self.plane_reads()
        self.plane.sendto(b"answer", source)
        assert await client.reads() == b"answer"
        return client, source


@dataclass
class Client:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, *packets: bytes) -> None:
        self.writer.write(framed(packets))

    async def reads(self) -> bytes:
        async with asyncio.timeout(60):
            length = int.from_bytes(await self.reader.readexactly(2), "big")
            return await self.reader.readexactly(length)

    async def is_cut_off(self) -> bool:
        try:
            async with asyncio.timeout(60):
                return await self.reader.read() == b""
        except ConnectionError:
            return True


@asynccontextmanager
async def stage(host: str = "127.0.0.1") -> AsyncIterator[Stage]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = listen(host, 0)
    with socket.socket(family, socket.SOCK_DGRAM) as plane:
        plane.bind((host, 0))
        plane.setblocking(False)
        lines = Lines(plane.getsockname()[:2])
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(lines.run(listener))
            scene = Stage(lines, plane, listener.getsockname()[:2])
            yield scene
            for client in scene.clients:
                client.writer.transport.abort()
            running.cancel()
    assert not len(lines.places)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_the_plane_sees_one_more_datagram_address_for_each_line(host: str) -> None:
    async with stage(host) as scene:
        (anne, at_anne), (bruno, at_bruno) = await scene.believed(), await scene.believed()
        assert at_anne != at_bruno
        anne.send(MEDIA)
        assert await scene.plane_reads() == (MEDIA, at_anne)
        scene.plane.sendto(MEDIA, at_bruno)
        assert await bruno.reads() == MEDIA


async def test_a_stranger_may_send_a_few_checks_and_nothing_else() -> None:
    async with stage() as scene:
        client = await scene.client()
        client.send(MEDIA, *[CHECK] * (STRANGERS_PACKETS + 5))
        for _ in range(STRANGERS_PACKETS):
            assert (await scene.plane_reads())[0] == CHECK
        await dropped(scene, "tcp_strange", 6)


async def test_a_burst_in_one_call_of_the_plane_arrives_packet_by_packet() -> None:
    async with stage() as scene:
        client, source = await scene.believed()
        burst = [PICTURE[:-1] + bytes((number,)) for number in range(1, 41)]
        scene.plane.sendmsg([b"".join(burst)], [(socket.IPPROTO_UDP, UDP_SEGMENT, pack("H", len(PICTURE)))], 0, source)
        assert [await client.reads() for _ in burst] == burst


async def test_what_a_slow_client_does_not_take_is_dropped_and_the_others_go_on() -> None:
    async with stage() as scene:
        slow, at_slow = await scene.believed()
        await fallen_behind(scene, slow, at_slow)
        quick, at_quick = await scene.believed()
        scene.plane.sendto(MEDIA, at_quick)
        assert await quick.reads() == MEDIA


async def test_a_slow_client_hears_before_he_sees_what_waits() -> None:
    async with stage() as scene:
        slow, at_slow = await scene.believed()
        await fallen_behind(scene, slow, at_slow)
        (line,) = scene.lines._lines.values()
        scene.plane.sendto(SOUND, at_slow)

        async def waits() -> bool:
            return line._backlog.octets > MOST_PICTURES

        await soon(waits, "the sound waits with the pictures")
        cast(asyncio.Transport, slow.writer.transport).resume_reading()
        while await slow.reads() != SOUND:
            pass
        for _ in range(MOST_PICTURES // len(PICTURE) - 1):
            assert await slow.reads() == PICTURE


async def fallen_behind(scene: Stage, client: Client, source: tcp.Address) -> None:
    """He reads no more, and what he has not taken is as much as may wait."""
    cast(asyncio.Transport, client.writer.transport).pause_reading()

    async def loses() -> bool:
        for _ in range(100):
            with suppress(BlockingIOError):
                scene.plane.sendto(PICTURE, source)
        return scene.lines.dropped["tcp_behind"] > 0

    await soon(loses, "packets are dropped")


async def test_a_stream_that_cannot_be_cut_into_packets_ends() -> None:
    async with stage() as scene:
        client, _ = await scene.believed()
        client.writer.write(b"\xff\xff")
        assert await client.is_cut_off()
        assert scene.lines.dropped["tcp_malformed"] == 1


async def test_whoever_proves_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "LOOK_S", 0.01)
    monkeypatch.setattr("media.tcp.places.PROVE_S", 0.05)
    async with stage() as scene:
        believed, _ = await scene.believed()
        stranger = await scene.client()
        assert await stranger.is_cut_off()
        believed.send(MEDIA)
        assert (await scene.plane_reads())[0] == MEDIA


async def test_a_line_too_many_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.tcp.places.MAX_LINES", 1)
    async with stage() as scene:
        await scene.believed()
        assert await (await scene.client()).is_cut_off()
        assert scene.lines.dropped["tcp_refused"] == 1


async def test_a_client_who_hangs_up_leaves_nothing_behind() -> None:
    async with stage() as scene:
        client, _ = await scene.believed()
        client.writer.close()

        async def gone() -> bool:
            return not len(scene.lines.places)

        await soon(gone, "its place is free")


@pytest.mark.parametrize(
    ("bound", "reached"),
    [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::1")],  # noqa: S104
)
def test_a_port_that_serves_every_address_is_reached_on_the_loopback(bound: str, reached: str) -> None:
    assert reached_at(bound, 8443) == (reached, 8443)


class Bound:
    """A datagram socket, as the plane holds one."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self.socket.bind(("127.0.0.1", port))
        except OSError:
            self.socket.close()
            raise

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def close(self) -> None:
        self.socket.close()


def test_both_kinds_of_port_have_one_number() -> None:
    plane, listener = paired("127.0.0.1", 0, Bound)
    assert listener.getsockname()[1] == plane.port
    with pytest.raises(OSError, match="in use"):
        paired("127.0.0.1", plane.port, Bound)
    plane.close()
    with pytest.raises(OSError, match="in use"):
        paired("127.0.0.1", listener.getsockname()[1], Bound)
    listener.close()


def test_a_free_number_that_is_taken_for_streams_is_passed_over() -> None:
    with listen("127.0.0.1", 0) as taken:
        numbers = iter([taken.getsockname()[1], 0])
        plane, listener = paired("127.0.0.1", 0, lambda _: Bound(next(numbers)))
        assert listener.getsockname()[1] == plane.port
        plane.close()
        listener.close()


async def dropped(scene: Stage, reason: str, count: int) -> None:
    async def counted() -> bool:
        return scene.lines.dropped[reason] == count

    await soon(counted, f"{count} times {reason}")
