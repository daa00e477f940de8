"""The relay with real browsers and no signaling: a worker process, pages, and the test between them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from media.events import Connected, Ended, Started
from tests.support.browser import Chromium
from tests.support.people import Setup
from tests.support.relay_page import Caller, relay_page
from tests.support.scale import patient
from tests.support.worker import WorkerProcess, running_worker


@pytest_asyncio.fixture(loop_scope="session")
async def url() -> AsyncIterator[str]:
    async with relay_page() as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def worker() -> AsyncIterator[WorkerProcess]:
    async with running_worker() as worker:
        yield worker


@asynccontextmanager
async def following(*callers: Caller) -> AsyncIterator[None]:
    """Everybody answers the relay's offers meanwhile."""
    async with asyncio.TaskGroup() as tasks:
        answering = [tasks.create_task(caller.follow(), name=f"{caller.receiving}/answers") for caller in callers]
        yield
        for task in answering:
            task.cancel()


async def callers(browser: Chromium, worker: WorkerProcess, url: str, *people: int, udp: bool = True) -> list[Caller]:
    found = []
    for number in people:
        person = await browser.person(Setup(person=number, udp=udp))
        await person.page.goto(url)
        found.append(Caller(person, worker))
    return found


async def test_two_people_see_and_hear_each_other(browser: Chromium, worker: WorkerProcess, url: str) -> None:
    anne, bruno = await callers(browser, worker, url, 1, 2)
    async with following(anne, bruno):
        await asyncio.gather(anne.publish(), bruno.publish())
        await asyncio.gather(anne.subscribe(*bruno.tracks), bruno.subscribe(*anne.tracks))
        await anne.person.until_sees(2)
        await bruno.person.until_sees(1)
        await anne.person.until_hears(2)
        await bruno.person.until_hears(1)
    assert {event.codec for event in worker.events if isinstance(event, Started)} == {"opus", "VP8"}


async def test_two_people_whose_networks_let_no_udp_out_see_and_hear_each_other(browser: Chromium, url: str) -> None:
    async with running_worker(tcp=True) as worker:
        anne, bruno = await callers(browser, worker, url, 1, 2, udp=False)
        async with following(anne, bruno):
            await asyncio.gather(anne.publish(), bruno.publish())
            await asyncio.gather(anne.subscribe(*bruno.tracks), bruno.subscribe(*anne.tracks))
            for one, other in ((anne, 2), (bruno, 1)):
                await one.person.until_sees(other)
                await one.person.until_hears(other)
                assert await one.person.evaluate("relay.protocol()") == "tcp"


@pytest.mark.parametrize("udp", [True, False])
async def test_two_people_see_and_hear_each_other_over_ipv6(browser: Chromium, url: str, udp: bool) -> None:
    async with running_worker(address="::", advertise="::1", tcp=True) as worker:
        anne, bruno = await callers(browser, worker, url, 1, 2, udp=udp)
        async with following(anne, bruno):
            await asyncio.gather(anne.publish(), bruno.publish())
            await asyncio.gather(anne.subscribe(*bruno.tracks), bruno.subscribe(*anne.tracks))
            for one, other in ((anne, 2), (bruno, 1)):
                await one.person.until_sees(other)
                await one.person.until_hears(other)


async def test_a_late_joiner_gets_a_picture(browser: Chromium, worker: WorkerProcess, url: str) -> None:
    """A publisher makes no key frame by itself for minutes; how soon it comes is measured by tests/load/join.py."""
    anne, bruno, carla = await callers(browser, worker, url, 1, 2, 3)
    async with following(bruno, carla):
        await anne.publish()
        await bruno.subscribe(*anne.tracks)
        await bruno.person.until_sees(1)
        await carla.subscribe(*anne.tracks)
        await carla.person.until_sees(1)


@pytest.mark.parametrize(
    ("codec", "layers"),
    [
        ("video/VP8", ""),
        ("video/VP9", ""),
        ("video/VP9", "L1T3"),
        ("video/H264", ""),
        ("video/AV1", ""),
        ("video/AV1", "L1T3"),
    ],
)
async def test_every_codec_passes_as_it_is(
    browser: Chromium, worker: WorkerProcess, url: str, codec: str, layers: str
) -> None:
    anne, bruno = await callers(browser, worker, url, 1, 2)
    async with following(bruno):
        await anne.publish(codec=codec, scalability=layers)
        await bruno.subscribe(*anne.tracks)
        await bruno.person.until_sees(1)
    started = await worker.wait_for(Started, lambda event: event.track == anne.track("video"))
    assert f"video/{started.codec}" == codec


async def test_people_come_and_go_and_the_others_go_on(browser: Chromium, worker: WorkerProcess, url: str) -> None:
    anne, bruno, carla, david = await callers(browser, worker, url, 1, 2, 3, 4)
    async with following(david):
        await asyncio.gather(anne.publish(), bruno.publish())
        await david.subscribe(*anne.tracks, *bruno.tracks)
        await david.person.until_sees(1, 2)
        await anne.person.evaluate("relay.leave()")
        await anne.negotiate(await anne.person.evaluate("relay.offer()"))
        await worker.wait_for(Ended, lambda event: event.track == anne.track("video"))
        await david.person.until_sees(2)
        await carla.publish()
        await david.subscribe(*bruno.tracks, *carla.tracks)
        report = await david.person.until_sees(2, 3)
        assert report.pictures[2, 0].longest_gap_ms < patient(500)
    sections = await david.person.evaluate("relay.receiving.getTransceivers().length")
    assert sections == 4, "the sections that Anne left are used again"


async def test_an_ice_restart_keeps_the_picture(browser: Chromium, worker: WorkerProcess, url: str) -> None:
    anne, bruno = await callers(browser, worker, url, 1, 2)
    async with following(bruno):
        await anne.publish()
        await bruno.subscribe(*anne.tracks)
        await bruno.person.until_sees(1)
        await bruno.person.forget()
        answer = await anne.negotiate(await anne.person.evaluate("relay.restart()"))
        assert "a=setup:passive" in answer
        report = await bruno.person.until(lambda now: (1, 0) in now.pictures and now.pictures[1, 0].count > 30, "go on")
    assert report.pictures[1, 0].longest_gap_ms < patient(500)
    assert worker.count(Connected) == 2, "no new handshake"
