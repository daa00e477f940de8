"""A Télé-AVC act from its plan to its end, all through the pages; then its journal, honest and spoilt."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.support.browser import Chromium
from tests.support.clinic import Clinic, Visitor
from tests.support.server import Server

HONEST = "the journal is as it was written"
CUT = "DELETE FROM journal WHERE version = (SELECT max(version) FROM journal)"
CHANGE = "UPDATE journal SET body = replace(body, 'wristband', 'spoken') WHERE type = 'identity-checked'"
STEPS = [
    "act-created",
    "seat-made",
    "seat-entered",
    "media-started",
    "act-advanced",  # begun
    "identity-checked",
    "consent-recorded",
    "act-advanced",  # decided
    "chat-said",
    "act-advanced",  # ended
]


async def professional(clinic: Clinic, number: int, name: str, establishment: str) -> Visitor:
    """Somebody of the directory who has just signed in."""
    added = await clinic.server.command("person", "add", "--name", name, "--establishment", establishment)
    link = (await clinic.server.command("token", "--person", added.strip())).splitlines()[-1]
    visitor = await clinic.seated(link, number, name)
    await visitor.page.goto(link)
    await visitor.mark("plan").wait_for()
    return visitor


async def plan(visitor: Visitor) -> str:
    """A new Télé-AVC act between the two hospitals; returns its id."""
    await visitor.mark("plan").click()
    await visitor.mark("plan-kind").select_option("stroke")
    await visitor.mark("plan-title").fill("Weak left arm")
    await visitor.mark("plan-subject").fill("subject-17")
    await visitor.mark("plan-requesting").select_option(label="CH Valmont")
    await visitor.mark("plan-expert").select_option(label="CHU Rochebrune")
    await visitor.mark("plan-submit").click()
    await visitor.mark("timeline").wait_for()
    return visitor.page.url.rsplit("/", 1)[-1]


async def go_in(visitor: Visitor) -> None:
    await visitor.mark("enter").click()
    await visitor.mark("join").click()
    await visitor.mark("call").wait_for()


async def hold(physician: Visitor, neurologist: Visitor) -> None:
    """It starts by itself, since nothing may block an emergency; then identity, consent, decision, a word, the end."""
    for visitor in (physician, neurologist):
        await visitor.mark("duration").wait_for()
    await physician.panel("act")
    await physician.mark("identity-method").select_option("wristband")
    await physician.mark("identity-confirm").click()
    await neurologist.mark("identity").get_by_text("Bracelet lu").wait_for()
    await physician.mark("consent-act").select_option("not_possible_emergency")
    await neurologist.panel("act")
    await neurologist.page.wait_for_function(
        "document.querySelector('[data-testid=consent-act]').value === 'not_possible_emergency'"
    )
    await neurologist.mark("advance-decide").click()
    await neurologist.mark("advance-decide").wait_for(state="detached")
    await neurologist.say("Thrombolysis at 02:49")
    await physician.until_reads("Thrombolysis at 02:49")
    await neurologist.mark("leave").click()
    await neurologist.mark("end-act").click()
    for visitor in (physician, neurologist):
        await visitor.page.locator('[data-testid="ended"][data-reason="act-ended"]').wait_for()


@contextmanager
def spoilt(journal: Path, statement: str) -> Iterator[None]:
    """The journal with a change that somebody made behind the server's back; without it again afterwards."""
    honest = journal.read_bytes()
    with closing(sqlite3.connect(journal)) as database, database:
        assert database.execute(statement).rowcount == 1
    try:
        yield
    finally:
        journal.write_bytes(honest)


async def test_a_tele_avc_act_from_plan_to_end_and_its_journal(
    own_server: Server, browser: Chromium, tmp_path: Path
) -> None:
    server, clinic = own_server, Clinic(own_server, browser)
    physician = await professional(clinic, 1, "Dr Urg", "CH Valmont")
    neurologist = await professional(clinic, 2, "Dr Neuro", "CHU Rochebrune")
    act = await plan(physician)
    await go_in(physician)
    await neurologist.page.reload()
    await neurologist.page.locator(f'[data-testid="act"][data-act="{act}"]').get_by_test_id("enter").wait_for()
    await go_in(neurologist)
    await asyncio.gather(physician.at.until_sees(2), neurologist.at.until_sees(1))
    await asyncio.gather(physician.at.until_hears(2), neurologist.at.until_hears(1))
    await hold(physician, neurologist)

    await physician.page.goto(f"{server.url}/acts/{act}")
    await physician.mark("timeline").locator("[data-type=chat-said]").wait_for()
    shown = [
        str(await line.get_attribute("data-type")) for line in await physician.mark("timeline").locator("li").all()
    ]
    remaining = iter(shown)
    assert all(step in remaining for step in STEPS), shown
    assert "Thrombolysis" not in server.log()
    assert [visitor.at.errors for visitor in (physician, neurologist)] == [[], []]

    assert HONEST in await server.command("journal", "verify")
    assert await server.process.stop() == 0
    assert HONEST in await server.command("journal", "verify", "--act", act)
    journal = tmp_path / "data" / "visite.sqlite"
    with spoilt(journal, CUT), pytest.raises(RuntimeError, match=f"act {act}, line .*tail-cut"):
        await server.command("journal", "verify")
    with spoilt(journal, CHANGE), pytest.raises(RuntimeError, match=f"act {act}, line .*row-changed"):
        await server.command("journal", "verify", "--act", act)
    assert HONEST in await server.command("journal", "verify")


async def test_a_planned_consultation_starts_once_identity_and_consent_are_noted(clinic: Clinic) -> None:
    act = await clinic.act("TLC", "Wound", direct=False, subject="subject-18")
    anne = await clinic.visitor(act, "expert", 1, "Anne")
    bruno = await clinic.visitor(act, "requester", 2, "Bruno")
    await asyncio.gather(anne.enter(), bruno.enter())
    await anne.at.until_sees(2)
    await bruno.panel("act")
    await bruno.mark("advance-start").click()
    await bruno.mark("notices").get_by_text("Vérifiez d’abord l’identité").wait_for()
    await bruno.mark("identity-confirm").click()
    await bruno.mark("advance-start").click()
    await bruno.mark("notices").get_by_text("Notez d’abord le consentement").wait_for()
    assert await anne.mark("duration").count() == 0
    await bruno.mark("consent-act").select_option("obtained")
    await anne.mark("duration").wait_for()
    assert bruno.at.errors == []
