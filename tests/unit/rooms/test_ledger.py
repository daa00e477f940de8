"""Decide, append, apply, publish: in this order, one command at a time, also while the store is away."""

import asyncio
import gc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rooms import ledger
from rooms.errors import Refused, StoreDown
from rooms.facts import type_of
from rooms.ids import ActId, DeviceId
from rooms.ledger import STORE_RETRY_S
from rooms.ports import Draft, Text
from rooms.storage.chain import Chain
from rooms.storage.memory import MemoryJournal
from rooms.storage.spool import FileSpool
from rooms.views import ConsentValue, Kind, Presence, Purpose, RecordingState, Role
from tests.support.acts import ADMIN, Act, Consultation


class HalfDeafJournal(MemoryJournal):
    """Writes, but its answer is lost `mute` times."""

    mute = 0

    async def append(self, act: ActId, after: int, drafts: Sequence[Draft], texts: Sequence[Text] = ()) -> None:
        await super().append(act, after, drafts, texts)
        if self.mute:
            self.mute -= 1
            raise StoreDown("answer lost")


class SlowJournal(MemoryJournal):
    """Writes, and answers when `answered` is set."""

    def __init__(self) -> None:
        super().__init__(Chain(b"k" * 32))
        self.answered = asyncio.Event()
        self.written = asyncio.Event()
        self.answered.set()

    async def append(self, act: ActId, after: int, drafts: Sequence[Draft], texts: Sequence[Text] = ()) -> None:
        await super().append(act, after, drafts, texts)
        self.written.set()
        await self.answered.wait()

    def spoil(self, act: ActId) -> None:
        """Somebody writes over the last line."""
        *rows, last = self._rows[act]
        self._rows[act] = [*rows, replace(last, body="{}")]


async def back_again(act: Act) -> None:
    """The store is back, and the pause before it is asked again is over."""
    act.consultation.switch_store(down=False)
    await act.consultation.pass_time(STORE_RETRY_S)


async def test_what_is_published_is_in_the_journal_in_the_same_order() -> None:
    act = await Consultation().call()
    await act.record("requester", "patient")
    assert act.told() == await act.facts()


async def test_a_refused_command_is_neither_kept_nor_told() -> None:
    act = await Consultation().call()
    before = len(act.consultation.published)
    with pytest.raises(Refused):
        await act.service.chat(act.caller("patient"), act.act, " ")
    assert len(act.consultation.published) == before


async def test_commands_to_one_act_take_turns() -> None:
    act = await Consultation().open_act(Kind.MTG)
    for number in range(20):
        await act.seat(f"p{number}", Role.PRESENTER)
    await asyncio.gather(*(act.join(f"p{number}") for number in range(20)))
    rows = await act.consultation.journal.rows(act.act)
    assert [row.version for row in rows] == list(range(1, len(rows) + 1))
    assert all(seat.presence is Presence.PRESENT for seat in (await act.view()).seats)


async def test_numbers_of_acts_created_at_once_differ() -> None:
    consultation = Consultation()
    acts = await asyncio.gather(*(consultation.open_act() for _ in range(10)))
    numbers = [(await act.view()).number for act in acts]
    assert sorted(numbers) == [f"2026-{number:04d}" for number in range(1, 11)]


async def test_with_the_store_away_nothing_new_is_granted() -> None:
    act = await Consultation().call()
    await act.seat("interpreter", Role.INTERPRETER)
    before = len(act.consultation.published)
    act.consultation.switch_store(down=True)
    with pytest.raises(StoreDown):
        await act.join("interpreter")
    with pytest.raises(StoreDown):
        await act.record()
    assert len(act.consultation.published) == before


async def test_with_the_store_away_who_leaves_has_left_and_a_lost_line_resumes() -> None:
    act = await Consultation().call()
    act.consultation.switch_store(down=True)
    await act.leave("requester")
    await act.interrupt("patient")
    await act.resume("patient")
    assert act.told()[-3:] == ["device-left", "device-interrupted", "device-resumed"]
    _, _, view = act.consultation.published[-1]
    assert [seat.presence for seat in view.seats] == [Presence.PRESENT, Presence.INVITED, Presence.PRESENT]


async def test_with_the_store_away_a_withdrawn_consent_stops_the_recording() -> None:
    act = await Consultation().call()
    await act.record("requester", "patient")
    act.consultation.switch_store(down=True)
    await act.says("patient", ConsentValue.WITHDRAWN)
    _, _, view = act.consultation.published[-1]
    assert view.recording.state is RecordingState.OFF


async def test_what_was_spooled_is_journaled_once_when_the_store_is_back() -> None:
    act = await Consultation().call()
    act.consultation.switch_store(down=True)
    await act.interrupt("patient")
    await act.leave("requester")
    await back_again(act)
    assert (await act.facts())[-2:] == ["device-interrupted", "device-left"]
    assert await act.consultation.spool.waiting() == []
    assert await act.service.verify() == []


async def test_a_sequel_that_grants_waits_for_the_store() -> None:
    act = await Consultation().call()
    await act.record("requester", "patient")
    await act.seat("late", Role.RADIOLOGIST)
    await act.join("late")
    act.consultation.switch_store(down=True)
    await act.says("patient", ConsentValue.WITHDRAWN)
    _, _, view = act.consultation.published[-1]
    assert view.seats[-1].presence is Presence.ASKED
    await back_again(act)
    assert await act.presence("late") is Presence.PRESENT


