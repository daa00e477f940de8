"""Firefox and Chromium in one call, without Visite: pictures both ways, sound towards Chromium, energy in Firefox."""

import asyncio
import json

from tests.support.browser import Chromium
from tests.support.firefox import Firefox
from tests.support.peer_page import peer_page
from tests.support.people import Setup
from tests.support.scale import patient

BOTH = "{ audio: true, video: true }"
ENERGY = (
    "peer.connection.getStats().then((stats) => Math.max(0, ...[...stats.values()]"
    ".filter((one) => one.type === 'inbound-rtp' && one.kind === 'audio').map((one) => one.totalAudioEnergy)))"
)


async def test_firefox_and_chromium_see_each_other(browser: Chromium, fox: Firefox) -> None:
    async with peer_page() as url:
        anne, chloe = await browser.person(Setup(person=1)), await fox.person(Setup(person=3))
        await anne.page.goto(url)
        await chloe.goto(url)
        offer = await chloe.evaluate(f"peer.offer({BOTH})")
        answer = await anne.evaluate(f"peer.answer({json.dumps(offer)}, {BOTH})")
        await chloe.evaluate(f"peer.accept({json.dumps(answer)})")
        await anne.until_sees(3)
        await chloe.until_sees(1)
        async with asyncio.timeout(patient(10)):
            while not await chloe.evaluate(ENERGY):
                await asyncio.sleep(0.05)
