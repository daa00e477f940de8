"""Whole calls in virtual time: people who publish pictures and sound of numbered packets, and people who receive."""

import random
import re
from dataclasses import dataclass, field

from media.commands import Answer, Publish, PublishedTrack, Subscribe
from media.events import Answered, Offered
from media.ids import PeerId, RoomId, TrackId
from media.rtcp import packets as rtcp
from media.rtp import header
from tests.support.descriptions import description, section
from tests.support.engines import Client, World, answer_to
from tests.support.link import Weather

ROOM = RoomId("room")
FRAME_S = 1 / 30
PACKETS_A_FRAME = 4
SOUND_S = 0.020
SOUND_BPS = 25_000  # of small packets
HEADER_OCTETS = 44  # and tag, of a datagram
LEAST_BPS = 50_000  # no encoder makes pictures of less
MID_ID = 4  # header extension id in the offers of descriptions.py
NTP_ZERO = 3_900_000_000 << 32


@dataclass(slots=True)
class Stream:
    """Numbers of one stream; each payload says its own place, so that a test can read what arrived."""

    mid: str
    payload_type: int
    clock_rate: int
    ssrc: int
    sequence: int
    first_timestamp: int
    sent: dict[int, bytes] = field(default_factory=dict)  # sequence (16 bits) → whole packet, for repairs

    def packet(self, payload: bytes, time_s: float, marker: bool) -> bytes:
        packet = header.build(
            payload,
            payload_type=self.payload_type,
            sequence=self.sequence,
            timestamp=self.timestamp(time_s),
            ssrc=self.ssrc,
            marker=marker,
            extensions={MID_ID: self.mid.encode()},
        )
        self.sent[self.sequence] = packet
        self.sequence = (self.sequence + 1) & 0xFFFF
        return packet

    def timestamp(self, time_s: float) -> int:
        return (self.first_timestamp + round(time_s * self.clock_rate)) & 0xFFFFFFFF


class Publisher:
    """VP8 of 30 frames a second and sound of 20 ms; answers NACK and PLI as browsers do."""

    def __init__(
        self,
        world: World,
        name: str,
        weather: Weather | None = None,
        first_sequence: int = 1000,
        bitrate_bps: float = 0.0,
    ) -> None:
        self.world = world
        self.bitrate_bps = self.cap_bps = bitrate_bps  # of pictures; 0: packets as small as can be
        self.client: Client = world.client(name, weather)
        self.client.feedback = False
        numbers = random.Random(name)
        self.tracks = TrackId(f"{name}-audio"), TrackId(f"{name}-video")
        self.sound = Stream("0", 111, 48_000, numbers.randrange(1, 1 << 32), first_sequence, numbers.randrange(1 << 32))
        self.picture = Stream(
            "1", 96, 90_000, numbers.randrange(1, 1 << 32), first_sequence, numbers.randrange(1 << 32)
        )
        self.repair_ssrc, self._repair_sequence = numbers.randrange(1, 1 << 32), 500
        self.frames = self.keyframes = self.resent = 0
        self.pauses = False  # sends nothing at all
        self._started = world.now
        self._next_frame = self._next_sound = self._next_report = world.now
        self._wants_keyframe = True
        self._read = 0
        world.every_step.append(self.step)

    def publish(self, room: RoomId = ROOM) -> Answered:
        answered = self.offer(room)
        self.client.connect(answered.sdp, self.world.now)
        return answered

    def offer(self, room: RoomId = ROOM) -> Answered:
        offer = description(section("audio", "0"), section("video", "1"))
        tracks = (PublishedTrack(self.tracks[0], "audio", "0"), PublishedTrack(self.tracks[1], "video", "1"))
        events = self.world.obey(Publish(1, self.client.peer, room, offer, tracks))
        return next(event for event in events if isinstance(event, Answered))

    def step(self, now: float) -> None:
        self._obey_feedback()
        if self.pauses or not self.client.ready:
            return
        if now >= self._next_frame:
            self._next_frame += FRAME_S
            self._send_frame(now)
        if now >= self._next_sound:
            self._next_sound += SOUND_S
            self.client.send_rtp(self.sound.packet(b"sound %d" % self.sound.sequence, now - self._started, True))
        if now >= self._next_report:
            self._next_report = now + 1.0
            self.report(now)

    @property
    def sending_bps(self) -> float:
        """Of pictures."""
        return min(self.bitrate_bps, max(self.cap_bps, LEAST_BPS))

    def report(self, now: float) -> None:
        ntp = NTP_ZERO + int((now - self._started) * (1 << 32))
        for stream in (self.sound, self.picture):
            self.client.send_rtcp(rtcp.SenderReport(stream.ssrc, ntp, stream.timestamp(now - self._started), 1, 1))

    def _send_frame(self, now: float) -> None:
        key, self._wants_keyframe = self._wants_keyframe, False
        self.keyframes += key
        for index in range(PACKETS_A_FRAME):
            start = b"\x10" if index == 0 else b"\x00"
            head = b"\x00\x00\x00\x9d\x01\x2a\x40\x01\xb4\x00" if key else b"\x01\x00\x00"
            body = head if index == 0 else b"\x01"
            payload = start + body + b"frame %d part %d key %d " % (self.frames, index, key)
            payload = payload.ljust(int(self.sending_bps * FRAME_S / 8 / PACKETS_A_FRAME) - HEADER_OCTETS, b".")
            self.client.send_rtp(self.picture.packet(payload, now - self._started, index == PACKETS_A_FRAME - 1))
        self.frames += 1

    def _obey_feedback(self) -> None:
        fresh, self._read = self.client.rtcp[self._read :], len(self.client.rtcp)
        for _, packet in fresh:
            if isinstance(packet, rtcp.PictureLoss) and packet.media == self.picture.ssrc:
                self._wants_keyframe = True
            elif isinstance(packet, rtcp.BitrateEstimate):
                self.cap_bps = packet.bitrate_bps - SOUND_BPS
            elif isinstance(packet, rtcp.Nack) and packet.media == self.picture.ssrc:
                for number in packet.sequences:
                    self._send_again(number)

    def _send_again(self, number: int) -> None:
        original = self.picture.sent.get(number)
        if original is None:
            return
        head = header.parse(original)
        payload = number.to_bytes(2) + original[head.payload_start :]
        self.resent += 1
        self.client.send_rtp(
            header.build(
                payload,
                payload_type=97,
                sequence=self._repair_sequence,
                timestamp=head.timestamp,
                ssrc=self.repair_ssrc,
                marker=head.marker,
                extensions={MID_ID: b"1"},
            )
        )
        self._repair_sequence = (self._repair_sequence + 1) & 0xFFFF


