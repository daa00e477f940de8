"""Firefox ESR over WebDriver BiDi: one websocket, one tab per person.

    async with firefox() as browser:
        chloe = await browser.person(Setup(person=3, name="Chloé"))
        await chloe.goto(url)

Sound is Firefox's own fake microphone, and nobody listens here: its AudioContext waits for a sound card for ever. Judge
sound sent to Firefox by `totalAudioEnergy` of getStats.
"""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

from tests.support.children import child
from tests.support.people import Person, Setup

PROGRAM = "/usr/bin/firefox-esr"
START_S = 60.0  # a first start with an empty profile on a busy machine
PREFERENCES = {
    "media.navigator.streams.fake": True,
    # Granted, not "asking disabled": without a real permission Firefox uses the default route's address alone, and
    # pairs that with no candidate of ours on loopback.
    "permissions.default.camera": 1,
    "permissions.default.microphone": 1,
    "media.peerconnection.ice.loopback": True,
    "media.autoplay.default": 0,  # sound plays without a click
    "intl.accept_languages": "fr-FR",  # as the people at Chromium
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
}


@dataclass(slots=True)
class Bidi:
    """Commands of WebDriver BiDi; a second one waits until the first is answered. Events are not asked for."""

    socket: ClientWebSocketResponse
    numbers: Iterator[int]
    turn: asyncio.Lock

    async def __call__(self, method: str, **params: Any) -> Any:
        async with self.turn:
            number = next(self.numbers)
            await self.socket.send_json({"id": number, "method": method, "params": params})
            while (answer := await self.socket.receive_json()).get("id") != number:
                pass
        if answer["type"] == "error":
            raise RuntimeError(f"{method}: {answer['error']}: {answer['message']}")
        return answer["result"]


@dataclass(slots=True)
class PersonInTab(Person):
    bidi: Bidi
    tab: str

    async def goto(self, url: str) -> None:
        await self.bidi("browsingContext.navigate", context=self.tab, url=url, wait="complete")

    async def click(self, name: str, within_s: float = 40.0) -> None:
        """Clicks the first button with this text in it, once there is one and it is enabled."""
        find = f"[...document.querySelectorAll('button:enabled')].find(b => b.innerText.includes({json.dumps(name)}))"
        async with asyncio.timeout(within_s):
            while not await self.evaluate(f"(button => (button?.click(), !!button))({find})"):
                await asyncio.sleep(0.05)


@dataclass(frozen=True, slots=True)
class Firefox:
    bidi: Bidi
    _tabs: list[str] = field(default_factory=list)

    async def person(self, setup: Setup) -> PersonInTab:
        setup = replace(setup, own_tone=False)
        tab = (await self.bidi("browsingContext.create", type="tab"))["context"]
        self._tabs.append(tab)
        script = f"() => {{ {setup.script()} }}"
        await self.bidi("script.addPreloadScript", functionDeclaration=script, contexts=[tab])

        async def evaluate(expression: str) -> Any:
            text = f"Promise.resolve({expression}).then((value) => JSON.stringify(value ?? null))"
            answer = await self.bidi("script.evaluate", expression=text, target={"context": tab}, awaitPromise=True)
            if answer["type"] == "exception":
                raise RuntimeError(answer["exceptionDetails"]["text"])
            return json.loads(answer["result"]["value"])

        return PersonInTab(setup, evaluate, self.bidi, tab)

    async def leave(self) -> None:
        """Everybody."""
        while self._tabs:
            await self.bidi("browsingContext.close", context=self._tabs.pop())


@asynccontextmanager
async def firefox() -> AsyncIterator[Firefox]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()]
        Path(profile, "user.js").write_text("".join(lines))
        command = [PROGRAM, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"]
        async with child(*command) as program, ClientSession() as http:
            url = (await program.line(r"WebDriver BiDi listening on (ws://\S+)", START_S))[1]
            async with http.ws_connect(f"{url}/session", max_msg_size=0) as socket:
                bidi = Bidi(socket, count(1), asyncio.Lock())
                await bidi("session.new", capabilities={})
                yield Firefox(bidi)
                await bidi("session.end")
