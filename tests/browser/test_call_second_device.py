"""Somebody goes on at another device (S-04): the others see one person all along and hear her on."""

import pytest

from tests.support.clinic import Clinic, Traffic, Visitor
from tests.support.picture_code import CAMERA
from tests.support.scale import patient

GAP_MS = patient(1_000)


async def at_another_device(clinic: Clinic, visitor: Visitor) -> Visitor:
    """The same person with the same link, at a second browser."""
    person = await clinic.browser.person(visitor.at.setup)
    other = Visitor(person, visitor.invitation, Traffic())
    clinic.visitors.append(other)
    return other


@pytest.mark.parametrize("direct", [False, True], ids=["over the relay", "out of a direct call"])
async def test_a_person_goes_on_at_a_second_device(clinic: Clinic, direct: bool) -> None:
    act = await clinic.act("MTG", "Second device", direct=direct)
    anne = await clinic.visitor(act, "expert", 1, "Anne")
    phone = await clinic.visitor(act, "requester", 2, "Bruno")
    for visitor in (anne, phone):
        await visitor.enter()
    await anne.at.until_sees(2)
    await anne.at.until_hears(2)
    await phone.at.until_sees(1)

    desk = await at_another_device(clinic, phone)
    await desk.open()
    await anne.at.forget()
    await desk.mark("join").click()
    await phone.mark("takeover-accept").click()
    await phone.mark("ended").wait_for()
    assert await phone.mark("ended").get_attribute("data-reason") == "moved"

    await desk.at.until_sees(1)
    await desk.at.until_hears(1)
    report = await anne.at.until_sees(2)
    assert report.pictures[2, CAMERA].longest_gap_ms < GAP_MS  # the new device had media before the old one left
    assert report.sounds[2].longest_gap_ms < GAP_MS
    assert await anne.seats() == sorted([anne.seat, phone.seat])
    moves = [one["type"] for one in await clinic.server.timeline(act) if one["type"] == "device-moved"]
    assert moves == ["device-moved"]
    assert anne.at.errors == []
