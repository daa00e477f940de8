"""Layers in one stream with real Chromium: its encoder, our choice, its decoder."""

import asyncio

import pytest

from media.commands import Show, ShownTrack
from tests.support.browser import Chromium
from tests.support.people import Report, Setup
from tests.support.picture_code import CAMERA
from tests.support.relay_page import Caller, relay_page
from tests.support.scale import patient
from tests.support.worker import running_worker

LARGE, SMALL = (640, 360), (320, 180)
SHOWN = {LARGE: (1280, 720), SMALL: (320, 180)}  # the relay is not told how large the camera is, and takes the usual


async def show(caller: Caller, publisher: Caller, size: tuple[int, int]) -> None:
    await caller.worker.send(Show(caller.receiving, (ShownTrack(publisher.track("video"), *SHOWN[size]),)))


async def until_as_wide_as(caller: Caller, size: tuple[int, int]) -> Report:
    def is_so(report: Report) -> bool:
        flow = report.pictures.get((1, CAMERA))
        return flow is not None and (flow.width, flow.height) == size

    return await caller.person.until(is_so, f"see {size[0]} pixels", within_s=patient(10))


@pytest.mark.parametrize(("codec", "scalability"), [("video/VP9", "L2T2_KEY"), ("video/AV1", "L2T1")])
async def test_each_gets_what_she_shows_of_one_stream(browser: Chromium, codec: str, scalability: str) -> None:
    async with relay_page() as url, running_worker() as worker, asyncio.TaskGroup() as tasks:
        callers = []
        for number in (1, 2, 3):
            person = await browser.person(Setup(person=number, width=LARGE[0], height=LARGE[1], specks=80))
            await person.page.goto(url)
            callers.append(Caller(person, worker))
        anne, bruno, carla = callers
        following = [
            tasks.create_task(caller.follow(), name=f"{caller.receiving}/answers") for caller in (bruno, carla)
        ]
        await anne.publish("{ video: true }", codec, scalability)
        for viewer in (bruno, carla):
            await viewer.subscribe(anne.track("video"))
            await show(viewer, anne, LARGE)
        await asyncio.gather(until_as_wide_as(bruno, LARGE), until_as_wide_as(carla, LARGE))
        await bruno.person.forget()
        await carla.person.forget()
        for size in (SMALL, LARGE, SMALL):
            await show(bruno, anne, size)
            report = await until_as_wide_as(bruno, size)
            assert report.pictures[1, CAMERA].longest_gap_ms < patient(700), f"a break before {size[0]}"
        watched = (await until_as_wide_as(carla, LARGE)).pictures[1, CAMERA]
        assert watched.longest_gap_ms < patient(700)
        for task in following:
            task.cancel()
