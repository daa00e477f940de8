import asyncio
import time
from pathlib import Path

from rooms.plan import ActPlan
from rooms.roles import AdminCaller
from rooms.views import Kind
from signaling.app import running, steady_clock, ticking
from signaling.config import MediaSettings, RecordingsSettings, Settings, SignalingSettings

ADMIN = AdminCaller("test")


class FailsOnce:
    """Rooms whose first tick hits a fault of ours."""

    def __init__(self) -> None:
        self.ticks = 0
        self.went_on = asyncio.Event()

    async def tick(self, now: float) -> None:
        self.ticks += 1
        if self.ticks == 1:
            raise RuntimeError("a fault of ours")
        self.went_on.set()


async def test_a_fault_in_one_tick_stops_neither_the_next_nor_the_server() -> None:
    rooms = FailsOnce()
    async with asyncio.timeout(60), ticking(rooms, steady_clock()):
        await rooms.went_on.wait()


def test_the_clock_of_the_rooms_agrees_with_the_worlds() -> None:
    assert abs(steady_clock()() - time.time()) < 1.0


async def test_the_whole_server_opens_an_act_when_its_time_has_come(tmp_path: Path) -> None:
    settings = Settings(
        SignalingSettings(port=0, data_dir=str(tmp_path)),
        MediaSettings(port=0),
        recordings=RecordingsSettings(enabled=False),
        folder=tmp_path,
    )
    async with running(settings) as services:
        assert services.workers.ready
        plan = ActPlan(Kind.MTG, "Staff", start=time.time() + 60)
        act = (await services.rooms.create_act(ADMIN, plan)).act
        async with asyncio.timeout(60):
            while (await services.rooms.act(ADMIN, act)).state != "open":
                await asyncio.sleep(0.05)
