"""A fault in the middle of a call, such as a killed media worker: for how long somebody saw or heard nobody."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence

from tests.support.clinic import Clinic, Visitor
from tests.support.people import PRESENT_MS, Flow, Report
from tests.support.server import Act, Server

NOTICED_MS = 400.0  # no line makes such a gap by itself here


async def call(clinic: Clinic, people: int) -> tuple[Act, list[Visitor]]:
    """So many people who all see and hear each other over the relay."""
    act = await clinic.act("MTG", direct=False)
    numbers = range(1, people + 1)
    visitors = [await clinic.visitor(act, "expert", number, f"Person {number}") for number in numbers]
    for visitor in visitors:
        await visitor.enter()
    await everybody_there(visitors)
    return act, visitors


async def everybody_there(visitors: Sequence[Visitor]) -> None:
    for visitor in visitors:
        others = [other.at.number for other in visitors if other is not visitor]
        await visitor.at.until_sees(*others)
        await visitor.at.until_hears(*others)


async def outage_s(server: Server, visitors: Sequence[Visitor], within_s: float) -> float:
    """Kills the worker; for how long somebody was away from somebody."""
    return await away_s(visitors, lambda: kill_worker(server), within_s)


async def away_s(
    visitors: Sequence[Visitor], fault: Callable[[], Awaitable[None]], within_s: float, noticed_ms: float = NOTICED_MS
) -> float:
    """Of a fault that takes everybody away: the longest of anybody's picture or sound, counted from both."""
    for visitor in visitors:
        await visitor.at.forget()
    await everybody_there(visitors)
    await fault()
    await asyncio.sleep(2 * PRESENT_MS / 1000)  # buffers have run dry: whoever is there from now on is there again
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while True:
        reports = await asyncio.gather(*(visitor.at.report() for visitor in visitors))
        away_ms = max((flow.longest_gap_ms for report in reports for flow in _flows(report)), default=0.0)
        if all(_is_whole(report, len(visitors) - 1) for report in reports) and away_ms > noticed_ms:
            return away_ms / 1000
        if loop.time() > deadline:
            seen = {v.at.number: (r.seen_now(), r.heard_now()) for v, r in zip(visitors, reports, strict=True)}
            raise AssertionError(f"after {within_s} s not everybody is back: {seen}")
        await asyncio.sleep(0.05)


async def kill_worker(server: Server) -> None:
    """The one that has the acts."""
    loads = (await server.request("GET", "/readyz"))["workers"]
    busiest = max(range(len(loads)), key=lambda number: int(loads[number]["acts"]))
    os.kill(server.children()[f"media-{busiest}"], signal.SIGKILL)


def _is_whole(report: Report, others: int) -> bool:
    return len(report.seen_now()) == others == len(report.heard_now())


def _flows(report: Report) -> list[Flow]:
    """Of whoever is there: a picture that breaks off is at times misread as somebody else's, who never comes again."""
    pictures = [report.pictures[one] for one in report.seen_now()]
    return [*pictures, *(report.sounds[one] for one in report.heard_now())]
