"""Three people in one act: each sees and hears the right others, and whoever comes late sees them at once."""

import asyncio
from urllib.parse import urlsplit

import pytest

from tests.support.clinic import Clinic

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_three_people_see_and_hear_each_other_and_a_fourth_at_once(clinic: Clinic) -> None:
    act = await clinic.act("MTG", "Three people")
    anne, bruno, carla = [
        await clinic.visitor(act, role, number, name)
        for number, role, name in ((1, "expert", "Anne"), (2, "requester", "Bruno"), (3, "attendant", "Carla"))
    ]
    for visitor in (anne, bruno, carla):
        await visitor.enter()
    for visitor, others in ((anne, (2, 3)), (bruno, (1, 3)), (carla, (1, 2))):
        await visitor.at.until_sees(*others)
        await visitor.at.until_hears(*others)
        assert await visitor.seats() == sorted([anne.seat, bruno.seat, carla.seat])

    david = await clinic.visitor(act, "expert", 4, "David")
    await david.enter()
    report = await david.at.until_sees(1, 2, 3)
    assert max(flow.first_after_click_ms for flow in report.pictures.values()) < 500
    await david.at.until_hears(1, 2, 3)
    await asyncio.gather(*(visitor.at.until_hears(*{1, 2, 3, 4} - {visitor.at.number}) for visitor in (anne, bruno)))

    for visitor in clinic.visitors:
        assert visitor.at.errors == []
        assert {urlsplit(address).netloc for address in visitor.traffic.addresses} == {
            urlsplit(clinic.server.url).netloc
        }
