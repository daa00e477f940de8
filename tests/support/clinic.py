"""People at the pages of a running server: they open their links, go in and press what one presses there.

clinic = Clinic(server, browser)
act = await clinic.act("MTG")
anne = await clinic.visitor(act, "expert", 1, "Anne")
await anne.enter()
await anne.at.until_sees(2)
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import BrowserContext, Locator, Page, Request, WebSocket

from tests.support.browser import Chromium, PersonAtPage
from tests.support.people import Setup
from tests.support.scale import patient
from tests.support.server import Act, Invitation, Server

SMALL = {"width": 160, "height": 90}  # two cores draw, encode and read everybody's pictures

EVENT = "42"  # Engine.IO's message, Socket.IO's event
PATIENCE_S = patient(10.0)  # with a page that does not show what it should


@dataclass  # Playwright writes attributes of its own into whatever listens, so no slots
class Traffic:
    """What a person's pages asked for and were told over sockets."""

    addresses: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("request", self._asked)
        context.on("page", self.follow)
        for page in context.pages:
            self.follow(page)

    def follow(self, page: Page) -> None:
        page.on("websocket", self._connected)

    def events(self) -> list[str]:
        """What the server told, without the packets that only keep a socket alive or close it."""
        return [packet for packet in self.told if packet.startswith(EVENT)]

    def _asked(self, request: Request) -> None:
        self.addresses.append(request.url)

    def _connected(self, socket: WebSocket) -> None:
        self.addresses.append(socket.url)
        socket.on("framereceived", lambda frame: self.told.append(str(frame)))


@dataclass(slots=True)
class Visitor:
    """Somebody with a link; `at` is the browser page she sits at."""

    at: PersonAtPage
    invitation: Invitation
    traffic: Traffic

    @property
    def page(self) -> Page:
        return self.at.page

    @property
    def seat(self) -> str:
        return self.invitation.seat

    def mark(self, name: str) -> Locator:
        """An element by the mark that the client carries for tests."""
        return self.page.get_by_test_id(name)

    async def open(self, url: str = "") -> None:
        """Opens the link, up to the join page, with camera and microphone as far as there are any."""
        await self.page.goto(url or self.invitation.url)
        await self.mark("join").wait_for()
        for source in ("camera", "microphone"):
            await self.mark(f"device-{source}").or_(self.mark(f"problem-{source}")).wait_for()
        await self.page.wait_for_function(
            "!document.querySelector('[data-testid=device-camera]')?.textContent.includes('Autoriser')"
        )

    async def enter(self, url: str = "", *, room: str = "call") -> None:
        """Opens the link and goes in; `room` "waiting" for those who wait first."""
        await self.open(url)
        await self.mark("join").click()
        await self.mark(room).wait_for()

    async def panel(self, name: str) -> None:
        """Opens a panel at the side: "people", "chat" or "act"."""
        button = self.mark(f"bar-{name}")
        if await button.get_attribute("aria-pressed") != "true":
            await button.click()

    async def admit(self, visitor: "Visitor") -> None:
        await self.panel("people")
        await self.of(visitor, "person").get_by_test_id("admit").click()

    async def remove(self, visitor: "Visitor") -> None:
        await self.panel("people")
        await self.of(visitor, "person").get_by_test_id("remove").click()
        await self.mark("remove-sure").click()

    async def say(self, text: str) -> None:
        await self.panel("chat")
        await self.mark("chat-text").fill(text)
        await self.mark("chat-send").click()

    async def lines(self) -> list[str]:
        """What stands in the chat panel, oldest first."""
        await self.panel("chat")
        return await self.mark("chat-lines").locator("li p").all_inner_texts()

    async def until_reads(self, *lines: str) -> None:
        """Waits until exactly these lines stand in the chat."""

        async def stand_there() -> bool:
            return await self.lines() == list(lines)

        await soon(stand_there, f"the chat reads {lines}")

    def of(self, visitor: "Visitor", mark: str) -> Locator:
        """Another person's entry, tile or picture here."""
        return self.page.locator(f'[data-testid="{mark}"][data-seat="{visitor.seat}"]')

    async def until_drawn(self, picture: Locator, part: str, drawn: int) -> None:
        """Waits until the code in a picture has this for its "person" or "source"."""

        async def stands_there() -> bool:
            return bool(await picture.evaluate(f"video => person.readCode(video)?.{part}") == drawn)

        await soon(stands_there, f"a picture's {part} is {drawn}")

    async def seats(self) -> list[str]:
        """The seats that have a tile here, in order; one with two pictures stands there twice."""
        tiles = await self.mark("tile").all()
        return sorted([str(await tile.get_attribute("data-seat")) for tile in tiles])

    async def presence(self, visitor: "Visitor") -> str | None:
        await self.panel("people")
        return await self.of(visitor, "person").get_attribute("data-presence")


@dataclass(slots=True)
class Clinic:
    """A server and a browser that tests share; `close` lets everybody of one test leave."""

    server: Server
    browser: Chromium
    visitors: list[Visitor] = field(default_factory=list)

    async def act(self, kind: str = "MTG", title: str = "Test", **more: Any) -> Act:
        return await self.server.create_act(kind=kind, title=title, **more)

    async def visitor(self, act: Act, role: str, number: int, name: str, *, proxy: str = "", **setup: Any) -> Visitor:
        """Invites somebody and gives her a browser with an empty page."""
        return await self._seat(await self.server.invite(act, role, name), number, name, proxy, **setup)

    async def seated(self, link: str, number: int, name: str, **setup: Any) -> Visitor:
        """A browser with an empty page for whoever has another link than an invitation."""
        return await self._seat(Invitation("", "", link), number, name, **setup)

    async def _seat(self, invitation: Invitation, number: int, name: str, proxy: str = "", **setup: Any) -> Visitor:
        person = await self.browser.person(Setup(number, name, **{**SMALL, **setup}), proxy=proxy)
        person.page.context.set_default_timeout(PATIENCE_S * 1000)
        visitor = Visitor(person, invitation, Traffic())
        visitor.traffic.watch(person.page.context)
        self.visitors.append(visitor)
        return visitor

    async def close(self) -> None:
        for visitor in self.visitors:
            await visitor.page.context.close()
        self.visitors.clear()


async def soon(holds: Callable[[], Awaitable[bool]], what: str, within_s: float = PATIENCE_S) -> float:
    """Waits until something holds; returns after how many seconds it did."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while not await holds():
        if loop.time() - begun > within_s:
            raise AssertionError(f"after {within_s} s it still does not hold: {what}")
        await asyncio.sleep(0.02)
    return loop.time() - begun
