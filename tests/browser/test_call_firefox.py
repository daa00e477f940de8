"""Firefox and Chromium in one call, both ways. In Firefox nobody listens: sound is judged by its energy."""

import pytest

from tests.support.clinic import SMALL, Clinic
from tests.support.firefox import Firefox
from tests.support.people import Setup


@pytest.mark.parametrize("direct", [False, True], ids=["over the relay", "directly"])
async def test_firefox_and_chromium_see_and_hear_each_other(clinic: Clinic, fox: Firefox, direct: bool) -> None:
    act = await clinic.act("MTG", "Two engines", direct=direct)
    anne = await clinic.visitor(act, "expert", 1, "Anne")
    link = await clinic.server.invite(act, "requester", "Chloé")
    await anne.enter()
    chloe = await fox.person(Setup(3, "Chloé", width=SMALL["width"], height=SMALL["height"]))
    await chloe.goto(link.url)
    await chloe.click("Rejoindre")
    await chloe.until_sees(1)
    await chloe.until_has_sound()
    await anne.at.until_sees(3)
    await anne.at.until_has_sound()
    assert await anne.mark("path").get_attribute("data-path") == ("direct" if direct else "relay")
