"""A publisher without a browser: pictures with codes and sound with beeps, encoded, cut into RTP, with sender reports.

Picture and sound of one `Publisher` show the same clock, but their RTP timestamps begin anywhere, as in browsers.
"""

import os
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from media.rtp import header
from tests.support.picture_code import Code, draw

WIDTH, HEIGHT = 160, 96
NTP_SECOND = 1 << 32
MAX_PAYLOAD = 120  # bytes; small pictures shall need several packets too
BEEP_S = 0.1  # a beep begins with every second of the publisher's clock
BEEP_HZ = 1000

ENCODERS = {
    "VP8": ("libvpx", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "error-resilient": "1"}),
    "VP9": ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}),
    "AV1": ("libsvtav1", {"preset": "10", "svtav1-params": "pred-struct=1:rc=2:lp=1"}),
    "H264": ("libx264", {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline"}),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """One RTP packet and the second of the publisher's clock at which it leaves."""

    time_s: float
    packet: bytes
    key: bool


@dataclass(slots=True)
class Stream:
    """Numbers and times of one RTP stream."""

    clock_rate: int
    payload_type: int
    seed: int
    sequence: int = field(init=False)
    first_timestamp: int = field(init=False)
    ssrc: int = field(init=False)

    def __post_init__(self) -> None:
        numbers = random.Random(self.seed)
        self.sequence = numbers.randrange(1 << 16)
        self.first_timestamp = numbers.randrange(1 << 32)
        self.ssrc = numbers.randrange(1, 1 << 32)

    def timestamp(self, time_s: float) -> int:
        return (self.first_timestamp + round(time_s * self.clock_rate)) % (1 << 32)

    def packets(self, time_s: float, payloads: list[bytes], key: bool) -> Iterator[Sent]:
        for index, payload in enumerate(payloads):
            packet = header.build(
                payload,
                payload_type=self.payload_type,
                sequence=self.sequence,
                timestamp=self.timestamp(time_s),
                ssrc=self.ssrc,
                marker=index == len(payloads) - 1,
            )
            self.sequence = (self.sequence + 1) % (1 << 16)
            yield Sent(time_s, packet, key)

    def report(self, time_s: float, ntp_zero_s: float) -> tuple[int, int]:
        """NTP and RTP timestamps of a sender report at `time_s`; the publisher's clock shows 0 at `ntp_zero_s`."""
        return round((ntp_zero_s + time_s) * NTP_SECOND), self.timestamp(time_s)


@dataclass(slots=True)
class PictureSource:
    """Encodes codes at `fps`; a key frame first, and whenever `want_key` was called."""

    codec: str
    person: int
    stream: Stream
    fps: int = 10
    frame: int = 0
    _encoder: VideoCodecContext = field(init=False)
    _wants_key: bool = True

    def __post_init__(self) -> None:
        name, options = ENCODERS[self.codec]
        encoder = cast(VideoCodecContext, CodecContext.create(name, "w"))
        encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        encoder.time_base, encoder.framerate = Fraction(1, self.fps), Fraction(self.fps)
        encoder.bit_rate, encoder.gop_size, encoder.thread_count = 200_000, 3000, 1
        encoder.options = options
        self._encoder = encoder
        encoder.open()
        give_up_real_time()

    def want_key(self) -> None:
        self._wants_key = True

    def next(self) -> list[Sent]:
        """The packets of the next picture."""
        time_s = self.frame / self.fps
        data, key = self._encode(time_s)
        payloads = {"VP8": vp8, "VP9": vp9, "AV1": av1, "H264": h264}[self.codec](data, key)
        self.frame += 1
        return list(self.stream.packets(time_s, payloads, key))

    def _encode(self, time_s: float) -> tuple[bytes, bool]:
        code = Code(self.person, 0, self.frame, round(time_s * 1000))
        luma = np.frombuffer(draw(code, WIDTH, HEIGHT), np.uint8).reshape(HEIGHT, WIDTH)
        grey = np.full((HEIGHT // 2, WIDTH), 128, np.uint8)
        picture = av.VideoFrame.from_ndarray(np.concatenate([luma, grey]), format="yuv420p")
        picture.pts, picture.time_base = self.frame, Fraction(1, self.fps)
        picture.pict_type = PictureType.I if self._wants_key else PictureType.NONE
        self._wants_key = False
        packets = self._encoder.encode(picture)
        return b"".join(map(bytes, packets)), any(packet.is_keyframe for packet in packets)


@dataclass(slots=True)
class SoundSource:
    """Opus of 20 ms; a beep begins with every second."""

    stream: Stream
    frame: int = 0
    _encoder: AudioCodecContext = field(init=False)

    def __post_init__(self) -> None:
        encoder = CodecContext.create("libopus", "w")
        encoder.sample_rate, encoder.bit_rate = 48_000, 32_000
        encoder.format, encoder.layout = "s16", "stereo"
        encoder.time_base = Fraction(1, 48_000)
        self._encoder = encoder

    def next(self) -> list[Sent]:
        """The packet of the next 20 ms."""
        time_s = self.frame * 0.02
        times = time_s + np.arange(960) / 48_000
        wave = np.where(times % 1.0 < BEEP_S, np.sin(2 * np.pi * BEEP_HZ * times), 0.0) * 20_000
        sound = av.AudioFrame.from_ndarray(np.repeat(wave.astype(np.int16), 2)[None, :], format="s16", layout="stereo")
        sound.sample_rate, sound.pts, sound.time_base = 48_000, self.frame * 960, Fraction(1, 48_000)
        payloads = [bytes(packet) for packet in self._encoder.encode(sound)]
        self.frame += 1
        return list(self.stream.packets(time_s, payloads, True))


@dataclass(slots=True)
class Publisher:
    """One person: a picture stream and a sound stream on one clock."""

    person: int = 1
    codec: str = "VP8"
    fps: int = 10
    ntp_zero_s: float = 3_900_000_000.25  # what the publisher's NTP clock shows at its second 0
    picture: PictureSource = field(init=False)
    sound: SoundSource = field(init=False)

    def __post_init__(self) -> None:
        self.picture = PictureSource(self.codec, self.person, Stream(90_000, 96, self.person * 2), self.fps)
        self.sound = SoundSource(Stream(48_000, 111, self.person * 2 + 1))

    def until(self, time_s: float) -> Iterator[tuple[str, Sent]]:
        """What is sent before `time_s` of the publisher's clock, in order, as ("picture" or "sound", packet)."""
        while True:
            next_picture, next_sound = self.picture.frame / self.fps, self.sound.frame * 0.02
            if min(next_picture, next_sound) >= time_s:
                return
            kind, source = ("picture", self.picture) if next_picture <= next_sound else ("sound", self.sound)
            for sent in source.next():
                yield kind, sent


def give_up_real_time() -> None:
    """SVT-AV1, run as root, takes real-time priority for its threads and for the one that opens it, whose child
    processes inherit it: a busy browser then starves the whole machine."""
    for thread in os.listdir("/proc/self/task"):
        os.sched_setscheduler(int(thread), os.SCHED_OTHER, os.sched_param(0))


def _cut(data: bytes, size: int = MAX_PAYLOAD) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def vp8(data: bytes, key: bool) -> list[bytes]:
    """With a picture id of 15 bits, TL0PICIDX and temporal layer, as browsers send it."""
    return [
        bytes([0x80 | (0x10 if index == 0 else 0), 0xE0, 0x81, 0x23, 0x05, 0x00]) + part
        for index, part in enumerate(_cut(data))
    ]


def vp9(data: bytes, key: bool) -> list[bytes]:
    """Not flexible, one layer; key frames tell the scalability structure."""
    structure = bytes([0x18]) + struct.pack("!HH", WIDTH, HEIGHT) + bytes([1, 0x04, 1])
    parts = _cut(data)
    packets = []
    for index, part in enumerate(parts):
        first, last = index == 0, index == len(parts) - 1
        tells = first and key
        flags = 0xA0 | (0 if key else 0x40) | (0x08 if first else 0) | (0x04 if last else 0) | (0x02 if tells else 0)
        packets.append(bytes([flags, 0x81, 0x23, 0x00, 0x05]) + (structure if tells else b"") + part)
    return packets


def h264(data: bytes, key: bool) -> list[bytes]:
    """Parameter sets in one STAP-A, pictures as FU-A where they are long."""
    units = [unit for unit in data.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if unit]
    sets = [unit for unit in units if unit[0] & 0x1F in (7, 8)]
    packets = [b"\x78" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in sets)] if sets else []
    for unit in units:
        if unit in sets:
            continue
        if len(unit) <= MAX_PAYLOAD:
            packets.append(unit)
            continue
        parts = _cut(unit[1:])
        for index, part in enumerate(parts):
            edge = 0x80 if index == 0 else 0x40 if index == len(parts) - 1 else 0
            packets.append(bytes([unit[0] & 0xE0 | 28, edge | unit[0] & 0x1F]) + part)
    return packets


def av1(data: bytes, key: bool) -> list[bytes]:
    """One OBU element at a time, without sizes, cut where it is long."""
    packets = []
    for number, unit in enumerate(_obus(data)):
        parts = _cut(unit)
        for index, part in enumerate(parts):
            flags = (0x80 if index else 0) | (0x40 if index < len(parts) - 1 else 0) | 0x10
            packets.append(bytes([flags | (0x08 if key and number == 0 and index == 0 else 0)]) + part)
    return packets


def _obus(data: bytes) -> Iterator[bytes]:
    """The OBUs of a temporal unit with sizes taken off and delimiters left out."""
    position = 0
    while position < len(data):
        first = data[position]
        body = position + (2 if first & 0x04 else 1)
        size = shift = 0
        while True:
            byte = data[body]
            body += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        if first >> 3 & 0x0F != 2:
            extension = data[position + 1 : position + 2] if first & 0x04 else b""
            yield bytes([first & ~0x02]) + extension + data[body : body + size]
        position = body + size
