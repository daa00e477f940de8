"""What tests of many folders begin with: packet planes of either kind, a world in virtual time, the same examples."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from media.plane.interface import Plane
from tests.support.engines import World
from tests.support.planes import PLANES, PlaneKind
from tests.support.scale import FULL

# Examples do not depend on luck, nor their verdict on how fast the machine is; VISITE_FULL=1 draws new ones.
settings.register_profile("steady", deadline=None, derandomize=not FULL, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


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
