"""Who speaks, as everybody in a meeting sees it: a frame round her picture, and her picture on the stage."""

from tests.support.clinic import Clinic, Visitor, soon


async def speakers(at: Visitor) -> set[str]:
    framed = at.page.locator('[data-testid="tile"].speaking')
    return set(await framed.evaluate_all("tiles => tiles.map(tile => tile.dataset.seat)"))


async def large(at: Visitor) -> str | None:
    return await at.page.locator('[data-testid="tile"].large').get_attribute("data-seat")


async def test_in_a_meeting_of_three_those_are_framed_who_speak_and_one_of_them_is_large(clinic: Clinic) -> None:
    act = await clinic.act("MTG", "Who speaks", direct=False)
    anne, bruno, carla = [
        await clinic.visitor(act, role, number, name)
        for number, (role, name) in enumerate((("expert", "Anne"), ("requester", "Bruno"), ("attendant", "Carla")), 1)
    ]
    for visitor in (anne, bruno, carla):
        await visitor.enter()
    await anne.at.until_hears(2, 3)

    async def framed(*who: Visitor) -> bool:
        return await speakers(anne) == {visitor.seat for visitor in who}

    await soon(lambda: framed(anne, bruno, carla), "tones without end are speech")
    await anne.mark("bar-microphone").click()
    first = await large(anne)
    holder, other = (bruno, carla) if first == bruno.seat else (carla, bruno)
    await holder.mark("bar-microphone").click()
    await soon(lambda: framed(other), "whoever is muted loses her frame")

    async def other_is_large() -> bool:
        return await large(anne) == other.seat

    await soon(other_is_large, "whoever goes on speaking is looked at")
    await other.mark("bar-microphone").click()
    await soon(lambda: framed(), "nobody speaks")
    assert await large(anne) == other.seat
    assert anne.at.errors == []
