"""Calls in virtual time over lines that carry less than everything: who gives way to whom, and how soon."""

from itertools import pairwise

import pytest

from media.commands import Describe, Kind, Publish, PublishedTrack, Show, ShownTrack
from media.events import Answered, Described
from media.ids import RoomId, TrackId
from tests.support.calls import ROOM, SOUND_S, Publisher, Subscriber
from tests.support.descriptions import description, section
from tests.support.engines import World
from tests.support.layered_calls import LayeredPublisher
from tests.support.link import Weather

GOOD = Weather(delay_s=0.020)


def narrow(bitrate_bps: float) -> Weather:
    return Weather(delay_s=0.020, rate_bps=bitrate_bps)


def line_of(world: World, name: str) -> dict[str, float]:
    (described,) = world.obey(Describe(1))
    assert isinstance(described, Described)
    line = described.state["peers"][name]["line"]
    assert isinstance(line, dict)
    return line


def sound_gap(person: Subscriber, publisher: Publisher, since: float) -> float:
    """The longest time between two packets of sound."""
    ssrc = person.ssrc_of(publisher.tracks[0])
    times = [packet.time for packet in person.client.of(ssrc) if packet.time >= since]
    return max(later - earlier for earlier, later in pairwise(times))


def pictures(person: Subscriber, publisher: Publisher, since: float) -> int:
    """Packets of pictures."""
    ssrc = person.ssrc_of(publisher.tracks[1])
    return sum(packet.time >= since for packet in person.client.media if packet.ssrc == ssrc)


def test_the_only_one_who_sees_a_source_brings_it_down_to_his_line(world: World) -> None:
    anne = Publisher(world, "anne", GOOD, bitrate_bps=1_000_000)
    anne.publish()
    bruno = Subscriber(world, "bruno", GOOD)
    bruno.subscribe(*anne.tracks)
    world.run(5.0)
    assert anne.sending_bps == 1_000_000
    bruno.client.down.weather = narrow(400_000)
    world.run(5.0)
    settled = world.now
    world.run(10.0)
    assert 200_000 < anne.sending_bps < 450_000
    assert pictures(bruno, anne, settled) > 10.0 * 30 * 4 * 0.9, "all frames, only smaller"
    assert sound_gap(bruno, anne, settled) < 0.2
    bruno.client.down.weather = GOOD
    world.run(15.0)
    assert anne.sending_bps > 900_000


class TwoPictures(Publisher):
    """The second one is of a camera that sends nothing."""

    second = TrackId("anne-second")

    def offer(self, room: RoomId = ROOM) -> Answered:
        offer = description(section("audio", "0"), section("video", "1"), section("video", "2"))
        kinds: tuple[Kind, ...] = ("audio", "video", "video")
        names = (*self.tracks, self.second)
        tracks = (
            PublishedTrack(name, kind, str(mid)) for mid, (name, kind) in enumerate(zip(names, kinds, strict=True))
        )
        events = self.world.obey(Publish(1, self.client.peer, room, offer, tuple(tracks)))
        return next(event for event in events if isinstance(event, Answered))


def test_a_picture_that_is_hidden_does_not_keep_its_source_from_being_brought_down(world: World) -> None:
    anne = TwoPictures(world, "anne", GOOD, bitrate_bps=1_000_000)
    anne.publish()
    bruno = Subscriber(world, "bruno", GOOD)
    bruno.subscribe(*anne.tracks, anne.second)
    world.run(2.0)
    world.obey(Show(bruno.client.peer, (ShownTrack(anne.second, 0, 0),)))
    bruno.client.down.weather = narrow(400_000)
    world.run(15.0)
    assert 200_000 < anne.sending_bps < 450_000
    assert pictures(bruno, anne, world.now - 5.0) > 5.0 * 30 * 4 * 0.9


