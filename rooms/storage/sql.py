"""The journal in SQL, by SQLAlchemy Core: lines, their erasable texts, and the cards by which acts are found."""

from collections.abc import Mapping, Sequence

from sqlalchemy import (
    Column,
    Double,
    Executable,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from rooms.errors import Conflict
from rooms.facts import ActCreated, TextErased
from rooms.ids import ActId, EstablishmentId, PersonId, TextId
from rooms.ports import Draft, Fault, Row, Search, Text
from rooms.storage.card import ON_CARD, Card
from rooms.storage.chain import START, Chain
from rooms.storage.database import Transactions
from rooms.storage.heads import Head, MemoryHeads

TABLES = MetaData()
LINES = Table(
    "journal",
    TABLES,
    Column("act", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("at", Double),
    Column("type", String(64)),
    Column("by", String(160)),
    Column("body", String),
    Column("digest", String(64)),
)
TEXTS = Table(
    "journal_text",
    TABLES,
    Column("text", String(64), primary_key=True),
    Column("act", String(64)),
    Column("salt", String(64)),
    Column("value", String),
)
CARDS = Table(
    "act_card",
    TABLES,
    Column("act", String(64), primary_key=True),
    Column("year", Integer),
    Column("serial", Integer),
    Column("state", String(32)),
    Column("moment", Double),
    Column("requesting", String(64)),
    Column("expert", String(64)),
)
PERSONS = Table(
    "act_person",
    TABLES,
    Column("act", String(64), primary_key=True),
    Column("person", String(64), primary_key=True),
)


class SqlJournal:
    """`rooms.ports.Journal` over a migrated database."""

    def __init__(self, transactions: Transactions, chain: Chain, heads: MemoryHeads) -> None:
        self._transactions = transactions
        self._chain = chain
        self._heads = heads

    async def append(self, act: ActId, after: int, drafts: Sequence[Draft], texts: Sequence[Text] = ()) -> None:
        async def write(database: AsyncConnection) -> Row:
            tail = await _tail(database, act)
            if tail.version != after or (after == 0) != isinstance(drafts[0].fact, ActCreated):
                raise Conflict
            rows = self._chain.seal(act, tail, drafts)
            await database.execute(insert(LINES), [_line(row) for row in rows])
            await _keep_texts(database, act, drafts, texts)
            await _keep_card(database, act, drafts)
            return rows[-1]

        last = await self._transactions.run(write)
        self._heads.note(act, Head(last.version, last.digest))

    async def settled(self) -> None:
        async def nothing(_: AsyncConnection) -> None:
            """Its turn comes when all others have had theirs."""

        await self._transactions.run(nothing)

    async def rows(self, act: ActId, after: int = 0, limit: int | None = None) -> list[Row]:
        query = select(LINES).where(LINES.c.act == act, LINES.c.version > after).order_by(LINES.c.version).limit(limit)
        return [_row(found) for found in await self._all(query)]

    async def texts(self, act: ActId) -> list[Text]:
        found = await self._all(select(TEXTS).where(TEXTS.c.act == act))
        return [Text(TextId(row["text"]), row["salt"], row["value"]) for row in found]

    async def find(self, search: Search) -> list[ActId]:
        return [ActId(row["act"]) for row in await self._all(_searched(search))]

    async def last_number(self, year: int) -> int:
        found = await self._all(select(func.max(CARDS.c.serial).label("last")).where(CARDS.c.year == year))
        return int(found[0]["last"] or 0)

    async def verify(self, act: ActId | None = None) -> list[Fault]:
        faults: list[Fault] = []
        for one in [act] if act is not None else await self.acts():
            head = self._heads.get(one)  # before the lines: it may lag behind them, they not behind it
            faults += self._chain.check(one, await self.rows(one), head, await self.texts(one))
        return faults

    async def acts(self) -> list[ActId]:
        """Every act that the journal or the heads have ever heard of."""
        found = await self._all(select(LINES.c.act).distinct())
        return sorted({*(ActId(row["act"]) for row in found), *self._heads.acts()})

    async def _all(self, query: Executable) -> Sequence[RowMapping]:
        async def read(database: AsyncConnection) -> Sequence[RowMapping]:
            return (await database.execute(query)).mappings().all()

        return await self._transactions.read(read)


async def _tail(database: AsyncConnection, act: ActId) -> Head:
    query = select(LINES.c.version, LINES.c.digest).where(LINES.c.act == act).order_by(LINES.c.version.desc()).limit(1)
    last = (await database.execute(query)).first()
    return Head(0, START) if last is None else Head(last.version, last.digest)


async def _keep_texts(database: AsyncConnection, act: ActId, drafts: Sequence[Draft], texts: Sequence[Text]) -> None:
    if texts:
        rows = [{"text": text.text, "act": act, "salt": text.salt, "value": text.value} for text in texts]
        await database.execute(insert(TEXTS), rows)
    erased = [draft.fact.text for draft in drafts if isinstance(draft.fact, TextErased)]
    if erased:
        await database.execute(delete(TEXTS).where(TEXTS.c.act == act, TEXTS.c.text.in_(erased)))


async def _keep_card(database: AsyncConnection, act: ActId, drafts: Sequence[Draft]) -> None:
    """The card follows its act in the same transaction; most facts leave it as it is."""
    if not any(isinstance(draft.fact, ON_CARD) for draft in drafts):
        return
    before = await _card(database, act)
    after = before
    for draft in drafts:
        if isinstance(draft.fact, ActCreated):
            after = Card.create(act, draft.fact, draft.at)
        elif after is not None:
            after = after.apply(draft.fact)
    if after is None:
        raise Conflict
    if before is None:
        year, _, serial = after.number.partition("-")
        await database.execute(insert(CARDS).values(act=act, year=int(year), serial=int(serial), **_columns(after)))
    elif after != before:
        await database.execute(update(CARDS).where(CARDS.c.act == act).values(**_columns(after)))
    new = after.persons - (before.persons if before is not None else frozenset())
    if new:
        await database.execute(insert(PERSONS), [{"act": act, "person": person} for person in sorted(new)])


async def _card(database: AsyncConnection, act: ActId) -> Card | None:
    row = (await database.execute(select(CARDS).where(CARDS.c.act == act))).first()
    if row is None:
        return None
    persons = await database.execute(select(PERSONS.c.person).where(PERSONS.c.act == act))
    return Card(
        act,
        f"{row.year}-{row.serial:04d}",
        row.state,
        row.moment,
        EstablishmentId(row.requesting) if row.requesting is not None else None,
        EstablishmentId(row.expert) if row.expert is not None else None,
        frozenset(PersonId(person) for person in persons.scalars()),
    )


def _columns(card: Card) -> Mapping[str, object]:
    return {"state": card.state, "moment": card.moment, "requesting": card.requesting, "expert": card.expert}


def _searched(search: Search) -> Executable:
    query = select(CARDS.c.act)
    if search.since is not None:
        query = query.where(CARDS.c.moment >= search.since)
    if search.until is not None:
        query = query.where(CARDS.c.moment < search.until)
    if search.states is not None:
        query = query.where(CARDS.c.state.in_(search.states))
    if search.readers is not None:
        person, establishment = search.readers
        sits = exists().where(PERSONS.c.act == CARDS.c.act, PERSONS.c.person == person)
        query = query.where(or_(CARDS.c.requesting == establishment, CARDS.c.expert == establishment, sits))
    return query.order_by(CARDS.c.moment.desc(), CARDS.c.year.desc(), CARDS.c.serial.desc()).limit(search.limit)


def _line(row: Row) -> Mapping[str, object]:
    return {column.name: getattr(row, column.name) for column in LINES.columns}


def _row(found: RowMapping) -> Row:
    return Row(
        ActId(found["act"]),
        found["version"],
        found["at"],
        found["type"],
        found["by"],
        found["body"],
        found["digest"],
    )
