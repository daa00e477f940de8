"""VP9 in two spatial layers on one SSRC, packet by packet: each says in its payload what it is."""

from collections.abc import Iterator, Sequence
from typing import Any

from media.plane.interface import Codec, Extensions, Ingress, Route, RouteIndex, Target, TrackIndex
from media.rtp.header import Header
from tests.support.descriptors import L2T1, Frame, descriptor
from tests.support.media_party import MediaParty

LAYERED = TrackIndex(5)
PUBLISHED = Extensions(mid=4, transport_cc=3, dependency=13)
LAYERED_IN = Ingress(LAYERED, True, "v", frozenset({40}), frozenset({41}), (Codec("vp9", 98, 99, 90_000),))
SMALL, LARGE = Target(0, 7), Target(1, 7)


def layered_route(subscriber: MediaParty, target: Target, *, wants: int = 0, rtx: bool = True) -> Route:
    """`wants` is the subscriber's id for descriptors."""
    rtx_ssrc, rtx_types = (7_001, {100: 101}) if rtx else (None, {})
    ids = Extensions(transport_cc=5, dependency=wants)
    number, ours = RouteIndex(subscriber.peer), {98: 100}
    return Route(number, subscriber.peer, 7_000, ours, rtx_ssrc, rtx_types, "0", ids, PUBLISHED, target=target)


class LayeredSource:
    """One publisher's stream: a picture is a frame of each layer that is sent, a frame is two packets."""

    def __init__(self, party: MediaParty, layers: Sequence[Frame] = L2T1) -> None:
        self.party = party
        self.layers = layers
        self.sequence = 65_530
        self.frame = 0xFFFC
        self.pictures = 0
        self.lost: dict[str, dict[str, Any]] = {}  # what was not sent, to be repaired

    def picture(self, *, key: bool = False, upper: bool = True, lost: str = "") -> None:
        """Sends one; `lost` names the packets that do not get through, as their payloads say."""
        self.pictures += 1
        for layer in (0, 1) if upper else (0,):
            self.frame = self.frame + 1 & 0xFFFF
            for part in (0, 1):
                name = f"{self.pictures}{'ab'[layer]}{part}"
                self._send(name, layer, part, key, upper, lost=name in lost.split())

    def repair(self, name: str) -> None:
        """Sends by RTX what was lost."""
        packet = self.lost.pop(name)
        payload = packet.pop("sequence").to_bytes(2) + packet.pop("payload")
        self.party.send(payload, **packet | {"ssrc": 41, "payload_type": 99, "sequence": 9 - len(self.lost)})

    def _send(self, name: str, layer: int, part: int, key: bool, upper: bool, *, lost: bool) -> None:
        template = 2 * layer + (not key)
        said = descriptor(
            self.frame,
            template,
            first=part == 0,
            last=part == 1,
            attached=self.layers if key and not layer and not part else None,
            active=(1 if not upper else 3, 2) if part == 0 and not layer else None,
        )
        flags = (0x20 if key else 0x60) | (0x08 if part == 0 else 0x04)
        packet: dict[str, Any] = {
            "payload": bytes((flags, layer << 1)) + name.encode(),
            "payload_type": 98,
            "sequence": self.sequence,
            "timestamp": 3_000 * self.pictures,
            "ssrc": 40,
            "marker": part == 1 and (layer == 1 or not upper),
            "extensions": {13: said},
        }
        self.sequence = self.sequence + 1 & 0xFFFF
        if lost:
            self.lost[name] = packet
        else:
            self.party.send(**packet)


def shown(subscriber: MediaParty) -> Iterator[tuple[str, Header]]:
    """What each packet that came says it is, "-" where it says nothing, and its header."""
    for head, payload in subscriber.received():
        yield payload[2:].decode() or "-", head


def picture(number: int, layers: str) -> list[str]:
    return [f"{number}{layer}{part}" for layer in layers for part in (0, 1)]
