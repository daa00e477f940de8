"""The act as a file: planning, listing, its life cycle, invitations, what the journal tells."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import msgspec

from rooms import lobby
from rooms.act import FIRST, OVER, State
from rooms.desk import Desk, Facts, hold
from rooms.errors import Conflict, JournalBroken, NotFound, Refused, StoreDown
from rooms.facts import (
    ActChanged,
    ActCreated,
    Held,
    InvitationReissued,
    SeatMade,
    TextErased,
    decode,
)
from rooms.ids import ActId, EstablishmentId, PersonId, SeatId, TextId
from rooms.plan import MAX_NAME, ActChange, ActPlan
from rooms.ports import Draft, Fault, Professional, Row, Search, Text
from rooms.roles import SEATED, WAITING_ROLES, Caller, PersonCaller, Verb
from rooms.room import Room
from rooms.standing import require, role_beside, role_outside
from rooms.views import ActView, Invitation, Presence, Role, SeatView, TimelineEntry, Urgency

log = logging.getLogger(__name__)

NEVER_BOOKED = frozenset({State.DRAFT, State.REQUESTED, State.ACCEPTED})
NUMBER_ATTEMPTS = 20  # other nodes may take the same number at the same time


class Office(Desk):
    """Use cases around the act that need no meeting."""

    async def create_act(self, caller: Caller, plan: ActPlan) -> ActView:
        """A new act. Raises `Refused` "bad-plan", "not-your-establishment"."""
        professional = await self._professional(caller)
        role = role_outside(caller, professional)
        require(role, Verb.CREATE_ACT)
        plan.check()
        created, texts = self._created(caller, plan)
        act = ActId(uuid4().hex)
        for _ in range(NUMBER_ATTEMPTS):
            numbered = msgspec.structs.replace(created, number=await self._next_number())
            now = self._clock()
            drafts = [Draft(fact, now, caller.mark) for fact in _first_facts(act, numbered, plan, role)]
            try:
                return (await self._ledger.create(act, drafts, texts)).view
            except Conflict:
                continue
        raise StoreDown("no free act number")

    def _created(self, caller: Caller, plan: ActPlan) -> tuple[ActCreated, list[Text]]:
        title, text = hold(plan.title)
        created = ActCreated(
            number="",
            state=FIRST[plan.urgency],
            kind=plan.kind,
            components=plan.components,
            urgency=plan.urgency,
            title=title,
            requesting=plan.requesting,
            expert=plan.expert,
            subject=plan.subject,
            direct=plan.direct,
            planned_start=self._clock() if plan.start == "now" else plan.start,
            planned_minutes=plan.minutes,
        )
        return _owned(created, caller), [text]

    async def _next_number(self) -> str:
        year = datetime.fromtimestamp(self._clock(), UTC).year
        return f"{year}-{await self._ledger.reach(self._journal.last_number(year)) + 1:04d}"

    async def acts(
        self,
        caller: Caller,
        *,
        since: float | None = None,
        until: float | None = None,
        state: str | None = None,
        limit: int = 100,
    ) -> list[ActView]:
        """Acts that the caller may read, newest first, without their seats: those are read act by act, and noted."""
        professional = await self._professional(caller)
        require(role_outside(caller, professional), Verb.LIST_ACTS)
        states = None if state is None else frozenset({state})
        readers = _readers(caller, professional)
        found = await self._ledger.reach(self._journal.find(Search(since, until, states, readers, limit)))
        views = [await self._listed(act) for act in found]
        return [view for view in views if view is not None]

    async def _listed(self, act: ActId) -> ActView | None:
        """An act whose journal somebody spoiled must not hide all others."""
        try:
            return replace((await self._ledger.look(act)).view, seats=(), consents=())
        except JournalBroken:
            log.exception("act not listed, its journal is broken", extra={"act": act})
            return None

    async def act(self, caller: Caller, act: ActId) -> ActView:
        """One act with everybody in it."""
        return (await self._read(caller, act, Verb.READ_ACT)).view

    async def change_act(self, caller: Caller, act: ActId, change: ActChange) -> ActView:
        """Changes the plan. Another time kills every invitation: those who are still meant get new ones."""
        change.check()
        title, texts = _held(change.title)

        def decide(room: Room, role: Role) -> Facts:
            if room.life.state in OVER:
                raise Refused("act-ended")
            changed = ActChanged(
                title=title, planned_start=change.start, planned_minutes=change.minutes, direct=change.direct
            )
            return (*_rescheduled(room, role, change), changed)

        return (await self._change(caller, act, Verb.CHANGE_ACT, decide, texts)).view

    async def advance(self, caller: Caller, act: ActId, event: str, reason: str = "") -> ActView:
        """One event of the act's life cycle; rooms/act.py has the tables, and who may."""
        change = await self._change(caller, act, Verb.ADVANCE, lambda room, role: room.advance(role, event, reason))
        return change.view

    async def end(self, caller: Caller, act: ActId, reason: str = "") -> ActView:
        """Ends the act; one that never started is then not completed. Everybody is sent home, invitations are dead."""
        return (await self._change(caller, act, Verb.END, lambda room, role: room.end(role, reason))).view

    # Invitations

    async def invite(
        self, caller: Caller, act: ActId, role: Role, name: str, person: PersonId | None = None
    ) -> Invitation:
        """A new seat. Raises `Refused` "bad-role", "bad-name", "patient-has-seat", "act-ended"."""
        if role not in SEATED:
            raise Refused("bad-role")
        held, text = hold(_checked_name(name))
        made = SeatMade(seat=SeatId(uuid4().hex), role=role, name=held, person=person, serial=1)

        def decide(room: Room, _: Role) -> Facts:
            _check_room_for(room, role)
            return (made,)

        await self._change(caller, act, Verb.INVITE, decide, [text])
        return Invitation(made.seat, made.serial)

    async def reissue(self, caller: Caller, act: ActId, seat: SeatId) -> Invitation:
        """A new invitation for a seat; the earlier ones are dead. Raises `Refused` "invitation-revoked"."""

        def decide(room: Room, _: Role) -> Facts:
            known = room.seat(seat)
            if known.presence is Presence.REVOKED:
                raise Refused("invitation-revoked")
            if room.life.state in OVER:
                raise Refused("act-ended")
            return (InvitationReissued(seat=seat, serial=known.serial + 1),)

        change = await self._change(caller, act, Verb.INVITE, decide)
        return Invitation(seat, change.room.seat(seat).serial)

    async def revoke(self, caller: Caller, act: ActId, seat: SeatId, reason: str = "") -> None:
        """Closes a seat for good. Whoever sits there is out."""
        await self._change(caller, act, Verb.REVOKE, lambda room, _: lobby.revoke(room.seat(seat), reason))

    async def check_invitation(self, act: ActId, seat: SeatId, serial: int) -> SeatView:
        """Whether this invitation is good. Raises `Refused` "invitation-revoked", "act-ended"."""
        change = await self._ledger.look(act)
        known = change.room.seats.get(seat)
        if known is None or known.presence is Presence.REVOKED or known.serial != serial:
            raise Refused("invitation-revoked")
        if change.room.life.state in OVER:
            raise Refused("act-ended")
        return next(view for view in change.view.seats if view.seat == seat)

    async def enter_as_person(self, person: PersonId, act: ActId, role: Role | None = None) -> SeatId:
        """The seat of a signed-in professional, made when she has none. Raises `Refused` "not-in-act", "bad-role"."""
        professional = await self._known(person)
        held, text = hold(professional.name)
        caller = PersonCaller(person, professional.establishment)
        fresh = SeatId(uuid4().hex)

        def decide(room: Room) -> Facts:
            if room.life.state in OVER:
                raise Refused("act-ended")
            if room.seat_of(person) is not None:
                return ()
            if any(seat.person == person for seat in room.seats.values()):
                raise Refused("invitation-revoked")
            taken = _entry_role(room, professional, role)
            return (SeatMade(seat=fresh, role=taken, name=held, person=person),)

        change = await self._ledger.change(act, caller.mark, decide, [text])
        sitting = change.room.seat_of(person)
        return fresh if sitting is None else sitting.seat

    async def _known(self, person: PersonId) -> Professional:
        known = await self._directory.professional(person) if self._directory is not None else None
        if known is None:
            raise NotFound("no-such-person")
        return known

    # The journal

    async def timeline(self, caller: Caller, act: ActId, after: int = 0, limit: int = 500) -> list[TimelineEntry]:
        """What happened, in order, from the version after `after` on."""
        await self._read(caller, act, Verb.READ_TIMELINE)
        rows = await self._ledger.reach(self._journal.rows(act, after, limit))
        texts = await self._ledger.texts(act)
        return [_entry(row, texts) for row in rows]

    async def verify(self, act: ActId | None = None) -> list[Fault]:
        """Everything in the journal of one act, or of all, that is not as it was written."""
        return await self._journal.verify(act)

    async def erase(self, caller: Caller, act: ActId, text: TextId) -> None:
        """Erases one text (a name, a title, a line of chat) for good. Raises `NotFound` "no-such-text"."""
        if text not in await self._ledger.texts(act):
            raise NotFound("no-such-text")
        await self._change(caller, act, Verb.ERASE, lambda *_: (TextErased(text=text),))

    async def erase_name(self, caller: Caller, act: ActId, seat: SeatId) -> None:
        """Erases the name of a seat; the journal keeps the seat, and stays whole."""
        name = (await self._ledger.look(act)).room.seat(seat).name
        await self.erase(caller, act, name.text)


