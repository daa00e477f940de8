"""Both planes given the same packets and verbs, at random: what leaves them is the same to the byte."""

import dataclasses
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from random import Random

import pytest
from pylibsrtp import Error

from media.plane.interface import (
    WHOLE,
    Codec,
    Extensions,
    Ingress,
    PeerIndex,
    Plane,
    Poll,
    Profile,
    Route,
    RouteIndex,
    Target,
    TrackIndex,
)
from media.rtp import header
from tests.support.descriptors import L1T2, L2T1, L2T1_KEY, Frame, descriptor
from tests.support.media_party import MediaParty
from tests.support.planes import PLANES

STEPS = 10_000 if os.environ.get("VISITE_FULL") else 400
FIRST = 32_700  # of every outgoing stream: it rolls over soon
MID, RID, REPAIRED, TRANSPORT, LEVEL, SENT, DEPENDENCY = 4, 5, 6, 3, 1, 2, 13
PUBLISHED = Extensions(MID, TRANSPORT, LEVEL, SENT, RID, REPAIRED, DEPENDENCY)
VIDEO = (
    Codec("vp8", 96, 97, 90_000),
    Codec("vp9", 98, 99, 90_000),
    Codec("h264", 102, 103, 90_000),
    Codec("av1", 45, 46, 90_000),
)
SOUND = (Codec("opus", 111, None, 48_000), Codec("red", 63, None, 48_000))
LOW, HIGH, AUDIO, OTHER = TrackIndex(0), TrackIndex(1), TrackIndex(2), TrackIndex(3)
PEOPLE = ((0, Profile.AEAD_AES_128_GCM), (1, Profile.AES128_CM_SHA1_80))
AUDIENCE = (
    (2, Profile.AEAD_AES_256_GCM, Extensions(mid=9, transport_cc=5, audio_level=6, abs_send_time=7), True),
    (3, Profile.AES128_CM_SHA1_80, Extensions(), False),
    (4, Profile.AEAD_AES_128_GCM, Extensions(audio_level=14, abs_send_time=15, mid=3, dependency=8), True),
    (5, Profile.AES128_CM_SHA1_80, Extensions(transport_cc=5, dependency=8), False),
)


def section(track: TrackIndex, mid: str, rid: str = "") -> Ingress:
    sound = track == AUDIO
    return Ingress(track, not sound, mid, frozenset(), frozenset(), SOUND if sound else VIDEO, rid=rid)


SECTIONS = {0: (section(LOW, "v", "l"), section(HIGH, "v", "h"), section(AUDIO, "a")), 1: (section(OTHER, "o"),)}


class Layers:
    """What packets of a stream say of its frames, mostly rightly."""

    def __init__(self) -> None:
        self.kinds: Sequence[Frame] = L2T1
        self.offset = 0
        self.number = 65_500

    def describe(self, chance: Random) -> bytes:
        if chance.random() < 0.02:
            return chance.randbytes(chance.randrange(1, 60))
        first, last = chance.random() < 0.6, chance.random() < 0.6
        self.number += first
        if chance.random() < 0.1:
            self.kinds, self.offset = chance.choice((L2T1, L2T1_KEY, L1T2, L2T1[:1])), chance.choice((0, 5, 62))
            return descriptor(self.number, self.offset, first=first, attached=self.kinds, offset=self.offset)
        targets = len(self.kinds[0][2])
        mask = (chance.getrandbits(targets), targets) if chance.random() < 0.1 else None
        template = (self.offset + chance.randrange(len(self.kinds) + (chance.random() < 0.05))) % 64
        return descriptor(self.number, template, first=first, last=last, active=mask)


