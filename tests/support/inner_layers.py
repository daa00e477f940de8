"""A publisher of VP9 in two sizes, or two frame rates, on one stream, in virtual time: payloads tell what they are."""

from media.commands import Publish, PublishedTrack
from media.events import Answered
from media.ids import TrackId
from media.rtcp import packets as rtcp
from media.rtp import header
from media.sdp.description import DEPENDENCY
from tests.support.calls import FRAME_S, ROOM
from tests.support.descriptions import description, section
from tests.support.descriptors import L1T2, L2T1, descriptor
from tests.support.engines import Client, World

SSRC = 4_242
FORMATS = (
    f"a=extmap:13 {DEPENDENCY}",
    "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
    "a=rtpmap:96 VP9/90000",
    *(f"a=rtcp-fb:96 {kind}" for kind in ("transport-cc", "nack", "nack pli")),
    "a=rtpmap:97 rtx/90000",
    "a=fmtp:97 apt=96",
)
PACKETS = (1, 4)  # of a frame, in each layer
OCTETS = 1_000  # of a packet: 264 and 1,056 kbit/s
LOWER_BPS = PACKETS[0] * OCTETS * 8 / FRAME_S


class OneStreamPublisher:
    """Answers any PLI with a key frame."""

    def __init__(self, world: World, name: str, *, sizes: int = 2) -> None:
        """Of two `sizes` in each picture, or of one and every other picture of the upper frame rate."""
        self.world = world
        self.sizes = sizes
        self.client: Client = world.client(name)
        self.client.feedback = False
        self.track = TrackId(f"{name}-video")
        self.keyframes = 0
        self._number = self._frame = self._sequence = self._heard = self._phase = 0
        self._next_frame = world.now
        self._wants_keyframe = True
        world.every_step.append(self.step)

    def publish(self, *session: str) -> str:
        """The relay's answer; `session` is lines of the offer that hold for all of it."""
        offer = description(section("video", "0", formats=FORMATS), session=session)
        track = PublishedTrack(self.track, "video", "0", 640, 360)
        events = self.world.obey(Publish(1, self.client.peer, ROOM, offer, (track,)))
        answered = next(event for event in events if isinstance(event, Answered))
        self.client.connect(answered.sdp, self.world.now)
        return answered.sdp

    def step(self, now: float) -> None:
        heard, self._heard = self.client.rtcp[self._heard :], len(self.client.rtcp)
        self._wants_keyframe |= any(isinstance(packet, rtcp.PictureLoss) for _, packet in heard)
        if not self.client.ready or now < self._next_frame:
            return
        self._next_frame += FRAME_S
        key, self._wants_keyframe = self._wants_keyframe, False
        self.keyframes += key
        self._number += 1
        self._phase = 0 if key else 1 - self._phase
        for layer in range(2) if self.sizes == 2 else (self._phase,):
            self._frame += 1
            for part in range(PACKETS[layer] if self.sizes == 2 else PACKETS[1]):
                self._send(layer, part, now, key=key)

    def _send(self, layer: int, part: int, now: float, *, key: bool) -> None:
        first, last = part == 0, part == (PACKETS[layer] if self.sizes == 2 else PACKETS[1]) - 1
        attached = (L2T1 if self.sizes == 2 else L1T2) if key and first and not layer else None
        template = 2 * layer + (not key) if self.sizes == 2 or not layer else 2
        said = descriptor(self._frame, template, first=first, last=last, attached=attached)
        flags = (0x20 if key else 0x60) | (0x08 if first else 0) | (0x04 if last else 0)
        told = bytes((flags, layer << 1 if self.sizes == 2 else layer << 5)) + b"frame %d layer %d key %d " % (
            self._number,
            layer,
            key,
        )
        self._sequence = self._sequence + 1 & 0xFFFF
        packet = header.build(
            told.ljust(OCTETS, b"."),
            payload_type=96,
            sequence=self._sequence,
            timestamp=round(now * 90_000) & 0xFFFFFFFF,
            ssrc=SSRC,
            marker=last and (layer == 1 or self.sizes == 1),
            extensions={4: b"0", 13: said},
        )
        self.client.send_rtp(packet)
