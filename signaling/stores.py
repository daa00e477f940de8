"""What the server keeps on disk, opened: the database with its tables, the journal with its key and heads, the spool.

The journal's key and heads lie apart from the database, so that whoever rewrites the database is found out.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass

from rooms.directory import sql as directory
from rooms.directory.sign_ins import SqlSignIns
from rooms.directory.sql import SqlDirectory
from rooms.storage import database
from rooms.storage.chain import Chain
from rooms.storage.heads import FileHeads, MemoryHeads, read_heads
from rooms.storage.spool import FileSpool
from rooms.storage.sql import SqlJournal
from signaling.config import Settings
from signaling.keys import read_or_make


@dataclass(frozen=True, slots=True)
class Stores:
    journal: SqlJournal
    spool: FileSpool
    directory: SqlDirectory
    sign_ins: SqlSignIns


@asynccontextmanager
async def opened(settings: Settings, *, serving: bool) -> AsyncIterator[Stores]:
    """`serving`: for the one process that appends to the journal; others read beside it. Raises BadKey, StoreDown."""
    folder = settings.data_dir
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    chain = Chain(read_or_make(folder / "keys" / "journal.key"))
    async with database.open_database(f"sqlite+aiosqlite:///{settings.database}") as engine:
        await database.migrate(engine, "journal", database.VERSIONS)
        await database.migrate(engine, directory.BRANCH, directory.VERSIONS)
        with _heads(settings, serving=serving) as heads:
            async with database.transactions(engine) as transactions:
                yield Stores(
                    SqlJournal(transactions, chain, heads),
                    FileSpool(folder / "spool" / "facts.jsonl"),
                    SqlDirectory(transactions),
                    SqlSignIns(transactions),
                )


@contextmanager
def _heads(settings: Settings, *, serving: bool) -> Iterator[MemoryHeads]:
    path = settings.data_dir / "heads" / "journal.heads"
    if not serving:
        yield read_heads(path)
        return
    with closing(FileHeads(path)) as heads:
        yield heads
