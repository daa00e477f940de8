"""A plane with a publisher and a subscriber who has no routes yet."""

from collections.abc import Iterator

import pytest

from media.plane.pure import PurePlane
from tests.support.media_party import MediaParty
from tests.support.media_stage import AUDIO_IN, PUBLISHED, VIDEO_IN


@pytest.fixture
def plane() -> Iterator[PurePlane]:
    plane = PurePlane("127.0.0.1")
    yield plane
    plane.close()


@pytest.fixture
def publisher(plane: PurePlane) -> Iterator[MediaParty]:
    with MediaParty(plane, 0) as party:
        plane.set_ingress(party.peer, (VIDEO_IN, AUDIO_IN), PUBLISHED)
        yield party


@pytest.fixture
def subscriber(plane: PurePlane) -> Iterator[MediaParty]:
    with MediaParty(plane, 1) as party:
        yield party
