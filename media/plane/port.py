"""The one UDP socket of a worker: everybody's packets, in and out, never waiting."""

import errno
import socket
from struct import pack

from media.plane.interface import Address
from media.plane.srtp import Memory

MAX_DATAGRAM = 2_048  # bytes; nothing we understand is longer
_UDP_SEGMENT = 103  # linux/udp.h; Python has no name for it
_IP_MTU_DISCOVER, _IP_PMTUDISC_PROBE = 10, 3  # linux/in.h, the same
_FULL = (errno.EAGAIN, errno.ENOBUFS)
_REFUSES_SEGMENTS = (errno.EINVAL, errno.EIO, errno.EMSGSIZE, errno.ENOPROTOOPT, errno.EOPNOTSUPP)


class Port:
    """`memory` holds the datagram read last; the next read overwrites it."""

    def __init__(self, host: str, port: int, queue_bytes: int) -> None:
        """Binds `host` (numeric; an IPv6 address also serves IPv4 where it is `::`). Raises `OSError`."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            if family == socket.AF_INET6:
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            # Senders keep packets below what any path takes whole (RFC 9000 §14 counts on 1,200 bytes), and one that
            # may be cut up on its way costs the kernel a number of its own.
            self._socket.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_PROBE)
            for queue in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                self._socket.setsockopt(socket.SOL_SOCKET, queue, queue_bytes)
            self._socket.bind((host, port))
            self._socket.setblocking(False)
        except OSError:
            self._socket.close()
            raise
        self.memory = Memory(MAX_DATAGRAM + 1)
        self._receive = self._socket.recvfrom_into
        self._sendto = self._socket.sendto
        self.unsent_full = 0  # datagrams that the kernel's queue had no room for
        self.unsent_refused = 0  # datagrams that the kernel would not send: no way there, forbidden

    @property
    def number(self) -> int:
        return int(self._socket.getsockname()[1])

    def fileno(self) -> int:
        return self._socket.fileno()

    def receive(self) -> tuple[int, Address] | None:
        """Reads one datagram into `memory`: its size and sender; None when there is none.

        A size over `MAX_DATAGRAM` tells that the rest was cut off.
        """
        try:
            size, source = self._receive(self.memory.data)
        except BlockingIOError:
            return None
        except OSError:  # an earlier datagram's fate, reported late by the kernel: nothing was read
            return 0, ("", 0)
        return size, source[:2]

    def send(self, datagram: bytes | memoryview, address: Address) -> int:
        """Returns 1, or 0 where the kernel did not take the datagram."""
        try:
            self._sendto(datagram, address)
        except OSError as refusal:
            self._count(refusal, 1)
            return 0
        return 1

    def send_segments(self, datagrams: memoryview, segment: int, address: Address) -> int | None:
        """Sends as many datagrams of `segment` bytes as there are, the last may be shorter, in one call.

        Returns how many; None where the kernel does not cut datagrams on the way to this address.
        """
        count = -(-len(datagrams) // segment)
        try:
            self._socket.sendmsg((datagrams,), ((socket.IPPROTO_UDP, _UDP_SEGMENT, pack("H", segment)),), 0, address)
        except OSError as refusal:
            if refusal.errno in _REFUSES_SEGMENTS:
                return None
            self._count(refusal, count)
            return 0
        return count

    def _count(self, refusal: OSError, datagrams: int) -> None:
        if refusal.errno in _FULL:
            self.unsent_full += datagrams
        else:
            self.unsent_refused += datagrams

    def close(self) -> None:
        self._socket.close()
