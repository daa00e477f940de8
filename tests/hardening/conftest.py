"""What holds under attack holds for either packet plane."""

from collections.abc import Iterator

import pytest

from tests.support.calls import Publisher
from tests.support.engines import World
from tests.support.planes import PlaneKind


@pytest.fixture
def world(plane_kind: PlaneKind) -> Iterator[World]:
    world = World(plane_kind=plane_kind)
    yield world
    world.close()


@pytest.fixture
def anne(world: World) -> Publisher:
    anne = Publisher(world, "anne")
    anne.publish()
    return anne
