"""Who is signed in, and which links were used: digests of cookies only. Times are seconds since the epoch."""

from sqlalchemy import Column, Double, Executable, MetaData, String, Table, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rooms.directory.reach import PATIENCE_S, Transactions
from rooms.errors import Conflict
from rooms.ids import PersonId

TABLES = MetaData()
SIGN_INS = Table(
    "sign_in",
    TABLES,
    Column("digest", String(64), primary_key=True),
    Column("person", String(64)),
    Column("until", Double),
)
SPENT = Table("sign_in_spent", TABLES, Column("number", String(64), primary_key=True), Column("until", Double))


class SqlSignIns:
    """Over a migrated database. Every method raises `StoreDown` when it is away."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    async def spend(self, number: str, until: float, now: float) -> bool:
        """Remembers a used link until it would have died anyway; False if it was used before."""
        await self._write(delete(SPENT).where(SPENT.c.until < now), delete(SIGN_INS).where(SIGN_INS.c.until < now))
        try:
            await self._write(insert(SPENT).values(number=number, until=until))
        except Conflict:
            return False
        return True

    async def keep(self, digest: str, person: PersonId, until: float) -> None:
        await self._write(insert(SIGN_INS).values(digest=digest, person=person, until=until))

    async def person_of(self, digest: str, now: float) -> PersonId | None:
        """Who holds the cookie with this digest, unless her time is over."""

        async def read(tables: AsyncConnection) -> str | None:
            known = select(SIGN_INS.c.person).where(SIGN_INS.c.digest == digest, SIGN_INS.c.until > now)
            return (await tables.execute(known)).scalar_one_or_none()

        person = await self._database.read(read, PATIENCE_S)
        return None if person is None else PersonId(person)

    async def forget(self, digest: str) -> None:
        await self._write(delete(SIGN_INS).where(SIGN_INS.c.digest == digest))

    async def _write(self, *statements: Executable) -> None:
        async def write(tables: AsyncConnection) -> None:
            for statement in statements:
                await tables.execute(statement)

        await self._database.run(write, PATIENCE_S)
