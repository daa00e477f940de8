"""Chromium, driven by Playwright: one browser, a context with a page of its own for each person.

async with chromium() as browser:
    anne = await browser.person(Setup(person=1, name="Anne"))
    await anne.page.goto(url)
    await anne.until_sees(2, 3)
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from tests.support.people import Person, Setup

PROGRAM = Path(__file__).with_name("chromium.sh")
FLAGS = (
    "--no-sandbox",  # tests may run as root, in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",  # a machine without any network has only that
)


@dataclass(slots=True)
class PersonAtPage(Person):
    page: Page
    errors: list[str] = field(default_factory=list)  # uncaught exceptions and console errors of the page

    def watch_errors(self) -> None:
        def on_console(message: ConsoleMessage) -> None:
            if message.type == "error":
                self.errors.append(message.text)

        self.page.on("console", on_console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))


@dataclass(frozen=True, slots=True)
class Chromium:
    browser: Browser

    async def person(
        self,
        setup: Setup,
        *,
        locale: str = "fr-FR",
        width: int = 1024,
        height: int = 768,
        phone: bool = False,
        proxy: str = "",
    ) -> PersonAtPage:
        """A person with an empty page; leaves with `person.page.context.close()`. `proxy`: for TCP, see cable.py."""
        context = await self.browser.new_context(
            locale=locale,
            viewport={"width": width, "height": height},
            has_touch=phone,
            is_mobile=phone,
            proxy={"server": proxy, "bypass": "<-loopback>"} if proxy else None,
        )
        # With these permissions Chromium names its real addresses as candidates; without, mDNS names.
        await context.grant_permissions(["camera", "microphone"])
        await context.add_init_script(script=setup.script())
        page = await context.new_page()
        person = PersonAtPage(setup, page.evaluate, page)
        person.watch_errors()
        return person

    async def leave(self) -> None:
        """Everybody."""
        for context in self.browser.contexts:
            await context.close()


@asynccontextmanager
async def chromium() -> AsyncIterator[Chromium]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(PROGRAM), args=list(FLAGS))
        try:
            yield Chromium(browser)
        finally:
            await browser.close()
