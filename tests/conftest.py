"""What tests of many folders begin with: packet planes of either kind, a world in virtual time, the same examples."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from media.plane.interface import Plane
from tests.support.engines import World
from tests.support.planes import PLANES, PlaneKind
from tests.support.scale import FULL

# Examples do not depend on luck, nor their verdict on how fast the machine is; VISITE_FULL=1 draws new ones.
settings.register_profile("steady", deadline=None, derandomize=not FULL, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

BROWSER = "tests/browser/"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """With `--numprocesses` all tests in browsers, which share these, run in one process; files of others anywhere."""
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = kept_together
    return scheduler


def kept_together(test: str) -> str:
    """What the test with this id has to share a process with."""
    return BROWSER if test.startswith(BROWSER) else test.partition("::")[0]


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
