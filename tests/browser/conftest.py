"""One Chromium, one Firefox and one server for all tests here; whoever came to a test leaves after it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.browser import Chromium, chromium
from tests.support.clinic import Clinic
from tests.support.firefox import Firefox, firefox
from tests.support.server import Server, visite

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for all tests here, since the browsers that they share live on it."""
    for item in items:
        if item.path.is_relative_to(HERE) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_chromium() -> AsyncIterator[Chromium]:
    """For fixtures that outlast a test; what they open, they close."""
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def browser(shared_chromium: Chromium) -> AsyncIterator[Chromium]:
    yield shared_chromium
    await shared_chromium.leave()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _firefox() -> AsyncIterator[Firefox]:
    async with firefox() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def fox(_firefox: Firefox) -> AsyncIterator[Firefox]:
    yield _firefox
    await _firefox.leave()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with visite(tmp_path_factory.mktemp("clinic")) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def own_server(tmp_path: Path) -> AsyncIterator[Server]:
    """For tests that stop it, or look into its files."""
    async with visite(tmp_path) as server:
        yield server


@pytest.fixture
def clinic(server: Server, browser: Chromium) -> Clinic:
    return Clinic(server, browser)
