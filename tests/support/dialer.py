"""The smallest client that a worker takes for one: checks and DTLS on a socket of its own, no media."""

import asyncio
import socket
import time
from typing import Self

from aiortc.rtcdtlstransport import RTCCertificate

from media.commands import Publish, PublishedTrack
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
        told = await self.worker.outcome(Publish(self.worker.next_number(), self.peer, RoomId("room"), offer, (track,)))
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
        async with asyncio.timeout(15):
            assert await self._client.start(self._fingerprint) == "connected"
        took = time.monotonic() - begun
        await self.worker.wait_for(Connected, lambda event: event.peer == self.peer)
        return took

    def send(self, datagram: bytes) -> None:
        self.socket.send(datagram)

    def _read(self) -> None:
        datagram = self.socket.recv(2048)
        if datagram and 20 <= datagram[0] < 64:
            self._client.receive(datagram)
