"""P16: one of five subscribers has his line cut to 300 kbit/s. It is his line alone, and he keeps the sound."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from media.commands import Show, ShownTrack
from tests.support.calls import SOUND_S, Publisher, Subscriber
from tests.support.engines import World
from tests.support.layered_calls import LayeredPublisher
from tests.support.link import Weather
from tests.support.planes import PlaneKind

GOOD, CUT = Weather(delay_s=0.020), Weather(delay_s=0.020, rate_bps=300_000)
NAMES = ("bruno", "carla", "denis", "elena", "farid")


class Watcher:
    """Somebody who shows Anne's picture large and hears Gilles."""

    def __init__(self, world: World, name: str, anne: LayeredPublisher, gilles: Publisher) -> None:
        self.person = Subscriber(world, name, GOOD)
        self.picture, self.sound = anne.track, gilles.tracks[0]
        self.person.subscribe(self.picture, self.sound)
        world.obey(Show(self.person.client.peer, (ShownTrack(self.picture, 1280, 720),)))

    def layers(self, since: float) -> list[tuple[float, str]]:
        """When and of which layer packets of the picture came."""
        packets = self.person.client.of(self.person.ssrc_of(self.picture))
        return [(one.time, one.payload.split(b"layer ")[1][:1].decode()) for one in packets if one.time >= since]

    def sound_times(self, since: float) -> list[float]:
        packets = self.person.client.of(self.person.ssrc_of(self.sound))
        return [packet.time for packet in packets if packet.time >= since]

    def lost(self, since: float) -> int:
        """Numbers of the picture's packets that never came."""
        numbers = [
            packet.sequence
            for packet in self.person.client.of(self.person.ssrc_of(self.picture))
            if packet.time >= since
        ]
        return sum(((later - earlier) & 0xFFFF) - 1 for earlier, later in pairwise(numbers))


@pytest.fixture
def world(plane_kind: PlaneKind) -> Iterator[World]:
    world = World(plane_kind=plane_kind)
    yield world
    world.close()


def test_one_narrow_line_of_five_is_nobody_elses(world: World) -> None:
    anne, gilles = LayeredPublisher(world, "anne", GOOD), Publisher(world, "gilles", GOOD)
    anne.publish()
    gilles.publish()
    bruno, *others = [Watcher(world, name, anne, gilles) for name in NAMES]
    world.run(6.0)
    assert {layer for _, layer in bruno.layers(world.now - 1.0)} == {"f"}

    cut = world.now
    bruno.person.client.down.weather = CUT
    world.run(12.0)
    high = [time for time, layer in bruno.layers(cut) if layer == "f"]
    assert max(high) - cut < 5.0
    assert {layer for _, layer in bruno.layers(world.now - 5.0)} == {"q"}
    settled = bruno.sound_times(cut + 5.0)
    assert len(settled) > (world.now - cut - 5.0) / SOUND_S * 0.98
    assert max(later - earlier for earlier, later in pairwise(settled)) < 0.2

    bruno.person.client.down.weather, mended = GOOD, world.now
    world.run(15.0)
    assert {layer for _, layer in bruno.layers(world.now - 1.0)} == {"f"}
    assert min(time for time, layer in bruno.layers(mended) if layer == "f") - mended < 15.0

    for other in others:
        assert other.lost(cut) == 0
        assert {layer for _, layer in other.layers(cut)} == {"f"}
        assert max(later - earlier for earlier, later in pairwise(other.sound_times(cut))) < 0.1