@dataclass
class Stream:
    """One SSRC of a publisher, as badly as it comes."""

    publisher: int
    ssrc: int
    mid: bytes
    rid: bytes = b""
    types: tuple[int, ...] = (96, 96, 96, 102, 45)
    sequence: int = 65_500
    picture: int = 0x7FFA
    layers: Layers | None = None
    sent: list[bytes] = field(default_factory=list)

    def packet(self, chance: Random) -> bytes:
        """The next packet, or one from the past, or RTX for one of those."""
        self.sequence += chance.choice((1, 1, 1, 1, 1, 2, 3, 40, 2_000) if chance.random() < 0.1 else (1,))
        if self.sent and chance.random() < 0.1:
            return chance.choice(self.sent[-60:])
        repairs = b"" if chance.random() < 0.9 else (self.sequence - chance.randrange(1, 6) & 0xFFFF).to_bytes(2)
        kind, padding = chance.choice(self.types), chance.choice((0, 0, 0, 0, 7, 200))
        self.picture += chance.random() < 0.3
        values = {MID: self.mid, RID: self.rid, TRANSPORT: self.sequence.to_bytes(4)[2:], LEVEL: chance.randbytes(1)}
        if repairs:
            values[REPAIRED] = values.pop(RID)
        chosen = {number: value for number, value in values.items() if value and chance.random() < 0.9}
        if chance.random() < 0.5:
            chosen[SENT] = chance.randbytes(3)
        if self.layers is not None and chance.random() < 0.95:
            chosen[DEPENDENCY] = self.layers.describe(chance)
        packet = header.build(
            repairs + self._payload(kind, chance),
            payload_type=kind + 1 if repairs else kind,
            sequence=self.sequence & 0xFFFF,
            timestamp=3_000 * self.picture & 0xFFFFFFFF,
            ssrc=self.ssrc + 1_000 * bool(repairs),
            marker=chance.random() < 0.3,
            extensions=chosen,
            padding=padding,
        )
        self.sent.append(packet)
        return packet

    def _payload(self, kind: int, chance: Random) -> bytes:
        body = bytes(chance.choice((0, 3, 200, 1_000, 1_001, 1_003, 1_015)))
        if kind == 63:
            return _redundant(chance, body)
        if kind != 96:
            return chance.choice((b"\x67", b"\x41", b"\x08", b"\x28\x00", b"\x7c\x85", b"")) + body
        number = (self.picture & 0x7FFF | 0x8000).to_bytes(2)
        return b"\x90\xe0" + number + bytes((self.picture & 0xFF, 0x20, chance.random() > 0.2)) + body


def _redundant(chance: Random, body: bytes) -> bytes:
    """RED (RFC 2198), mostly of the sound that everybody knows, and as long as it says."""
    block, told = bytes((chance.choice((111, 111, 111, 63, 12)),)), chance.choice((0, 5, 5, 5, 900))
    again = [bytes((0x80 | 111, 0x3C)) + (0x3C00 | told).to_bytes(2) for _ in range(chance.randrange(3))]
    return b"".join(again) + block + bytes(5 * len(again)) + body[:300]


class Twins:
    """One world twice."""

    def __init__(self, stack: ExitStack, chance: Random) -> None:
        self.chance = chance
        self.planes: list[Plane] = [kind("127.0.0.1") for kind in PLANES.values()]
        self.parties: list[dict[int, MediaParty]] = []
        self.seen: dict[tuple[int, int], list[int]] = {}
        self.protected: dict[tuple[int, bytes], bytes] = {}
        for plane in self.planes:
            stack.callback(plane.close)
            members = [*PEOPLE, *((peer, profile) for peer, profile, _, _ in AUDIENCE)]
            self.parties.append(
                {peer: stack.enter_context(MediaParty(plane, peer, profile)) for peer, profile in members}
            )
        for peer, sections in SECTIONS.items():
            self.both("set_ingress", peer, sections, PUBLISHED)

    def both(self, verb: str, *arguments: object) -> object:
        one, other = (getattr(plane, verb)(*arguments) for plane in self.planes)
        assert one == other, verb
        return one

    def send(self, peer: int, packet: bytes) -> None:
        """Protected once; a copy is the very same datagram, or where libsrtp will not make one, plain."""
        key = peer, packet
        if key not in self.protected:
            try:
                self.protected[key] = self.parties[0][peer].protect(packet)
            except Error:
                self.protected[key] = packet
        for parties in self.parties:
            parties[peer].send_raw(self.protected[key])

    def poll(self, now: float) -> None:
        one, other = (plane.poll(now) for plane in self.planes)
        for turn in (one, other):
            turn.datagrams = [(datagram, ("", 0)) for datagram, _ in turn.datagrams]
        for part in dataclasses.fields(Poll):
            assert getattr(one, part.name) == getattr(other, part.name), part.name
        for peer, *_ in AUDIENCE:
            ours, theirs = (parties[peer].received_raw() for parties in self.parties)
            assert ours == theirs, peer
            for datagram in ours:
                ssrc, number = int.from_bytes(datagram[8:12]), int.from_bytes(datagram[2:4])
                self.seen.setdefault((peer, ssrc), []).append(number)


def route(
    place: int, track: TrackIndex, *, begins: bool = True, changed: bool = False, target: Target = WHOLE
) -> Route:
    """What the subscriber at `place` of the audience gets; all its pictures share one route."""
    peer, _, extensions, repairs = AUDIENCE[place]
    kind = AUDIO if track == AUDIO else LOW
    ssrc = 7_000 + 100 * place + kind
    sound = {111: 111, 63: 63} if place == 0 else {111: 110}
    types = sound if track == AUDIO else {96: 107 if changed else 96, 98: 98, 102: 102}
    repair_types = {96: 97, 107: 97, 98: 99, 102: 103} if repairs and track != AUDIO else {}
    return Route(
        RouteIndex(10 * place + kind),
        PeerIndex(peer),
        ssrc,
        types,
        ssrc + 50 if repair_types else None,
        repair_types,
        "m" * (17 if changed else 2),
        extensions,
        PUBLISHED,
        begins,
        target,
    )


