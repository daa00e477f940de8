"""A bad line between real processes: a UDP relay that delays, jitters and loses, the same way for the same seed.

    with UdpRelay(("127.0.0.1", media_port), up=Line(loss=0.05, delay_s=0.050)) as relay:
        setup = Setup(person=1, detours={media_port: relay.port})

Where time can be virtual, use a Link between two engines instead.
"""

import asyncio
import random
import socket
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Self

Address = tuple[str, int]
LONGEST = 65_536  # bytes of a datagram


@dataclass(slots=True)
class Line:
    """One direction. What happens to the n-th datagram depends on the seed and n alone."""

    loss: float = 0.0  # share of datagrams
    delay_s: float = 0.0
    jitter_s: float = 0.0  # added to the delay, evenly from 0 to this; so it reorders
    seed: int = 1
    passed: int = 0
    lost: int = 0
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def fate(self) -> float | None:
        """Seconds that the next datagram takes, or None if it is lost."""
        chance, jitter = self._random.random(), self._random.random() * self.jitter_s
        if chance < self.loss:
            self.lost += 1
            return None
        self.passed += 1
        return self.delay_s + jitter


class UdpRelay:
    """Passes datagrams between any number of clients and one target; each client gets an address of its own there."""

    def __init__(self, target: Address, *, up: Line | None = None, down: Line | None = None) -> None:
        self.target = target
        self.up, self.down = up or Line(), down or Line(seed=2)
        self._loop = asyncio.get_running_loop()
        self._closing = ExitStack()
        self._clients: dict[Address, socket.socket] = {}

    def __enter__(self) -> Self:
        self._front = self._open()
        self._loop.add_reader(self._front, self._from_client)
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    @property
    def port(self) -> int:
        return int(self._front.getsockname()[1])

    def _open(self) -> socket.socket:
        opened = self._closing.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        opened.setblocking(False)
        opened.bind(("127.0.0.1", 0))
        self._closing.callback(self._loop.remove_reader, opened)
        return opened

    def _from_client(self) -> None:
        datagram, client = self._front.recvfrom(LONGEST)
        if client not in self._clients:
            self._clients[client] = back = self._open()
            self._loop.add_reader(back, self._from_target, back, client)
        self._pass_on(self.up, self._clients[client], datagram, self.target)

    def _from_target(self, back: socket.socket, client: Address) -> None:
        self._pass_on(self.down, self._front, back.recv(LONGEST), client)

    def _pass_on(self, line: Line, out: socket.socket, datagram: bytes, to: Address) -> None:
        seconds = line.fate()
        if seconds is not None:
            self._loop.call_later(seconds, self._send, out, datagram, to)

    def _send(self, out: socket.socket, datagram: bytes, to: Address) -> None:
        if out.fileno() >= 0:  # not closed while the datagram was under way
            out.sendto(datagram, to)
