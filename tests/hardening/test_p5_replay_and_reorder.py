"""P5: replayed packets are refused, packets overtaken by up to 1,024 others are not; RTP and RTCP alike."""

import random
from collections.abc import Callable, Iterator

import pytest

from media.plane.interface import Plane, Profile
from media.rtcp import packets as rtcp
from media.rtp import header
from tests.support.media_party import MediaParty
from tests.support.media_stage import AUDIO, AUDIO_IN, PUBLISHED, audio_route
from tests.support.scale import scaled

REACH = 1_024
COUNT = scaled(2_000, 4_000)
A_TURN = 90  # datagrams; the plane reads a few more in one turn


@pytest.fixture(params=list(Profile), ids=lambda profile: profile.name)
def profile(request: pytest.FixtureRequest) -> Profile:
    profile: Profile = request.param
    return profile


@pytest.fixture
def publisher(plane: Plane, profile: Profile) -> Iterator[MediaParty]:
    with MediaParty(plane, 0, profile) as party:
        plane.set_ingress(party.peer, (AUDIO_IN,), PUBLISHED)
        yield party


def media(party: MediaParty, count: int) -> list[bytes]:
    """Protected packets; their numbers wrap around on the way."""
    return [
        party.protect(header.build(b"sound", payload_type=111, sequence=65_000 + n & 0xFFFF, timestamp=n, ssrc=50))
        for n in range(count)
    ]


def reports(party: MediaParty, count: int) -> list[bytes]:
    return [party.protect_rtcp(rtcp.build([rtcp.ReceiverReport(50)])) for _ in range(count)]


def shuffled(datagrams: list[bytes], seed: int) -> list[bytes]:
    """None is overtaken by more than `REACH` others; the first stays first, for it says where the count begins."""
    chance = random.Random(seed)
    places = sorted(range(1, len(datagrams)), key=lambda place: place + chance.uniform(0, REACH))
    return [datagrams[0], *(datagrams[place] for place in places)]


def taken(plane: Plane, party: MediaParty, datagrams: list[bytes]) -> int:
    """How many of the datagrams get through."""
    reported, before = 0, plane.counters()["packets_in"]
    for start in range(0, len(datagrams), A_TURN):
        for datagram in datagrams[start : start + A_TURN]:
            party.send_raw(datagram)
        reported += len(plane.poll(0.0).rtcp)
    return reported + plane.counters()["packets_in"] - before


@pytest.mark.parametrize("made", [media, reports])
def test_reorder_up_to_a_thousand_costs_no_packet_and_a_replay_gets_none_through(
    plane: Plane, publisher: MediaParty, made: Callable[[MediaParty, int], list[bytes]]
) -> None:
    datagrams = shuffled(made(publisher, COUNT), seed=5)
    assert taken(plane, publisher, datagrams) == COUNT
    assert taken(plane, publisher, datagrams) == 0
    assert taken(plane, publisher, shuffled(datagrams, seed=6)) == 0
    assert plane.counters()["dropped_replayed"] == 2 * COUNT
    assert plane.counters().get("dropped_forged", 0) == 0


@pytest.mark.parametrize("made", [media, reports])
def test_one_packet_overtaken_by_a_thousand_and_twenty_four(
    plane: Plane, publisher: MediaParty, made: Callable[[MediaParty, int], list[bytes]]
) -> None:
    first, late, *others = made(publisher, REACH + 2)
    assert taken(plane, publisher, [first, *others, late]) == REACH + 2
    assert taken(plane, publisher, [late, late]) == 0


def test_a_late_report_that_somebody_changed_is_refused_and_the_true_one_still_taken(
    plane: Plane, publisher: MediaParty
) -> None:
    first, late, *others = reports(publisher, 500)
    forged = late[:9] + bytes((late[9] ^ 1,)) + late[10:]
    taken(plane, publisher, [first, *others])
    assert taken(plane, publisher, [forged, late, forged]) == 1


def test_a_subscriber_gets_no_packet_twice(plane: Plane, publisher: MediaParty) -> None:
    with MediaParty(plane, 1) as subscriber:
        plane.set_route(AUDIO, audio_route(subscriber))
        heard = []
        for datagram in media(publisher, 200) * 3:
            publisher.send_raw(datagram)
            plane.poll(0.0)
            heard += [head.sequence for head, _ in subscriber.received()]
    assert len(heard) == len(set(heard)) == 200
