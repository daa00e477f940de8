"""The directory: who works where, and as what she comes into an act."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from rooms.directory import sign_ins, sql
from rooms.directory.people import Establishment, Person
from rooms.directory.sign_ins import SqlSignIns
from rooms.directory.sql import BRANCH, VERSIONS, SqlDirectory
from rooms.errors import NotFound, Refused, StoreDown
from rooms.ids import EstablishmentId, PersonId
from rooms.plan import ActPlan
from rooms.roles import PersonCaller
from rooms.storage import database
from rooms.storage.database import migrate, open_database, transactions
from rooms.views import Kind, Role
from tests.support.acts import Consultation

NORTH, SOUTH = EstablishmentId("north"), EstablishmentId("south")
NORA = Person(PersonId("nora"), NORTH, "Dr Nora Vidal")
SAID = Person(PersonId("said"), SOUTH, "Dr Saïd Perrin")
INES = Person(PersonId("ines"), SOUTH, "Inès Roy", Role.SECRETARY)


@pytest.fixture
async def directory(tmp_path: Path) -> AsyncIterator[SqlDirectory]:
    async with open_database(f"sqlite+aiosqlite:///{tmp_path}/visite.db") as engine:
        await migrate(engine, BRANCH, VERSIONS)
        async with transactions(engine) as tables:
            known = SqlDirectory(tables)
            for establishment, name in ((NORTH, "CH Nord"), (SOUTH, "CHU Sud")):
                await known.add_establishment(Establishment(establishment, name))
            for person in (NORA, SAID, INES):
                await known.add_person(person)
            yield known


async def test_persons_and_establishments_are_found(directory: SqlDirectory) -> None:
    assert await directory.person(NORA.person) == NORA
    assert await directory.person(PersonId("nobody")) is None
    assert await directory.persons() == [NORA, SAID, INES]
    assert await directory.persons(SOUTH) == [SAID, INES]
    assert [house.name for house in await directory.establishments()] == ["CH Nord", "CHU Sud"]


async def test_nobody_is_known_twice_or_works_nowhere(directory: SqlDirectory) -> None:
    with pytest.raises(Refused, match="already-known"):
        await directory.add_person(NORA)
    with pytest.raises(Refused, match="no-such-establishment"):
        await directory.add_person(Person(PersonId("x"), EstablishmentId("nowhere"), "X"))


async def test_a_disk_that_hangs_is_told_and_keeps_nobody_from_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (sql, sign_ins):
        monkeypatch.setattr(module, "PATIENCE_S", 0.05)
    async with open_database(f"sqlite+aiosqlite:///{tmp_path}/visite.db") as engine:
        await migrate(engine, BRANCH, VERSIONS)
        async with transactions(engine) as tables:
            directory, signed_in = SqlDirectory(tables), SqlSignIns(tables)
            async with asyncio.timeout(60), engine.begin():  # whoever has the one connection does not come back
                add = directory.add_establishment(Establishment(NORTH, "CH Nord"))
                for asked in (add, signed_in.spend("number", 1.0, 0.0)):
                    with pytest.raises(StoreDown):
                        await asked
                monkeypatch.undo()
                assert await directory.person(NORA.person) is None
                assert await signed_in.person_of("digest", 0.0) is None
            assert await directory.establishments() == []  # nobody waited for it when its turn came


async def test_a_person_sits_where_her_house_stands(directory: SqlDirectory) -> None:
    consultation = Consultation(directory=directory)
    service = consultation.service
    nora = PersonCaller(NORA.person, NORTH)
    act = (await service.create_act(nora, ActPlan(Kind.TLC, start="now", requesting=NORTH, expert=SOUTH))).act
    for person in (NORA, SAID, INES):
        await service.enter_as_person(person.person, act)
    seats = (await service.act(nora, act)).seats
    assert [(seat.name, seat.role) for seat in seats] == [
        ("Dr Nora Vidal", Role.REQUESTER),
        ("Dr Saïd Perrin", Role.EXPERT),
        ("Inès Roy", Role.SECRETARY),
    ]
    with pytest.raises(NotFound, match="no-such-person"):
        await service.enter_as_person(PersonId("nobody"), act)


async def test_a_person_takes_another_professional_role_but_not_one_above_her_own(directory: SqlDirectory) -> None:
    consultation = Consultation(directory=directory)
    service = consultation.service
    nora = PersonCaller(NORA.person, NORTH)
    act = (await service.create_act(nora, ActPlan(Kind.RCP, start="now", expert=SOUTH))).act
    with pytest.raises(Refused, match="bad-role"):
        await service.enter_as_person(INES.person, act, Role.COORDINATOR)
    with pytest.raises(Refused, match="bad-role"):
        await service.enter_as_person(SAID.person, act, Role.PATIENT)
    await service.enter_as_person(SAID.person, act, Role.COORDINATOR)
    assert (await service.act(nora, act)).seats[0].role is Role.COORDINATOR


async def test_who_plans_without_naming_a_house_plans_for_her_own(directory: SqlDirectory) -> None:
    service = Consultation(directory=directory).service
    nora = PersonCaller(NORA.person, NORTH)
    assert (await service.create_act(nora, ActPlan(Kind.MTG))).requesting == NORTH
    with pytest.raises(Refused, match="not-your-establishment"):
        await service.create_act(nora, ActPlan(Kind.TLC, requesting=SOUTH, expert=SOUTH))


async def test_each_branch_of_tables_is_brought_up_to_date_by_itself(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/visite.db"
    async with open_database(url) as engine:
        await migrate(engine, "rooms", database.VERSIONS)
        await migrate(engine, BRANCH, VERSIONS)
    async with open_database(url) as engine:
        await migrate(engine, "rooms", database.VERSIONS)  # the wing was taken out: its revisions are not looked for
        async with engine.connect() as connection:
            tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert {"journal", "journal_text", "act_card", "act_person", "person", "establishment"} <= set(tables)
