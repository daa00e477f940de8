"""Who is signed in, and which links were used: digests of cookies only. Times are seconds since the epoch."""

from sqlalchemy import Column, Double, Executable, MetaData, String, Table, delete, insert, select
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from rooms.errors import StoreDown
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

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def spend(self, number: str, until: float, now: float) -> bool:
        """Remembers a used link until it would have died anyway; False if it was used before."""
        await self._write(delete(SPENT).where(SPENT.c.until < now), delete(SIGN_INS).where(SIGN_INS.c.until < now))
        try:
            await self._write(insert(SPENT).values(number=number, until=until))
        except IntegrityError:
            return False
        return True

    async def keep(self, digest: str, person: PersonId, until: float) -> None:
        await self._write(insert(SIGN_INS).values(digest=digest, person=person, until=until))

    async def person_of(self, digest: str, now: float) -> PersonId | None:
        """Who holds the cookie with this digest, unless her time is over."""
        known = select(SIGN_INS.c.person).where(SIGN_INS.c.digest == digest, SIGN_INS.c.until > now)
        try:
            async with self._engine.connect() as database:
                person = (await database.execute(known)).scalar_one_or_none()
        except (OperationalError, InterfaceError, OSError) as error:
            raise StoreDown(type(error).__name__) from error
        return None if person is None else PersonId(person)

    async def forget(self, digest: str) -> None:
        await self._write(delete(SIGN_INS).where(SIGN_INS.c.digest == digest))

    async def _write(self, *statements: Executable) -> None:
        try:
            async with self._engine.begin() as database:
                for statement in statements:
                    await database.execute(statement)
        except (OperationalError, InterfaceError, OSError) as error:
            raise StoreDown(type(error).__name__) from error
