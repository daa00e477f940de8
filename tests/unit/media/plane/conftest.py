"""A publisher on a plane, and a subscriber who has no routes yet."""

from collections.abc import Iterator

import pytest

from media.plane.interface import Plane
from tests.support.media_party import MediaParty
from tests.support.media_stage import AUDIO_IN, PUBLISHED, VIDEO_IN


@pytest.fixture
def publisher(plane: Plane) -> Iterator[MediaParty]:
    with MediaParty(plane, 0) as party:
        plane.set_ingress(party.peer, (VIDEO_IN, AUDIO_IN), PUBLISHED)
        yield party


@pytest.fixture
def subscriber(plane: Plane) -> Iterator[MediaParty]:
    with MediaParty(plane, 1) as party:
        yield party
