"""All sessions of this node."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from rooms.facts import Fact
from rooms.ids import ActId, SeatId
from rooms.service import RoomService
from rooms.views import ActView
from signaling.bridge import Bridge
from signaling.messages import IceServer


class Entry(Protocol):
    """What a token says: the act, the seat, and (an invitation) its serial; a ticket has None."""

    @property
    def act(self) -> ActId: ...
    @property
    def seat(self) -> SeatId: ...
    @property
    def serial(self) -> int | None: ...


class Doorkeeper(Protocol):
    """`signaling.tokens.Tokens`, as far as sessions need it."""

    def read_entry(self, token: str) -> Entry:
        """Raises errors.Refused("token-invalid" | "token-expired")."""


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """How long the server waits for a client, in seconds."""

    first_command_s: float = 10.0
    grace_s: float = 2.0  # a cut line is told to the others after this
    keep_s: float = 120.0  # a session without a line is kept this long
    idle_sockets: int = 5_000  # sockets that have not joined, at most


class Sessions:
    """`link(act, seat, serial)` gives the address that an invited person opens (`invited.url`)."""

    def __init__(
        self,
        service: RoomService,
        bridge: Bridge,
        doorkeeper: Doorkeeper,
        link: Callable[[ActId, SeatId, int], str],
        *,
        clock: Callable[[], float],
        ice_servers: tuple[IceServer, ...] = (),
        settings: SessionSettings = SessionSettings(),
    ) -> None: ...

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While entered, sessions live. On leaving, every client gets `left` with `server-stopping`."""
        yield

    def published(self, act: ActId, facts: tuple[Fact, ...], view: ActView) -> None:
        """Listener of the news."""
