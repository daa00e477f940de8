"""People whose network changes under a call: the same connections go on over the next one, without a click."""

import asyncio

from tests.support.cable import cable
from tests.support.clinic import Clinic, Visitor, soon
from tests.support.link import Weather
from tests.support.netrelay import UdpRelay
from tests.support.picture_code import CAMERA
from tests.support.scale import patient

CUT = Weather(loss=1.0)
BACK_S = patient(8.0)  # 2 to 3 on a quiet machine


async def lost(visitor: Visitor, person: int) -> float:
    """Waits until somebody's picture stands still here; returns when it did."""

    async def still() -> bool:
        return (person, CAMERA) not in (await visitor.at.report()).seen_now()

    await soon(still, f"the picture of {person} stands still")
    return asyncio.get_running_loop().time()


async def test_a_network_that_changes_in_mid_call_is_followed_over_the_same_connections(clinic: Clinic) -> None:
    act = await clinic.act("MTG", "Networks", direct=False)
    port = clinic.server.media_port
    async with cable() as line:
        with UdpRelay(("127.0.0.1", port)) as wired, UdpRelay(("127.0.0.1", port)) as wireless:
            anne = await clinic.visitor(act, "expert", 1, "Anne", detours={port: wired.port}, proxy=line.proxy)
            bruno = await clinic.visitor(act, "requester", 2, "Bruno")
            for visitor in (anne, bruno):
                await visitor.enter()
            for visitor, other in ((anne, 2), (bruno, 1)):
                await visitor.at.until_sees(other)
                await visitor.at.until_hears(other)
            await asyncio.sleep(2)  # the call lasts, and is expected to
            made = [await visitor.page.evaluate("person.made()") for visitor in (anne, bruno)]

            await anne.at.detour(port, wireless.port)
            wired.change(CUT)
            line.leave()
            await asyncio.gather(lost(anne, 2), lost(bruno, 1))
            for visitor, other in ((anne, 2), (bruno, 1)):
                await visitor.at.until_sees(other, within_s=BACK_S)
                await visitor.at.until_hears(other, within_s=BACK_S)
            assert [await visitor.page.evaluate("person.made()") for visitor in (anne, bruno)] == made
            assert not [entry for entry in await clinic.server.timeline(act) if entry["type"] == "seat-interrupted"]
            assert anne.at.errors == bruno.at.errors == []
