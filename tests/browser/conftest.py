"""A browser and a server for each test, so that nothing is left over from another."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.browser import Chromium, chromium
from tests.support.server import Server, visite


@pytest.fixture
async def browser() -> AsyncIterator[Chromium]:
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with visite(tmp_path) as server:
        yield server
