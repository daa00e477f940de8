"""What the directory wants of a database: each piece of work in a transaction of its own, answered in bounded time."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")

PATIENCE_S = 2.0  # a disk that hangs longer than this is away, as it is for the journal


class Transactions(Protocol):
    async def run(self, work: Callable[[AsyncConnection], Awaitable[T]], patience_s: float | None = None) -> T:
        """What `work` gives. Raises `StoreDown`, also when it took longer, and `Conflict` for a row that exists."""

    async def read(self, work: Callable[[AsyncConnection], Awaitable[T]], patience_s: float | None = None) -> T:
        """The same for work that changes nothing; it waits for no change."""
