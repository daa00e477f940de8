"""Made-up media: frames of the sizes and at the pace of real ones, whose payloads tell when they were sent.

A VP8 payload has a true descriptor and frame tag (RFC 7741 §4.2, RFC 6386 §9.1), which is what a relay reads; behind
them, and behind Opus's first byte, lies a stamp: a mark, and nanoseconds of the wall clock.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from secrets import randbits
from typing import NamedTuple

from media.rtcp.packets import ReportBlock, SenderReport
from media.rtcp.reports import Reception
from media.rtp import header
from media.rtp.sequence import extend
from signaling.load.description import AUDIO_TYPE, TRANSPORT_CC_ID, VIDEO_TYPE

STAMP_AT = 16  # bytes into the payload
STAMP = struct.Struct("!4sQ")
MARK = b"load"
MAX_PAYLOAD = 1_180  # bytes
VOICE_S, VOICE_BYTES = 0.020, 120  # Opus at 48 kbit/s
PICTURES_A_SECOND = 30
SIZE = struct.pack("<HH", 640, 480)
BEHIND_S = 0.2  # a source that is later than this skips what it missed
NTP_EPOCH_S, NTP_SECOND = 2_208_988_800, 1 << 32
_SSRC = struct.Struct("!I")


@dataclass(slots=True)
class Source:
    """One stream of a publisher: `packets` gives what is due, plain, with transport-wide numbers."""

    ssrc: int
    video: bool
    parts: int  # packets a frame
    part_bytes: int
    next_time: float
    key_wanted: bool = True
    sent: int = 0
    octets: int = 0
    _frame: int = 0
    _sequence: int = field(default_factory=lambda: randbits(15))
    _timestamp: int = 0

    @property
    def interval_s(self) -> float:
        return 1 / PICTURES_A_SECOND if self.video else VOICE_S

    def packets(self, now: float, stamp_ns: int, numbers: Iterator[int]) -> Iterator[bytes]:
        self.next_time = max(self.next_time, now - BEHIND_S)
        while self.next_time <= now:
            yield from self._one_frame(stamp_ns, numbers)
            self.next_time += self.interval_s

    def _one_frame(self, stamp_ns: int, numbers: Iterator[int]) -> Iterator[bytes]:
        self._frame += 1
        self._timestamp = round(self._frame * self.interval_s * (90_000 if self.video else 48_000))
        filler = bytes(self.part_bytes - STAMP_AT - STAMP.size)
        for part in range(self.parts):
            head = self._picture_head(part) if self.video else b"\xfc"
            yield header.build(
                head.ljust(STAMP_AT, b"\0") + STAMP.pack(MARK, stamp_ns) + filler,
                payload_type=VIDEO_TYPE if self.video else AUDIO_TYPE,
                sequence=self._sequence,
                timestamp=self._timestamp & 0xFFFF_FFFF,
                ssrc=self.ssrc,
                marker=self.video and part == self.parts - 1,
                extensions={TRANSPORT_CC_ID: (next(numbers) & 0xFFFF).to_bytes(2)},
            )
            self._sequence = (self._sequence + 1) & 0xFFFF
            self.sent += 1
            self.octets += self.part_bytes
        self.key_wanted = False

    def _picture_head(self, part: int) -> bytes:
        picture = struct.pack("!H", 0x8000 | self._frame & 0x7FFF)
        if part:
            return b"\x80\x80" + picture
        tag = b"\x10\0\0\x9d\x01\x2a" + SIZE if self.key_wanted else b"\x11\0\0"
        return b"\x90\x80" + picture + tag

    def report(self, wall_s: float) -> SenderReport:
        ntp = int((wall_s + NTP_EPOCH_S) * NTP_SECOND)
        return SenderReport(self.ssrc, ntp, self._timestamp & 0xFFFF_FFFF, self.sent, self.octets)


def voice(ssrc: int, begins: float) -> Source:
    return Source(ssrc, False, 1, VOICE_BYTES, begins)


def picture(ssrc: int, begins: float, kbps: int) -> Source:
    frame_bytes = max(STAMP_AT + STAMP.size, kbps * 125 // PICTURES_A_SECOND)
    parts = -(-frame_bytes // MAX_PAYLOAD)
    return Source(ssrc, True, parts, frame_bytes // parts, begins)


@dataclass(slots=True)
class Heard:
    """What has arrived of one stream. SRTP lets no packet in twice, so all that are counted are different."""

    ssrc: int
    packets: int = 0
    first: int = 0  # extended sequence numbers
    highest: int = 0
    last: float = 0.0  # when a packet came, on the loop's clock
    _reception: Reception = field(init=False)

    def __post_init__(self) -> None:
        self._reception = Reception(self.ssrc)

    @property
    def expected(self) -> int:
        return self.highest - self.first + 1 if self.packets else 0

    @property
    def lost(self) -> int:
        return max(0, self.expected - self.packets)

    def receive(self, sequence: int, now: float) -> None:
        self.last = now
        if not self.packets:
            self.first = self.highest = sequence
        number = extend(sequence, self.highest)
        self.highest, self.first = max(self.highest, number), min(self.first, number)
        self.packets += 1

    def told(self, report: SenderReport, now: float) -> None:
        self._reception.heard(report, now)

    def block(self, now: float) -> ReportBlock:
        return self._reception.block(self.highest & 0xFFFF_FFFF, self.lost, 0, now)


class Arrived(NamedTuple):
    """What one plain packet tells; a tuple, because one is made for each.

    `stamp_ns` is 0 for padding alone, and -1 for a payload that is not of our making.
    """

    ssrc: int
    transport_number: int  # -1: none
    stamp_ns: int


def read(data: bytearray, size: int) -> Arrived:
    """The first `size` bytes of `data`, of which there are more: at least a header's."""
    ssrc = int(_SSRC.unpack_from(data, 8)[0])
    start, number = header.FIXED_SIZE + 4 * (data[0] & 0x0F), -1
    if data[0] & header.HAS_EXTENSION:
        begin = start + 4
        start = begin + 4 * int.from_bytes(data[start + 2 : begin])
        number = _transport_number(data, begin, min(start, size - 2))
    end = size - data[size - 1] if data[0] & header.HAS_PADDING else size
    if end <= start:
        return Arrived(ssrc, number, 0)
    if end < start + STAMP_AT + STAMP.size:
        return Arrived(ssrc, number, -1)
    mark, stamp = STAMP.unpack_from(data, start + STAMP_AT)
    return Arrived(ssrc, number, int(stamp) if mark == MARK else -1)


def _transport_number(data: bytearray, at: int, end: int) -> int:
    """Among one-byte elements (RFC 8285 §4.2): the relay writes no others under ids as small as ours."""
    while at < end:
        first = data[at]
        if first >> 4 == TRANSPORT_CC_ID:
            return data[at + 1] << 8 | data[at + 2]
        at += 1 if first == 0 else 2 + (first & 0x0F)
    return -1
