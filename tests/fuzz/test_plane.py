"""A participant with valid keys who sends anything: the plane raises nothing and the others hear one another."""

import random

import pytest
from pylibsrtp import Error

from media.plane.interface import Codec, Extensions, Ingress, PeerIndex, Route, RouteIndex, TrackIndex
from media.rtp import header
from tests.support.media_party import MediaParty
from tests.support.planes import PLANES, PlaneKind

HONEST, HOSTILE = TrackIndex(0), TrackIndex(1)
IDS = Extensions(mid=4, transport_cc=3, audio_level=1, abs_send_time=2)
CODECS = (Codec("vp8", 96, 97, 90_000), Codec("h264", 102, 103, 90_000))
ROUNDS = 1_500


def hostile_packet(chance: random.Random) -> bytes:
    packet = bytearray(
        header.build(
            chance.randbytes(chance.choice((0, 1, 2, 3, 40, 1_100))),
            payload_type=chance.choice((96, 97, 102, 103, 111, 0)),
            sequence=chance.choice((chance.randrange(50), chance.randrange(65_536))),
            timestamp=chance.getrandbits(32),
            ssrc=chance.choice((1, 2, 3, 50, chance.getrandbits(32))),
            extensions=chance.choice(({}, {4: b"m"}, {4: b"m", 3: b"ab"}, {1: b"\xff", 2: b"abc", 3: b"x"})),
            padding=chance.choice((0, 0, 0, 1, 200)),
        )
    )
    if chance.random() < 0.3:
        packet[chance.randrange(len(packet))] = chance.randrange(256)
    return bytes(packet)


@pytest.mark.parametrize("plane_kind", PLANES.values(), ids=list(PLANES))
@pytest.mark.parametrize("seed", range(3))
def test_hostile_packets_disturb_nobody_else(seed: int, plane_kind: PlaneKind) -> None:
    chance = random.Random(seed)
    plane = plane_kind("127.0.0.1")
    heard = 0
    with MediaParty(plane, 0) as honest, MediaParty(plane, 1) as hostile, MediaParty(plane, 2) as listener:
        for party, track in ((honest, HONEST), (hostile, HOSTILE)):
            section = Ingress(track, True, "m", frozenset({50}), frozenset({51}), CODECS)
            plane.set_ingress(party.peer, (section,), IDS)
            types, repairs = {96: 96, 102: 102}, {96: 97, 102: 103}
            number, ssrc = RouteIndex(track), 1_000 + 2 * track
            route = Route(number, PeerIndex(2), ssrc, types, ssrc + 1, repairs, "m", IDS, IDS)
            plane.set_route(track, route)
        for sequence in range(ROUNDS):
            honest.send(b"\x10\x00", payload_type=96, sequence=sequence, timestamp=sequence, ssrc=50)
            packet = hostile_packet(chance)
            try:
                hostile.send_raw(hostile.protect(packet))
            except Error:  # what libsrtp itself does not send goes unprotected
                hostile.send_raw(packet)
            plane.poll(sequence / 100)
            plane.retransmit(RouteIndex(1), [chance.randrange(65_536)], sequence / 100)
            heard += sum(head.ssrc == 1_000 for head, _ in listener.received())
    assert heard == ROUNDS
    assert len(plane.sources(PeerIndex(1))) <= 32
    plane.close()


@pytest.mark.parametrize("plane_kind", PLANES.values(), ids=list(PLANES))
@pytest.mark.parametrize("seed", range(2))
def test_junk_from_anywhere_disturbs_nobody(seed: int, plane_kind: PlaneKind) -> None:
    chance = random.Random(seed)
    plane = plane_kind("127.0.0.1")
    with MediaParty(plane, 0) as member, MediaParty(plane, 1, joins=False) as stranger:
        for _ in range(ROUNDS):
            first = bytes((chance.choice((0, 20, 64, 128, 144, 160, 191, 200, chance.randrange(256))),))
            junk = first + chance.randbytes(chance.choice((0, 1, 3, 11, 12, 30, 1_200, 3_000)))
            chance.choice((member, stranger)).send_raw(junk)
            plane.poll(0.0)
        assert member.received_raw() == stranger.received_raw() == []
    assert plane.counters()["packets_in"] == 0
    plane.close()
