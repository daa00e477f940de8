"""The directory in SQL. Its tables are its own, brought up to date by `database.migrate` with the revisions here."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Column, ColumnElement, MetaData, Row, String, Table, insert, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from rooms.directory.people import Establishment, Person
from rooms.directory.reach import PATIENCE_S, Transactions
from rooms.errors import Conflict, Refused
from rooms.ids import EstablishmentId, PersonId
from rooms.ports import Professional
from rooms.views import Role

BRANCH = "directory"
VERSIONS = Path(__file__).parent / "versions"

TABLES = MetaData()
ESTABLISHMENTS = Table(
    "establishment",
    TABLES,
    Column("establishment", String(64), primary_key=True),
    Column("name", String(200)),
)
PERSONS = Table(
    "person",
    TABLES,
    Column("person", String(64), primary_key=True),
    Column("establishment", String(64)),
    Column("name", String(120)),
    Column("role", String(32)),
)


class SqlDirectory:
    """Persons and establishments over a migrated database. Every method raises `StoreDown` when it is away."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    async def add_establishment(self, establishment: Establishment) -> None:
        """Raises `Refused` "already-known"."""
        await self._insert(ESTABLISHMENTS, establishment=establishment.establishment, name=establishment.name)

    async def add_person(self, person: Person) -> None:
        """Raises `Refused` "already-known", "no-such-establishment"."""
        if all(known.establishment != person.establishment for known in await self.establishments()):
            raise Refused("no-such-establishment")
        await self._insert(
            PERSONS,
            person=person.person,
            establishment=person.establishment,
            name=person.name,
            role=person.role,
        )

    async def person(self, person: PersonId) -> Person | None:
        return next((_person(row) for row in await self._rows(PERSONS, PERSONS.c.person == person)), None)

    async def persons(self, establishment: EstablishmentId | None = None) -> list[Person]:
        """Everybody, or those of one establishment, by name."""
        where = true() if establishment is None else PERSONS.c.establishment == establishment
        return [_person(row) for row in await self._rows(PERSONS, where)]

    async def establishments(self) -> list[Establishment]:
        rows = await self._rows(ESTABLISHMENTS, true())
        return [Establishment(EstablishmentId(row.establishment), row.name) for row in rows]

    async def professional(self, person: PersonId) -> Professional | None:
        """`rooms.ports.Directory`: what the consultation wants to know of a person."""
        known = await self.person(person)
        return None if known is None else Professional(known.person, known.establishment, known.name, known.role)

    async def _insert(self, table: Table, **values: str | None) -> None:
        try:
            await self._database.run(lambda tables: tables.execute(insert(table).values(**values)), PATIENCE_S)
        except Conflict as error:
            raise Refused("already-known") from error

    async def _rows(self, table: Table, where: ColumnElement[bool]) -> Sequence[Row[tuple[str, ...]]]:
        async def read(tables: AsyncConnection) -> Sequence[Row[tuple[str, ...]]]:
            return (await tables.execute(select(table).where(where).order_by(table.c.name))).all()

        return await self._database.read(read, PATIENCE_S)


def _person(row: Row[tuple[str, ...]]) -> Person:
    role = None if row.role is None else Role(row.role)
    return Person(PersonId(row.person), EstablishmentId(row.establishment), row.name, role)
