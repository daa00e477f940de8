"""A page that publishes over one connection and receives over another, and a person in a room of a worker.

No signaling: the test carries commands and events between page and worker. `Caller.join` publishes and subscribes;
`Caller.follow` answers every offer of the relay until its task is cancelled.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from media.commands import Answer, Kind, Publish, PublishedTrack, Subscribe
from media.events import Answered, Connected, Offered
from media.ids import PeerId, RoomId, TrackId
from tests.support.peer_page import serving
from tests.support.people import Person
from tests.support.worker import WorkerProcess

PAGE = """<!doctype html><meta charset="utf-8"><title>relay</title><link rel="icon" href="data:,">
<script type="module">
  const sending = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  const receiving = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  receiving.ontrack = ({ track }) => {
    const element = document.createElement(track.kind);
    element.autoplay = true;
    element.playsInline = true;
    element.srcObject = new MediaStream([track]);
    document.body.append(element);
  };
  window.relay = {
    sending,
    receiving,
    async offer(constraints, codec, scalabilityMode) {
      if (constraints) {
        const stream = await navigator.mediaDevices.getUserMedia(constraints);
        for (const track of stream.getTracks()) {
          const layered = scalabilityMode && track.kind === "video" ? { sendEncodings: [{ scalabilityMode }] } : {};
          const transceiver = sending.addTransceiver(track, { direction: "sendonly", streams: [stream], ...layered });
          if (codec && track.kind === "video") {
            const all = RTCRtpSender.getCapabilities("video").codecs;
            const wanted = all.filter(({ mimeType }) => mimeType === codec);
            transceiver.setCodecPreferences([...wanted, ...all.filter(({ mimeType }) => mimeType === "video/rtx")]);
          }
        }
      }
      await sending.setLocalDescription();
      return sending.localDescription.sdp;
    },
    mids: () => Object.fromEntries(sending.getTransceivers().map(({ mid, sender }) => [sender.track?.kind, mid])),
    accept: (sdp) => sending.setRemoteDescription({ type: "answer", sdp }),
    async answer(sdp) {
      await receiving.setRemoteDescription({ type: "offer", sdp });
      await receiving.setLocalDescription();
      return receiving.localDescription.sdp;
    },
    async restart() {
      sending.restartIce();
      await sending.setLocalDescription();
      return sending.localDescription.sdp;
    },
    leave() {
      for (const transceiver of sending.getTransceivers()) transceiver.direction = "inactive";
    },
    states: () => [sending.connectionState, receiving.connectionState],
    async protocol() {
      const report = [...(await sending.getStats()).values()];
      const pairs = report.filter(({ type, state }) => type === "candidate-pair" && state === "succeeded");
      return report.find(({ id }) => id === pairs.find(({ nominated }) => nominated).localCandidateId).protocol;
    },
    async inbound() {
      const report = await receiving.getStats();
      return [...report.values()].filter(({ type }) => type === "inbound-rtp");
    },
    async outbound() {
      const report = await sending.getStats();
      return [...report.values()].filter(({ type }) => type === "outbound-rtp" || type === "candidate-pair");
    },
  };
</script>
"""


@asynccontextmanager
async def relay_page() -> AsyncIterator[str]:
    """Serves the page; yields its URL."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    application = web.Application()
    application.router.add_get("/", page)
    async with serving(application) as url:
        yield url


class Caller:
    """One person at the page, in one room of the worker."""

    def __init__(self, person: Person, worker: WorkerProcess, room: str = "room") -> None:
        self.person = person
        self.worker = worker
        self.room = RoomId(room)
        self.sending = PeerId(f"{person.number}-sends")
        self.receiving = PeerId(f"{person.number}-receives")
        self._answered = 0

    def track(self, kind: Kind) -> TrackId:
        return TrackId(f"{self.person.number}-{kind}")

    @property
    def tracks(self) -> tuple[TrackId, ...]:
        return self.track("audio"), self.track("video")

    async def publish(
        self, constraints: str = "{ audio: true, video: true }", codec: str = "", scalability: str = ""
    ) -> None:
        """Offers sound and picture, in layers where `scalability` says so, and waits until the line is up."""
        offer = await self.person.evaluate(
            f"relay.offer({constraints}, {json.dumps(codec)}, {json.dumps(scalability)})"
        )
        await self.negotiate(offer)
        await self.worker.wait_for(Connected, lambda event: event.peer == self.sending)

    async def negotiate(self, offer: str) -> str:
        """Publishes what `offer` sends; returns the relay's answer."""
        mids = await self.person.evaluate("relay.mids()")
        kinds: tuple[Kind, ...] = ("audio", "video")
        tracks = tuple(PublishedTrack(self.track(kind), kind, mids[kind]) for kind in kinds if kind in mids)
        number = self.worker.next_number()
        await self.worker.send(Publish(number, self.sending, self.room, offer, tracks))
        answered = await self.worker.wait_for(Answered, lambda event: event.re == number)
        await self.person.evaluate(f"relay.accept({json.dumps(answered.sdp)})")
        return answered.sdp

    async def subscribe(self, *tracks: TrackId) -> None:
        await self.worker.send(Subscribe(self.receiving, self.room, tracks))

    async def follow(self) -> None:
        """Answers offers as they come."""
        while True:
            await self.answer_next()

    async def answer_next(self) -> Offered:
        after = self._answered
        offered = await self.worker.wait_for(
            Offered, lambda event: event.peer == self.receiving and event.number > after, patience_s=60.0
        )
        self._answered = offered.number
        answer = await self.person.evaluate(f"relay.answer({json.dumps(offered.sdp)})")
        await self.worker.send(Answer(self.receiving, offered.number, answer))
        return offered
