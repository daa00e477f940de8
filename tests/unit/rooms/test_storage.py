"""Files beside the database: heads and spool that were torn, and tables that are brought up to date."""

import asyncio
import resource
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from rooms.errors import Refused, StoreDown
from rooms.facts import ActRead
from rooms.ids import ActId
from rooms.ledger import STORE_RETRY_S
from rooms.ports import Draft, Search, Spooled
from rooms.storage.chain import Chain
from rooms.storage.database import PRAGMAS, VERSIONS, migrate, open_database, transactions
from rooms.storage.heads import FileHeads, Head, MemoryHeads
from rooms.storage.spool import FileSpool
from rooms.storage.sql import SqlJournal
from rooms.views import ConsentValue, Presence, RecordingState
from tests.support.acts import ADMIN, Consultation
from tests.support.scale import patient

SOON_S = patient(1.9)
HANGS_S = 60.0


@pytest.fixture
def slow_to_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store has its usual time many times over, so that whoever is in haste stands out on a slow machine, too."""
    monkeypatch.setattr("rooms.ledger.STORE_PATIENCE_S", HANGS_S)
    monkeypatch.setattr("rooms.storage.database.PRAGMAS", (*PRAGMAS, f"PRAGMA busy_timeout={1_000 * HANGS_S:.0f}"))


ONE, TWO = ActId("one"), ActId("two")


def head(version: int) -> Head:
    return Head(version, f"{version:064x}")


def test_heads_are_found_again(tmp_path: Path) -> None:
    path = tmp_path / "heads" / "heads.log"
    with closing(FileHeads(path)) as heads:
        heads.note(ONE, head(1))
        heads.note(TWO, head(1))
        heads.note(ONE, head(2))
    with closing(FileHeads(path)) as heads:
        assert (heads.get(ONE), heads.get(TWO)) == (head(2), head(1))
        assert sorted(heads.acts()) == [ONE, TWO]


def test_a_torn_last_head_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "heads.log"
    with closing(FileHeads(path)) as heads:
        heads.note(ONE, head(1))
    path.write_text(path.read_text() + f"{ONE} 2 0000")
    with closing(FileHeads(path)) as heads:
        assert heads.get(ONE) == head(1)
        heads.note(TWO, head(3))
    with closing(FileHeads(path)) as heads:
        assert heads.get(TWO) == head(3)


def test_heads_do_not_keep_their_history_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "heads.log"
    with closing(FileHeads(path)) as heads:
        for version in range(1, 100):
            heads.note(ONE, head(version))
    with closing(FileHeads(path)) as heads:
        assert heads.get(ONE) == head(99)
    assert len(path.read_text().splitlines()) == 1


async def test_a_torn_last_line_of_the_spool_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    first, second = (Spooled(act, Draft(ActRead(), 1.0, "system")) for act in (ONE, TWO))
    await FileSpool(path).put([first])
    path.write_bytes(path.read_bytes() + b'{"act":"one","at"')
    assert await FileSpool(path).waiting() == [first]
    await FileSpool(path).put([second])
    assert await FileSpool(path).waiting() == [first, second]
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_database_that_cannot_be_reached_is_a_store_that_is_down(tmp_path: Path) -> None:
    async with open_database(f"sqlite+aiosqlite:///{tmp_path}/no/such/folder/visite.db") as engine:
        with pytest.raises(StoreDown):
            await migrate(engine, "rooms", VERSIONS)
        async with transactions(engine) as database:
            with pytest.raises(StoreDown):
                await SqlJournal(database, Chain(b"k" * 32), MemoryHeads()).find(Search())
        await driver_threads_ended()


async def driver_threads_ended() -> None:
    """The driver ends the thread of a failed connection in its own time, and wants the loop for it."""
    async with asyncio.timeout(60):
        while any("_connection_worker_thread" in thread.name for thread in threading.enumerate()):
            await asyncio.sleep(0.005)


def test_a_disk_that_takes_no_head_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "heads.log"
    with closing(FileHeads(path)) as heads:
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
        try:
            heads.note(ONE, head(1))
            heads.note(ONE, head(2))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert "head not kept" in caplog.text
        heads.note(TWO, head(3))
    with closing(FileHeads(path)) as heads:
        assert (heads.get(ONE), heads.get(TWO)) == (None, head(3))


def test_a_head_torn_in_the_middle_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "heads.log"
    with closing(FileHeads(path)) as heads:
        heads.note(ONE, head(1))
    path.write_text(path.read_text() + f"{ONE} 2 00ab\n")
    with closing(FileHeads(path)) as heads:
        assert heads.get(ONE) == head(1)


@pytest.mark.usefixtures("slow_to_doubt")
async def test_a_locked_database_lets_a_withdrawal_hold_within_a_second(tmp_path: Path) -> None:
    async with sql_consultation(tmp_path) as consultation:
        act = await consultation.call()
        await act.record("requester", "patient")
        with closing(sqlite3.connect(tmp_path / "visite.db", isolation_level=None)) as stranger:
            stranger.execute("BEGIN IMMEDIATE")
            asked = time.monotonic()
            await asyncio.gather(act.says("patient", ConsentValue.WITHDRAWN), refused(act.record("requester")))
            assert time.monotonic() - asked < SOON_S
            assert consultation.published[-1][2].recording.state is RecordingState.OFF
            stranger.execute("ROLLBACK")
        await consultation.pass_time(STORE_RETRY_S)
        assert act.told() == await act.facts()
        assert await act.service.verify() == []


@pytest.mark.usefixtures("slow_to_doubt")
async def test_a_disk_that_hangs_lets_a_removal_hold_within_a_second(tmp_path: Path) -> None:
    disk = Disk()
    async with sql_consultation(tmp_path, disk) as consultation:
        act = await consultation.call()
        disk.works.clear()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(refused(act.service.chat(act.caller("expert"), act.act, "trop tard")))
            await asyncio.to_thread(disk.reached.wait)
            asked = time.monotonic()
            await act.service.remove(act.caller("expert"), act.act, act.seats["patient"])
            assert time.monotonic() - asked < SOON_S
            assert not disk.idle.is_set()
            disk.works.set()
        assert consultation.published[-1][2].seats[-1].presence is Presence.REVOKED
        await asyncio.to_thread(disk.idle.wait)
        await consultation.pass_time(STORE_RETRY_S)
        assert sorted(act.told()) == sorted(await act.facts())
        assert (await act.facts())[-1] == "seat-revoked"
        assert await act.service.verify() == []


@pytest.mark.usefixtures("slow_to_doubt")
async def test_a_disk_that_hangs_over_a_line_keeps_nobody_from_reading(tmp_path: Path) -> None:
    disk = Disk()
    async with sql_consultation(tmp_path, disk) as consultation:
        act, other = await consultation.call(), await consultation.open_act()
        await act.view()  # noted, for an hour
        disk.works.clear()
        async with asyncio.timeout(HANGS_S / 2), asyncio.TaskGroup() as tasks:
            tasks.create_task(act.service.chat(act.caller("expert"), act.act, "bientôt"))
            await asyncio.to_thread(disk.reached.wait)
            assert [seat.presence for seat in (await act.view()).seats] == [Presence.PRESENT] * 3
            assert len(await act.service.acts(ADMIN)) == 2
            assert "chat-said" not in [entry.type for entry in await act.service.timeline(ADMIN, act.act)]
            assert (await other.view()).act == other.act
            assert await act.service.verify() == []
            assert not disk.idle.is_set()
            disk.works.set()
        await consultation.pass_time(STORE_RETRY_S)
        assert (await act.facts())[-1] == "chat-said"
        assert (await other.facts())[-1] == "act-read"


async def test_a_command_cancelled_while_it_appends_is_told_by_the_next_tick(tmp_path: Path) -> None:
    async with sql_consultation(tmp_path) as consultation:
        act = await consultation.call()
        async with asyncio.TaskGroup() as tasks:
            for turns in range(25):
                task = tasks.create_task(act.service.chat(act.caller("expert"), act.act, f"{turns}"))
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait([task])
        await consultation.pass_time(STORE_RETRY_S)
        assert act.told() == await act.facts()
        assert await act.service.verify() == []


class Disk:
    """Hangs at each line of the journal until it works, and cannot be interrupted meanwhile."""

    def __init__(self) -> None:
        self.works, self.reached, self.idle = threading.Event(), threading.Event(), threading.Event()
        self.works.set()

    async def slow_down(self, engine: AsyncEngine) -> None:
        """Every line of the journal from now on is written by this disk."""
        async with engine.begin() as database:
            driver = (await database.get_raw_connection()).driver_connection
            assert driver is not None
            await driver.create_function("slow", 0, self._write)
            await database.execute(text("CREATE TEMP TRIGGER slow AFTER INSERT ON journal BEGIN SELECT slow(); END"))

    def _write(self) -> None:
        if not self.works.is_set():
            self.idle.clear()
            self.reached.set()
        self.works.wait(HANGS_S)
        self.idle.set()


async def refused(command: Coroutine[None, None, object]) -> None:
    with pytest.raises((Refused, StoreDown)):
        await command


@asynccontextmanager
async def sql_consultation(folder: Path, disk: Disk | None = None) -> AsyncIterator[Consultation]:
    async with open_database(f"sqlite+aiosqlite:///{folder}/visite.db") as engine:
        await migrate(engine, "rooms", VERSIONS)
        if disk is not None:
            await disk.slow_down(engine)
        async with transactions(engine) as database:
            journal = SqlJournal(database, Chain(b"k" * 32), MemoryHeads())
            yield Consultation(journal=journal, spool=FileSpool(folder / "spool"))


def test_a_short_key_seals_nothing() -> None:
    with pytest.raises(ValueError, match="fewer than 32 bytes"):
        Chain(b"short")
