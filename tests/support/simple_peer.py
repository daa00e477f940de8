"""A client's two media connections by aiortc, which decodes: slow, simple, and not the code under test.

Publishes a grey picture and silence; counts what it receives.
"""

import asyncio
from collections import Counter

import pytest
from aiortc import (
    AudioStreamTrack,
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.mediastreams import MediaStreamError

from signaling import messages as wire
from tests.support.wire import Client

CONFIGURATION = RTCConfiguration(iceServers=[])


@pytest.fixture
def loopback_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    """aioice leaves the loopback out, and a test has nothing else."""
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda **_: ["127.0.0.1"])


class SimplePeer:
    """`frames` counts what was decoded, by (seat, source)."""

    def __init__(self, client: Client, tasks: asyncio.TaskGroup) -> None:
        self.client = client
        self._tasks = tasks
        self.frames: Counter[tuple[str, str]] = Counter()
        self.connections = 0
        self._up: RTCPeerConnection | None = None
        self._down: RTCPeerConnection | None = None
        self._names: dict[str, tuple[str, str]] = {}
        self._seen = self._answered = 0  # offers
        self._reading: list[asyncio.Task[None]] = []

    async def publish(self) -> None:
        """Camera and microphone, on a new connection."""
        if self._up is not None:
            await self._up.close()
        up = self._up = RTCPeerConnection(CONFIGURATION)
        for track in (AudioStreamTrack(), VideoStreamTrack()):
            up.addTransceiver(track, direction="sendonly")
        await up.setLocalDescription(await up.createOffer())
        names: dict[str, wire.Source] = {"audio": "microphone", "video": "camera"}
        sources = tuple(wire.PublishedSource(t.mid or "", names[t.kind]) for t in up.getTransceivers())
        answer = await self.client.ask(wire.Publish, sdp=up.localDescription.sdp, sources=sources)
        if isinstance(answer, wire.Refused):
            raise RuntimeError(answer.code)
        await up.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))

    async def follow(self) -> None:
        """Answers every offer of the relay until it is cancelled."""
        while True:
            offers = self.client.told(wire.Subscribe)
            if len(offers) == self._seen:
                await asyncio.sleep(0.01)
                continue
            offer = offers[self._seen]
            self._seen += 1
            await self._answer(offer)
            self._answered = self._seen

    async def _answer(self, offer: wire.Subscribe) -> None:
        if self._down is None or offer.connection != self.connections:
            if self._down is not None:
                await self._down.close()
            self.connections = offer.connection
            self._down = RTCPeerConnection(CONFIGURATION)
            self._down.on("track", self._receive)
        self._names = {track.mid: (track.seat, track.source) for track in offer.tracks}
        await self._down.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
        await self._down.setLocalDescription(await self._down.createAnswer())
        await self.client.ask(wire.AnswerSubscribe, number=offer.number, sdp=self._down.localDescription.sdp)

    def _receive(self, track: MediaStreamTrack) -> None:
        mid = next(t.mid for t in self._down.getTransceivers() if t.receiver.track is track) if self._down else ""
        self._reading.append(self._tasks.create_task(self._count(track, mid or "")))

    async def _count(self, track: MediaStreamTrack, mid: str) -> None:
        try:
            while True:
                await track.recv()
                if mid in self._names:  # else it was under way when its publisher left
                    self.frames[self._names[mid]] += 1
        except MediaStreamError:
            return

    async def sees(self, seat: str, source: str, more: int = 1, within_s: float = 60.0) -> None:
        """Waits for so many more frames of a source."""
        wanted = self.frames[(seat, source)] + more
        async with asyncio.timeout(within_s):
            while self.frames[(seat, source)] < wanted:
                await asyncio.sleep(0.01)

    async def sees_nobody(self, within_s: float = 60.0) -> None:
        """Waits until every offer is answered, and the last shows nobody."""
        async with asyncio.timeout(within_s):
            while self._names or self._answered < len(self.client.told(wire.Subscribe)):
                await asyncio.sleep(0.01)

    async def close(self) -> None:
        for connection in (self._up, self._down):
            if connection is not None:
                await connection.close()
        for task in self._reading:
            task.cancel()
