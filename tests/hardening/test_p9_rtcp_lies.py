"""P9: RTCP storms and lies touch only the liar's own streams; a publisher hears of two key frames a second at most.

The liar is a participant with keys of her own, so that SRTCP stops nothing of this.
"""

import random
from itertools import pairwise

import pytest

from media.events import Disconnected, Ended, Silent
from media.rtcp import packets as rtcp
from media.rtcp.allowance import BYTES_PER_S, OVERHEAD
from tests.support.calls import Publisher, Subscriber
from tests.support.engines import STEP_S, Client, World
from tests.support.link import Weather
from tests.support.scale import scaled

STORM_S = scaled(1, 60)
A_SECOND = 1_000  # lies


@pytest.fixture
def bruno(world: World, anne: Publisher) -> Subscriber:
    bruno = Subscriber(world, "bruno")
    bruno.subscribe(*anne.tracks)
    return bruno


@pytest.fixture
def liar(world: World, anne: Publisher, bruno: Subscriber) -> Subscriber:
    """Receives Anne as Bruno does; the call has begun."""
    liar = Subscriber(world, "liar")
    liar.subscribe(*anne.tracks)
    world.run(0.5)
    assert len(liar.client.media) > 30
    return liar


def storm(world: World, client: Client, lies: list[rtcp.Packet]) -> None:
    for number in range(STORM_S * A_SECOND):
        client.send_rtcp(lies[number % len(lies)])
        if number % 10 == 9:
            world.run(10 / A_SECOND - STEP_S / 2)


def sources_of(subscriber: Subscriber, anne: Publisher) -> tuple[int, int, int]:
    """Sound, picture, and the one that repairs the picture."""
    sound, picture = (subscriber.ssrc_of(track) for track in anne.tracks)
    repair = next(repair for repair, media in subscriber.client.repairs.items() if media == picture)
    return sound, picture, repair


def is_whole(anne: Publisher, subscriber: Subscriber) -> bool:
    """Whether every packet came, in order and once, and the call went on until now."""
    picture = [payload.split() for payload in subscriber.payloads(anne.tracks[1])]
    places = [int(words[1]) * 4 + int(words[3]) for words in picture]
    assert places, "there was a picture"
    return places == list(range(places[0], places[0] + len(places))) and places[-1] // 4 >= anne.frames - 3


def requests_heard(anne: Publisher) -> list[float]:
    """When Anne was asked for a key frame of her picture."""
    return [time for time, packet in anne.client.rtcp if isinstance(packet, rtcp.PictureLoss | rtcp.FullIntraRequest)]


def test_goodbyes_end_nothing(world: World, anne: Publisher, bruno: Subscriber, liar: Subscriber) -> None:
    everybody = (*sources_of(bruno, anne), *sources_of(liar, anne), anne.picture.ssrc, anne.sound.ssrc)
    storm(world, liar.client, [rtcp.Goodbye(everybody), *(rtcp.Goodbye((ssrc,)) for ssrc in everybody)])
    assert not world.told(Disconnected)
    assert not world.told(Ended)
    assert not world.told(Silent)
    assert is_whole(anne, bruno)
    assert is_whole(anne, liar)


def test_a_storm_of_requests_makes_two_key_frames_a_second(
    world: World, anne: Publisher, bruno: Subscriber, liar: Subscriber
) -> None:
    _, picture, _ = sources_of(liar, anne)
    before = len(requests_heard(anne))
    many = rtcp.FullIntraRequest(1, tuple((picture, number) for number in range(100)))
    storm(world, liar.client, [rtcp.PictureLoss(1, picture), many])
    heard = requests_heard(anne)[before:]
    assert 2 <= len(heard) <= 2 * STORM_S + 1
    assert all(later - earlier >= 0.49 for earlier, later in pairwise(heard))
    assert is_whole(anne, bruno)


def test_five_who_ask_at_once_are_heard_as_one(world: World, anne: Publisher) -> None:
    people = [Subscriber(world, f"person-{number}") for number in range(5)]
    for person in people:
        person.subscribe(*anne.tracks)
    world.run(2.0)
    before = len(requests_heard(anne))
    for _ in range(STORM_S * 50):
        for person in people:
            person.client.send_rtcp(rtcp.PictureLoss(1, person.ssrc_of(anne.tracks[1])))
        world.run(0.02 - STEP_S / 2)
    assert 2 <= len(requests_heard(anne)) - before <= 2 * STORM_S + 1


def test_requests_for_others_streams_are_not_heard(
    world: World, anne: Publisher, bruno: Subscriber, liar: Subscriber
) -> None:
    sound, picture, repair = sources_of(bruno, anne)
    world.run(1.0)
    before, received = len(requests_heard(anne)), len(bruno.client.media)
    lies: list[rtcp.Packet] = []
    for ssrc in (sound, picture, repair, anne.picture.ssrc, anne.sound.ssrc, 0, 1):
        lies += [rtcp.PictureLoss(1, ssrc), rtcp.FullIntraRequest(1, ((ssrc, 1),))]
        lies += [rtcp.Nack(1, ssrc, tuple(range(start, start + 500))) for start in (0, 10_000, 30_000)]
    storm(world, liar.client, lies)
    assert len(requests_heard(anne)) == before
    assert not [packet for packet in bruno.client.media if packet.repaired]
    assert len(bruno.client.media) - received <= STORM_S * (4 * 30 + 50) + 10
    assert is_whole(anne, bruno)


