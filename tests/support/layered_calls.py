"""A publisher of three layers for calls in virtual time: as browsers send a simulcast, without a picture in it."""

import random

from media.commands import Publish, PublishedTrack
from media.events import Answered, Layers
from media.ids import TrackId
from media.rtcp import packets as rtcp
from media.rtp import header
from tests.support.calls import FRAME_S, NTP_ZERO, ROOM
from tests.support.descriptions import description, section
from tests.support.engines import Client, World
from tests.support.link import Weather

RIDS = ("f", "h", "q")  # best first
NAMED = (
    "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    *(f"a=rid:{rid} send" for rid in RIDS),
    f"a=simulcast:send {';'.join(RIDS)}",
)
RATES = {"f": 1_200_000, "h": 400_000, "q": 100_000}  # bit/s
PACKETS = {"f": 5, "h": 2, "q": 1}  # a frame


class LayeredPublisher:
    """Sends the layers that the relay wants, pauses the others, and answers any PLI with a key frame on all."""

    def __init__(self, world: World, name: str, weather: Weather | None = None) -> None:
        self.world = world
        self.client: Client = world.client(name, weather)
        self.client.feedback = False
        self.track = TrackId(f"{name}-video")
        self.broken: set[str] = set()  # layers that the encoder gave up
        self.wanted: tuple[str, ...] = RIDS
        self.said: list[tuple[float, tuple[str, ...]]] = []
        self.keyframes = 0
        numbers = random.Random(name)
        self._ssrcs = {rid: numbers.randrange(1, 1 << 32) for rid in RIDS}
        self._sequences = {rid: numbers.randrange(1 << 16) for rid in RIDS}
        self._ticks = {rid: numbers.randrange(1 << 32) for rid in RIDS}
        self._pictures = {rid: numbers.randrange(1 << 15) for rid in RIDS}
        self._started = self._next_frame = self._next_report = world.now
        self._frame = self._read = self._heard = 0
        self._wants_keyframe = True
        world.every_step.append(self.step)

    def publish(self) -> str:
        """The relay's answer."""
        track = PublishedTrack(self.track, "video", "0", 1280, 720)
        events = self.world.obey(
            Publish(1, self.client.peer, ROOM, description(section("video", "0", *NAMED)), (track,))
        )
        answered = next(event for event in events if isinstance(event, Answered))
        self.client.connect(answered.sdp, self.world.now)
        return answered.sdp

    def step(self, now: float) -> None:
        self._obey()
        if not self.client.ready:
            return
        if now >= self._next_frame:
            self._next_frame += FRAME_S
            self._send_frame(now)
        if now >= self._next_report:
            self._next_report = now + 1.0
            self._report(now)

    @property
    def _sent(self) -> list[str]:
        return [rid for rid in RIDS if rid in self.wanted and rid not in self.broken]

    def _obey(self) -> None:
        fresh, self._read = self.world.events[self._read :], len(self.world.events)
        for time, event in fresh:
            if isinstance(event, Layers) and event.track == self.track:
                self._wants_keyframe |= not set(event.rids) <= set(self.wanted)
                self.wanted = event.rids
                self.said.append((time, event.rids))
        heard, self._heard = self.client.rtcp[self._heard :], len(self.client.rtcp)
        self._wants_keyframe |= any(isinstance(packet, rtcp.PictureLoss) for _, packet in heard)

    def _send_frame(self, now: float) -> None:
        key, self._wants_keyframe = self._wants_keyframe, False
        self.keyframes += key
        for rid in self._sent:
            self._pictures[rid] = self._pictures[rid] + 1 & 0x7FFF
            for part in range(PACKETS[rid]):
                self._send_packet(rid, part, now, key=key)
        self._frame += 1

    def _send_packet(self, rid: str, part: int, now: float, *, key: bool) -> None:
        picture = self._pictures[rid]
        descriptor = bytes((0x90 if part == 0 else 0x80, 0x80, 0x80 | picture >> 8, picture & 0xFF, 0 if key else 1))
        told = b"frame %d part %d layer %s key %d " % (self._frame, part, rid.encode(), key)
        packet = header.build(
            (descriptor + told).ljust(int(RATES[rid] * FRAME_S / 8 / PACKETS[rid]), b"."),
            payload_type=96,
            sequence=self._sequences[rid],
            timestamp=self._timestamp(rid, now),
            ssrc=self._ssrcs[rid],
            marker=part == PACKETS[rid] - 1,
            extensions={4: b"0", 10: rid.encode()},
        )
        self._sequences[rid] = self._sequences[rid] + 1 & 0xFFFF
        self.client.send_rtp(packet)

    def _timestamp(self, rid: str, now: float) -> int:
        return (self._ticks[rid] + round((now - self._started) * 90_000)) & 0xFFFFFFFF

    def _report(self, now: float) -> None:
        ntp = NTP_ZERO + int((now - self._started) * (1 << 32))
        for rid in self._sent:
            self.client.send_rtcp(rtcp.SenderReport(self._ssrcs[rid], ntp, self._timestamp(rid, now), 1, 1))
