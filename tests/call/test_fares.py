"""How the lines of a room fare, as its relay tells once a second."""

from itertools import pairwise

import pytest

from media.events import Fares
from tests.support.calls import ROOM, Publisher, Subscriber
from tests.support.engines import World
from tests.support.link import Weather


def told(world: World) -> list[tuple[float, Fares]]:
    return [(at, event) for at, event in world.events if isinstance(event, Fares)]


def test_a_room_is_told_once_a_second_how_its_lines_fare(world: World) -> None:
    anne, bruno = Publisher(world, "anne"), Subscriber(world, "bruno")
    anne.publish()
    bruno.subscribe(*anne.tracks)
    world.run(5.0)
    times = [at for at, _ in told(world)]
    assert {round(after - before, 1) for before, after in pairwise(times)} == {1.0}
    _, last = told(world)[-1]
    sound, picture = last.published
    assert (last.room, sound.track, picture.track) == (ROOM, *anne.tracks)
    assert picture.frames == pytest.approx(30, abs=3)
    assert sound.frames == 0
    assert (sound.lost, picture.lost) == (0, 0)
    assert min(sound.kbps, picture.kbps) > 0
    assert [peer.peer for peer in last.receiving] == [bruno.client.peer]


def test_what_is_lost_on_the_way_here_is_told_of_the_track(world: World) -> None:
    anne = Publisher(world, "anne", Weather(loss=0.2))
    anne.publish()
    world.run(6.0)
    lost = [track.lost for _, fares in told(world)[2:] for track in fares.published]
    assert 0.1 < sum(lost) / len(lost) < 0.3


def test_a_room_in_which_nothing_is_published_is_not_told_of(world: World) -> None:
    Subscriber(world, "bruno").subscribe(*Publisher(world, "anne").tracks)
    world.run(3.0)
    assert told(world) == []
