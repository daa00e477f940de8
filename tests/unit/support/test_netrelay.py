import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.netrelay import Line, UdpRelay


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A client and a target, on loopback."""
    with ExitStack() as stack:
        client, target = (stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(2))
        for end in (client, target):
            end.bind(("127.0.0.1", 0))
            end.setblocking(False)
        yield client, target


def fates(line: Line) -> list[float | None]:
    return [line.fate() for _ in range(1000)]


def test_the_same_seed_loses_the_same_datagrams() -> None:
    first, again, other = Line(loss=0.1, seed=7), Line(loss=0.1, seed=7), Line(loss=0.1, seed=8)
    assert fates(first) == fates(again) != fates(other)
    assert 70 < first.lost < 130
    assert first.passed + first.lost == 1000


def test_jitter_stays_between_nothing_and_its_bound() -> None:
    seconds = fates(Line(delay_s=0.100, jitter_s=0.050))
    assert all(taken is not None and 0.100 <= taken < 0.150 for taken in seconds)


async def test_datagrams_go_both_ways_and_take_their_time(ends: tuple[socket.socket, socket.socket]) -> None:
    client, target = ends
    loop = asyncio.get_running_loop()
    with UdpRelay(target.getsockname(), up=Line(delay_s=0.030), down=Line(delay_s=0.020)) as relay:
        started = loop.time()
        await loop.sock_sendto(client, b"to the target", ("127.0.0.1", relay.port))
        datagram, seen_as = await loop.sock_recvfrom(target, 100)
        await loop.sock_sendto(target, b"back to " + datagram, seen_as)
        assert await loop.sock_recv(client, 100) == b"back to to the target"
    assert loop.time() - started >= 0.049  # timers of the event loop may come a millisecond early


async def test_a_lost_datagram_never_arrives(ends: tuple[socket.socket, socket.socket]) -> None:
    client, target = ends
    loop = asyncio.get_running_loop()
    line = Line(loss=0.5, seed=3)
    with UdpRelay(target.getsockname(), up=line) as relay:
        for number in range(100):
            await loop.sock_sendto(client, bytes([number]), ("127.0.0.1", relay.port))
        async with asyncio.timeout(5):
            while line.passed + line.lost < 100:
                await asyncio.sleep(0.001)
            received = [await loop.sock_recv(target, 100) for _ in range(line.passed)]
    assert received == sorted(received)
    assert line.lost > 30
    with pytest.raises(BlockingIOError):
        target.recv(100)
