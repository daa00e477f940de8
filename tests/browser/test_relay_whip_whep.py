"""WHIP and WHEP on a worker without the server: GStreamer and aiortc beside a browser."""

import asyncio
import fractions
from collections.abc import AsyncIterator

import aiohttp
import av
import numpy as np
import pytest_asyncio
from aiortc import (
    AudioStreamTrack,
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)

from media.commands import Fill
from media.events import Connected, Disconnected
from media.ids import PeerId, TrackId
from tests.support.browser import Chromium
from tests.support.gstreamer import publisher, viewer
from tests.support.people import Setup
from tests.support.picture_code import Code, draw, read
from tests.support.relay_page import Caller, relay_page
from tests.support.tones import tone_of
from tests.support.whip_door import whip_door
from tests.support.worker import WorkerProcess, running_worker

WIDTH, HEIGHT = 320, 180


@pytest_asyncio.fixture(loop_scope="session")
async def worker() -> AsyncIterator[WorkerProcess]:
    async with running_worker() as worker:
        yield worker


async def caller(browser: Chromium, worker: WorkerProcess, url: str, number: int) -> Caller:
    person = await browser.person(Setup(person=number))
    await person.page.goto(url)
    return Caller(person, worker)


async def test_a_browser_sees_what_gstreamer_publishes(worker: WorkerProcess, browser: Chromium) -> None:
    async with relay_page() as url, whip_door(worker) as door, asyncio.TaskGroup() as tasks:
        anne = await caller(browser, worker, url, 1)
        answering = tasks.create_task(anne.follow(), name="answers")
        await anne.subscribe(TrackId("camera-audio"), TrackId("camera-video"))
        async with publisher(f"{door}/whip/camera", "token", person=5):
            await anne.person.until_sees(5)
            await anne.person.until_hears(5)
        gone = await worker.wait_for(Disconnected, lambda event: event.peer == "camera")
        assert gone.reason == "closed"
        answering.cancel()


async def test_gstreamer_sees_a_browser_and_a_slot_that_fills_later(worker: WorkerProcess, browser: Chromium) -> None:
    async with relay_page() as url, whip_door(worker) as door:
        anne, bruno = await caller(browser, worker, url, 1), await caller(browser, worker, url, 2)
        await anne.publish()
        async with viewer(f"{door}/whep/screen?of=1&of=2", "token", seats=2) as screen:
            await screen.line('"connected": true')
            await screen.line('"section": 1, "person": 1, "source": 0')
            await screen.line(f'"section": 0, "hz": {tone_of(1)}')
            await bruno.publish()
            await screen.line('"section": 3, "person": 2, "source": 0')
            await worker.send(Fill(PeerId("screen"), (None, None, None, bruno.track("video"))))
            await worker.send(Fill(PeerId("screen"), (None, bruno.track("video"), None, None)))
            await screen.line('"section": 1, "person": 2, "source": 0')


async def test_gstreamer_sees_vp9_in_several_sizes(worker: WorkerProcess, browser: Chromium) -> None:
    """It asks for no dependency descriptors, by which the relay chooses."""
    async with relay_page() as url, whip_door(worker) as door:
        anne = await caller(browser, worker, url, 1)
        await anne.publish(codec="video/VP9", scalability="L2T3_KEY")
        async with viewer(f"{door}/whep/screen?of=1", "token", codec="VP9") as screen:
            await screen.line('"section": 1, "person": 1, "source": 0')
            await screen.line(f'"section": 0, "hz": {tone_of(1)}')


class CodedTrack(VideoStreamTrack):
    """Pictures with a person's code."""

    def __init__(self, person: int) -> None:
        super().__init__()
        self._person, self._frame = person, 0

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        self._frame += 1
        luma = np.frombuffer(draw(Code(self._person, 0, self._frame, 0), WIDTH, HEIGHT), np.uint8)
        grey = np.full((HEIGHT // 2, WIDTH), 128, np.uint8)
        plane = np.concatenate([luma.reshape(HEIGHT, WIDTH), grey])
        frame = av.VideoFrame.from_ndarray(plane, format="yuv420p")
        frame.pts, frame.time_base = pts, fractions.Fraction(time_base)
        return frame


async def offered(peer: RTCPeerConnection, url: str) -> None:
    """One offer posted, one answer applied."""
    await peer.setLocalDescription(await peer.createOffer())
    async with aiohttp.ClientSession() as http, http.post(url, data=peer.localDescription.sdp) as response:
        assert response.status == 201, await response.text()
        await peer.setRemoteDescription(RTCSessionDescription(await response.text(), "answer"))


async def person_on(track: MediaStreamTrack) -> int:
    """Whose code the pictures of a track carry."""
    while True:
        frame = await track.recv()
        assert isinstance(frame, av.VideoFrame)
        grey = frame.to_ndarray(format="gray8")
        code = read(grey.tobytes(), grey.shape[1], grey.shape[0], grey.shape[1])
        if code is not None:
            return code.person


async def test_aiortc_publishes_and_views(worker: WorkerProcess) -> None:
    async with whip_door(worker) as door:
        camera, screen = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
        camera.addTrack(AudioStreamTrack())
        camera.addTrack(CodedTrack(9))
        try:
            await offered(camera, f"{door}/whip/camera")
            await worker.wait_for(Connected, lambda event: event.peer == "camera")
            screen.addTransceiver("audio", direction="recvonly")
            screen.addTransceiver("video", direction="recvonly")
            await offered(screen, f"{door}/whep/screen?of=camera")
            async with asyncio.timeout(60):
                picture = next(one.receiver.track for one in screen.getTransceivers() if one.kind == "video")
                assert await person_on(picture) == 9
        finally:
            await camera.close()
            await screen.close()
