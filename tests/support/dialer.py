"""The smallest client that a worker takes for one: checks and DTLS on a socket of its own, media as one gives it."""

import asyncio
import socket
import time
from typing import Self

from aiortc.rtcdtlstransport import RTCCertificate

from media.commands import Publish, PublishedTrack, View
from media.events import Answered, Connected
from media.ids import PeerId, RoomId, TrackId
from tests.support.checks import binding_request
from tests.support.descriptions import description, section, transport
from tests.support.dtls import Client
from tests.support.worker import WorkerProcess

_certificate = RTCCertificate.generateCertificate()
_fingerprint = next(one.value for one in _certificate.getFingerprints() if one.algorithm == "sha-256")


class Dialer:
    """One publisher's transport."""

    def __init__(self, worker: WorkerProcess, name: str) -> None:
        self.peer = PeerId(name)
        self.worker = worker
        self.credentials = ("", "")
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.connect(("127.0.0.1", worker.port))
        self._client = Client(_certificate, self.send)
        self._fingerprint = ""
        self.media: list[bytes] = []  # RTP packets that came

    async def __aenter__(self) -> Self:
        asyncio.get_running_loop().add_reader(self.socket, self._read)
        return self

    async def __aexit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_reader(self.socket)
        await self._client.transport.stop()
        self.socket.close()

    async def publish(self) -> None:
        """Exchanges descriptions; sends nothing to the port yet."""
        offer = description(section("audio", "0", transport=transport(_fingerprint)))
        track = PublishedTrack(TrackId(f"{self.peer}-audio"), "audio", "0")
        await self._offer(Publish(self.worker.next_number(), self.peer, RoomId("room"), offer, (track,)))

    async def view(self, other: "Dialer") -> None:
        """The same for one who receives what the other publishes."""
        offer = description(section("audio", "0", direction="recvonly", transport=transport(_fingerprint)))
        track = TrackId(f"{other.peer}-audio")
        await self._offer(View(self.worker.next_number(), self.peer, RoomId("room"), offer, (track,)))

    async def _offer(self, command: Publish | View) -> None:
        told = await self.worker.outcome(command)
        assert isinstance(told, Answered)
        lines = dict(line[2:].split(":", 1) for line in told.sdp.splitlines() if line.startswith("a=") and ":" in line)
        self.credentials = lines["ice-ufrag"], lines["ice-pwd"]
        self._fingerprint = lines["fingerprint"].split()[1]

    def check(self) -> None:
        """Proves the address."""
        self.send(binding_request(*self.credentials, nominates=True))

    async def connect(self) -> float:
        """Checks, then the handshake; returns the seconds it took."""
        begun = time.monotonic()
        self.check()
        async with asyncio.timeout(60):
            assert await self._client.start(self._fingerprint) == "connected"
        took = time.monotonic() - begun
        await self.worker.wait_for(Connected, lambda event: event.peer == self.peer)
        return took

    def send(self, datagram: bytes) -> None:
        self.socket.send(datagram)

    def protect(self, packet: bytes) -> bytes:
        return self._client.protect(packet)

    def _read(self) -> None:
        datagram = self.socket.recv(2048)
        if datagram and 20 <= datagram[0] < 64:
            self._client.receive(datagram)
        elif len(datagram) > 1 and 128 <= datagram[0] < 192 and not 192 <= datagram[1] < 224:
            self.media.append(self._client.unprotect(datagram))
