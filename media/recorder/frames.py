"""From packets in order to whole frames."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from media.recorder.packets import Packet, PacketError
from media.recorder.reorder import Ordered

MAX_PARTS = 4_096  # packets of one frame, about 5 MB: who sends more has forgotten the marker


@dataclass(frozen=True, slots=True)
class Frame:
    """One coded frame as its container wants it. `key`: it can be decoded without any other."""

    timestamp: int  # RTP, 32 bits
    arrival: float  # of its first packet, monotonic seconds
    key: bool
    data: bytes
    private: bytes = b""  # the container's codec header, where a key frame tells it (H.264)


class Format(Protocol):
    """The payload format of one codec. Both methods raise PacketError for a payload that the format forbids."""

    def begins(self, payload: bytes) -> bool:
        """Whether a frame starts with this payload."""

    def join(self, payloads: list[bytes]) -> tuple[bytes, bool, bytes]:
        """Frame data, whether it is a key frame, and its codec header; from all payloads of one frame, in order."""


class Assembler(Protocol):
    """What turns the packets of one stream into frames."""

    wants_key: bool

    def receive(self, ordered: Ordered) -> Iterator[Frame]: ...


@dataclass(slots=True)
class SoundFrames:
    """Every packet is a frame, and every frame stands alone: a loss is a gap in time and nothing more."""

    wants_key: bool = False

    def receive(self, ordered: Ordered) -> Iterator[Frame]:
        packet = ordered.packet
        if packet.payload:
            yield Frame(packet.timestamp, packet.arrival, True, packet.payload)


@dataclass(slots=True)
class PictureFrames:
    """Joins packets of one timestamp; begins with a key frame, and after a loss goes on with the next one.

    A picture that refers to a lost one would show smear for as long as the loss goes back, and a doctor might take it
    for a finding: better no picture than a false one.
    """

    format: Format
    wants_key: bool = True
    malformed: int = 0  # frames whose payloads made no sense
    _parts: list[Packet] = field(default_factory=list)

    def receive(self, ordered: Ordered) -> Iterator[Frame]:
        packet = ordered.packet
        if ordered.gap or len(self._parts) == MAX_PARTS:
            self._lose()
        elif self._parts and packet.timestamp != self._parts[0].timestamp:
            yield from self._complete()
        if not packet.payload:
            return
        if self._parts or self._begins(packet.payload):
            self._parts.append(packet)
            if packet.marker:
                yield from self._complete()

    def _lose(self) -> None:
        self._parts.clear()
        self.wants_key = True

    def _begins(self, payload: bytes) -> bool:
        try:
            return self.format.begins(payload)
        except PacketError:
            self.malformed += 1
            return False

    def _complete(self) -> Iterator[Frame]:
        parts, self._parts = self._parts, []
        try:
            data, key, private = self.format.join([part.payload for part in parts])
        except PacketError:
            self.malformed += 1
            self.wants_key = True
            return
        if key:
            self.wants_key = False
        if not self.wants_key:
            yield Frame(parts[0].timestamp, parts[0].arrival, key, data, private)
