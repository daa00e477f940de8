"""Matroska and WebM as they are written live: one track, one block per frame, nothing held back.

FFmpeg's writer keeps up to a cluster in memory and writes it when the next frame comes; with a still picture, that may
be minutes later. Here every block is whole on its own, segment and clusters are of unknown size, and so the file can be
played up to the last frame whenever the writer is killed. Cues and duration come with the remux (`muxer.py`).
Sources: RFC 8794 (EBML), RFC 9559 (Matroska), the WebM and Opus-in-Matroska mappings.
"""

import struct
from dataclasses import dataclass, field

TICKS = 1_000  # per second; WebM wants milliseconds
CLUSTER_TICKS = 5_000  # a longer cluster is closed even without a key frame; block times have 16 bits
UNKNOWN_SIZE = b"\x01\xff\xff\xff\xff\xff\xff\xff"
TRACK_NUMBER = 1
KEY = 0x80  # flag of a simple block
SEEK_PRE_ROLL_NS = 80_000_000  # Opus needs 80 ms to converge after a seek (RFC 7845 §4.6)


@dataclass(frozen=True, slots=True)
class Video:
    """Size of the picture in pixels, and the codec's private header, empty where the codec has none."""

    codec: str  # Matroska's CodecID
    width: int
    height: int
    private: bytes = b""

    def entry(self) -> bytes:
        size = _element(0xE0, _unsigned(0xB0, self.width) + _unsigned(0xBA, self.height))
        private = _element(0x63A2, self.private) if self.private else b""
        return _unsigned(0x83, 1) + _text(0x86, self.codec) + private + size


@dataclass(frozen=True, slots=True)
class Opus:
    """Sound; `channels` as the decoder shall give out."""

    channels: int

    def entry(self) -> bytes:
        header = b"OpusHead" + struct.pack("<BBHIhB", 1, self.channels, 0, 48_000, 0, 0)  # RFC 7845 §5.1
        sound = _element(0xE1, _element(0xB5, struct.pack(">d", 48_000.0)) + _unsigned(0x9F, self.channels))
        timing = _unsigned(0x56AA, 0) + _unsigned(0x56BB, SEEK_PRE_ROLL_NS)
        return _unsigned(0x83, 2) + _text(0x86, "A_OPUS") + timing + _element(0x63A2, header) + sound


@dataclass(slots=True)
class LiveFile:
    """The bytes of a file of one track, in the order in which they are to be written."""

    track: Video | Opus
    webm: bool
    _cluster: int | None = field(default=None, init=False)  # time of the open cluster, in ticks

    def header(self) -> bytes:
        info = _unsigned(0x2AD7B1, 1_000_000_000 // TICKS) + _text(0x4D80, "visite") + _text(0x5741, "visite")
        entry = _unsigned(0xD7, TRACK_NUMBER) + _unsigned(0x73C5, TRACK_NUMBER) + _unsigned(0x9C, 0)
        tracks = _element(0xAE, entry + self.track.entry())
        segment = _id(0x18538067) + UNKNOWN_SIZE
        return self._ebml() + segment + _element(0x1549A966, info) + _element(0x1654AE6B, tracks)

    def block(self, time_s: float, key: bool, data: bytes) -> bytes:
        """One frame at `time_s` since the file's start; times may step back a little, as in pictures out of order."""
        ticks = max(0, round(time_s * TICKS))
        cluster = b""
        if self._cluster is None or self._must_close(ticks, key):
            self._cluster = ticks
            cluster = _id(0x1F43B675) + UNKNOWN_SIZE + _unsigned(0xE7, ticks)
        head = bytes([0x80 | TRACK_NUMBER]) + struct.pack(">hB", ticks - self._cluster, KEY if key else 0)
        return cluster + _id(0xA3) + _size(len(head) + len(data)) + head + data

    def _must_close(self, ticks: int, key: bool) -> bool:
        """Sound has only key frames, so only pictures begin a cluster with each."""
        age = ticks - (self._cluster or 0)
        return not -TICKS < age < CLUSTER_TICKS or (key and isinstance(self.track, Video))

    def _ebml(self) -> bytes:
        versions = _unsigned(0x4286, 1) + _unsigned(0x42F7, 1) + _unsigned(0x42F2, 4) + _unsigned(0x42F3, 8)
        kind = _text(0x4282, "webm" if self.webm else "matroska") + _unsigned(0x4287, 4) + _unsigned(0x4285, 2)
        return _element(0x1A45DFA3, versions + kind)


def _id(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _size(length: int) -> bytes:
    """A variable-size integer in as few bytes as hold it; all ones is reserved (RFC 8794 §4)."""
    width = 1
    while length >= (1 << 7 * width) - 1:
        width += 1
    return (length | 1 << 7 * width).to_bytes(width, "big")


def _element(number: int, content: bytes) -> bytes:
    return _id(number) + _size(len(content)) + content


def _unsigned(number: int, value: int) -> bytes:
    return _element(number, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def _text(number: int, value: str) -> bytes:
    return _element(number, value.encode("ascii"))