def _first_facts(act: ActId, created: ActCreated, plan: ActPlan, role: Role) -> Facts:
    """A plan without a date is a draft, one with a date is booked, one for now is open; an alert is open anyway."""
    if plan.urgency is Urgency.EMERGENCY or plan.start is None:
        return (created,)
    return (created, *Room.create(act, created).advance(role, "open" if plan.start == "now" else "book"))


def _owned(created: ActCreated, caller: Caller) -> ActCreated:
    """A professional plans for her own establishment. Raises `Refused` "not-your-establishment"."""
    if not isinstance(caller, PersonCaller) or caller.establishment in {created.requesting, created.expert}:
        return created
    if created.requesting is not None:
        raise Refused("not-your-establishment")
    return msgspec.structs.replace(created, requesting=caller.establishment)


def _readers(caller: Caller, professional: Professional | None) -> tuple[PersonId, EstablishmentId] | None:
    if not isinstance(caller, PersonCaller):
        return None
    return caller.person, professional.establishment if professional is not None else caller.establishment


def _rescheduled(room: Room, role: Role, change: ActChange) -> Facts:
    """Once booked, another time is a step of the life cycle. Raises `Refused` "wrong-state" once the room is open."""
    if change.start is None or change.start == room.plan.planned_start or room.life.state in NEVER_BOOKED:
        return ()
    step = room.advance(role, "reschedule")
    linked = (seat for seat in room.seats.values() if seat.serial and seat.presence is not Presence.REVOKED)
    return (*step, *(InvitationReissued(seat=seat.seat, serial=seat.serial + 1) for seat in linked))


