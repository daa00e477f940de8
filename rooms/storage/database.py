"""The database: how it is opened, and how its tables are brought up to date at start."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeAlias, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from rooms.errors import Conflict, StoreDown

T = TypeVar("T")
Work: TypeAlias = Callable[[AsyncConnection], Awaitable[T]]
HERE = Path(__file__).parent / "migrations"
VERSIONS = HERE / "versions"  # of the journal's own tables
BUSY_MS = 500  # another process (a verification, a token) may hold SQLite's write lock for a moment

# Full: a line that was answered for is on the disk. Secure delete: an erased name is gone from the file too.
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    f"PRAGMA busy_timeout={BUSY_MS}",
)


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[AsyncEngine]:
    """An engine for a SQLAlchemy address such as "sqlite+aiosqlite:////var/lib/visite/visite.db"."""
    engine = _sqlite(url) if url.startswith("sqlite") else create_async_engine(url)
    try:
        yield engine
    finally:
        await engine.dispose()


def _sqlite(url: str | URL, begin: str = "BEGIN IMMEDIATE") -> AsyncEngine:
    """One connection: SQLite has one writer anyway, and waiting here is fair where its busy handler is not."""
    engine = create_async_engine(url, pool_size=1, max_overflow=0)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        # The driver would begin a transaction only at the first change; we begin it ourselves, see below.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: Connection) -> None:
        # Reading the last line and writing the next one must not be parted by another process.
        connection.exec_driver_sql(begin)

    return engine


@asynccontextmanager
async def _reading(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """Where reading waits for no writing: SQLite wants a connection of its own for that."""
    if engine.dialect.name != "sqlite":
        yield engine
        return
    readers = _sqlite(engine.url, "BEGIN")
    try:
        yield readers
    finally:
        await readers.dispose()


class Transactions:
    """Does each piece of work in a transaction of its own, to its end, also when nobody waits for it any more.

    A disk that hangs cannot be interrupted: whoever gives up goes on at once, and what the database did after all is
    found when the journal is read again. Work that nobody waits for when its turn comes is not begun.
    """

    def __init__(self, engine: AsyncEngine, readers: AsyncEngine, tasks: asyncio.TaskGroup) -> None:
        self._engine = engine
        self._readers = readers
        self._tasks = tasks

    async def run(self, work: Work[T], patience_s: float | None = None) -> T:
        """What `work` gives. Raises `StoreDown`, also after `patience_s`, `Conflict`, and what `work` raises."""
        return await self._outcome(self._engine, work, patience_s)

    async def read(self, work: Work[T], patience_s: float | None = None) -> T:
        """The same for work that changes nothing: it sees what is committed, and waits for nothing that is not yet."""
        return await self._outcome(self._readers, work, patience_s)

    async def _outcome(self, engine: AsyncEngine, work: Work[T], patience_s: float | None) -> T:
        outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._tasks.create_task(self._do(engine, work, outcome), name="transaction")
        try:
            async with asyncio.timeout(patience_s):
                return await outcome
        except TimeoutError:
            raise StoreDown("did not answer") from None

    async def _do(self, engine: AsyncEngine, work: Work[T], outcome: asyncio.Future[T]) -> None:
        try:
            with store_errors():
                async with engine.begin() as database:
                    if outcome.cancelled():
                        return
                    given = await work(database)
        except Exception as error:  # it goes to whoever waits; a task group would end all other work with it
            if not outcome.cancelled():
                outcome.set_exception(error)
        else:
            if not outcome.cancelled():
                outcome.set_result(given)


@asynccontextmanager
async def transactions(engine: AsyncEngine) -> AsyncIterator[Transactions]:
    """On leaving, what is under way is finished. An exception of the block comes out as it is, not in a group."""
    failure: Exception | None = None
    async with _reading(engine) as readers, asyncio.TaskGroup() as tasks:
        try:
            yield Transactions(engine, readers, tasks)
        except Exception as error:
            failure = error
    if failure is not None:
        raise failure


async def migrate(engine: AsyncEngine, branch: str, versions: Path) -> None:
    """Brings the tables of one branch (the journal's, or a wing's) to their newest revision. Raises `StoreDown`.

    Each branch counts its revisions in a table of its own, so that a wing can be taken out without a trace.
    """
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", os.fspath(versions))

    def upgrade(connection: Connection) -> None:
        config.attributes.update(connection=connection, version_table=f"{branch}_revision")
        command.upgrade(config, "head")

    with store_errors():
        async with engine.begin() as connection:
            await connection.run_sync(upgrade)


@contextmanager
def store_errors() -> Iterator[None]:
    """Tells apart a store that is away (`StoreDown`), a line that exists already (`Conflict`), and our own bugs."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict from error
    except (OperationalError, InterfaceError, InternalError, PoolTimeout, OSError) as error:
        raise StoreDown(type(error).__name__) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise StoreDown("connection lost") from error
        raise
