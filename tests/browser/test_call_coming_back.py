"""A reload, a second tab and a broken line: one person stays one person, and nothing that was said is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.support.cable import Cable, cable
from tests.support.clinic import Clinic, Visitor, soon
from tests.support.picture_code import CAMERA
from tests.support.scale import patient
from tests.support.server import Act

COUNT_TILES = """() => {
    window.most = {};
    setInterval(() => {
        const tiles = [...document.querySelectorAll("[data-testid=tile]")].map(tile => tile.dataset.seat);
        for (const seat of tiles) most[seat] = Math.max(most[seat] ?? 0, tiles.filter(other => other === seat).length);
    }, 5);
}"""  # the most tiles that a seat had at any one time


async def pair(clinic: Clinic, *, direct: bool = False) -> tuple[Act, Visitor, Visitor]:
    act = await clinic.act("MTG", direct=direct)
    anne = await clinic.visitor(act, "expert", 1, "Anne")
    bruno = await clinic.visitor(act, "requester", 2, "Bruno")
    await asyncio.gather(anne.enter(), bruno.enter())
    await until_connected(anne, bruno)
    await anne.page.evaluate(COUNT_TILES)
    return act, anne, bruno


async def until_connected(anne: Visitor, bruno: Visitor) -> None:
    await asyncio.gather(anne.at.until_sees(2), bruno.at.until_sees(1))
    await asyncio.gather(anne.at.until_hears(2), bruno.at.until_hears(1))


async def count(clinic: Clinic, act: Act, fact: str) -> int:
    return [entry["type"] for entry in await clinic.server.timeline(act)].count(fact)


@pytest.mark.parametrize("direct", [False, True])
async def test_a_reload_comes_back_to_the_same_seat(clinic: Clinic, direct: bool) -> None:
    act, anne, bruno = await pair(clinic, direct=direct)
    await anne.say("before")
    await bruno.mark("bar-microphone").click()
    await bruno.page.reload()
    await asyncio.gather(anne.at.until_sees(2), bruno.at.until_sees(1), bruno.at.until_hears(1))
    await bruno.until_reads("before")
    await anne.at.until_hears()  # she had switched her microphone off, and so it stays
    await bruno.mark("bar-microphone").click()
    await anne.at.until_hears(2)
    assert await anne.page.evaluate("most") == {anne.seat: 1, bruno.seat: 1}
    assert await anne.presence(bruno) == "present"
    assert await anne.of(bruno, "person").count() == 1
    assert await count(clinic, act, "device-joined") == 2
    assert await count(clinic, act, "seat-entered") == 2
    assert await count(clinic, act, "takeover-asked") == 0
    path = "direct" if direct else "relay"
    assert await anne.mark("path").get_attribute("data-path") == path


async def test_an_impatient_person_who_reloads_again_and_again_is_still_one(clinic: Clinic) -> None:
    act, anne, bruno = await pair(clinic)
    for pause_s in (0.0, 0.05, 0.1, 0.2, 0.3):  # somewhere between the page's first words and the first picture
        await bruno.page.reload(wait_until="domcontentloaded")
        await asyncio.sleep(pause_s)
    await asyncio.gather(anne.at.until_sees(2), bruno.at.until_sees(1), anne.at.until_hears(2))
    assert await anne.page.evaluate("most") == {anne.seat: 1, bruno.seat: 1}
    assert await count(clinic, act, "device-joined") == 2
    assert await count(clinic, act, "takeover-asked") == 0


@asynccontextmanager
async def second_tab(first: Visitor) -> AsyncIterator[Visitor]:
    """What "Duplicate tab" makes: the same address with a copy of sessionStorage."""
    async with first.page.context.expect_page() as opened:
        await first.page.evaluate("void window.open(location.href)")
    page = await opened.value
    person = replace(first.at, page=page, evaluate=page.evaluate, errors=[])
    yield Visitor(person, first.invitation, first.traffic)
    await page.close()


async def test_a_duplicated_tab_is_a_second_device_that_needs_the_first_ones_yes(clinic: Clinic) -> None:
    act, anne, bruno = await pair(clinic)
    async with second_tab(bruno) as copy:
        await copy.mark("join").click()
        await copy.mark("waiting").wait_for()
        await bruno.mark("takeover-refuse").click()
        await copy.mark("ask-again").click()
        await bruno.mark("takeover-dialog").wait_for()
        await anne.at.forget()
        await bruno.mark("takeover-accept").click()
        await until_connected(anne, copy)
        await bruno.page.locator('[data-testid="ended"][data-reason="moved"]').wait_for()
        report = await anne.at.until(lambda now: now.pictures[2, CAMERA].count > 15, "see her go on")
        assert report.pictures[2, CAMERA].longest_gap_ms < patient(2_000)
        assert report.sounds[2].longest_gap_ms < patient(2_000)
    assert await anne.page.evaluate("most") == {anne.seat: 1, bruno.seat: 1}
    assert await count(clinic, act, "device-moved") == 1
    assert await count(clinic, act, "seat-entered") == 2


async def test_ten_seconds_of_silence_are_a_yes(clinic: Clinic) -> None:
    _, anne, bruno = await pair(clinic)
    async with second_tab(bruno) as copy:
        asked = asyncio.get_running_loop().time()
        await copy.mark("join").click()
        await bruno.mark("takeover-dialog").wait_for()

        async def has_moved() -> bool:
            return await copy.mark("call").count() > 0

        await soon(has_moved, "she is in at the second device", within_s=patient(12.0))
        assert asyncio.get_running_loop().time() - asked > 9
        await until_connected(anne, copy)
        await bruno.page.locator('[data-testid="ended"][data-reason="moved"]').wait_for()
    assert await anne.page.evaluate("most") == {anne.seat: 1, bruno.seat: 1}


@asynccontextmanager
async def pair_by_cable(clinic: Clinic, *, direct: bool = False) -> AsyncIterator[tuple[Visitor, Visitor, Cable]]:
    """Bruno's pages and socket pass through a cable; his media have a line of their own."""
    act = await clinic.act("MTG", direct=direct)
    async with cable() as line:
        anne = await clinic.visitor(act, "expert", 1, "Anne")
        bruno = await clinic.visitor(act, "requester", 2, "Bruno", proxy=line.proxy)
        await asyncio.gather(anne.enter(), bruno.enter())
        await until_connected(anne, bruno)
        await asyncio.gather(anne.at.forget(), bruno.at.forget())
        yield anne, bruno, line
        assert line.passed > 1, "his socket went through the cable"


