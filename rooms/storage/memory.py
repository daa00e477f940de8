"""The journal's twin in memory: the same promises without a database, for tests and trials."""

from collections.abc import Sequence

from rooms.errors import Conflict, StoreDown
from rooms.facts import ActCreated, TextErased
from rooms.ids import ActId, TextId
from rooms.ports import Draft, Fault, Row, Search, Spooled, Text
from rooms.storage.card import Card
from rooms.storage.chain import START, Chain
from rooms.storage.heads import Head, MemoryHeads


class MemoryJournal:
    """`down` makes every method raise `StoreDown`, as a database that went away would."""

    def __init__(self, chain: Chain, heads: MemoryHeads | None = None) -> None:
        self._chain = chain
        self._heads = heads or MemoryHeads()
        self._rows: dict[ActId, list[Row]] = {}
        self._texts: dict[ActId, dict[TextId, Text]] = {}
        self._cards: dict[ActId, Card] = {}
        self.down = False

    async def append(self, act: ActId, after: int, drafts: Sequence[Draft], texts: Sequence[Text] = ()) -> None:
        self._reach()
        rows = self._rows.get(act, [])
        tail = Head(rows[-1].version, rows[-1].digest) if rows else Head(0, START)
        if tail.version != after or (after == 0) != isinstance(drafts[0].fact, ActCreated):
            raise Conflict
        card = self._card(act, drafts)
        sealed = self._chain.seal(act, tail, drafts)
        self._rows[act] = [*rows, *sealed]
        self._cards[act] = card
        self._texts.setdefault(act, {}).update({text.text: text for text in texts})
        for draft in drafts:
            if isinstance(draft.fact, TextErased):
                self._texts[act].pop(draft.fact.text, None)
        self._heads.note(act, Head(sealed[-1].version, sealed[-1].digest))

    async def settled(self) -> None:
        self._reach()

    async def rows(self, act: ActId, after: int = 0, limit: int | None = None) -> list[Row]:
        self._reach()
        rows = [row for row in self._rows.get(act, []) if row.version > after]
        return rows[:limit]

    async def texts(self, act: ActId) -> list[Text]:
        self._reach()
        return list(self._texts.get(act, {}).values())

    async def find(self, search: Search) -> list[ActId]:
        self._reach()
        cards = sorted((card for card in self._cards.values() if card.fits(search)), key=lambda card: -card.moment)
        return [card.act for card in cards][: search.limit]

    async def last_number(self, year: int) -> int:
        self._reach()
        numbers = (card.number.split("-") for card in self._cards.values())
        return max((int(number) for of_year, number in numbers if of_year == str(year)), default=0)

    async def verify(self, act: ActId | None = None) -> list[Fault]:
        self._reach()
        acts = [act] if act is not None else sorted({*self._rows, *self._heads.acts()})
        return [fault for one in acts for fault in self._verify(one)]

    def _verify(self, act: ActId) -> list[Fault]:
        texts = list(self._texts.get(act, {}).values())
        return self._chain.check(act, self._rows.get(act, []), self._heads.get(act), texts)

    def _card(self, act: ActId, drafts: Sequence[Draft]) -> Card:
        card = self._cards.get(act)
        for draft in drafts:
            if isinstance(draft.fact, ActCreated):
                card = Card.create(act, draft.fact, draft.at)
                if any(other.number == card.number for other in self._cards.values()):
                    raise Conflict
            elif card is not None:
                card = card.apply(draft.fact)
        if card is None:
            raise Conflict
        return card

    def _reach(self) -> None:
        if self.down:
            raise StoreDown("switched off")


class MemorySpool:
    """A spool that lives as long as the process."""

    def __init__(self) -> None:
        self._waiting: list[Spooled] = []

    async def put(self, spooled: Sequence[Spooled]) -> None:
        self._waiting.extend(spooled)

    async def waiting(self) -> list[Spooled]:
        return list(self._waiting)

    async def done(self, act: ActId) -> None:
        self._waiting = [spooled for spooled in self._waiting if spooled.act != act]
