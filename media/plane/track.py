"""A published track: where its packets come from and who gets them."""

from dataclasses import dataclass, field
from typing import NamedTuple

from media.plane.interface import Ingress, PeerIndex, TrackIndex
from media.plane.packet import PADDED, Packet
from media.plane.rewriter import Rewriter
from media.plane.source import Source
from media.rtp.codecs import StartTest, red, start_test


class Format(NamedTuple):
    """What one payload type of a publisher means."""

    clock_rate: int
    can_start: StartTest
    media_type: int  # its own number, or the payload type that packets of this one repeat
    repairs: bool  # RTX (RFC 4588)
    numbers_pictures: bool = False  # in each payload, as VP8 does
    layered: bool = False  # may have several layers in one stream
    repeats: bool = False  # RED (RFC 2198)


def formats_of(ingress: Ingress) -> dict[int, Format]:
    formats = {}
    for codec in ingress.codecs:
        media = Format(
            codec.clock_rate,
            start_test(codec.name),
            codec.payload_type,
            repairs=False,
            numbers_pictures=codec.name == "vp8",
            layered=codec.name in ("vp9", "av1"),
            repeats=codec.name == "red",
        )
        formats[codec.payload_type] = media
        if codec.rtx_payload_type is not None:
            formats[codec.rtx_payload_type] = media._replace(repairs=True)
    return formats


@dataclass(slots=True, eq=False)
class Track:
    index: TrackIndex
    formats: dict[int, Format] = field(default_factory=dict)
    ingress: Ingress | None = None
    publisher: PeerIndex | None = None
    source: Source | None = None  # the SSRC that has the track now
    rewriters: list[Rewriter] = field(default_factory=list)
    fresh: list[Packet] = field(default_factory=list)  # came in during this turn, to be forwarded at its end
    tap: int | None = None  # stream of the recorder
    started: bool = False

    def publish(self, publisher: PeerIndex, ingress: Ingress) -> None:
        if self.ingress is None or self.ingress.codecs != ingress.codecs:
            self.formats, self.started = formats_of(ingress), False
        self.publisher, self.ingress = publisher, ingress

    def unpublish(self) -> None:
        self.publisher, self.ingress, self.source, self.started = None, None, None, False
        self.fresh.clear()

    @property
    def unused(self) -> bool:
        return self.ingress is None and not self.rewriters and self.tap is None

    def can_start(self, packet: Packet) -> bool:
        """Whether a subscriber who has nothing of the track yet can begin with `packet`."""
        return not packet.head & PADDED and self.formats[packet.head & 0x7F].can_start(packet.payload)

    def plain(self, packets: list[Packet]) -> list[Packet]:
        """Those of `packets` that are RED, each with nothing but its own sound."""
        return [plain for packet in packets if (plain := self._plain(packet)) is not None]

    def _plain(self, packet: Packet) -> Packet | None:
        number, timestamp, head, copied, payload, _ = packet
        if not self.formats[head & 0x7F].repeats:
            return None
        try:
            sound = red.primary(payload[: -payload[-1]] if head & PADDED else payload)
        except ValueError:
            return None
        return Packet(number, timestamp, head & ~(PADDED | 0x7F) | sound.payload_type, copied, sound.payload)
