"""P17: a call of two Chromium over a line that loses, delays, reorders, repeats. VISITE_FULL=1: every such line."""

from pathlib import Path

import pytest

from tests.support.bad_line import QUALITIES, BadLine
from tests.support.browser import Chromium
from tests.support.clinic import Clinic
from tests.support.netrelay import UdpRelay
from tests.support.scale import FULL, scaled
from tests.support.server import visite

NO_TCP = {"media": {"tcp": False}}  # or the browser goes round the bad line
SLACK = scaled(4, 1)  # times what may go wrong: other things run on the same cores; tests/load/lines.py measures
FROZEN_AT_5_PERCENT, SILENT_AT_10_PERCENT = 0.05 * SLACK, 0.05 * SLACK
LASTING_S, RECOVERED_S = 2.0, 3.0
WATCHED_S, AFTERWARDS_S = scaled(5, 20), scaled(4, 8)
LINES = [name for name in QUALITIES if not name.endswith("kbit/s")] if FULL else ["5 % loss"]


@pytest.mark.parametrize("name", LINES)
async def test_a_bad_line_is_bearable_and_soon_forgotten(browser: Chromium, tmp_path: Path, name: str) -> None:
    async with visite(tmp_path, NO_TCP) as server:
        with UdpRelay(("127.0.0.1", server.media_port)) as line:
            call = await BadLine.opened(Clinic(server, browser), line)
            found = await call.under(QUALITIES[name], WATCHED_S, AFTERWARDS_S)
            assert line.up.sent > 100, "the media went over this line"
    for way in (found.sent, found.received):
        assert way.longest_freeze_s <= LASTING_S, way
        assert way.recovered_s <= RECOVERED_S, way
        if name in ("2 % loss", "5 % loss"):
            assert way.frozen <= FROZEN_AT_5_PERCENT, way
        if "loss" in name:
            assert 1 - way.heard <= SILENT_AT_10_PERCENT, way
