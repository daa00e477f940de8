"""Three people in one act: each sees and hears the right others, and whoever comes late sees them at once."""

from urllib.parse import urlsplit

from tests.support.clinic import Clinic

REGULAR_KEY_FRAME_MS = 20_000  # they come minutes apart; how soon an asked one is there, tests/load/join.py measures


async def test_three_people_see_and_hear_each_other(clinic: Clinic) -> None:
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
        for other in (anne, bruno, carla):
            await visitor.until_drawn(visitor.of(other, "picture"), "person", other.at.number)  # at the right seat
    await carla.mark("leave").click()
    await carla.mark("ended").wait_for()
    await anne.at.until_sees(2)
    await anne.at.until_hears(2)
    for visitor in (anne, bruno, carla):
        assert visitor.at.errors == [], "neither a fault nor a breach of the content security policy"
        hosts = {urlsplit(address).netloc for address in visitor.traffic.addresses}
        assert hosts == {urlsplit(clinic.server.url).netloc}, "no third party"


async def test_a_late_joiner_gets_a_key_frame_at_once(clinic: Clinic) -> None:
    act = await clinic.act("MTG", direct=False)  # the move from the direct path: test_call_direct.py
    for number, name in ((1, "Anne"), (2, "Bruno")):
        await (await clinic.visitor(act, "expert", number, name)).enter()
    carla = await clinic.visitor(act, "attendant", 3, "Carla")
    await carla.enter()
    report = await carla.at.until_sees(1, 2)
    assert max(flow.first_after_click_ms for flow in report.pictures.values()) < REGULAR_KEY_FRAME_MS
