"""A browser and a server for each test, so that nothing is left over; a pair that is shared in a module as `clinic`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.browser import Chromium, chromium
from tests.support.clinic import Clinic
from tests.support.server import Server, visite


@pytest.fixture
async def browser() -> AsyncIterator[Chromium]:
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with visite(tmp_path) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def _clinic(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with visite(tmp_path_factory.mktemp("clinic")) as server, chromium() as browser:
        yield Clinic(server, browser)


@pytest_asyncio.fixture(loop_scope="module")
async def clinic(_clinic: Clinic) -> AsyncIterator[Clinic]:
    """For calls, whose pages take longest to start: everybody leaves after each test, the server and browser stay."""
    yield _clinic
    await _clinic.close()