def _check_room_for(room: Room, role: Role) -> None:
    """Raises `Refused` "act-ended", or "patient-has-seat": an act has one patient."""
    if room.life.state in OVER:
        raise Refused("act-ended")
    seated = any(seat.role is Role.PATIENT and seat.presence is not Presence.REVOKED for seat in room.seats.values())
    if role is Role.PATIENT and seated:
        raise Refused("patient-has-seat")


def _entry_role(room: Room, professional: Professional, wished: Role | None) -> Role:
    own = role_beside(room.plan, professional.establishment, professional.role)
    if wished is None or wished is own:
        return own
    if professional.role is not None or wished not in SEATED - WAITING_ROLES:
        raise Refused("bad-role")
    return wished


def _checked_name(name: str) -> str:
    if not name.strip() or len(name) > MAX_NAME:
        raise Refused("bad-name")
    return name.strip()


def _held(value: str | None) -> tuple[Held | None, list[Text]]:
    if value is None:
        return None, []
    held, text = hold(value)
    return held, [text]


def _entry(row: Row, texts: Mapping[TextId, str]) -> TimelineEntry:
    fact = decode(row.body)
    data = {name: _shown(getattr(fact, name), texts) for name in fact.__struct_fields__}
    return TimelineEntry(row.version, row.at, row.type, row.by, data)


def _shown(value: object, texts: Mapping[TextId, str]) -> object:
    """A field as JSON has it, lists and all; a text, or None where it was erased, for what the journal holds of it."""
    if isinstance(value, Held):
        return texts.get(value.text)
    plain = msgspec.to_builtins(value)
    return list(plain) if isinstance(plain, tuple) else plain
