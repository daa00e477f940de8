"""F13: a worker whose loop hangs is found out, says where it hangs, and is replaced."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from media import commands, events
from signaling.child import SILENCE_S, Child
from signaling.life import Life
from signaling.tasks import group
from tests.support import hanging_worker
from tests.support.clinic import soon
from tests.support.logs import captured

PATIENCE_S = 60.0  # tests/load/hang.py measures; here a busy machine may take its time


@dataclass
class Ward:
    """A worker in its child's care."""

    told: list[events.Event] = field(default_factory=list)
    losses: int = 0

    def lost(self) -> None:
        self.losses += 1


async def test_a_worker_that_hangs_tells_where_and_its_spare_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signaling.child.SPARE_AFTER_S", 0.0)
    lives: list[Life] = []
    monkeypatch.setattr("signaling.child.Life.begin", noted(lives))
    ward = Ward()
    child = Child(hanging_worker.program(), ward.told.append, ward.lost)
    with captured(logging.ERROR) as log:
        async with group() as tasks:
            tasks.create_task(child.run(), name="child")
            async with asyncio.timeout(PATIENCE_S):
                await child.ready.wait()
            await soon(_all_wait(lives, 2), "a spare is there", PATIENCE_S)
            child.send(commands.Describe(1))

            async def replaced() -> bool:
                return child.ready.is_set() and child.pid == lives[1].process.pid

            await soon(replaced, "the spare is ready", PATIENCE_S)
            child.stop()
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    stacks = [line for line in lines if "stack" in line]
    assert any("in hang" in frame for frame in stacks[0]["stack"])
    assert ward.losses == 2  # the hung one, and the one that was told to stop
    messages = [line["message"] for line in lines]
    assert messages.index(stacks[0]["message"]) < messages.index("child is silent")
    assert not any(life.lasts for life in lives)


def noted(lives: list[Life]) -> Callable[[str, tuple[int, ...]], Awaitable[Life]]:
    """`Life.begin`, remembering each."""
    begin = Life.begin

    async def noting(module: str, taps: tuple[int, ...]) -> Life:
        lives.append(await begin(module, taps))
        return lives[-1]

    return noting


def _all_wait(lives: list[Life], number: int) -> Callable[[], Awaitable[bool]]:
    async def there() -> bool:
        return len(lives) == number

    return there


async def test_a_server_that_was_busy_itself_blames_no_worker() -> None:
    ward = Ward()
    child = Child(hanging_worker.program(), ward.told.append, ward.lost)
    async with group() as tasks:
        tasks.create_task(child.run(), name="child")
        async with asyncio.timeout(PATIENCE_S):
            await child.ready.wait()
        first = child.pid
        hold_the_loop()
        beats = sum(isinstance(event, events.Heartbeat) for event in ward.told)

        async def goes_on() -> bool:
            return sum(isinstance(event, events.Heartbeat) for event in ward.told) > beats + 2

        await soon(goes_on, "the worker still beats", PATIENCE_S)
        assert (child.pid, ward.losses) == (first, 0)
        child.stop()


def hold_the_loop() -> None:
    """As a large garbage collection, or a storm of people who join."""
    time.sleep(SILENCE_S + 0.5)
