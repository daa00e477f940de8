"""What must not wait is done later, in order; what fails harms nobody else."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from rooms.errors import Refused, StoreDown
from rooms.ids import ActId
from signaling import errands
from signaling.errands import Errands
from signaling.news import News
from signaling.tasks import group
from tests.support.acts import Consultation

ACT, OTHER = ActId("act"), ActId("other")


async def test_errands_of_one_act_are_done_in_order_and_no_act_waits_for_another() -> None:
    done: list[str] = []
    gate = asyncio.Event()

    async def first() -> None:
        await gate.wait()
        done.append("first")

    async def note(what: str) -> None:
        done.append(what)

    work = Errands()
    async with work.running():
        work.add(ACT, first)
        work.add(ACT, lambda: note("second"))
        work.add(OTHER, lambda: note("other"))
        await asyncio.sleep(0.01)
        assert done == ["other"]
        gate.set()
    assert done == ["other", "first", "second"]


async def test_a_refused_or_broken_errand_is_let_go_and_the_next_is_done(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []

    async def refused() -> None:
        raise Refused("not-present")

    async def broken() -> None:
        raise ValueError("a fault of ours")

    async def good() -> None:
        done.append("good")

    work = Errands()
    async with work.running():
        for errand in (refused, broken, good):
            work.add(ACT, errand)
    assert done == ["good"]
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == ["errand failed"]


async def test_an_errand_waits_for_the_store_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "RETRY_S", 0.001)
    answers = [StoreDown(), StoreDown(), None]

    async def errand() -> None:
        answer = answers.pop(0)
        if answer is not None:
            raise answer

    work = Errands()
    async with work.running():
        work.add(ACT, errand)
    assert answers == []


async def test_a_fault_in_one_listener_keeps_no_other_from_knowing() -> None:
    heard: list[ActId] = []

    def broken(*_: object) -> None:
        raise ValueError("a fault of ours")

    consultation = Consultation()
    act = await consultation.open_act()
    News([broken, lambda act, facts, view: heard.append(act)]).publish(act.act, (), await act.view())
    assert heard == [act.act]


async def test_what_goes_wrong_in_the_block_of_a_group_comes_out_as_it_is() -> None:
    ended = asyncio.Event()

    @asynccontextmanager
    async def working() -> AsyncIterator[None]:
        async with group() as tasks:
            tasks.create_task(ended.wait())
            try:
                yield
            finally:
                ended.set()

    with pytest.raises(KeyError):
        async with working():
            raise KeyError("as it is")
