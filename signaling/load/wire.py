"""A leg's socket and timer: the only I/O of a virtual participant's media."""

import asyncio
import os
import socket
import struct
import time
from typing import Self

from media.ids import PeerId
from media.plane.srtp import Memory
from media.ports import Security
from signaling.load.description import Answer, Credentials
from signaling.load.leg import Clocks, Leg
from signaling.load.streams import Source
from signaling.load.tally import Tally

SO_TIMESTAMPNS = 35  # Linux; Python has no name for it
STAMP = struct.Struct("@qq")  # struct timespec
ANCILLARY = socket.CMSG_SPACE(STAMP.size)
BUFFER_BYTES = 1 << 20
READS = 64  # datagrams of one leg before another one's turn
INBOX = Memory(2_048)  # what was read last


class Unreachable(Exception):
    """No address of the relay can be sent to from this machine."""


class Wire:
    """`up`: when media could flow, `media`: when the first came (the loop's clock, seconds), `down`: why it ended."""

    def __init__(
        self,
        peer: PeerId,
        security: Security,
        tally: Tally,
        local: Credentials,
        answer: Answer,
        sources: tuple[Source, ...] = (),
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._tally = tally
        self._socket = _connected(answer.addresses)
        self.up: asyncio.Future[float] = self._loop.create_future()
        self.media: asyncio.Future[float] = self._loop.create_future()
        self.down: asyncio.Future[str] = self._loop.create_future()
        clocks = Clocks(self._loop.time(), time.time_ns())
        self.leg = Leg(peer, security, self, tally, clocks, local=local, answer=answer, sources=sources)
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        self._loop.add_reader(self._socket, self._read)
        self._on_time(self._loop.time())
        return self

    def __exit__(self, *_: object) -> None:
        self.deafen()
        self.leg.close()
        self._socket.close()

    def deafen(self) -> None:
        """Nothing that comes in has an effect any more."""
        self._loop.remove_reader(self._socket)
        if self._timer is not None:
            self._timer.cancel()

    @property
    def inode(self) -> int:
        return os.fstat(self._socket.fileno()).st_ino

    def send(self, datagram: bytes | memoryview) -> None:
        if self._socket.fileno() < 0:
            return  # DTLS says goodbye a second time, to nobody
        try:
            self._socket.send(datagram)
        except OSError:
            self._tally.unsent += 1  # a full buffer, or a port that is gone: the checks will tell which

    def is_up(self) -> None:
        if not self.up.done():
            self.up.set_result(self._loop.time())
            self._rearm()

    def has_media(self) -> None:
        if not self.media.done():
            self.media.set_result(self._loop.time())

    def is_down(self, code: str) -> None:
        if not self.down.done():
            self.down.set_result(code)

    def _read(self) -> None:
        for _ in range(READS):
            try:
                size, ancillary, _, _ = self._socket.recvmsg_into([INBOX.view], ANCILLARY)
            except BlockingIOError:
                break
            except OSError:
                continue  # an ICMP message about something sent earlier
            self.leg.receive(INBOX, size, self._loop.time(), _arrival(ancillary))
        if self._timer is None or self.leg.next_deadline() < self._timer.when():
            self._rearm()

    def _on_time(self, planned: float) -> None:
        now = self._loop.time()
        self._tally.late.add(now - planned)
        self.leg.on_time(now, time.time_ns())
        self._rearm()

    def _rearm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        deadline = self.leg.next_deadline()
        self._timer = self._loop.call_at(deadline, self._on_time, deadline)


def _connected(addresses: tuple[tuple[str, int], ...]) -> socket.socket:
    """A socket to the first address that this machine has a way to. Raises Unreachable."""
    for host, port in addresses:
        opened = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            opened.setblocking(False)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
            opened.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            opened.connect((host, port))
        except OSError:
            opened.close()
        else:
            return opened
    raise Unreachable


def _arrival(ancillary: list[tuple[int, int, bytes]]) -> int:
    """When the kernel received a datagram, in nanoseconds of the wall clock: our own lateness is no delay."""
    for _, kind, data in ancillary:
        if kind == SO_TIMESTAMPNS and len(data) == STAMP.size:
            seconds, nanoseconds = STAMP.unpack(data)
            return int(seconds) * 1_000_000_000 + int(nanoseconds)
    return time.time_ns()
