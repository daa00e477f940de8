"""What a person brings along: a screen, a second camera, or less than others have."""

import asyncio

import pytest

from tests.support.clinic import Clinic
from tests.support.picture_code import SCREEN, SECOND_CAMERA


async def test_a_shared_screen_and_a_second_camera_arrive_as_what_they_are(clinic: Clinic) -> None:
    act = await clinic.act("MTG", direct=False)
    anne = await clinic.visitor(act, "expert", 1, "Anne")
    bruno = await clinic.visitor(act, "requester", 2, "Bruno")
    await asyncio.gather(anne.enter(), bruno.enter())
    await asyncio.gather(anne.at.until_sees(2), bruno.at.until_sees(1))
    await bruno.mark("bar-screen").click()
    await anne.at.until_sees(2, (2, SCREEN))
    await bruno.mark("bar-detail").click()
    await bruno.mark("pick-detail").click()
    await anne.at.until_sees(2, (2, SCREEN), (2, SECOND_CAMERA))
    for source, drawn in (("camera", 0), ("screen", SCREEN), ("detail", SECOND_CAMERA)):
        picture = anne.of(bruno, "picture").and_(anne.page.locator(f"[data-source={source}]"))
        await anne.until_drawn(picture, "source", drawn)
    await bruno.mark("bar-screen").click()
    await anne.at.until_sees(2, (2, SECOND_CAMERA))
    assert [entry["type"] for entry in await clinic.server.timeline(act)].count("source-shared") == 2


async def test_a_muted_microphone_is_silent_and_a_camera_switched_off_is_dark(clinic: Clinic) -> None:
    act = await clinic.act("MTG", direct=False)
    anne = await clinic.visitor(act, "expert", 1, "Anne")
    bruno = await clinic.visitor(act, "requester", 2, "Bruno")
    await asyncio.gather(anne.enter(), bruno.enter())
    await anne.at.until_sees(2)
    await anne.at.until_hears(2)
    await bruno.mark("bar-microphone").click()
    await bruno.mark("bar-camera").click()
    await anne.at.until_hears()
    await anne.at.until_sees()
    await anne.of(bruno, "tile").get_by_text("sans image").wait_for()
    await bruno.mark("bar-microphone").click()
    await bruno.mark("bar-camera").click()
    await anne.at.until_hears(2)
    await anne.at.until_sees(2)


@pytest.mark.parametrize(
    ("cameras", "microphones", "denied"), [(0, 1, False), (1, 0, False), (0, 0, False), (1, 1, True)]
)
async def test_whoever_has_no_camera_or_microphone_or_denies_them_still_comes_in(
    clinic: Clinic, cameras: int, microphones: int, denied: bool
) -> None:
    act = await clinic.act("MTG", direct=False)
    anne = await clinic.visitor(act, "expert", 1, "Anne")
    bruno = await clinic.visitor(act, "requester", 2, "Bruno", cameras=cameras, microphones=microphones, denied=denied)
    await anne.enter()
    await bruno.open()
    if denied:
        help_text = await bruno.mark("problem-camera").inner_text()
        assert "Autoriser" in help_text
    await bruno.mark("enter-anyway").click()
    await bruno.at.until_sees(1)
    await bruno.at.until_hears(1)
    await anne.at.until_sees(*([2] if cameras and not denied else []))
    await anne.at.until_hears(*([2] if microphones and not denied else []))
    tile = anne.of(bruno, "tile")
    assert await tile.count() == 1
    assert (await tile.get_by_text("micro coupé").count() > 0) is (denied or not microphones)
    assert (await tile.get_by_text("sans image").count() > 0) is (denied or not cameras)
    assert bruno.at.errors == []


async def test_a_camera_that_is_pulled_out_is_replaced_by_the_other_one(clinic: Clinic) -> None:
    act = await clinic.act("MTG", direct=False)
    anne = await clinic.visitor(act, "expert", 1, "Anne")
    bruno = await clinic.visitor(act, "requester", 2, "Bruno")
    await asyncio.gather(anne.enter(), bruno.enter())
    await anne.at.until_sees(2)
    await bruno.at.unplug("camera-1")
    await anne.at.until_sees((2, SECOND_CAMERA))
    await bruno.at.unplug("camera-2")
    await anne.at.until_sees()
    await anne.at.until_hears(2)
