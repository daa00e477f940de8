"""S7, the pages' part: what people write is text on every page; nothing of it runs, and no page has to complain."""

import asyncio

import pytest
from playwright.async_api import Error

from tests.support.clinic import Clinic, Visitor

SCRIPTS = (
    "<img src=x onerror='window.ran=1'>",
    "<script>window.ran=1</script>",
    "<svg/onload=window.ran=1>",
    "javascript:window.ran=1",
)


async def until_shown(visitor: Visitor, *texts: str) -> None:
    """Waits for texts that stand there letter by letter, and so were not taken for markup."""
    for text in texts:
        await visitor.page.get_by_text(text).first.wait_for()


async def test_scripts_in_names_titles_and_chat_are_text(clinic: Clinic) -> None:
    image, script, drawing, address = SCRIPTS
    act = await clinic.act("MTG", script, direct=False)
    anne = await clinic.visitor(act, "expert", 1, image)
    bruno = await clinic.visitor(act, "family", 2, drawing)
    await asyncio.gather(anne.open(), bruno.open())
    await until_shown(bruno, script, drawing)
    await anne.mark("join").click()
    await bruno.mark("join").click()
    await anne.admit(bruno)
    await asyncio.gather(anne.at.until_sees(2), bruno.at.until_sees(1))
    await until_shown(anne, script, drawing)
    for line in SCRIPTS:
        await bruno.say(line)
    await anne.until_reads(*SCRIPTS)
    for visitor in (anne, bruno):
        assert await visitor.page.evaluate("window.ran ?? 0") == 0
        assert visitor.at.errors == []

    added = await clinic.server.command("person", "add", "--name", image, "--establishment", address)
    link = (await clinic.server.command("token", "--person", added.strip())).splitlines()[-1]
    planner = await clinic.seated(link, 3, "Planner")
    await planner.page.goto(link)
    await planner.mark("plan").click()
    await planner.mark("plan-title").fill(drawing)
    await planner.mark("plan-submit").click()
    await planner.mark("timeline").wait_for()
    await until_shown(planner, drawing)
    await planner.mark("invite").click()
    await planner.mark("invite-name").fill(script)
    await planner.mark("make-link").click()
    await until_shown(planner, script)
    await planner.page.goto(clinic.server.url)
    await until_shown(planner, drawing)
    assert await planner.page.evaluate("window.ran ?? 0") == 0
    assert planner.at.errors == []


async def test_a_script_that_gets_into_a_page_all_the_same_is_stopped_by_the_policy(clinic: Clinic) -> None:
    act = await clinic.act("MTG")
    anne = await clinic.visitor(act, "expert", 1, "Anne")
    await anne.open()
    for attack in (
        "document.body.innerHTML = '<img src=x onerror=window.ran=1>'",
        "document.body.appendChild(document.createElement('script')).text = 'window.ran=1'",
        "fetch('http://localhost:9/')",
    ):
        with pytest.raises(Error, match=r"TrustedHTML|TrustedScript|Failed to fetch"):
            await anne.page.evaluate(attack)
    assert await anne.page.evaluate("window.ran ?? 0") == 0
    assert any("connect-src" in error for error in anne.at.errors)
