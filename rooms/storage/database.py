"""The database: how it is opened, and how its tables are brought up to date at start."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from rooms.errors import Conflict, StoreDown

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


def _sqlite(url: str) -> AsyncEngine:
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
    def begin(connection: Connection) -> None:
        # Reading the last line and writing the next one must not be parted by another process.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


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
