"""The live meeting of one act: its plan, life cycle, seats, consents, recording and media path, as one value.

Methods decide and return facts, or raise `Refused`; `apply` alone makes the next room from a fact, so replaying the
journal gives the room back. No I/O, no clock: times are arguments in seconds since the epoch.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import msgspec

from rooms import lobby
from rooms.act import BEFORE_OPEN, ROOM_OPEN, Guard, Life, State, Step
from rooms.consent import REFUSED, Consents, Recording
from rooms.errors import JournalBroken, NotFound, Refused
from rooms.facts import (
    ActAdvanced,
    ActChanged,
    ActCreated,
    ActRead,
    ConsentRecorded,
    Fact,
    Held,
    MediaStarted,
    PathChanged,
    RecordingAsked,
    RecordingRead,
    RecordingStopped,
    SeatAsked,
    SeatEntered,
    SeatMade,
    SourceShared,
    SourceUnshared,
)
from rooms.ids import ActId, DeviceId, PersonId, RecordingId, SeatId
from rooms.roles import MODERATORS, Verb, may
from rooms.seat import Seat
from rooms.views import ConsentValue, DeviceKind, Kind, Path, PathView, Presence, Purpose, RecordingState, Role

Facts = tuple[Fact, ...]

PATIENT_KINDS = frozenset({Kind.TLC, Kind.TLA, Kind.REG})  # somebody is examined or cared for
FAR_ROLES = frozenset({Role.EXPERT, Role.REGULATOR, Role.RADIOLOGIST, Role.INR, Role.COORDINATOR})
NEAR_ROLES = frozenset({Role.PATIENT, Role.REQUESTER, Role.ATTENDANT, Role.SMUR, Role.ARM, Role.PRESENTER, Role.FAMILY})
READ_NOTED_EVERY_S = 3600.0
SOURCES = frozenset({"screen", "detail"})
MAX_REASON = 200  # characters; a reason is a code or half a sentence, never a report


@dataclass(frozen=True, slots=True)
class Room:
    """`plan`: how the act was created, with later changes; `side_lost_at`: since when a started act lacks one side."""

    act: ActId
    plan: ActCreated
    life: Life
    seats: Mapping[SeatId, Seat] = field(default_factory=dict)
    consents: Consents = field(default_factory=Consents)
    recording: Recording = field(default_factory=Recording)
    path: PathView = field(default_factory=PathView)
    reads: Mapping[str, float] = field(default_factory=dict)
    side_lost_at: float | None = None
    version: int = 0

    @classmethod
    def replay(cls, act: ActId, entries: Iterator[tuple[Fact, float, str]]) -> Self:
        """The room after these facts, each with its time and author. Raises `JournalBroken` without a beginning."""
        created = next(entries, None)
        if created is None or not isinstance(created[0], ActCreated):
            raise JournalBroken("an act does not begin with its creation")
        room = cls.create(act, created[0])
        for fact, at, by in entries:
            room = room.apply(fact, at, by)
        return room

    @classmethod
    def create(cls, act: ActId, plan: ActCreated) -> Self:
        return cls(act, plan, Life(plan.kind, plan.urgency, State(plan.state)), version=1)

    # What the room is

    @property
    def open(self) -> bool:
        return self.life.state in ROOM_OPEN

    @property
    def patient_seats(self) -> frozenset[SeatId | None]:
        """Every place at which the patient's word is kept; None is an entry of a professional."""
        seats = {seat.seat for seat in self.seats.values() if seat.role is Role.PATIENT}
        return frozenset({*seats, None})

    @property
    def patient_without_seat(self) -> bool:
        """Whether a patient is concerned who answers through a professional's entry."""
        concerned = self.plan.kind in PATIENT_KINDS or self.plan.subject is not None
        return concerned and not any(seat.role is Role.PATIENT for seat in self.seats.values())

    def present(self) -> tuple[Seat, ...]:
        return tuple(seat for seat in self.seats.values() if seat.presence is Presence.PRESENT)

    def missing_answers(self) -> tuple[SeatId | None, ...]:
        """Who has not agreed to the recording that is asked for or runs."""
        persons: list[SeatId | None] = [seat.seat for seat in self.present()]
        if self.patient_without_seat:
            persons.append(None)
        return tuple(person for person in persons if not self.recording.agreed(person))

    def unheard(self) -> tuple[SeatId, ...]:
        """Who has not agreed to the recording that runs and could be on it: media may outlive the line of her page."""
        near = {Presence.PRESENT, Presence.INTERRUPTED}
        return tuple(s.seat for s in self.seats.values() if s.presence in near and not self.recording.agreed(s.seat))

    def both_sides(self, *, media: bool = False) -> bool:
        """Whether the two sides that make the act are there (with `media`: and both send). A meeting: two people."""
        there = [seat for seat in self.present() if seat.media or not media]
        if self.life.meeting:
            return len(there) >= 2
        far = any(seat.role in FAR_ROLES for seat in there)
        if not any(seat.role in FAR_ROLES for seat in self.seats.values()):
            # Nobody is asked from afar: the requester consults her patient herself.
            far = any(seat.role is Role.REQUESTER for seat in there)
            return far and any(seat.role in NEAR_ROLES - {Role.REQUESTER} for seat in there)
        return far and any(seat.role in NEAR_ROLES for seat in there)

    def seat(self, seat: SeatId) -> Seat:
        """Raises `NotFound` "no-such-seat"."""
        known = self.seats.get(seat)
        if known is None:
            raise NotFound("no-such-seat")
        return known

    def seat_of(self, person: PersonId) -> Seat | None:
        sitting = (s for s in self.seats.values() if s.person == person and s.presence is not Presence.REVOKED)
        return next(sitting, None)

    # Its life cycle

    def advance(self, role: Role, event: str, reason: str = "") -> Facts:
        """One step. Raises `Refused` "wrong-state", "not-allowed", or the code of the guard that does not hold."""
        step = self.life.step(event)
        if not may(role, step.verb):
            raise Refused("not-allowed", event)
        return (self._advanced(step, reason, self._check(step, reason)),)

    def end(self, role: Role, reason: str = "") -> Facts:
        return self.advance(role, "end", reason)

    def unprepared(self) -> tuple[str, ...]:
        """Which guards of `start` do not hold, as codes; none for a meeting with two people in it."""
        if self.life.meeting:
            return () if self.both_sides() else ("two-needed",)
        missing = [] if self.consents.identity else ["identity-missing"]
        consent = self.consents.of(Purpose.ACT, self.patient_seats)
        if consent in REFUSED:
            missing.insert(0, "consent-refused")
        elif consent is None:
            missing.append("consent-missing")
        return tuple(missing)

    def _check(self, step: Step, reason: str) -> tuple[str, ...]:
        """Raises `Refused` when a guard does not hold; returns what the start goes without."""
        if step.guard is Guard.MEETING and not self.life.meeting:
            raise Refused("report-missing")
        if step.guard is Guard.REASON and not reason:
            raise Refused("reason-missing")
        if step.guard is Guard.PREPARED:
            self._check_prepared(reason)
        return self.unprepared() if step.event == "start" else ()

    def _check_prepared(self, reason: str) -> None:
        """A reason stands in for what was not done, not for a refusal, nor for people who are not there."""
        for code in self.unprepared():
            if code in {"two-needed", "consent-refused"} or not reason:
                raise Refused(code)

    def _advanced(self, step: Step, reason: str, missing: tuple[str, ...] = ()) -> ActAdvanced:
        return ActAdvanced(
            event=step.event, before=step.before, after=step.after, reason=reason[:MAX_REASON], missing=missing
        )

    # Coming and going

    def join(self, seat: SeatId, device: DeviceId, kind: DeviceKind, label: str, now: float) -> Facts:
        """A device comes. Raises `Refused` "not-open", "act-ended", and what `lobby.join` raises."""
        comer = self.seat(seat)
        opening = self._opened_by(comer)
        return (*opening, *lobby.join(comer, device, kind, label, self.entry(seat), now))

    def _opened_by(self, seat: Seat) -> Facts:
        """A moderator opens the room by coming; an expert who comes has taken the alert."""
        state = self.life.state
        if state in BEFORE_OPEN:
            if seat.role not in MODERATORS or seat.presence is Presence.REVOKED:
                raise Refused("not-open")
            return (self._advanced(self.life.step("open"), "moderator-came"),)
        if not self.open:
            raise Refused("act-ended")
        if state in {State.ALERTED, State.RINGING, State.ESCALATED} and may(seat.role, Verb.TAKE):
            return (self._advanced(self.life.step("take"), "expert-came"),)
        return ()

    def entry(self, seat: SeatId) -> Fact:
        """How somebody comes in now: at once, or asked first because a recording runs."""
        if self.recording.on and not self.recording.agreed(seat):
            return SeatAsked(seat=seat)
        return SeatEntered(seat=seat)

    def admit(self, seat: SeatId) -> Facts:
        return lobby.admit(self.seat(seat), self.entry(seat))

    def resume(self, seat: SeatId, device: DeviceId) -> Facts:
        """Raises `Refused` "act-ended", "unknown-device"."""
        if not self.open:
            raise Refused("act-ended")
        return lobby.resume(self.seat(seat), device)

    def media_up(self, device: DeviceId) -> Facts:
        """The first media of a device arrived; later ones are no news, nor is that of a device just gone."""
        for seat in self.seats.values():
            known = seat.find(device)
            if known is not None and not known.media:
                return (MediaStarted(seat=seat.seat, device=device),)
        return ()

    def share(self, seat: SeatId, device: DeviceId, source: str, on: bool) -> Facts:
        """Raises `Refused` "unknown-source", "unknown-device", "not-present"."""
        known = self.seat(seat).find(device)
        if source not in SOURCES:
            raise Refused("unknown-source")
        if known is None:
            raise Refused("unknown-device")
        if on and self.seat(seat).presence is not Presence.PRESENT:
            raise Refused("not-present")
        if on == (source in known.sources):
            return ()
        if on:
            return (SourceShared(seat=seat, device=device, source=source),)
        return (SourceUnshared(seat=seat, device=device, source=source),)

    def change_path(self, path: Path, reason: str) -> Facts:
        if path is self.path.path:
            return ()
        return (PathChanged(path=path, number=self.path.number + 1, reason=reason),)

    # Consent and recording

    def consent(
        self, by: SeatId | None, purpose: Purpose, value: ConsentValue, seat: SeatId | None, how: Held | None
    ) -> Facts:
        """A word of consent, one's own or written down for somebody. Raises `Refused` "answers-for-herself"."""
        if seat is not None and seat != by:
            self._check_spoken_for(self.seat(seat), purpose)
        return (ConsentRecorded(purpose=purpose, seat=seat, value=value, how=how),)

    def _check_spoken_for(self, seat: Seat, purpose: Purpose) -> None:
        """A device without a person cannot answer, and a patient may say it aloud; all others press it themselves."""
        said_aloud = seat.role is Role.PATIENT and purpose is not Purpose.RECORDING
        if not said_aloud and (seat.main is not None or not seat.devices):
            raise Refused("answers-for-herself")

    def ask_recording(self, by: SeatId, recording: RecordingId) -> Facts:
        """Asking is the asker's own yes. Raises `Refused` "not-open", "not-present", "recording-already"."""
        if not self.open:
            raise Refused("not-open")
        if self.seat(by).presence is not Presence.PRESENT:
            raise Refused("not-present")
        if self.recording.state is not RecordingState.OFF:
            raise Refused("recording-already")
        return (
            RecordingAsked(recording=recording, by=by),
            ConsentRecorded(purpose=Purpose.RECORDING, seat=by, value=ConsentValue.OBTAINED),
        )

    def stop_recording(self, reason: str) -> Facts:
        return (RecordingStopped(recording=self.recording.running(), reason=reason[:MAX_REASON]),)

    # Reading

    def read(self, by: str, now: float) -> Facts:
        """The note that somebody read the act, unless there is one of the last hour."""
        last = self.reads.get(by)
        return () if last is not None and now - last < READ_NOTED_EVERY_S else (ActRead(),)

    def read_recording(self, by: str, recording: RecordingId, now: float) -> Facts:
        """The note that somebody opened a recording, unless there is one of the last hour."""
        last = self.reads.get(_reader(by, recording))
        return () if last is not None and now - last < READ_NOTED_EVERY_S else (RecordingRead(recording=recording),)

    # The only place where a room changes

    def apply(self, fact: Fact, at: float, by: str) -> Self:
        """The room after a fact, which happened at `at` and was caused by `by`."""
        after = self._apply_plan(fact, at, by)
        after = replace(
            after,
            seats=after._apply_seats(fact, at),
            consents=after.consents.apply(fact, at, by),
            recording=after.recording.apply(fact, at),
            version=self.version + 1,
        )
        return replace(after, side_lost_at=after._side_lost(at))

    def _apply_plan(self, fact: Fact, at: float, by: str) -> Self:
        match fact:
            case ActChanged():
                changed = {name: value for name in fact.__struct_fields__ if (value := getattr(fact, name)) is not None}
                return replace(self, plan=msgspec.structs.replace(self.plan, **changed))
            case ActAdvanced():
                return replace(self, life=self.life.apply(fact, at))
            case ActRead():
                return replace(self, reads={**self.reads, by: at})
            case RecordingRead(recording=recording):
                return replace(self, reads={**self.reads, _reader(by, recording): at})
            case PathChanged(path=path, number=number, reason=reason):
                return replace(self, path=PathView(path, number, reason))
        return self

    def _apply_seats(self, fact: Fact, at: float) -> Mapping[SeatId, Seat]:
        if isinstance(fact, SeatMade):
            return {**self.seats, fact.seat: Seat.make(fact, at)}
        seat = self.seats.get(getattr(fact, "seat", None) or SeatId(""))
        return self.seats if seat is None else {**self.seats, seat.seat: seat.apply(fact, at)}

    def _side_lost(self, at: float) -> float | None:
        if self.life.state is not State.IN_PROGRESS or self.both_sides():
            return None
        return at if self.side_lost_at is None else self.side_lost_at


def _reader(by: str, recording: RecordingId) -> str:
    return f"{by} {recording}"
