"""S14: a line of the journal that was deleted or changed shows, and so does a tail that was cut off."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from rooms.ids import ActId
from rooms.ports import Fault
from rooms.service import RoomService
from rooms.storage.chain import Chain, journal_key
from rooms.storage.database import VERSIONS, migrate, open_database, transactions
from rooms.storage.heads import FileHeads
from rooms.storage.spool import FileSpool
from rooms.storage.sql import SqlJournal
from rooms.views import ConsentValue, Purpose, Role
from tests.support.acts import ADMIN, Act, Consultation


@asynccontextmanager
async def installation(folder: Path, key: bytes | None = None) -> AsyncIterator[tuple[Consultation, AsyncEngine]]:
    """Database, key, heads and spool on the disk, as the server keeps them."""
    async with open_database(f"sqlite+aiosqlite:///{folder}/visite.db") as engine:
        await migrate(engine, "rooms", VERSIONS)
        chain = Chain(key or journal_key(folder / "keys" / "journal.key"))
        with closing(FileHeads(folder / "heads" / "heads.log")) as heads:
            async with transactions(engine) as database:
                journal = SqlJournal(database, chain, heads)
                yield Consultation(journal=journal, spool=FileSpool(folder / "spool")), engine


async def spoiled(folder: Path, *statements: str) -> tuple[ActId, list[Fault]]:
    """A call is held, somebody changes the database behind our back, and a new process verifies."""
    async with installation(folder) as (consultation, engine):
        act = (await consultation.call()).act
        async with engine.begin() as database:
            for statement in statements:
                await database.execute(text(statement))
    async with installation(folder) as (consultation, _):
        return act, await consultation.service.verify()


async def test_an_honest_journal_has_no_fault(tmp_path: Path) -> None:
    _, faults = await spoiled(tmp_path)
    assert faults == []


@pytest.mark.parametrize(
    "change",
    [
        "body = replace(body, 'seat', 'seet')",
        "at = at + 1",
        "by = 'system'",
        "type = 'act-read'",
        "digest = 'ab' || substr(digest, 3)",
    ],
)
async def test_a_changed_line_shows(tmp_path: Path, change: str) -> None:
    act, faults = await spoiled(tmp_path, f"UPDATE journal SET {change} WHERE version = 5")  # noqa: S608 - our own words
    assert Fault(act, 5, "row-changed") in faults


async def test_a_deleted_line_shows(tmp_path: Path) -> None:
    act, faults = await spoiled(tmp_path, "DELETE FROM journal WHERE version = 4")
    assert Fault(act, 4, "row-missing") in faults


async def test_a_deleted_line_shows_when_the_others_close_ranks(tmp_path: Path) -> None:
    _, faults = await spoiled(
        tmp_path,
        "DELETE FROM journal WHERE version = 4",
        "UPDATE journal SET version = version - 1 WHERE version > 4",
    )
    assert {fault.code for fault in faults} == {"row-changed", "tail-cut"}


async def test_a_cut_tail_shows(tmp_path: Path) -> None:
    act, faults = await spoiled(tmp_path, "DELETE FROM journal WHERE version > 6")
    assert [(fault.act, fault.code) for fault in faults] == [(act, "tail-cut")]


async def test_an_act_that_was_deleted_with_all_its_lines_shows(tmp_path: Path) -> None:
    act, faults = await spoiled(tmp_path, "DELETE FROM journal", "DELETE FROM act_card", "DELETE FROM journal_text")
    assert [(fault.act, fault.code) for fault in faults] == [(act, "tail-cut")]


async def test_a_changed_name_and_one_deleted_without_a_trace_show(tmp_path: Path) -> None:
    _, faults = await spoiled(
        tmp_path,
        "UPDATE journal_text SET value = 'Somebody Else' WHERE value = 'Patient'",
        "DELETE FROM journal_text WHERE value = 'Expert'",
    )
    assert sorted(fault.code for fault in faults) == ["text-changed", "text-missing"]


async def test_without_the_key_nobody_writes_a_line_that_fits(tmp_path: Path) -> None:
    async with installation(tmp_path) as (consultation, _):
        act = await consultation.call()
    async with installation(tmp_path, key=b"x" * 32) as (forger, _):
        await forger.service.advance(ADMIN, act.act, "cancel")
    async with installation(tmp_path) as (consultation, _):
        assert "row-changed" in {fault.code for fault in await consultation.service.verify(act.act)}


async def test_a_lawful_erasure_is_no_fault_and_leaves_no_name_in_the_database(tmp_path: Path) -> None:
    async with installation(tmp_path) as (consultation, _):
        act = await consultation.open_act()
        await act.seat("zébulon", Role.PATIENT)
        await act.service.erase_name(ADMIN, act.act, act.seats["zébulon"])
        assert (await act.of("zébulon")).name == ""
        assert await act.service.verify() == []
    assert all("Zébulon".encode() not in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


async def test_names_chat_and_titles_are_not_in_the_journal_itself(tmp_path: Path) -> None:
    async with installation(tmp_path) as (consultation, _):
        act = await consultation.call()
        await act.service.chat(act.caller("expert"), act.act, "il s'appelle Zébulon")
        bodies = " ".join(row.body for row in await consultation.journal.rows(act.act))
        assert not any(word in bodies for word in ("Zébulon", "Patient", "Douleur"))


async def test_every_sensitive_action_has_its_line(tmp_path: Path) -> None:
    async with installation(tmp_path) as (consultation, _):
        act = await consultation.call()
        await act.service.check_identity(act.caller("expert"), act.act, "document", "confirmed")
        await act.says("patient", ConsentValue.OBTAINED, Purpose.ACT)
        await act.record("requester", "patient")
        await act.service.revoke(act.caller("expert"), act.act, act.seats["patient"])
        await act.service.timeline(ADMIN, act.act)
        await act.service.end(act.caller("expert"), act.act)
        expected = {"seat-made", "seat-admitted", "identity-checked", "consent-recorded", "recording-asked"}
        expected |= {"recording-started", "recording-stopped", "seat-revoked", "act-read", "act-advanced"}
        assert expected <= set(await act.facts())


async def test_a_crash_between_database_and_head_is_no_fault(tmp_path: Path) -> None:
    async with installation(tmp_path) as (consultation, _):
        await consultation.call()
    heads = tmp_path / "heads" / "heads.log"
    lines = heads.read_text().splitlines(keepends=True)
    heads.write_text("".join(lines[:-1]) + lines[-1][:20])
    async with installation(tmp_path) as (consultation, _):
        assert await consultation.service.verify() == []


async def test_an_act_whose_journal_was_spoiled_does_not_stop_the_start(tmp_path: Path) -> None:
    async with installation(tmp_path) as (consultation, engine):
        spoilt = await consultation.call()
        whole = await consultation.call()
        async with engine.begin() as database:
            await database.execute(
                text("UPDATE journal SET body = '{}' WHERE version = 2 AND act = :act"), {"act": spoilt.act}
            )
    async with installation(tmp_path) as (consultation, _):
        again = Act(consultation, whole.act, whole.seats)
        service: RoomService = consultation.service
        await service.start()
        assert await again.state() == "open"
        assert [view.act for view in await service.acts(ADMIN)] == [whole.act]


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "journal.key"
    key = journal_key(path)
    assert journal_key(path) == key
    assert len(key) >= 32
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(b"short")
    with pytest.raises(ValueError, match="fewer than 32 bytes"):
        journal_key(path)
