"""P8: another's SSRC, ten thousand SSRCs, one name for two things: the others are unaffected, 32 sources are kept."""

import random

import pytest

from media.commands import Publish, PublishedTrack
from media.events import Answered, AnyEvent, Failed
from media.ids import TrackId
from media.plane.endpoint import MAX_SOURCES, MAX_SOURCES_EVER
from media.plane.interface import PeerIndex
from media.rtcp import packets as rtcp
from media.rtp import header
from tests.support.calls import MID_ID, ROOM, Publisher, Subscriber
from tests.support.descriptions import description, section
from tests.support.engines import World
from tests.support.scale import scaled

SSRCS = scaled(1_200, 10_000)
LIE = b"\x10\x00lie"


@pytest.fixture
def bruno(world: World, anne: Publisher) -> Subscriber:
    """Receives Anne; the call has begun."""
    bruno = Subscriber(world, "bruno")
    bruno.subscribe(*anne.tracks)
    world.run(0.5)
    return bruno


def liar_in(world: World, **named: tuple[str, ...]) -> Publisher:
    """A publisher who may name sources in the offer; it sends only what the test makes it send."""
    liar = Publisher(world, "liar")
    world.every_step.remove(liar.step)
    offer = description(section("audio", "0", *named.get("audio", ())), section("video", "1", *named.get("video", ())))
    tracks = PublishedTrack(liar.tracks[0], "audio", "0"), PublishedTrack(liar.tracks[1], "video", "1")
    events = world.obey(Publish(1, liar.client.peer, ROOM, offer, tracks))
    liar.client.connect(next(event for event in events if isinstance(event, Answered)).sdp, world.now)
    world.run(0.2)
    assert liar.client.ready
    return liar


def lie(liar: Publisher, ssrc: int, number: int, mid: bytes = b"1", payload_type: int = 96) -> None:
    packet = header.build(
        LIE,
        payload_type=payload_type,
        sequence=number & 0xFFFF,
        timestamp=number,
        ssrc=ssrc,
        extensions={MID_ID: mid},
    )
    liar.client.send_rtp(packet)


def is_whole(anne: Publisher, bruno: Subscriber) -> bool:
    """Whether Bruno has every packet of Anne's picture and sound since he first got one, and nothing else."""
    sound, picture = ([payload.split() for payload in bruno.payloads(track)] for track in anne.tracks)
    heard = [int(words[1]) for words in sound]
    seen = [int(words[1]) * 4 + int(words[3]) for words in picture]
    return len(seen) > 100 and all(places == list(range(places[0], places[-1] + 1)) for places in (heard, seen))


def test_another_participants_ssrc_reaches_nobody_in_her_name(world: World, anne: Publisher, bruno: Subscriber) -> None:
    theirs = (f"a=ssrc:{anne.picture.ssrc} cname:anne", f"a=ssrc-group:FID {anne.picture.ssrc} {anne.repair_ssrc}")
    liar = liar_in(world, video=theirs, audio=(f"a=ssrc:{anne.sound.ssrc} cname:anne",))
    for step in range(300):
        for ahead in (1, 100):
            lie(liar, anne.picture.ssrc, anne.picture.sequence + ahead)
            lie(liar, anne.sound.ssrc, anne.sound.sequence + ahead, b"0", 111)
            lie(liar, anne.repair_ssrc, step, payload_type=97)
        world.run(0.01)
    assert is_whole(anne, bruno)
    assert not [packet for packet in bruno.client.media if LIE in packet.payload]


def test_what_a_liar_publishes_under_her_ssrc_is_his_own(world: World, anne: Publisher, bruno: Subscriber) -> None:
    liar = liar_in(world, video=(f"a=ssrc:{anne.picture.ssrc} cname:anne",))
    clara = Subscriber(world, "clara")
    clara.subscribe(*anne.tracks, *liar.tracks)
    world.run(0.3)
    for sequence in range(50):
        lie(liar, anne.picture.ssrc, sequence)
        world.run(0.02)
    assert {*clara.payloads(liar.tracks[1])} == {LIE}
    assert LIE not in clara.payloads(anne.tracks[1])
    assert is_whole(anne, bruno)


def test_ten_thousand_ssrcs_leave_thirty_two(world: World, anne: Publisher, bruno: Subscriber) -> None:
    liar, chance = liar_in(world), random.Random(8)
    for number in range(SSRCS):
        lie(liar, chance.getrandbits(32), number)
        if number % 20 == 0:
            world.run(0.01)
    world.run(0.1)
    assert max(len(world.plane.sources(PeerIndex(index))) for index in range(3)) == MAX_SOURCES
    assert world.relay.counters()["dropped_too_many_sources"] > SSRCS / 2
    assert is_whole(anne, bruno)


def test_ssrcs_of_packets_that_nobody_can_read_count_as_well(world: World, anne: Publisher, bruno: Subscriber) -> None:
    liar = liar_in(world)
    for number in range(SSRCS):
        fixed = header.build(b"", payload_type=96, sequence=1, timestamp=1, ssrc=number)
        liar.client.send_rtp(b"\x90" + fixed[1:] + b"\xbe\xde\x00\x01\x1f\x00\x00\x00")
        if number % 20 == 0:
            world.run(0.04)
    world.run(0.1)
    assert world.relay.counters()["dropped_malformed"] == MAX_SOURCES_EVER
    assert world.relay.counters()["dropped_too_many_sources"] == SSRCS - MAX_SOURCES_EVER
    assert is_whole(anne, bruno)


def test_ten_thousand_ssrcs_of_reports_are_not_all_remembered(world: World, anne: Publisher, bruno: Subscriber) -> None:
    liar = liar_in(world)
    for number in range(SSRCS):
        liar.client.send_rtcp(rtcp.ReceiverReport(number))
        if number % 20 == 0:
            world.run(0.04)
    world.run(0.1)
    assert world.relay.counters()["dropped_too_many_sources"] >= SSRCS - 2 * MAX_SOURCES_EVER
    assert is_whole(anne, bruno)


@pytest.mark.parametrize(
    "sections",
    [
        (section("audio", "0"), section("video", "0")),
        (section("video", "1", "a=mid:0"), section("audio", "0")),
    ],
    ids=["twice", "renamed into another"],
)
def test_one_mid_for_two_sections_is_refused(world: World, sections: tuple[list[str], ...]) -> None:
    assert told(world, description(*sections, bundle="0")) == "sdp-invalid"


def test_of_two_sections_that_claim_one_ssrc_the_first_has_it(world: World) -> None:
    claim = "a=ssrc:77 cname:x"
    liar = liar_in(world, audio=(claim,), video=(claim,))
    clara = Subscriber(world, "clara")
    clara.subscribe(*liar.tracks)
    world.run(0.3)
    for sequence in range(50):
        lie(liar, 77, sequence, mid=b"1", payload_type=111)
        world.run(0.02)
    assert clara.payloads(liar.tracks[0])
    assert not clara.payloads(liar.tracks[1])


def told(world: World, offer: str) -> str:
    peer = world.client("mallory").peer
    events: list[AnyEvent] = world.obey(Publish(1, peer, ROOM, offer, (PublishedTrack(TrackId("m"), "audio", "0"),)))
    return next((event.code for event in events if isinstance(event, Failed)), "")
