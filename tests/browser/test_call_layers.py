"""A camera in layers: everybody gets as much of the picture as her screen shows, and it changes without a gap."""

from collections.abc import Awaitable, Callable

from tests.support.clinic import Clinic, Visitor, soon
from tests.support.firefox import Firefox, PersonInTab
from tests.support.people import Setup
from tests.support.scale import patient
from tests.support.wide_picture import CHANGE_S, FULL, HALF, enlarge, three

CAMERA = 0
GAP_MS = 1_000 * patient(1.0)  # a pause that anybody would call a freeze


async def width(viewer: Visitor, shown: Visitor) -> int:
    return int(await viewer.of(shown, "picture").evaluate("video => video.videoWidth"))


def as_wide(viewer: Visitor, shown: Visitor, fits: Callable[[int], bool]) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return fits(await width(viewer, shown))

    return holds


async def test_who_shows_a_picture_small_gets_its_small_layer(clinic: Clinic) -> None:
    _, anne, bruno, carla = await three(clinic)
    for visitor in (anne, bruno, carla):
        await visitor.enter()
    await bruno.at.until_sees(1, 3)
    await carla.at.until_sees(1, 2)
    await soon(as_wide(bruno, anne, lambda pixels: pixels == FULL), "large, it comes in full", CHANGE_S)
    await enlarge(carla, bruno)
    await soon(as_wide(carla, anne, lambda pixels: pixels < HALF), "small, it comes small", CHANGE_S)
    await soon(as_wide(bruno, anne, lambda pixels: pixels == FULL), "each has a layer of her own", CHANGE_S)
    await carla.at.forget()
    await enlarge(carla, anne)
    await soon(as_wide(carla, anne, lambda pixels: pixels == FULL), "large again, it comes in full", CHANGE_S)
    await enlarge(carla, bruno)
    await soon(as_wide(carla, anne, lambda pixels: pixels < HALF), "small again, it comes small", CHANGE_S)
    flow = (await carla.at.report()).pictures[1, CAMERA]
    assert flow.longest_gap_ms < GAP_MS
    await carla.until_drawn(carla.of(anne, "picture"), "person", anne.at.number)


async def test_firefox_sends_only_the_layer_that_is_shown(clinic: Clinic, fox: Firefox) -> None:
    act = await clinic.act("MTG", direct=False)
    anne = await clinic.visitor(act, "expert", 1, "Anne", fps=4)
    link = await clinic.server.invite(act, "requester", "Chloé")
    await anne.enter()
    chloe = await fox.person(Setup(3, "Chloé", width=640, height=360, fps=8))
    await chloe.goto(link.url)
    await chloe.click("Rejoindre")
    await anne.at.until_sees(3)
    picture = anne.page.locator(f'[data-testid="picture"][data-seat="{link.seat}"]')

    async def settled(pixels: int, layers: list[str]) -> bool:
        wide = await picture.evaluate("video => video.videoWidth")
        return wide == pixels and await layers_sent(chloe) == layers

    await soon(lambda: settled(640, ["f"]), "large, it comes in full, and nothing else", CHANGE_S)
    await enlarge(anne, anne)
    await soon(lambda: settled(320, ["h"]), "small, it comes in the smaller one alone", CHANGE_S)


async def layers_sent(person: PersonInTab) -> list[str]:
    """Names of the layers that are not paused."""
    senders = "person.connections().flatMap(connection => connection.getSenders())"
    encodings = f"{senders}.flatMap(sender => sender.getParameters().encodings ?? [])"
    return list(
        await person.evaluate(f"{encodings}.filter(({{ rid, active }}) => rid && active).map(({{ rid }}) => rid)")
    )
