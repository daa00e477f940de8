"""Coming back over a cut line, after a reload or a lost greeting: the same seat, and nothing lost or done twice."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from rooms.views import Presence
from signaling import messages as wire
from tests.support.acts import Consultation
from tests.support.held_journal import HeldJournal
from tests.support.node import Node, node
from tests.unit.signaling.test_sessions import SHORT, consultation, waits


def snapshot_of(welcome: wire.Welcome) -> wire.Snapshot:
    assert welcome.snapshot is not None
    return welcome.snapshot


@pytest.fixture
async def here() -> AsyncIterator[Node]:
    async with node() as running:
        yield running


@pytest.fixture
async def hasty() -> AsyncIterator[Node]:
    async with node(SHORT) as running:
        yield running


async def test_a_cut_line_loses_no_event(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as expert, here.client() as requester:
        welcome = await expert.join(act, "expert")
        await requester.join(act, "requester")
        await expert.lose_line()
        for line in range(10):
            await requester.ask(wire.Chat, text=f"ligne {line}")
        await expert.connect()
        assert (await expert.resume(welcome)).resumed
        await expert.hear(wire.Said, lambda said: said.line.text == "ligne 9")
    assert [said.line.text for said in expert.told(wire.Said)] == [f"ligne {line}" for line in range(10)]


async def test_who_missed_too_much_gets_a_snapshot(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as expert, here.client() as requester:
        welcome = await expert.join(act, "expert")
        await requester.join(act, "requester")
        await expert.lose_line()
        for line in range(260):
            await here.consultation.service.chat(act.caller("requester"), act.act, f"ligne {line}")
        await expert.connect()
        again = await expert.resume(welcome)
    assert not again.resumed
    assert again.snapshot is not None
    assert again.snapshot.chat[-1].text == "ligne 259"


async def test_a_short_cut_is_not_told_to_the_others_and_a_longer_one_is(hasty: Node) -> None:
    act = await consultation(hasty)
    async with hasty.client() as expert, hasty.client() as requester:
        await requester.join(act, "requester")
        welcome = await expert.join(act, "expert")
        await expert.lose_line()
        await expert.connect()
        welcome = await expert.resume(welcome)
        await expert.lose_line()
        await requester.seat(act.seats["expert"], lambda seat: seat.presence == "interrupted")
        await expert.connect()
        await expert.resume(welcome)
        await waits(lambda: requester.told(wire.SeatChanged)[-1].seat.presence == "present")
    presences = [c.seat.presence for c in requester.told(wire.SeatChanged) if c.seat.seat == act.seats["expert"]]
    assert presences.count("interrupted") == 1


async def test_a_session_that_nobody_comes_back_to_ends(hasty: Node) -> None:
    act = await consultation(hasty)
    async with hasty.client() as expert:
        await expert.join(act, "expert")
        await expert.lose_line()
        await waits(lambda: hasty.sessions.count == 0)
    assert await act.presence("expert") is Presence.INVITED


async def test_a_reload_comes_back_to_the_same_seat(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as expert:
        welcome = await expert.join(act, "expert")
        await expert.ask(wire.Chat, text="avant")
        await expert.lose_line()
        await expert.connect()
        again = await expert.resume(welcome, fresh=True)
        assert (again.session, again.seat, again.resumed) == (welcome.session, welcome.seat, False)
        assert again.snapshot is not None
        assert [line.text for line in again.snapshot.chat] == ["avant"]
        assert isinstance(await expert.ask(wire.Chat, text="après"), wire.Done)
    assert len((await act.of("expert")).devices) <= 1


async def test_a_page_loaded_anew_is_not_answered_for_the_page_before() -> None:
    journal = HeldJournal()
    async with node(after=Consultation(journal=journal)) as here:
        act = await consultation(here)
        async with here.client() as expert:
            welcome = await expert.join(act, "expert")
            journal.hold()
            await expert.post(wire.Chat(id=7, text="avant"))
            await journal.reached.wait()
            await expert.post(wire.Chat(id=8, text="jamais"))
            await expert.lose_line()
            await expert.connect()
            async with asyncio.TaskGroup() as tasks:
                again = tasks.create_task(expert.resume(welcome, fresh=True))
                await asyncio.sleep(0.05)
                journal.go_on()
            heard = [line.text for line in snapshot_of(again.result()).chat]
            assert isinstance(await expert.ask(wire.Chat, text="après"), wire.Done)
            await expert.hear(wire.Said, lambda said: said.line.text == "après")
    assert heard + [said.line.text for said in expert.told(wire.Said)] == ["avant", "après"]


async def test_who_is_back_while_her_loss_is_written_down_is_present() -> None:
    journal = HeldJournal()
    async with node(SHORT, after=Consultation(journal=journal)) as here:
        act = await consultation(here)
        async with here.client() as expert, here.client() as requester:
            await requester.join(act, "requester")
            welcome = await expert.join(act, "expert")
            journal.hold()
            await requester.post(wire.Chat(id=2, text="pendant ce temps"))
            await journal.reached.wait()
            await expert.lose_line()
            await expert.connect()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(expert.resume(welcome))
                await asyncio.sleep(3 * SHORT.grace_s)
                journal.go_on()
            await waits(lambda: "device-interrupted" in act.told())
            await waits(lambda: act.told()[-1] == "device-resumed")
            assert await act.presence("expert") is Presence.PRESENT


async def test_a_secret_used_before_ends_the_session(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as expert, here.client() as thief:
        welcome = await expert.join(act, "expert")
        await expert.lose_line()
        await expert.connect()
        await expert.resume(welcome)
        await expert.ask(wire.Chat, text="toujours moi")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await thief.resume(welcome)
        assert thief.told(wire.Refused)[0].code == "token-invalid"
        assert (await expert.hear(wire.Left)).reason == "replaced"


async def test_greetings_lost_on_the_way_do_not_shut_the_client_out(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as expert:
        welcome = await expert.join(act, "expert")
        for _ in range(4):
            await expert.lose_line()
            await expert.connect()
            assert (await expert.resume(welcome)).session == welcome.session


async def test_a_duplicated_tab_is_a_second_device(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as expert, here.client() as copy:
        welcome = await expert.join(act, "expert")
        await copy.post(
            wire.Resume(id=2, version=1, session=welcome.session, secret=welcome.secret, last=0, fresh=True)
        )
        assert (await copy.hear(wire.Refused)).code == "already-joined"
        assert (await copy.join(act, "expert")).outcome == "takeover_asked"
        assert isinstance(await expert.ask(wire.Chat, text="encore moi"), wire.Done)
