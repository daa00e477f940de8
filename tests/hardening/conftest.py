"""What holds under attack holds for either packet plane."""

from collections.abc import Iterator

import pytest

from tests.support.engines import World
from tests.support.planes import PLANES, PlaneKind


@pytest.fixture(params=PLANES.values(), ids=list(PLANES))
def plane_kind(request: pytest.FixtureRequest) -> PlaneKind:
    kind: PlaneKind = request.param
    return kind


@pytest.fixture
def world(plane_kind: PlaneKind) -> Iterator[World]:
    world = World(plane_kind=plane_kind)
    yield world
    world.close()