@pytest.mark.parametrize(
    ("direct", "seconds"), [(False, 0.5), (False, 4.0), (True, 4.0)]
)  # the others are told after 2 s
async def test_a_broken_line_loses_no_message_and_no_media(clinic: Clinic, direct: bool, seconds: float) -> None:
    async with pair_by_cable(clinic, direct=direct) as (anne, bruno, line):
        await anne.say("one")
        await bruno.until_reads("one")
        line.cut()
        await bruno.mark("reconnecting").wait_for()
        await asyncio.gather(anne.say("two"), bruno.say("three"))
        await asyncio.sleep(seconds)
        await asyncio.gather(anne.say("four"), bruno.say("five"))
        line.mend()
        await bruno.mark("reconnecting").wait_for(state="detached")
        for visitor in (anne, bruno):
            await visitor.until_reads("one", "two", "four", "three", "five")
        for report in (await anne.at.report(), await bruno.at.report()):
            assert max(flow.longest_gap_ms for flow in report.pictures.values()) < patient(500)
            assert max(flow.longest_gap_ms for flow in report.sounds.values()) < patient(300)
        assert await anne.presence(bruno) == "present"


async def test_what_the_server_heard_but_could_not_answer_is_done_once(clinic: Clinic) -> None:
    async with pair_by_cable(clinic) as (anne, bruno, line):
        line.deafen()
        await bruno.say("heard")
        await anne.until_reads("heard")
        line.cut()
        await anne.say("meanwhile")
        line.mend()
        for visitor in (anne, bruno):
            await visitor.until_reads("heard", "meanwhile")
        await bruno.say("after")
        for visitor in (anne, bruno):
            await visitor.until_reads("heard", "meanwhile", "after")