async def test_a_spool_survives_the_process(tmp_path: Path) -> None:
    act = await Consultation().call()
    consultation = act.consultation
    consultation.spool = FileSpool(tmp_path / "spool")
    consultation.service = consultation.serve()
    await act.service.start()
    await act.resume("patient")
    consultation.switch_store(down=True)
    patient, seat = act.caller("patient"), act.seats["patient"]
    await act.service.consent(patient, act.act, Purpose.ACT, ConsentValue.WITHDRAWN, seat, "elle a changé d'avis")
    consultation.switch_store(down=False)
    consultation.service = consultation.serve()
    await act.service.start()
    entries = await act.service.timeline(ADMIN, act.act)
    withdrawn = [entry for entry in entries if entry.data.get("value") == "withdrawn"]
    assert [entry.data["how"] for entry in withdrawn] == ["elle a changé d'avis"]
    assert await FileSpool(tmp_path / "spool").waiting() == []
    assert await act.service.verify() == []


async def test_an_append_whose_answer_was_lost_is_not_doubled() -> None:
    journal = HalfDeafJournal(Chain(b"k" * 32))
    act = await Consultation(journal=journal).call()
    journal.mute = 1
    await act.leave("patient")
    await back_again(act)
    await act.join("patient")
    assert (await act.facts()).count("device-left") == 1
    assert await act.consultation.spool.waiting() == []


async def test_a_grant_whose_answer_was_lost_is_told_with_the_next_command() -> None:
    journal = HalfDeafJournal(Chain(b"k" * 32))
    act = await Consultation(journal=journal).call()
    await act.leave("requester")
    journal.mute = 1
    with pytest.raises(StoreDown):
        await act.join("requester")
    await back_again(act)
    await act.leave("patient")
    assert act.told() == await act.facts()
    assert await act.presence("requester") is Presence.PRESENT


async def test_a_command_cancelled_while_it_appends_is_told_by_the_next_tick() -> None:
    journal = SlowJournal()
    act = await Consultation(journal=journal).call()
    journal.answered.clear()
    journal.written.clear()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(act.service.chat(act.caller("expert"), act.act, "allô ?"))
        await journal.written.wait()
        task.cancel()
    journal.answered.set()
    assert "chat-said" not in act.told()
    await act.consultation.pass_time(0.5)
    assert act.told() == await act.facts()
    assert "chat-said" in act.told()


async def test_what_another_owner_appended_is_read_and_told_before_deciding_again() -> None:
    consultation = Consultation()
    act = await consultation.call()
    other = consultation.serve()
    await other.leave(act.act, act.seats["patient"], DeviceId("patient-1"), "left")
    await act.service.chat(act.caller("expert"), act.act, "allô ?")
    _, facts, _ = consultation.published[-2]
    assert [type_of(fact) for fact in facts] == ["device-left"]
    assert await act.presence("patient") is Presence.INVITED


async def test_an_act_is_taken_up_from_the_journal_exactly_as_it_was() -> None:
    act = await Consultation().call()
    await act.record("requester", "patient")
    await act.service.chat(act.caller("expert"), act.act, "bonjour")
    before = await act.view()
    act.consultation.service = act.consultation.serve()
    assert await act.view() == before


async def test_acts_that_are_over_make_room_for_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MAX_SLOTS", 10)
    consultation = Consultation()
    acts = [await consultation.open_act() for _ in range(5)]
    for _ in range(25):
        acts.append(await consultation.open_act())
        await consultation.service.end(ADMIN, acts[-1].act)
    gc.collect()
    ours = {act.act for act in acts}
    held = [one.act for one in gc.get_objects() if isinstance(one, ledger.Slot) and one.act in ours]
    assert len(held) <= 10
    assert {act.act for act in acts[:5]} <= set(held), "these go on"
    assert await acts[5].state() == await acts[-1].state(), "what was forgotten is read again"


async def test_what_was_told_holds_the_facts_and_the_state_after_them() -> None:
    act = await Consultation().call()
    for _, facts, view in act.consultation.published:
        assert all(type_of(fact) for fact in facts)
        assert view.act == act.act
    versions = [view.version for _, _, view in act.consultation.published]
    assert versions == sorted(versions)
    assert versions[-1] == len(await act.facts())


async def test_an_act_whose_journal_is_spoiled_keeps_no_other_from_its_deadlines() -> None:
    journal = SlowJournal()
    spoiled = await Consultation(journal=journal).call()
    other = Act(spoiled.consultation, (await spoiled.consultation.open_act()).act)
    await other.seat("expert", Role.EXPERT)
    await other.join("expert")
    await other.join("expert", "expert-2")
    journal.answered.clear()
    journal.written.clear()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(spoiled.service.chat(spoiled.caller("expert"), spoiled.act, "allô ?"))
        await journal.written.wait()
        task.cancel()
    journal.answered.set()
    journal.spoil(spoiled.act)
    await spoiled.consultation.pass_time(10.0)
    assert other.told()[-1] == "takeover-answered"
