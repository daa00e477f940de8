import asyncio
import socket
from collections.abc import Callable, Iterator

import pytest

from media.express import ExpressSelector

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def packets() -> Iterator[Pair]:
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    for end in ends:
        end.setblocking(False)
    yield ends
    for end in ends:
        end.close()


def taking(ours: socket.socket, taken: list[bytes]) -> Callable[[], bool]:
    def take() -> bool:
        taken.append(ours.recv(100))
        return taken[-1] == b"for the loop"

    return take


def test_packets_pass_the_loop_until_one_leaves_it_something_to_do(packets: Pair) -> None:
    ours, theirs = packets
    selector = ExpressSelector()
    taken: list[bytes] = []
    for packet in (b"one", b"two", b"for the loop", b"later"):
        theirs.send(packet)
    selector.carry(ours.fileno(), taking(ours, taken))
    assert selector.select(5.0) == []
    assert taken == [b"one", b"two", b"for the loop"]
    selector.close()


def test_it_waits_no_longer_than_the_loop_said_whatever_comes_meanwhile(packets: Pair) -> None:
    ours, theirs = packets
    selector = ExpressSelector()
    selector.carry(ours.fileno(), lambda: False)  # takes nothing: there is always a packet
    theirs.send(b"one")
    assert selector.select(0.02) == []
    assert selector.select(0) == []
    selector.close()


def test_what_else_the_loop_waits_for_is_told_beside_packets(packets: Pair) -> None:
    ours, theirs = packets
    selector = ExpressSelector()
    other, far = socket.socketpair()
    selector.register(other, 1, "other")
    taken: list[bytes] = []
    selector.carry(ours.fileno(), taking(ours, taken))
    theirs.send(b"one")
    far.send(b"x")
    assert [key.data for key, _ in selector.select(5.0)] == ["other"]
    assert taken == [b"one"]
    selector.release()
    theirs.send(b"two")
    assert selector.select(0.01)
    assert taken == [b"one"]
    for end in (other, far):
        end.close()
    selector.close()


def test_a_loop_on_it_keeps_its_timers_while_packets_come(packets: Pair) -> None:
    ours, theirs = packets
    selector = ExpressSelector()
    taken: list[bytes] = []

    async def call() -> None:
        loop = asyncio.get_running_loop()
        selector.carry(ours.fileno(), taking(ours, taken))
        for number in range(3):
            loop.call_later(number / 100, theirs.send, b"%d" % number)
        async with asyncio.timeout(60):
            while len(taken) < 3:
                await asyncio.sleep(0.01)

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        runner.run(call())
    assert taken == [b"0", b"1", b"2"]
