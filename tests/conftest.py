"""What tests of many folders begin with: packet planes of either kind, and a world in virtual time."""

from collections.abc import Iterator

import pytest

from media.plane.interface import Plane
from tests.support.engines import World
from tests.support.planes import PLANES, PlaneKind


@pytest.fixture(params=PLANES.values(), ids=list(PLANES))
def plane_kind(request: pytest.FixtureRequest) -> PlaneKind:
    kind: PlaneKind = request.param
    return kind


@pytest.fixture
def plane(plane_kind: PlaneKind) -> Iterator[Plane]:
    plane = plane_kind("127.0.0.1")
    yield plane
    plane.close()


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()
