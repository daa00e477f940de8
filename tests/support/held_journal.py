"""A journal that a test can make wait, or whose answers it can lose."""

import asyncio
from collections.abc import Sequence

from rooms.errors import StoreDown
from rooms.ids import ActId
from rooms.ports import Draft, Text
from rooms.storage.chain import Chain
from rooms.storage.memory import MemoryJournal


class HeldJournal(MemoryJournal):
    """Writes nothing between `hold` and `go_on`; `reached` once somebody waits for that. `deaf`: answers get lost."""

    deaf = False

    def __init__(self) -> None:
        super().__init__(Chain(b"k" * 32))
        self._open, self.reached = asyncio.Event(), asyncio.Event()
        self._open.set()

    def hold(self) -> None:
        self._open.clear()
        self.reached.clear()

    def go_on(self) -> None:
        self._open.set()

    async def append(self, act: ActId, after: int, drafts: Sequence[Draft], texts: Sequence[Text] = ()) -> None:
        self.reached.set()
        await self._open.wait()
        await super().append(act, after, drafts, texts)
        if self.deaf:
            raise StoreDown("answer lost")
