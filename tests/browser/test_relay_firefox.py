"""Firefox on the relay, with a Chromium on the other side: both ways, people coming later, an ICE restart."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio

from media.commands import Show, ShownTrack
from media.events import Connected, Started
from tests.support.browser import Chromium
from tests.support.firefox import Firefox
from tests.support.people import Report, Setup
from tests.support.relay_page import Caller, relay_page
from tests.support.scale import FULL, patient
from tests.support.worker import WorkerProcess, own_address, running_worker


@pytest_asyncio.fixture(loop_scope="session")
async def worker() -> AsyncIterator[WorkerProcess]:
    async with running_worker(address=own_address()) as worker:
        yield worker


async def heard_energy(caller: Caller) -> float:
    inbound = await caller.person.evaluate("relay.inbound()")
    return max((one.get("totalAudioEnergy", 0.0) for one in inbound if one["kind"] == "audio"), default=0.0)


def sees_anne(width: int, now: Report) -> bool:
    flow = now.pictures.get((1, 0))
    return flow is not None and flow.width == width


@pytest.mark.skipif(not FULL, reason="VISITE_FULL=1: two browsers, each size of two codecs")
@pytest.mark.parametrize(("codec", "layers"), [("video/VP9", "L2T3_KEY"), ("video/AV1", "L2T1")])
async def test_firefox_sees_each_size_of_one_stream(
    worker: WorkerProcess, fox: Firefox, browser: Chromium, codec: str, layers: str
) -> None:
    """It asks for no dependency descriptors, and has to do with what the payload says."""
    async with relay_page() as url:
        chloe = await fox.person(Setup(person=3, own_tone=False))
        anne = await browser.person(Setup(person=1, width=640, height=360))
        await chloe.goto(url)
        await anne.page.goto(url)
        hers, his = Caller(chloe, worker), Caller(anne, worker)
        await his.publish("{ video: true }", codec, layers)
        await hers.subscribe(his.track("video"))
        await hers.answer_next()
        for shown, width in ((1280, 640), (320, 320), (1280, 640)):
            await worker.send(Show(hers.receiving, (ShownTrack(his.track("video"), shown, shown * 9 // 16),)))
            await chloe.until(partial(sees_anne, width), f"see {width} pixels")
        report = await chloe.report()
        assert report.pictures[1, 0].longest_gap_ms < patient(1_000)


async def test_firefox_and_chromium_see_each_other(worker: WorkerProcess, fox: Firefox, browser: Chromium) -> None:
    async with relay_page() as url:
        chloe = await fox.person(Setup(person=3, own_tone=False))
        anne = await browser.person(Setup(person=1))
        await chloe.goto(url)
        await anne.page.goto(url)
        hers, his = Caller(chloe, worker), Caller(anne, worker)
        await hers.publish()
        await his.publish()
        await his.subscribe(*hers.tracks)
        await his.answer_next()
        await his.person.until_sees(3)
        await hers.subscribe(*his.tracks)  # one command at a time goes to Firefox, so nobody answers in the background
        await hers.answer_next()
        await hers.person.until_sees(1)
        async with asyncio.timeout(patient(10)):
            while await heard_energy(hers) < 0.001:
                await asyncio.sleep(0.1)
        await his.person.forget()
        await hers.negotiate(await hers.person.evaluate("relay.restart()"))
        report = await his.person.until(lambda now: (3, 0) in now.pictures and now.pictures[3, 0].count > 20, "go on")
        assert report.pictures[3, 0].longest_gap_ms < patient(700)
        await hers.subscribe(his.track("audio"))
        await hers.answer_next()
        await hers.person.until_sees()
        await hers.subscribe(*his.tracks)
        await hers.answer_next()
        await hers.person.until_sees(1)
    assert worker.count(Connected) == 4
    assert {event.codec for event in worker.events if isinstance(event, Started)} == {"opus", "VP8"}
