"""P16: one of five viewers has 300 kbit/s left. The others lose nothing; she keeps the sound, and a smaller picture."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.support.audience import audience
from tests.support.browser import Chromium
from tests.support.clinic import Clinic, Visitor, soon
from tests.support.link import Weather
from tests.support.netrelay import CLEAR, UdpRelay
from tests.support.picture_code import CAMERA
from tests.support.scale import FULL
from tests.support.server import visite

NO_TCP = {"media": {"tcp": False}}  # or the browser goes round the narrow line
NARROW = Weather(delay_s=0.020, rate_bps=300_000)
LARGE: dict[str, Any] = {"width": 960, "height": 540, "fps": 10, "specks": 300}  # three layers, the best of 1 Mbit/s
VIEWER: dict[str, Any] = {"cameras": 0, "microphones": 0, "fps": 10}  # how often she expects pictures
PUBLISHER = 1
LOWER_S, HIGHER_S, NARROW_S = 5.0, 15.0, 15.0
HEARD = 0.95
FROZEN = 0.10  # of a viewer whose line is good: three layers and three browser pages are much for two cores


async def width(viewer: Visitor) -> int:
    """Of the picture that was shown last, in pixels; 0 for none since `forget`."""
    flow = (await viewer.at.report()).pictures.get((PUBLISHER, CAMERA))
    return flow.width if flow else 0


async def until_width(viewer: Visitor, least: int, most: int, within_s: float) -> float:
    async def there() -> bool:
        return least <= await width(viewer) <= most

    return await soon(there, f"a picture {least} to {most} wide", within_s)


@pytest.mark.skipif(not FULL, reason="VISITE_FULL=1: a large picture in layers and five viewers take both cores")
async def test_a_narrow_line_harms_nobody_else_and_is_forgotten_soon(browser: Chromium, tmp_path: Path) -> None:
    async with visite(tmp_path, NO_TCP) as server:
        with UdpRelay(("127.0.0.1", server.media_port)) as line:
            clinic = Clinic(server, browser)
            act = await clinic.act("MTG", "Narrow", direct=False)
            anne = await clinic.visitor(act, "expert", PUBLISHER, "Anne", **LARGE)
            detours = {server.media_port: line.port}
            bruno = await clinic.visitor(act, "expert", 2, "Bruno", detours=detours, **VIEWER)
            carla = await clinic.visitor(act, "expert", 3, "Carla", **VIEWER)
            for visitor in (anne, bruno, carla):
                await visitor.enter()
            async with audience(server, act, [anne.seat], 3) as others:
                for visitor in (bruno, carla):
                    await until_width(visitor, LARGE["width"], LARGE["width"], 30.0)
                await _suffer(line, bruno, carla)
                await until_width(bruno, LARGE["width"], LARGE["width"], HIGHER_S)
            assert others.received > 0
            assert others.lost == 0, "of three viewers who count each packet"


async def _suffer(line: UdpRelay, narrow: Visitor, wide: Visitor) -> None:
    """The line is narrow for a while; both go on hearing, one of them sees as before."""
    for visitor in (narrow, wide):
        await visitor.at.forget()
    line.down.weather = NARROW
    await until_width(narrow, 1, LARGE["width"] - 1, LOWER_S)
    await asyncio.sleep(NARROW_S)
    for visitor in (narrow, wide):
        assert (await visitor.at.report()).sounds[PUBLISHER].heard_share >= HEARD
    report = await wide.at.report()
    assert report.pictures[PUBLISHER, CAMERA].frozen_share <= FROZEN
    assert await width(wide) == LARGE["width"]
    line.down.weather = CLEAR
