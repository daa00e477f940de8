"""The harness itself: codes and tones go in on one side and come out on the other, and gaps are counted."""

import io
import json
import re
from collections.abc import AsyncIterator

import av
import pytest
import pytest_asyncio

from tests.support import picture_code
from tests.support.browser import Chromium, PersonAtPage
from tests.support.peer_page import peer_page
from tests.support.people import Setup
from tests.support.scale import patient

BOTH = "{ audio: true, video: true }"


@pytest_asyncio.fixture(loop_scope="session")
async def url() -> AsyncIterator[str]:
    async with peer_page() as url:
        yield url


async def call(caller: PersonAtPage, called: PersonAtPage) -> None:
    offer = await caller.evaluate(f"peer.offer({BOTH})")
    answer = await called.evaluate(f"peer.answer({json.dumps(offer)}, {BOTH})")
    await caller.evaluate(f"peer.accept({json.dumps(answer)})")


async def test_two_people_see_and_hear_each_other(browser: Chromium, url: str) -> None:
    anne, bruno = (
        await browser.person(Setup(person=1, name="Anne")),
        await browser.person(Setup(person=7, name="Bruno")),
    )
    for person in (anne, bruno):
        await person.page.goto(url)
    await call(anne, bruno)
    for person, other in ((anne, 7), (bruno, 1)):
        await person.until_sees(other)
        await person.until_hears(other)
    await bruno.forget()
    report = await bruno.until(lambda now: (1, 0) in now.pictures and now.pictures[1, 0].count > 15, "see Anne move")
    assert report.pictures[1, 0].longest_gap_ms < patient(500)
    assert report.pictures[1, 0].age_ms < patient(500)
    assert report.sounds[1].longest_gap_ms < patient(300)
    assert anne.errors == bruno.errors == []


async def test_a_mute_shows_as_a_gap_and_as_absence(browser: Chromium, url: str) -> None:
    anne, bruno = await browser.person(Setup(person=0)), await browser.person(Setup(person=15))
    for person in (anne, bruno):
        await person.page.goto(url)
    await call(anne, bruno)
    await bruno.until_sees(0)
    await bruno.until_hears(0)
    await anne.evaluate("peer.connection.getSenders().forEach((sender) => { sender.track.enabled = false; })")
    await bruno.until_sees()
    await bruno.until_hears()
    await anne.evaluate("peer.connection.getSenders().forEach((sender) => { sender.track.enabled = true; })")
    await bruno.until_sees(0)
    report = await bruno.until_hears(0)
    assert report.pictures[0, 0].longest_gap_ms > 600
    assert report.sounds[0].longest_gap_ms > 600


async def test_candidates_are_real_addresses(browser: Chromium, url: str) -> None:
    anne = await browser.person(Setup(person=1))
    await anne.page.goto(url)
    offer = await anne.evaluate(f"peer.offer({BOTH})")
    assert " typ host" in offer
    assert ".local" not in offer


async def test_what_a_page_draws_is_read_in_python(browser: Chromium, url: str) -> None:
    anne = await browser.person(Setup(person=11, name="Anne"))
    await anne.page.goto(url)
    await anne.evaluate(
        "navigator.mediaDevices.getUserMedia({ video: { deviceId: 'camera-2' } }).then((stream) => {"
        " far.style = 'position: fixed; inset: 0; width: 320px; height: 180px';"
        " far.srcObject = stream; return far.play(); })"
    )
    await anne.page.wait_for_function("far.requestVideoFrameCallback && far.videoWidth && person.readCode(far)")
    picture = await anne.page.screenshot(clip={"x": 0, "y": 0, "width": 320, "height": 180})
    with av.open(io.BytesIO(picture), "r") as container:
        frame = next(container.decode(video=0)).reformat(format="gray8")
    code = picture_code.read(bytes(frame.planes[0]), frame.width, frame.height, frame.planes[0].line_size)
    assert code is not None
    assert (code.person, code.source) == (11, picture_code.SECOND_CAMERA)


@pytest.mark.parametrize(
    ("setup", "constraints", "outcome"),
    [
        (Setup(person=1, cameras=0), "{ video: true }", "NotFoundError"),
        (Setup(person=1, denied=True), "{ video: true, audio: true }", "NotAllowedError"),
        (Setup(person=1, microphones=0), "{ video: true }", "Camera 1"),
        (Setup(person=1), "{ video: { deviceId: { exact: 'camera-2' } } }", "Camera 2"),
        (Setup(person=1), "{ video: { deviceId: { exact: 'camera-9' } } }", "OverconstrainedError"),
    ],
)
async def test_devices_are_missing_denied_or_chosen(
    browser: Chromium, url: str, setup: Setup, constraints: str, outcome: str
) -> None:
    person = await browser.person(setup)
    await person.page.goto(url)
    asked = f"navigator.mediaDevices.getUserMedia({constraints})"
    assert (
        await person.evaluate(f"{asked}.then((stream) => stream.getTracks()[0].label, (error) => error.name)")
        == outcome
    )


async def test_an_unplugged_camera_ends_its_track_and_leaves_the_list(browser: Chromium, url: str) -> None:
    anne = await browser.person(Setup(person=1))
    await anne.page.goto(url)
    await anne.evaluate(
        "navigator.mediaDevices.getUserMedia({ video: true }).then((stream) => {"
        " stream.getTracks()[0].onended = () => { window.ended = true; };"
        " navigator.mediaDevices.ondevicechange = () => { window.changed = true; }; })"
    )
    await anne.unplug("camera-1")
    labels = "navigator.mediaDevices.enumerateDevices().then((devices) => devices.map((device) => device.label))"
    assert await anne.evaluate(labels) == ["Camera 2", "Microphone 1"]
    assert await anne.evaluate("[window.ended, window.changed]") == [True, True]


async def test_a_detour_sends_media_through_another_port(browser: Chromium, url: str) -> None:
    anne, bruno = await browser.person(Setup(person=1)), await browser.person(Setup(person=2, detours={9: 1999}))
    for person in (anne, bruno):
        await person.page.goto(url)
    offer = await anne.evaluate(f"peer.offer({BOTH})")
    port_9 = re.sub(r"^(a=candidate:(?:\S+ ){5})\d+", r"\g<1>9", offer, flags=re.MULTILINE)
    await bruno.evaluate(f"peer.answer({json.dumps(port_9)})")
    taken = await bruno.evaluate("peer.connection.remoteDescription.sdp")
    assert set(re.findall(r"^a=candidate:(?:\S+ ){5}(\d+)", taken, re.MULTILINE)) == {"1999"}
