"""F7: the server is killed in a call; once it runs again people are back in their seats, with what they had said."""

import os
import signal

import pytest

from tests.support.browser import Chromium
from tests.support.children import child
from tests.support.clinic import Clinic, soon
from tests.support.scale import FULL, patient
from tests.support.server import PROGRAM, ROOT, Server

BACK_S = 5.0


@pytest.mark.skipif(not FULL, reason="a server and a browser of its own: VISITE_FULL=1")
async def test_people_are_back_in_their_seats_soon_after_the_server_is(own_server: Server, browser: Chromium) -> None:
    server, clinic = own_server, Clinic(own_server, browser)
    act = await clinic.act("MTG", direct=False)
    anne, bruno = [await clinic.visitor(act, "expert", number, f"Person {number}") for number in (1, 2)]
    for visitor in (anne, bruno):
        await visitor.enter()
    await anne.at.until_sees(2)
    await server.request("POST", f"/api/v1/acts/{act.id}/consents", CONSENT, token=anne.invitation.token)
    os.kill(server.process.process.pid, signal.SIGKILL)
    await server.process.process.wait()
    async with child(str(PROGRAM), "serve", "--config", str(server.config), folder=ROOT) as again:
        await again.line('"message": "ready"')

        async def back() -> bool:
            return await presences(server, act.id) == ["present", "present"]

        await soon(back, "both are in their seats", patient(BACK_S))
        await anne.at.until_sees(2)
        await bruno.at.until_sees(1)
        assert await anne.seats() == sorted([anne.seat, bruno.seat])
        consents = (await server.request("GET", f"/api/v1/acts/{act.id}/consents"))["consents"]
        assert [(given["purpose"], given["value"], given["seat"]) for given in consents] == [
            ("photo", "obtained", anne.seat)
        ]


CONSENT = {"purpose": "photo", "value": "obtained"}


async def presences(server: Server, act: str) -> list[str]:
    return [seat["presence"] for seat in (await server.request("GET", f"/api/v1/acts/{act}"))["seats"]]
