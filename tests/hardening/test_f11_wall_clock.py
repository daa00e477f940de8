"""F11: somebody sets the machine's clock in the middle of a call."""

import time

import pytest

from rooms.views import Kind, Role
from signaling import messages as wire
from signaling.app import steady_clock
from signaling.sessions import SessionSettings
from tests.support.node import node

HOUR_S = 3_600.0


@pytest.mark.parametrize("jump_s", [HOUR_S, -HOUR_S])
async def test_a_call_goes_on_and_a_lost_line_comes_back(jump_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    async with node(SessionSettings(grace_s=0.2)) as here:
        act = await here.consultation.open_act(Kind.MTG)
        for name in ("anne", "bruno"):
            await act.seat(name, Role.EXPERT)
        async with here.client() as anne, here.client() as bruno:
            welcome = await anne.join(act, "anne")
            await bruno.join(act, "bruno")
            real = time.time
            monkeypatch.setattr(time, "time", lambda: real() + jump_s)
            await bruno.ask(wire.Chat, text="before")
            await anne.lose_line()
            await bruno.seat(act.seats["anne"], lambda seat: seat.presence == "interrupted")
            await bruno.ask(wire.Chat, text="meanwhile")
            await anne.connect()
            assert (await anne.resume(welcome)).resumed
            await bruno.ask(wire.Chat, text="after")
            await anne.hear(wire.Said, lambda event: event.line.text == "after")
            assert [said.line.text for said in anne.told(wire.Said)] == ["before", "meanwhile", "after"]
            assert anne.told(wire.Left) == bruno.told(wire.Left) == []


def test_the_clock_of_the_rooms_goes_on_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = steady_clock()
    before = clock()
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + HOUR_S)
    assert 0 <= clock() - before < HOUR_S / 2
