"""A bad line between real processes: a UDP relay over two `Link`s, which makes the same weather for the same seed.

    with UdpRelay(("127.0.0.1", media_port), up=Weather(loss=0.05, delay_s=0.050)) as relay:
        setup = Setup(person=1, detours={media_port: relay.port})
        relay.down.weather = Weather(rate_bps=300_000)  # from now on

All clients of one relay share its line. Where time can be virtual, use a Link between two engines instead.
"""

import asyncio
import socket
from collections import Counter
from contextlib import ExitStack
from typing import Self

from tests.support.link import Link, Weather

Address = tuple[str, int]
LONGEST = 65_536  # bytes of a datagram
READS = 64  # datagrams of one socket before another one's turn
CLEAR = Weather(delay_s=0.0)
NUMBER = 2  # bytes before a datagram under way: whose it is


class UdpRelay:
    """Passes datagrams between any number of clients and one target; each client gets an address of its own there."""

    def __init__(self, target: Address, *, up: Weather = CLEAR, down: Weather = CLEAR, seed: int = 1) -> None:
        self.target = target
        self.up, self.down = Link(up, seed), Link(down, seed + 1)
        self.payload_types: Counter[int] = Counter()  # of RTP that reached the target; encryption leaves them readable
        self._loop = asyncio.get_running_loop()
        self._closing = ExitStack()
        self._clients: list[Address] = []
        self._backs: list[socket.socket] = []  # towards the target, one for each client
        self._timers: dict[int, asyncio.TimerHandle] = {}

    def __enter__(self) -> Self:
        self._front = self._open()
        self._loop.add_reader(self._front, self._from_clients)
        return self

    def __exit__(self, *_: object) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._closing.close()

    @property
    def port(self) -> int:
        return int(self._front.getsockname()[1])

    def change(self, weather: Weather) -> None:
        """The same in both directions from now on."""
        self.up.weather = self.down.weather = weather

    def _open(self) -> socket.socket:
        opened = self._closing.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        opened.setblocking(False)
        opened.bind(("127.0.0.1", 0))
        self._closing.callback(self._loop.remove_reader, opened)
        return opened

    def _from_clients(self) -> None:
        for datagram, client in _read(self._front):
            if client not in self._clients:
                self._clients.append(client)
                self._backs.append(back := self._open())
                self._loop.add_reader(back, self._from_target, back, len(self._backs) - 1)
            self._send(self.up, self._clients.index(client), datagram)

    def _from_target(self, back: socket.socket, number: int) -> None:
        for datagram, _ in _read(back):
            self._send(self.down, number, datagram)

    def _send(self, link: Link, number: int, datagram: bytes) -> None:
        link.send(number.to_bytes(NUMBER) + datagram, self._loop.time())
        self._deliver(link)

    def _deliver(self, link: Link) -> None:
        for arrived in link.due(self._loop.time()):
            number, datagram = int.from_bytes(arrived[:NUMBER]), arrived[NUMBER:]
            if link is self.up:
                self._backs[number].sendto(datagram, self.target)
                self.payload_types.update(_payload_type(datagram))
            else:
                self._front.sendto(datagram, self._clients[number])
        if timer := self._timers.pop(id(link), None):
            timer.cancel()
        if (due := link.next_time()) is not None:
            self._timers[id(link)] = self._loop.call_at(due, self._deliver, link)


def _payload_type(datagram: bytes) -> list[int]:
    """Of RTP, which is told from others by its first byte (RFC 7983 §7), and from RTCP by its second (RFC 5761 §4)."""
    if len(datagram) < 2 or not 128 <= datagram[0] <= 191 or 192 <= datagram[1] <= 223:
        return []
    return [datagram[1] & 0x7F]


def _read(source: socket.socket) -> list[tuple[bytes, Address]]:
    """What has arrived, up to a bound."""
    found: list[tuple[bytes, Address]] = []
    try:
        while len(found) < READS:
            found.append(source.recvfrom(LONGEST))
    except BlockingIOError:
        pass
    return found
