"""What every use case shares: finding out who asks, checking the right, and one change through the ledger."""

import secrets
from collections.abc import Callable, Sequence
from uuid import uuid4

from rooms.errors import NotFound, Refused
from rooms.facts import Fact, Held, salted
from rooms.ids import ActId, SeatId, TextId
from rooms.ledger import Change, Ledger
from rooms.ports import Directory, Journal, Professional, Text
from rooms.roles import Caller, PersonCaller, SeatCaller, Verb
from rooms.room import Room
from rooms.standing import require, role_in, role_outside
from rooms.views import Presence, Role

SALT_BYTES = 16
HASTY = frozenset({Verb.REVOKE, Verb.REMOVE, Verb.END, Verb.STOP_RECORDING})

Facts = tuple[Fact, ...]
Decide = Callable[[Room, Role], Facts]


class Desk:
    """Base of the use cases. `clock`: seconds since the epoch."""

    def __init__(
        self, ledger: Ledger, journal: Journal, directory: Directory | None, clock: Callable[[], float]
    ) -> None:
        self._ledger = ledger
        self._journal = journal
        self._directory = directory
        self._clock = clock

    async def _professional(self, caller: Caller) -> Professional | None:
        """What the directory says of a signed-in person; None for every other caller."""
        if not isinstance(caller, PersonCaller) or self._directory is None:
            return None
        known = await self._directory.professional(caller.person)
        if known is None:
            raise NotFound("no-such-person")
        return known

    async def role(self, caller: Caller, act: ActId | None) -> Role:
        """What the caller is in an act, or (None) where no act is in question. Raises `Refused` "not-in-act"…"""
        professional = await self._professional(caller)
        if act is None:
            return role_outside(caller, professional)
        return role_in((await self._ledger.look(act)).room, caller, professional)

    async def _change(
        self,
        caller: Caller,
        act: ActId,
        verb: Verb,
        decide: Decide,
        texts: Sequence[Text] = (),
        *,
        hasty: bool = False,
    ) -> Change:
        """One command of a caller who needs this right; `hasty` where it may take one back, as some verbs always do."""
        professional = await self._professional(caller)

        def allowed(room: Room) -> Facts:
            role = role_in(room, caller, professional)
            require(role, verb)
            return decide(room, role)

        return await self._ledger.change(act, caller.mark, allowed, texts, hasty=hasty or verb in HASTY)

    async def _read(self, caller: Caller, act: ActId, verb: Verb) -> Change:
        """Reads an act. Whoever does not sit in it leaves a note in its journal, at most one an hour."""
        professional = await self._professional(caller)
        change = await self._ledger.look(act)
        require(role_in(change.room, caller, professional), verb)
        if isinstance(caller, SeatCaller) or not change.room.read(caller.mark, self._clock()):
            return change
        return await self._change(caller, act, verb, lambda room, _: room.read(caller.mark, self._clock()))


def seat_of(caller: Caller, room: Room) -> SeatId | None:
    """The caller's own seat in this act, or None."""
    match caller:
        case SeatCaller(seat=seat):
            return seat
        case PersonCaller(person=person):
            sitting = room.seat_of(person)
            return sitting.seat if sitting is not None else None
    return None


def present_seat_of(caller: Caller, room: Room) -> SeatId:
    """The caller's seat, when she is in the room. Raises `Refused` "not-present"."""
    seat = seat_of(caller, room)
    if seat is None or room.seat(seat).presence is not Presence.PRESENT:
        raise Refused("not-present")
    return seat


def hold(value: str) -> tuple[Held, Text]:
    """A text as a fact holds it, and the erasable row that keeps it."""
    text, salt = TextId(uuid4().hex), secrets.token_hex(SALT_BYTES)
    return Held(text, salted(salt, value)), Text(text, salt, value)
