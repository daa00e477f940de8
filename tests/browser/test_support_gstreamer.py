"""GStreamer publishes to and views from a page that answers as a WHIP and WHEP server would."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest_asyncio
from aiohttp import web

from tests.support.browser import Chromium, PersonAtPage
from tests.support.gstreamer import publisher, viewer
from tests.support.peer_page import peer_page, serving
from tests.support.people import Setup
from tests.support.tones import tone_of


@asynccontextmanager
async def endpoint(page: PersonAtPage, sends: str) -> AsyncIterator[tuple[str, list[str]]]:
    """Answers one offer out of a page; yields the URL and the methods used on it, with their bearer."""
    calls: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        calls.append(f"{request.method} {request.path} {request.headers['authorization']}")
        if request.method == "DELETE":
            return web.Response()
        answer = await page.evaluate(f"peer.answer({json.dumps(await request.text())}, {sends})")
        return web.Response(status=201, text=answer, content_type="application/sdp", headers={"location": "/session"})

    application = web.Application()
    application.router.add_route("*", "/{path}", handle)
    async with serving(application) as url:
        yield f"{url}/offer", calls


@pytest_asyncio.fixture(loop_scope="session")
async def anne(browser: Chromium) -> AsyncIterator[PersonAtPage]:
    async with peer_page() as url:
        anne = await browser.person(Setup(person=1))
        await anne.page.goto(url)
        yield anne


async def test_a_browser_sees_and_hears_what_gstreamer_publishes(anne: PersonAtPage) -> None:
    async with endpoint(anne, sends="null") as (url, calls):
        async with publisher(url, "secret", person=5):
            await anne.until_sees(5)
            await anne.until_hears(5)
        assert calls == ["POST /offer Bearer secret", "DELETE /session Bearer secret"]


async def test_gstreamer_sees_and_hears_a_browser(anne: PersonAtPage) -> None:
    async with endpoint(anne, sends="{ audio: true, video: true }") as (url, _), viewer(url, "secret") as screen:
        await screen.line('"connected": true')
        await screen.line('"section": 1, "person": 1, "source": 0')
        await screen.line(f'"section": 0, "hz": {tone_of(1)}')