def test_sound_goes_on_where_no_picture_fits_and_a_still_comes_now_and_then(world: World) -> None:
    anne = Publisher(world, "anne", GOOD, bitrate_bps=160_000)
    anne.publish()
    bruno, carla = Subscriber(world, "bruno", GOOD), Subscriber(world, "carla", GOOD)
    for person in (bruno, carla):
        person.subscribe(*anne.tracks)
    world.run(5.0)
    bruno.client.down.weather = narrow(128_000)
    world.run(10.0)
    settled, keyframes = world.now, anne.keyframes
    world.run(15.0)
    assert sound_gap(bruno, anne, settled) < 0.5
    heard = [packet for packet in bruno.client.of(bruno.ssrc_of(anne.tracks[0])) if packet.time >= settled]
    assert len(heard) > 15.0 / SOUND_S * 0.95
    assert 3 <= anne.keyframes - keyframes <= 6
    assert 0 < pictures(bruno, anne, settled) < 15.0 * 30 * 4 * 0.25
    assert pictures(carla, anne, settled) > 15.0 * 30 * 4 * 0.99, "it is nobody else's line"
    bruno.client.down.weather = GOOD
    world.run(40.0)
    assert line_of(world, "bruno")["wanted_bps"] == 0
    assert pictures(bruno, anne, world.now - 1.0) > 30 * 4 * 0.9


@pytest.mark.parametrize("other", [Weather(delay_s=0.250), Weather(delay_s=0.150, jitter_s=0.200)])
def test_another_route_is_not_taken_for_a_narrow_line(world: World, other: Weather) -> None:
    """It is longer and more restless, and carries what the one before carried."""
    anne = Publisher(world, "anne", GOOD, bitrate_bps=100_000)
    anne.publish()
    bruno = Subscriber(world, "bruno", GOOD)
    bruno.subscribe(*anne.tracks)
    world.run(5.0)
    bruno.client.up.weather = bruno.client.down.weather = other
    world.run(1.0)
    changed = world.now
    world.run(12.0)
    ssrc = bruno.ssrc_of(anne.tracks[1])
    times = [packet.time for packet in bruno.client.of(ssrc) if packet.time >= changed]
    assert max(later - earlier for earlier, later in pairwise(times)) < 0.5


def test_a_good_line_is_left_alone(world: World) -> None:
    anne = Publisher(world, "anne", GOOD, bitrate_bps=1_000_000)
    anne.publish()
    people = [Subscriber(world, name, GOOD) for name in ("bruno", "carla")]
    for person in people:
        person.subscribe(*anne.tracks)
    world.run(10.0)
    for person in people:
        line = line_of(world, person.client.peer)
        assert not line["limited"]
        assert line["wanted_bps"] == 0
        assert pictures(person, anne, 0) > 9.0 * 30 * 4
        assert person.client.padding == 0
    assert anne.cap_bps == 1_000_000


def test_a_layer_that_no_encoder_sends_leaves_nobody_without_a_picture(world: World) -> None:
    """Browsers send one layer of a small picture, whatever was agreed."""
    anne, gilles = LayeredPublisher(world, "anne", GOOD), Publisher(world, "gilles", GOOD)
    anne.broken = {"h", "q"}
    anne.publish()
    gilles.publish()
    bruno = Subscriber(world, "bruno", GOOD)
    bruno.subscribe(anne.track, gilles.tracks[0])

    def shown_since(time: float) -> int:
        return sum(packet.time > time for packet in bruno.client.of(bruno.ssrc_of(anne.track)))

    world.run(3.0)
    assert shown_since(world.now - 2.0) > 2.0 * 30 * 5 * 0.9
    bruno.client.down.weather = narrow(1_000_000)
    world.run(5.0)
    assert line_of(world, "bruno")["limited"]
    assert shown_since(world.now - 2.0) > 2.0 * 30 * 5 * 0.5, "it is asked to send less"
    world.run(5.0)
    assert shown_since(world.now - 2.0) < 2.0 * 30 * 5 * 0.3, "it does not heed that, and the sound would suffer"
    assert sound_gap(bruno, gilles, world.now - 2.0) < 0.2
    bruno.client.down.weather = GOOD
    world.run(20.0)
    assert shown_since(world.now - 2.0) > 2.0 * 30 * 5 * 0.9