class Show:
    """Who gets what, changed at random."""

    def __init__(self, twins: Twins) -> None:
        self.twins = twins
        self.on = dict.fromkeys(range(len(AUDIENCE)), LOW)  # which picture each one gets
        self.leaving: dict[int, TrackIndex] = {}
        self.changed = [False] * len(AUDIENCE)
        self.targets = [WHOLE] * len(AUDIENCE)
        self.absent: set[int] = set()
        self.arrange()

    def change(self) -> None:
        place = self.twins.chance.randrange(len(AUDIENCE))
        match self.twins.chance.randrange(8):
            case 0:
                self.changed[place] ^= True
            case 1:
                self.absent ^= {place}
            case 2 | 3 | 4:
                self.targets[place] = Target(self.twins.chance.randrange(4), self.twins.chance.randrange(8))
            case _:
                self.leaving[place] = self.on[place]
                self.on[place] = self.twins.chance.choice((LOW, HIGH, OTHER))
                if self.twins.chance.random() < 0.3:
                    self.leaving.pop(place)
        self.arrange()

    def arrange(self) -> None:
        for place, goal in self.on.items():
            wanted = {} if place in self.absent else self.routes(place, goal)
            for track in (LOW, HIGH, OTHER, AUDIO):
                if track in wanted:
                    self.twins.both("set_route", track, wanted[track])
                else:
                    self.twins.both("end_route", track, RouteIndex(10 * place + (AUDIO if track == AUDIO else LOW)))

    def routes(self, place: int, goal: TrackIndex) -> dict[TrackIndex, Route]:
        """His picture's last, or first: what is to go on is told before or after where it goes to."""
        target, origin = self.targets[place], self.leaving.get(place, goal)
        goes_on = {origin: route(place, origin, begins=False, target=target)}
        stays = {goal: route(place, goal, changed=self.changed[place], target=target)}
        return {AUDIO: route(place, AUDIO)} | goes_on | stays


def ask_again(twins: Twins, now: float) -> None:
    place = twins.chance.randrange(len(AUDIENCE))
    peer, index = AUDIENCE[place][0], 10 * place + twins.chance.choice((LOW, AUDIO))
    numbers = twins.seen.get((peer, 7_000 + 100 * place + index % 10), [0])[-300:]
    twins.both("retransmit", RouteIndex(index), [twins.chance.choice(numbers) for _ in range(8)], now)


def look(twins: Twins) -> None:
    for peer, _ in PEOPLE:
        twins.both("sources", peer)
    one, other = (sorted(plane.levels()) for plane in twins.planes)
    assert one == other
    for place, (peer, *_) in enumerate(AUDIENCE):
        twins.both("departures", peer, twins.chance.randrange(65_536), 2_100)
        for track in (LOW, AUDIO):
            twins.both("route", RouteIndex(10 * place + track))
    counters = [{name: count for name, count in plane.counters().items() if count} for plane in twins.planes]
    assert counters[0] == counters[1]


@pytest.mark.parametrize("seed", range(6))
def test_both_planes_do_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("numbering", "compiled"):
        monkeypatch.setattr(f"media.plane.{module}.randbelow", lambda _: FIRST)
    chance, now = Random(seed), 100.0
    with ExitStack() as stack:
        twins = Twins(stack, chance)
        show = Show(twins)
        streams = [
            Stream(0, 40, b"v", b"l"),
            Stream(0, 41, b"v", b"h", types=(98, 98, 98, 98, 45, 96), layers=Layers()),
            Stream(0, 42, b"v", b"l"),
            Stream(0, 50, b"a", types=(111, 111, 63)),
            Stream(1, 40, b"o", types=(98, 98, 45), layers=Layers()),
        ]
        for step in range(STEPS):
            late: list[tuple[int, bytes]] = []
            for _ in range(chance.randrange(1, 12)):
                stream = chance.choice(streams)
                packet = (stream.publisher, stream.packet(chance))
                if chance.random() < 0.05:
                    continue
                if chance.random() < 0.1:
                    late.append(packet)
                else:
                    twins.send(*packet)
            for packet in late:
                twins.send(*packet)
            now += chance.choice((0.0, 0.001, 0.02, 0.1, 1.5) if chance.random() < 0.2 else (0.005,))
            twins.poll(now)
            if chance.random() < 0.05:
                show.change()
            if chance.random() < 0.1:
                ask_again(twins, now)
            if chance.random() < 0.05:
                twins.both("set_clock", chance.choice((LOW, HIGH, OTHER)), chance.getrandbits(32))
            if chance.random() < 0.05:
                twins.both("probe", RouteIndex(10 * chance.randrange(3)), 3, chance.randrange(300), now)
            if step % 50 == 49:
                look(twins)
        assert sum(map(len, twins.seen.values())) > STEPS
