"""What the consultation needs from outside: a journal to keep its facts, a directory of professionals, a spool."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from rooms.facts import Fact
from rooms.ids import ActId, EstablishmentId, PersonId, TextId
from rooms.views import Role


@dataclass(frozen=True, slots=True)
class Draft:
    """A decided fact on its way into the journal. `at` in seconds since the epoch, `by` the mark of its author."""

    fact: Fact
    at: float
    by: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an act's journal, as stored. `digest` chains it to the line before (hexadecimal HMAC-SHA-256)."""

    act: ActId
    version: int
    at: float
    type: str
    by: str
    body: str
    digest: str


@dataclass(frozen=True, slots=True)
class Text:
    """An erasable row: a name, a title, a line of chat. `salt` (hexadecimal) goes when the value goes."""

    text: TextId
    salt: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was written. `version` is the line at which it shows."""

    act: ActId
    version: int
    code: str  # "row-changed", "row-missing", "tail-cut", "head-differs", "text-changed", "text-missing"


@dataclass(frozen=True, slots=True)
class Search:
    """Which acts to list, newest first. An act's moment is its planned start, or else its creation.

    `readers`: only acts that this person sits in or that this establishment requests or answers.
    """

    since: float | None = None
    until: float | None = None
    states: frozenset[str] | None = None
    readers: tuple[PersonId, EstablishmentId] | None = None
    limit: int | None = 100


class Journal(Protocol):
    """The truth of every act, append-only. Every method raises `StoreDown` when the store does not answer."""

    async def append(self, act: ActId, after: int, drafts: Sequence[Draft], texts: Sequence[Text] = ()) -> None:
        """All or nothing. Raises `Conflict` unless `after` is the act's last version and its number is new."""

    async def settled(self) -> None:
        """Returns once everything that was being appended is there, or never will be. Reading does not wait for it."""

    async def rows(self, act: ActId, after: int = 0, limit: int | None = None) -> list[Row]:
        """Lines with a version above `after`, in order; none for an unknown act."""

    async def texts(self, act: ActId) -> list[Text]:
        """The erasable rows of an act that are still there."""

    async def find(self, search: Search) -> list[ActId]: ...

    async def last_number(self, year: int) -> int:
        """The highest act number given in that year, 0 when there is none."""

    async def verify(self, act: ActId | None = None) -> list[Fault]:
        """Compares rows, chain, heads and texts, of one act or of all."""


@dataclass(frozen=True, slots=True)
class Professional:
    """What the consultation wants to know of a person of the directory. `role`: what she does where no side decides."""

    person: PersonId
    establishment: EstablishmentId
    name: str = field(repr=False)
    role: Role | None = None


class Directory(Protocol):
    async def professional(self, person: PersonId) -> Professional | None: ...


@dataclass(frozen=True, slots=True)
class Spooled:
    """A fact that holds although the journal could not be written, with the texts that it refers to."""

    act: ActId
    draft: Draft
    texts: tuple[Text, ...] = ()


class Spool(Protocol):
    """Keeps what could not be journaled until it can. It is on the disk before `put` returns."""

    async def put(self, spooled: Sequence[Spooled]) -> None: ...

    async def waiting(self) -> list[Spooled]:
        """Everything put and not done, in order."""

    async def done(self, act: ActId) -> None:
        """The journal holds all that waited for this act."""
