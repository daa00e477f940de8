import asyncio
import itertools
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.link import Link, Weather
from tests.support.netrelay import UdpRelay


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A client and a target, on loopback."""
    with ExitStack() as stack:
        client, target = (stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(2))
        for end in (client, target):
            end.bind(("127.0.0.1", 0))
            end.setblocking(False)
        yield client, target


def arrivals(link: Link, count: int = 1_000, every_s: float = 0.001) -> list[tuple[float, int]]:
    """When each of so many datagrams comes out, and its number."""
    came = []
    for number in range(count + 10_000):
        now = number * every_s
        if number < count:
            link.send(number.to_bytes(2), now)
        came += [(now, int.from_bytes(datagram)) for datagram in link.due(now)]
    return came


def test_the_same_seed_loses_the_same_datagrams() -> None:
    weather = Weather(loss=0.1)
    first, again, other = (arrivals(Link(weather, seed)) for seed in (7, 7, 8))
    assert first == again != other
    assert 870 < len(first) < 930


def test_jitter_stays_within_its_bound_and_keeps_the_order() -> None:
    came = arrivals(Link(Weather(delay_s=0.100, jitter_s=0.050)))
    assert [number for _, number in came] == list(range(1_000))
    assert all(0.099 < now - number * 0.001 < 0.152 for now, number in came)


def test_losses_in_spells_come_together() -> None:
    link = Link(Weather(spells=0.01, spell_length=10, spell_loss=1.0))
    came = [number for _, number in arrivals(link)]
    gaps = [later - sooner - 1 for sooner, later in itertools.pairwise(came) if later - sooner > 1]
    assert 40 < link.lost < 200
    assert sum(gaps) / len(gaps) > 4, "one by one would be 1"


def test_duplicates_and_stragglers_come_in_their_share() -> None:
    came = [number for _, number in arrivals(Link(Weather(duplicates=0.1, reorder=0.1)))]
    assert 50 < len(came) - 1_000 < 150
    late = sum(later < sooner for sooner, later in itertools.pairwise(came))
    assert 50 < late < 200


def test_a_narrow_line_holds_back_what_its_queue_can_keep_and_drops_the_rest() -> None:
    link = Link(Weather(delay_s=0.0, rate_bps=8_000, queue_s=0.5))  # 500 datagrams of two bytes a second
    came = arrivals(link)
    assert max(now - number * 0.001 for now, number in came) == pytest.approx(0.5, abs=0.01)
    assert link.lost == pytest.approx(250, abs=20)


async def test_datagrams_go_both_ways_and_take_their_time(ends: tuple[socket.socket, socket.socket]) -> None:
    client, target = ends
    loop = asyncio.get_running_loop()
    with UdpRelay(target.getsockname(), up=Weather(delay_s=0.030), down=Weather(delay_s=0.020)) as relay:
        started = loop.time()
        await loop.sock_sendto(client, b"to the target", ("127.0.0.1", relay.port))
        datagram, seen_as = await loop.sock_recvfrom(target, 100)
        await loop.sock_sendto(target, b"back to " + datagram, seen_as)
        assert await loop.sock_recv(client, 100) == b"back to to the target"
    assert loop.time() - started >= 0.049  # timers of the event loop may come a millisecond early


async def test_a_lost_datagram_never_arrives(ends: tuple[socket.socket, socket.socket]) -> None:
    client, target = ends
    loop = asyncio.get_running_loop()
    with UdpRelay(target.getsockname(), up=Weather(delay_s=0.0, loss=0.5), seed=3) as relay:
        for number in range(100):
            await loop.sock_sendto(client, bytes([number]), ("127.0.0.1", relay.port))
        async with asyncio.timeout(60):
            while relay.up.sent < 100:
                await asyncio.sleep(0.001)
            received = [await loop.sock_recv(target, 100) for _ in range(100 - relay.up.lost)]
    assert received == sorted(received)
    assert relay.up.lost > 30
    with pytest.raises(BlockingIOError):
        target.recv(100)


async def test_each_client_has_an_address_of_its_own(ends: tuple[socket.socket, socket.socket]) -> None:
    client, target = ends
    loop = asyncio.get_running_loop()
    with UdpRelay(target.getsockname()) as relay, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.setblocking(False)
        for each, word in ((client, b"one"), (other, b"two")):
            await loop.sock_sendto(each, word, ("127.0.0.1", relay.port))
            word, seen_as = await loop.sock_recvfrom(target, 100)
            await loop.sock_sendto(target, word, seen_as)
        assert await loop.sock_recv(client, 100) == b"one"
        assert await loop.sock_recv(other, 100) == b"two"
