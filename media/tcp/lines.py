"""TCP lines of one worker: each speaks for its client to the plane's port, over a small UDP socket on this machine.

So the plane and ICE know of UDP alone: a line is one more address. Nobody waits for a slow client. What his line does
not take for long is dropped, as a bad network drops it, pictures before sound, and he asks for it again.
"""

import asyncio
import ipaddress
import socket
import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol, TypeVar, cast

from media.tcp.backlog import Backlog
from media.tcp.framing import MAX_PACKET, Packets, framed
from media.tcp.places import Place, Places

Address = tuple[str, int]

LOOK_S = 1.0  # between two looks for lines that have to go
UNSENT_BYTES = 16_384  # the kernel is to hold no more, for there nothing goes before anything else
WRITE_BYTES = 4_096  # to the kernel at a time: what it has not taken stands before everything else, too
PACKETS_A_TURN = 64  # of one line, before others get their turn
STRANGERS_PACKETS = 32  # checks that one may send before it is believed
QUEUE_BYTES = 1_048_576  # asked of the kernel for what the plane sends in one burst
BACKLOG = 128
ATTEMPTS = 8  # a number that is free for UDP is seldom taken for TCP


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on a numeric host; `::` serves IPv4 as well. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG, dualstack_ipv6=host == "::")


def reached_at(host: str, port: int) -> Address:
    """Where a socket that is bound to `host` can be reached from this machine."""
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "::1", port
    return host, port


class Numbered(Protocol):
    """What has a port: the plane."""

    @property
    def port(self) -> int: ...
    def close(self) -> None: ...


NumberedT = TypeVar("NumberedT", bound=Numbered)


def paired(host: str, port: int, bind: Callable[[int], NumberedT]) -> tuple[NumberedT, socket.socket]:
    """What `bind` binds to a UDP port, and a socket that listens on the TCP port of the same number.

    For port 0 a number is looked for that is free for both. Raises OSError.
    """
    attempts = 1 if port else ATTEMPTS
    while True:
        attempts -= 1
        plane = bind(port)
        try:
            return plane, listen(host, plane.port)
        except OSError:
            plane.close()
            if not attempts:
                raise


class Lines:
    """`plane` is the address of the plane's port."""

    def __init__(self, plane: Address) -> None:
        self.plane = plane
        self.places = Places()
        self.dropped: Counter[str] = Counter()  # reason → packets, or lines that were not taken
        self._lines: dict[Place, Line] = {}

    async def run(self, listener: socket.socket) -> None:
        """Takes lines, and closes those that prove nothing or are left, until it is cancelled; then all are closed."""
        server = await asyncio.get_running_loop().create_server(lambda: Line(self), sock=listener)
        try:
            while True:
                await asyncio.sleep(LOOK_S)
                self.close_overdue(time.monotonic())
        finally:
            server.close()
            for line in list(self._lines.values()):
                line.end()

    def close_overdue(self, now: float) -> None:
        for place in self.places.overdue(now):
            self.dropped["tcp_quiet" if place.proved else "tcp_unproved"] += 1
            self._lines[place].end()

    def enter(self, line: "Line", host: str) -> Place | None:
        place = self.places.take(host, time.monotonic())
        if place is None:
            self.dropped["tcp_refused"] += 1
            return None
        self._lines[place] = line
        self.close_overdue(time.monotonic())
        return place

    def leave(self, place: Place) -> None:
        self.places.leave(place)
        self._lines.pop(place, None)


class Line(asyncio.Protocol):
    """One client's. Owned by `Lines`."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._loop = asyncio.get_running_loop()
        self._packets = Packets()
        self._backlog = Backlog()
        self._full = False  # the kernel takes no more for now
        self._strange = 0  # packets before it was believed
        self._place: Place | None = None
        self._inner: socket.socket | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # what a stream has
        self._place = self._lines.enter(self, transport.get_extra_info("peername")[0])
        if self._place is None:
            self._transport.abort()
            return
        self._transport.set_write_buffer_limits(high=0)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        self._inner = _towards(self._lines.plane)
        self._loop.add_reader(self._inner, self._from_plane)

    def data_received(self, data: bytes) -> None:
        if self._place is None or self._inner is None:
            return
        self._place.last = time.monotonic()
        try:
            packets = self._packets.receive(data)
        except ValueError:
            self._lines.dropped["tcp_malformed"] += 1
            self.end()
            return
        for packet in packets if self._place.proved else self._checks(packets):
            self._to_plane(self._inner, packet)

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._write()

    def connection_lost(self, exc: Exception | None) -> None:
        self.end()

    def end(self) -> None:
        """Closes both sides; whatever is on its way is lost."""
        if self._inner is not None:
            self._loop.remove_reader(self._inner)
            self._inner.close()
            self._inner = None
        if self._place is not None:
            self._lines.leave(self._place)
            self._place = None
            self._transport.abort()

    def _checks(self, packets: list[bytes]) -> list[bytes]:
        """What a stranger may say: a few connectivity checks."""
        checks = [packet for packet in packets if packet[0] < 4][: STRANGERS_PACKETS - self._strange]
        self._strange += len(checks)
        self._lines.dropped["tcp_strange"] += len(packets) - len(checks)
        return checks

    def _to_plane(self, inner: socket.socket, packet: bytes) -> None:
        try:
            inner.send(packet)
        except OSError:  # the plane has more to read than its queue holds, or is closing
            self._lines.dropped["tcp_queue_full"] += 1

    def _from_plane(self) -> None:
        """The relay has something for the client, and so believes him."""
        if self._inner is None or self._place is None:
            return
        packets: list[bytes] = []
        try:
            while len(packets) < PACKETS_A_TURN:
                packets.append(self._inner.recv(MAX_PACKET))
        except OSError:
            pass  # that was all, or the plane is closing
        if not packets:
            return
        self._place.proved = True
        now = time.monotonic()
        self._lines.dropped["tcp_behind"] += sum(self._backlog.add(packet, now) for packet in packets)
        self._write()

    def _write(self) -> None:
        while not self._full and (packets := self._backlog.take(WRITE_BYTES)):
            self._transport.write(framed(packets))


def _towards(plane: Address) -> socket.socket:
    inner = socket.socket(socket.AF_INET6 if ":" in plane[0] else socket.AF_INET, socket.SOCK_DGRAM)
    inner.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, QUEUE_BYTES)
    inner.setblocking(False)
    inner.connect(plane)
    return inner
