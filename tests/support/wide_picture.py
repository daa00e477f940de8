"""A meeting in which one sends a picture large enough for several sizes, and two look at it."""

from typing import Any

from tests.support.clinic import Clinic, Visitor
from tests.support.scale import patient
from tests.support.server import Act

FULL, HALF = 960, 480  # pixels
CHANGE_S = patient(10.0)  # for a layout, an encoder that begins anew, and a line that must prove good enough


async def three(clinic: Clinic, **setup: Any) -> tuple[Act, Visitor, Visitor, Visitor]:
    """The act, Anne with the large picture, Bruno and Carla; nobody has entered yet."""
    act = await clinic.act("MTG", direct=False)
    anne = await clinic.visitor(act, "expert", 1, "Anne", width=FULL, height=540, fps=8, **setup)
    bruno = await clinic.visitor(act, "requester", 2, "Bruno", fps=4)
    return act, anne, bruno, await clinic.visitor(act, "requester", 3, "Carla", fps=4)


async def enlarge(viewer: Visitor, shown: Visitor) -> None:
    """Puts somebody on the stage, or takes her off it."""
    await viewer.of(shown, "tile").locator(".tile-button").click()
