"""What any journal promises, held by the one in SQL and its twin in memory alike; and any spool."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rooms.errors import Conflict
from rooms.facts import ActAdvanced, ActChanged, ActCreated, ActRead, ChatSaid, Fact, Held, SeatMade, TextErased, salted
from rooms.ids import ActId, EstablishmentId, PersonId, SeatId, TextId
from rooms.ports import Draft, Journal, Search, Spool, Spooled, Text
from rooms.storage.chain import Chain
from rooms.storage.database import VERSIONS, migrate, open_database, transactions
from rooms.storage.heads import MemoryHeads
from rooms.storage.memory import MemoryJournal, MemorySpool
from rooms.storage.spool import FileSpool
from rooms.storage.sql import SqlJournal
from rooms.views import Kind, Role

ONE, TWO = ActId("one"), ActId("two")
NORTH, SOUTH = EstablishmentId("north"), EstablishmentId("south")


@pytest.fixture(params=["memory", "sql"])
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Journal]:
    chain = Chain(b"k" * 32)
    if request.param == "memory":
        yield MemoryJournal(chain)
        return
    async with open_database(f"sqlite+aiosqlite:///{tmp_path}/visite.db") as engine:
        await migrate(engine, "rooms", VERSIONS)
        async with transactions(engine) as database:
            yield SqlJournal(database, chain, MemoryHeads())


@pytest.fixture(params=["memory", "file"])
def spool(request: pytest.FixtureRequest, tmp_path: Path) -> Spool:
    return MemorySpool() if request.param == "memory" else FileSpool(tmp_path / "spool")


def created(number: int = 1, start: float | None = None, expert: EstablishmentId | None = SOUTH) -> ActCreated:
    return ActCreated(
        number=f"2026-{number:04d}",
        state="draft",
        kind=Kind.TLC,
        requesting=NORTH,
        expert=expert,
        planned_start=start,
    )


def drafts(*facts: Fact, at: float = 1000.25) -> list[Draft]:
    return [Draft(fact, at, "admin:tests") for fact in facts]


def said(value: str) -> tuple[ChatSaid, Text]:
    text = Text(TextId(f"text-{value}"), "00ff", value)
    return ChatSaid(seat=SeatId("seat"), text=Held(text.text, salted(text.salt, value))), text


async def test_lines_come_back_in_order_and_as_they_were(journal: Journal) -> None:
    await journal.append(ONE, 0, drafts(created()))
    await journal.append(ONE, 1, drafts(ActRead(), ActChanged(direct=False), at=1001.125))
    rows = await journal.rows(ONE)
    assert [(row.version, row.at, row.type, row.by) for row in rows] == [
        (1, 1000.25, "act-created", "admin:tests"),
        (2, 1001.125, "act-read", "admin:tests"),
        (3, 1001.125, "act-changed", "admin:tests"),
    ]
    assert [row.version for row in await journal.rows(ONE, after=1, limit=1)] == [2]
    assert await journal.rows(TWO) == []


async def test_two_owners_cannot_both_append(journal: Journal) -> None:
    await journal.append(ONE, 0, drafts(created()))
    await journal.append(ONE, 1, drafts(ActRead()))
    with pytest.raises(Conflict):
        await journal.append(ONE, 1, drafts(ActChanged(direct=False)))
    with pytest.raises(Conflict):
        await journal.append(ONE, 5, drafts(ActChanged(direct=False)))
    assert [row.type for row in await journal.rows(ONE)] == ["act-created", "act-read"]


async def test_an_append_that_fails_leaves_nothing_behind(journal: Journal) -> None:
    await journal.append(ONE, 0, drafts(created(1)))
    fact, text = said("bonjour")
    with pytest.raises(Conflict):
        await journal.append(TWO, 0, drafts(created(1), fact), [text])
    assert await journal.rows(TWO) == []
    assert await journal.texts(TWO) == []
    assert await journal.find(Search()) == [ONE]


async def test_an_act_begins_with_its_creation_and_is_created_once(journal: Journal) -> None:
    with pytest.raises(Conflict):
        await journal.append(ONE, 0, drafts(ActRead()))
    await journal.append(ONE, 0, drafts(created(1)))
    with pytest.raises(Conflict):
        await journal.append(ONE, 1, drafts(created(2)))
    assert len(await journal.rows(ONE)) == 1


async def test_numbers_count_within_their_year(journal: Journal) -> None:
    assert await journal.last_number(2026) == 0
    await journal.append(ONE, 0, drafts(created(41)))
    await journal.append(TWO, 0, drafts(created(7)))
    assert await journal.last_number(2026) == 41
    assert await journal.last_number(2027) == 0


async def test_acts_are_found_by_time_state_and_reader(journal: Journal) -> None:
    await journal.append(ONE, 0, drafts(created(1, start=5000.0)))
    await journal.append(TWO, 0, drafts(created(2, expert=None), at=1000.0))
    made = SeatMade(seat=SeatId("s"), role=Role.EXPERT, name=Held(TextId("n"), ""), person=PersonId("nora"))
    await journal.append(TWO, 1, drafts(made, ActAdvanced(event="open", before="draft", after="open")))
    assert await journal.find(Search()) == [ONE, TWO]
    assert await journal.find(Search(limit=1)) == [ONE]
    assert await journal.find(Search(since=2000.0)) == [ONE]
    assert await journal.find(Search(until=5000.0)) == [TWO]
    assert await journal.find(Search(states=frozenset({"open", "ended"}))) == [TWO]
    assert await journal.find(Search(readers=(PersonId("x"), SOUTH))) == [ONE]
    assert await journal.find(Search(readers=(PersonId("x"), NORTH))) == [ONE, TWO]
    assert await journal.find(Search(readers=(PersonId("nora"), EstablishmentId("else")))) == [TWO]


async def test_another_date_moves_an_act_in_the_list(journal: Journal) -> None:
    await journal.append(ONE, 0, drafts(created(1, start=5000.0)))
    await journal.append(ONE, 1, drafts(ActChanged(planned_start=9000.0)))
    assert await journal.find(Search(since=8000.0)) == [ONE]


async def test_an_erased_text_is_gone_and_the_journal_is_whole(journal: Journal) -> None:
    fact, text = said("bonjour")
    await journal.append(ONE, 0, drafts(created(), fact), [text])
    assert await journal.texts(ONE) == [text]
    await journal.append(ONE, 2, drafts(TextErased(text=text.text)))
    assert await journal.texts(ONE) == []
    assert await journal.verify() == []


async def test_a_whole_journal_verifies(journal: Journal) -> None:
    await journal.append(ONE, 0, drafts(created(1)))
    await journal.append(TWO, 0, drafts(created(2), ActRead()))
    assert await journal.verify() == []
    assert await journal.verify(TWO) == []


async def test_a_spool_gives_back_what_it_was_given_until_it_is_done(spool: Spool) -> None:
    fact, text = said("à l'aide")
    spooled = [Spooled(ONE, drafts(fact)[0], (text,)), Spooled(TWO, drafts(ActRead())[0])]
    await spool.put(spooled)
    await spool.put(spooled[1:])
    assert await spool.waiting() == [*spooled, spooled[1]]
    await spool.done(TWO)
    assert await spool.waiting() == spooled[:1]
    await spool.done(ONE)
    assert await spool.waiting() == []