def test_who_asks_for_everything_again_gets_no_more_than_the_budget(
    world: World, anne: Publisher, bruno: Subscriber, liar: Subscriber
) -> None:
    _, picture, _ = sources_of(liar, anne)
    liar.client.feedback = False
    highest = max(packet.sequence for packet in liar.client.of(picture))
    storm(world, liar.client, [rtcp.Nack(1, picture, tuple(range(max(0, highest - 100), highest)))])
    repaired = sum(packet.repaired for packet in liar.client.media)
    assert 0 < repaired <= 512 + (STORM_S + 1) * 1_000
    assert anne.resent == 0, "what the cache has is not asked of the publisher"
    assert is_whole(anne, bruno)


@pytest.mark.parametrize("bitrate_bps", [0, 1, 1 << 63, (1 << 18) - 1 << 63], ids=["none", "one", "2^63", "most"])
def test_a_lied_estimate_takes_nothing_from_the_others(
    world: World, anne: Publisher, bruno: Subscriber, liar: Subscriber, bitrate_bps: int
) -> None:
    sources = (*sources_of(liar, anne), *sources_of(bruno, anne), anne.picture.ssrc)
    lies: list[rtcp.Packet] = [rtcp.BitrateEstimate(1, bitrate_bps, sources)]
    lies += [rtcp.BitrateEstimate(ssrc, bitrate_bps, ()) for ssrc in sources]
    storm(world, liar.client, lies)
    assert is_whole(anne, bruno)
    told = [packet.bitrate_bps for _, packet in anne.client.rtcp if isinstance(packet, rtcp.BitrateEstimate)]
    assert all(100_000 <= bitrate <= 1_000_000_000 for bitrate in told)


def test_lied_feedback_takes_nothing_from_the_others(
    world: World, anne: Publisher, bruno: Subscriber, liar: Subscriber
) -> None:
    chance = random.Random(9)
    lies: list[rtcp.Packet] = []
    for number in range(200):
        arrivals = tuple(chance.choice((None, chance.randrange(-200, 200))) for _ in range(chance.randrange(1, 60)))
        base, reference = chance.getrandbits(16), chance.randrange(-(1 << 23), 1 << 23)
        lies.append(rtcp.TransportFeedback(1, 2, base, reference, number & 0xFF, arrivals))
        block = rtcp.ReportBlock(chance.getrandbits(32), 255, (1 << 23) - 1, chance.getrandbits(32), 1 << 31, 1, 1)
        lies.append(rtcp.ReceiverReport(chance.choice(sources_of(liar, anne)), (block,) * 31))
    storm(world, liar.client, lies)
    assert is_whole(anne, bruno)


def test_a_clock_told_for_anothers_stream_is_not_believed(
    world: World, anne: Publisher, bruno: Subscriber, liar: Subscriber
) -> None:
    mallory = Publisher(world, "mallory")
    mallory.publish()
    world.run(0.3)
    lies: list[rtcp.Packet] = [
        rtcp.SenderReport(ssrc, 1, 1, 1, 1) for ssrc in (anne.picture.ssrc, anne.sound.ssrc, *sources_of(bruno, anne))
    ]
    bruno.client.rtcp.clear()
    storm(world, mallory.client, lies)
    sources = sources_of(bruno, anne)
    clocks = [p.ntp >> 32 for _, p in bruno.client.rtcp if isinstance(p, rtcp.SenderReport) and p.ssrc in sources]
    assert len(clocks) >= STORM_S
    assert min(clocks) > 3_000_000_000


def test_a_storm_is_not_even_read_beyond_a_peers_allowance(
    world: World, anne: Publisher, bruno: Subscriber, liar: Subscriber
) -> None:
    storm(world, liar.client, [rtcp.ReceiverReport(1, (rtcp.ReportBlock(1, 2, 3, 4, 5),) * 31)])
    size = 8 + 24 * 31 + OVERHEAD
    unread = world.relay.counters()["dropped_too_much_rtcp"]
    assert unread >= STORM_S * A_SECOND - (STORM_S + 2) * BYTES_PER_S / size
    assert is_whole(anne, bruno)


def test_an_honest_subscriber_on_a_bad_line_stays_far_below_the_allowance(world: World, anne: Publisher) -> None:
    others = [Publisher(world, f"publisher-{number}") for number in range(5)]
    for other in others:
        other.publish()
    clara = Subscriber(world, "clara", Weather(loss=0.1, reorder=0.05))
    clara.subscribe(*(track for publisher in (anne, *others) for track in publisher.tracks))
    world.run(5.0)
    assert len(clara.client.media) > 2_500
    assert world.relay.counters()["dropped_too_much_rtcp"] == 0