class Subscriber:
    """Answers every offer after the time a browser takes for it."""

    def __init__(self, world: World, name: str, weather: Weather | None = None, thinks_s: float = 0.040) -> None:
        self.world = world
        self.client: Client = world.client(name, weather)
        self.offers: list[Offered] = []
        self._thinks_s = thinks_s
        self.knows_red = True
        self._read = 0
        self._answers: list[tuple[float, Offered]] = []
        world.every_step.append(self.step)

    def subscribe(self, *tracks: TrackId, room: RoomId = ROOM) -> None:
        self.world.obey(Subscribe(self.client.peer, room, tracks))

    def step(self, now: float) -> None:
        fresh, self._read = self.world.events[self._read :], len(self.world.events)
        for _, event in fresh:
            if isinstance(event, Offered) and event.peer == self.client.peer:
                self.offers.append(event)
                self._answers.append((now + self._thinks_s, event))
        for due, offered in list(self._answers):
            if now >= due:
                self._answers.remove((due, offered))
                self.client.connect(offered.sdp, now)
                self.world.obey(Answer(PeerId(self.client.peer), offered.number, self._answer(offered.sdp)))

    def _answer(self, offer: str) -> str:
        answer = answer_to(offer)
        return (
            answer
            if self.knows_red
            else re.sub(r"( 63(?=\r))|(a=(rtpmap|fmtp|rtcp-fb):63 .*\r\n)", "", answer, flags=re.M)
        )

    def ssrc_of(self, track: TrackId) -> int:
        """The source of a track, as the last offer names it."""
        offered = self.offers[-1]
        sections = offered.sdp.split("\r\nm=")
        mine = next(text for text in sections if f"a=mid:{offered.mids[track]}\r\n" in text)
        return int(mine.split("a=ssrc:")[1].split()[0])

    def payloads(self, track: TrackId) -> list[bytes]:
        return [packet.payload for packet in self.client.of(self.ssrc_of(track))]
