"""Several layers in one stream (SVC), in whole calls: everybody gets what her screen and her line have room for."""

from itertools import pairwise

import pytest

from media.commands import Show, ShownTrack
from media.events import Layers
from tests.support.calls import FRAME_S, Subscriber
from tests.support.engines import Received, World
from tests.support.inner_layers import LOWER_BPS, PACKETS, OneStreamPublisher
from tests.support.link import Weather

LARGE, SMALL = (640, 360), (160, 90)
MIXED = "a=extmap-allow-mixed"
NARROW = Weather(rate_bps=900_000)
SLOW = Weather(rate_bps=700_000)


@pytest.fixture
def anne(world: World) -> OneStreamPublisher:
    publisher = OneStreamPublisher(world, "anne")
    publisher.publish(MIXED)
    return publisher


def show(person: Subscriber, publisher: OneStreamPublisher, size: tuple[int, int]) -> None:
    person.world.obey(Show(person.client.peer, (ShownTrack(publisher.track, *size),)))


def watching(
    world: World,
    name: str,
    publisher: OneStreamPublisher,
    size: tuple[int, int] = LARGE,
    weather: Weather | None = None,
) -> Subscriber:
    person = Subscriber(world, name, weather)
    person.subscribe(publisher.track)
    show(person, publisher, size)
    return person


def received(person: Subscriber, publisher: OneStreamPublisher, since: float = 0.0) -> list[Received]:
    return [packet for packet in person.client.of(person.ssrc_of(publisher.track)) if packet.time >= since]


def layers(packets: list[Received]) -> set[str]:
    return {packet.payload.split(b"layer ")[1][:1].decode() for packet in packets}


def test_descriptors_are_agreed_on_where_longer_elements_may_be_mixed_in(world: World) -> None:
    answer = OneStreamPublisher(world, "anne").publish(MIXED)
    assert "a=extmap:13 https://aomediacodec" in answer
    assert MIXED in answer
    without = OneStreamPublisher(world, "gilles").publish()
    assert "aomediacodec" not in without
    assert MIXED not in without


def test_two_who_show_different_sizes_get_different_layers(world: World, anne: OneStreamPublisher) -> None:
    bruno, carla = watching(world, "bruno", anne), watching(world, "carla", anne, SMALL)
    assert "aomediacodec" in _offer(world, bruno)
    world.run(4.0)
    settled = world.now - 2.0
    assert layers(received(bruno, anne, settled)) == {"0", "1"}
    assert layers(received(carla, anne, settled)) == {"0"}
    spent = sum(len(packet.payload) for packet in received(carla, anne, settled)) * 8 / 2.0
    assert spent == pytest.approx(LOWER_BPS, rel=0.1)


def test_a_picture_that_grows_and_shrinks_changes_its_layers_without_a_break(
    world: World, anne: OneStreamPublisher
) -> None:
    bruno = watching(world, "bruno", anne, SMALL)
    world.run(3.0)
    for size, wanted in ((LARGE, {"0", "1"}), (SMALL, {"0"}), (LARGE, {"0", "1"})):
        keyframes = anne.keyframes
        show(bruno, anne, size)
        world.run(1.5)
        assert layers(received(bruno, anne, world.now - 0.5)) == wanted
        assert anne.keyframes - keyframes == (size == LARGE), "down it goes without one"
    packets = received(bruno, anne)
    assert {(after.sequence - before.sequence) & 0xFFFF for before, after in pairwise(packets)} == {1}
    assert max(after.time - before.time for before, after in pairwise(packets)) < 4 * FRAME_S


def test_a_narrow_line_gets_what_it_carries(world: World, anne: OneStreamPublisher) -> None:
    bruno, carla = watching(world, "bruno", anne, weather=NARROW), watching(world, "carla", anne)
    world.run(20.0)
    settled = received(bruno, anne, world.now - 5.0)
    lower = [packet for packet in settled if layers([packet]) == {"0"}]
    assert len(lower) > 0.9 * 5.0 / FRAME_S, "the lower layer comes whole"
    assert len(settled) < 2.5 * len(lower), "the upper one at most now and then"
    assert layers(received(carla, anne, world.now - 5.0)) == {"0", "1"}


def test_a_picture_of_one_size_loses_every_other_frame_before_it_is_lost(world: World) -> None:
    anne = OneStreamPublisher(world, "anne", sizes=1)
    anne.publish(MIXED)
    bruno, carla = watching(world, "bruno", anne, weather=SLOW), watching(world, "carla", anne)
    world.run(20.0)
    settled = world.now - 5.0
    lower = [packet for packet in received(bruno, anne, settled) if layers([packet]) == {"0"}]
    assert len(lower) > 0.9 * 5.0 / FRAME_S / 2 * PACKETS[1], "the lower frame rate comes whole"
    assert len(received(bruno, anne, settled)) < 1.3 * len(lower), "of the upper one at most now and then a picture"
    assert layers(received(carla, anne, settled)) == {"0", "1"}


def test_a_publisher_is_told_which_sizes_are_needed(world: World, anne: OneStreamPublisher) -> None:
    def needed() -> list[tuple[str, ...]]:
        return [event.rids for _, event in world.told(Layers) if isinstance(event, Layers)]

    watching(world, "bruno", anne)
    world.run(6.0)
    assert needed()[-1] == ("0",), "with two people one is enough"
    carla = watching(world, "carla", anne, SMALL)
    world.run(6.0)
    assert needed()[-1] == ("0", "1")
    carla.subscribe()
    world.run(6.0)
    assert needed()[-1] == ("0",)


def _offer(world: World, person: Subscriber) -> str:
    world.run(0.5)
    return person.offers[-1].sdp
