"""The live meeting: coming and going, admission, consent, recording, chat and the media path."""

from uuid import uuid4

from rooms import lobby
from rooms.consent import REFUSED
from rooms.desk import Decide, Desk, Facts, hold, present_seat_of, seat_of
from rooms.errors import Refused
from rooms.facts import (
    ChatSaid,
    IdentityChecked,
    IncidentNoted,
    LineJudged,
    RecordingContinued,
    RecordingFailed,
    decode,
)
from rooms.ids import ActId, DeviceId, RecordingId, SeatId, TextId
from rooms.ledger import Change
from rooms.plan import MAX_CHAT, MAX_LABEL
from rooms.roles import SYSTEM, Caller, SeatCaller, Verb
from rooms.room import Room
from rooms.seat import Seat
from rooms.standing import require
from rooms.views import (
    ActView,
    ChatLine,
    ConsentValue,
    DeviceKind,
    IdentityResult,
    Joined,
    Outcome,
    Path,
    Presence,
    Purpose,
    RecordingState,
    Role,
)


class Meeting(Desk):
    """Use cases of the people in a room."""

    recording_allowed: bool

    # Coming and going

    async def join(self, act: ActId, seat: SeatId, device: DeviceId, kind: DeviceKind, label: str) -> Joined:
        """A device comes to its seat. Raises `Refused` "not-open", "act-ended", "not-admitted", "takeover-pending"…"""
        change = await self._change(
            SeatCaller(act, seat),
            act,
            Verb.JOIN,
            lambda room, _: room.join(seat, device, kind, label[:MAX_LABEL], self._clock()),
        )
        return _joined(change.room.seat(seat), device)

    async def answer_takeover(self, act: ActId, seat: SeatId, device: DeviceId, accept: bool) -> None:
        """`device`: the first one, which gives the seat away or keeps it."""
        await self._by_seat(act, seat, lambda room, _: lobby.answer_takeover(room.seat(seat), device, accept))

    async def media_up(self, act: ActId, device: DeviceId) -> None:
        """The first media of a device arrived: a moving seat has moved, and the act may start by itself."""
        await self._change(SYSTEM, act, Verb.WATCH, lambda room, _: room.media_up(device))

    async def leave(self, act: ActId, seat: SeatId, device: DeviceId, reason: str = "") -> None:
        """The device goes for good; with the main one, its companions."""
        await self._by_line(act, seat, lambda room, _: lobby.leave(room.seat(seat), device, reason))

    async def interrupt(self, act: ActId, seat: SeatId, device: DeviceId, cause: str = "") -> None:
        """The line of a device is lost; the seat is kept."""
        await self._by_line(act, seat, lambda room, _: lobby.interrupt(room.seat(seat), device, cause))

    async def resume(self, act: ActId, seat: SeatId, device: DeviceId) -> Joined:
        """The same device is back. Raises `Refused` "unknown-device", "act-ended", "not-in-act"."""
        change = await self._by_seat(act, seat, lambda room, _: room.resume(seat, device))
        return _joined(change.room.seat(seat), device)

    async def admit(self, caller: Caller, act: ActId, seat: SeatId) -> None:
        """Lets somebody in from the lobby. Raises `Refused` "not-waiting"."""
        await self._change(caller, act, Verb.ADMIT, lambda room, _: room.admit(seat))

    async def turn_away(self, caller: Caller, act: ActId, seat: SeatId, reason: str = "") -> None:
        """Does not let her in; her invitation stays good. Raises `Refused` "not-waiting"."""
        await self._change(caller, act, Verb.ADMIT, lambda room, _: lobby.turn_away(room.seat(seat), reason))

    async def remove(self, caller: Caller, act: ActId, seat: SeatId, reason: str = "") -> None:
        """Out at once, and her invitation is dead."""
        await self._change(caller, act, Verb.REMOVE, lambda room, _: lobby.revoke(room.seat(seat), reason))

    # Identity, consent, recording

    async def check_identity(self, caller: Caller, act: ActId, method: str, result: str) -> None:
        """Writes down how the patient's identity was checked. Raises `Refused` "bad-result"."""
        if result not in set(IdentityResult) or not 0 < len(method) <= MAX_LABEL:
            raise Refused("bad-result")
        checked = IdentityChecked(method=method, result=IdentityResult(result))
        await self._change(caller, act, Verb.CHECK_IDENTITY, lambda *_: (checked,))

    async def consent(
        self,
        caller: Caller,
        act: ActId,
        purpose: Purpose,
        value: ConsentValue,
        seat: SeatId | None = None,
        how: str = "",
    ) -> None:
        """A word of consent: one's own (`seat` is the caller's), somebody's, or (None) of the patient without a seat.

        Raises `Refused` "answers-for-herself" when the person can answer.
        """
        held, text = hold(how[:MAX_CHAT]) if how else (None, None)

        def decide(room: Room, role: Role) -> Facts:
            own = seat_of(caller, room)
            of = own if seat is None and role is Role.PATIENT else seat
            require(role, Verb.CONSENT if of is not None and of == own else Verb.CONSENT_FOR)
            return room.consent(own, purpose, value, of, held)

        texts = [text] if text is not None else []
        await self._change(caller, act, Verb.READ_ACT, decide, texts, hasty=value in REFUSED)

    async def ask_recording(self, caller: Caller, act: ActId) -> RecordingId:
        """Asks everybody present. It begins when all have agreed. Raises `Refused` "recording-off"…"""
        if not self.recording_allowed:
            raise Refused("recording-off")
        recording = RecordingId(uuid4().hex)
        await self._change(
            caller, act, Verb.RECORD, lambda room, _: room.ask_recording(present_seat_of(caller, room), recording)
        )
        return recording

    async def stop_recording(self, caller: Caller, act: ActId, reason: str = "asked") -> None:
        """Raises `Refused` "not-recording"."""
        await self._change(caller, act, Verb.STOP_RECORDING, lambda room, _: room.stop_recording(reason))

    async def recording_failed(self, act: ActId, recording: RecordingId, code: str) -> None:
        """The recorder could not go on; no news when it is another recording by now."""

        def decide(room: Room, _: Role) -> Facts:
            running = room.recording.recording == recording and room.recording.state is not RecordingState.OFF
            return (RecordingFailed(recording=recording, code=code),) if running else ()

        await self._change(SYSTEM, act, Verb.STOP_RECORDING, decide)

    async def continue_recording(self, act: ActId, before: RecordingId) -> None:
        """The recorder is there again after it lost a recording; no news when that one has ended by now."""
        recording = RecordingId(uuid4().hex)

        def decide(room: Room, _: Role) -> Facts:
            running = room.recording.on and room.recording.recording == before
            return (RecordingContinued(recording=recording, before=before),) if running else ()

        await self._change(SYSTEM, act, Verb.CONTINUE_RECORDING, decide)

    async def recordings(self, caller: Caller, act: ActId) -> ActView:
        """The act, for whoever may see which recordings it has."""
        return (await self._read(caller, act, Verb.READ_RECORDING)).view

    async def read_recording(self, caller: Caller, act: ActId, recording: RecordingId) -> ActView:
        """The act, for whoever may play its recordings; that she does is noted, at most once an hour."""
        change = await self._change(
            caller,
            act,
            Verb.READ_RECORDING,
            lambda room, _: room.read_recording(caller.mark, recording, self._clock()),
        )
        return change.view

    # In the call

    async def chat(self, caller: Caller, act: ActId, text: str) -> ChatSaid:
        """Raises `Refused` "bad-text", "not-present"."""
        if not text.strip() or len(text) > MAX_CHAT:
            raise Refused("bad-text")
        held, row = hold(text)
        change = await self._change(
            caller, act, Verb.CHAT, lambda room, _: (ChatSaid(seat=present_seat_of(caller, room), text=held),), [row]
        )
        return next(fact for fact in change.facts if isinstance(fact, ChatSaid))

    async def chat_lines(self, caller: Caller, act: ActId) -> list[ChatLine]:
        """What was said so far; of those who sit in the act only people in the room read it."""
        room = (await self._read(caller, act, Verb.READ_CHAT)).room
        if isinstance(caller, SeatCaller) and room.seat(caller.seat).presence is not Presence.PRESENT:
            raise Refused("not-present")
        rows = await self._ledger.reach(self._journal.rows(act))
        said = [(row, fact) for row in rows if isinstance(fact := decode(row.body), ChatSaid)]
        return [ChatLine(row.version, row.at, fact.seat, self.text(act, fact.text.text)) for row, fact in said]

    def text(self, act: ActId, text: TextId) -> str:
        """The text that a published fact holds; empty when it was erased. Does not wait: for use while publishing."""
        return self._ledger.text(act, text)

    async def share(self, act: ActId, seat: SeatId, device: DeviceId, source: str, on: bool) -> None:
        """A device shows one more picture, "screen" or "detail", or no longer. Raises `Refused` "not-present"…"""
        await self._change(SeatCaller(act, seat), act, Verb.SHARE, lambda room, _: room.share(seat, device, source, on))

    async def change_path(self, act: ActId, path: Path, reason: str) -> None:
        """Media takes another way from now on."""
        await self._change(SYSTEM, act, Verb.CHANGE_PATH, lambda room, _: room.change_path(path, reason))

    async def incident(self, act: ActId, incident: str, side: str, effect: str = "") -> None:
        """Something technical went wrong."""
        noted = IncidentNoted(incident=incident, side=side, effect=effect)
        await self._change(SYSTEM, act, Verb.NOTE_INCIDENT, lambda *_: (noted,))

    async def judge_line(
        self, act: ActId, seat: SeatId, grade: str, lost: int, round_trip_ms: int | None, frozen: int
    ) -> None:
        """How a seat's line fares from now on; `lost` and `frozen` in per cent."""
        judged = LineJudged(seat=seat, grade=grade, lost=lost, round_trip_ms=round_trip_ms, frozen=frozen)
        await self._change(SYSTEM, act, Verb.NOTE_INCIDENT, lambda *_: (judged,))

    async def _by_seat(self, act: ActId, seat: SeatId, decide: Decide) -> Change:
        return await self._change(SeatCaller(act, seat), act, Verb.JOIN, decide)

    async def _by_line(self, act: ActId, seat: SeatId, decide: Decide) -> None:
        """Going needs no right: also of a seat just revoked."""
        await self._ledger.change(act, SeatCaller(act, seat).mark, lambda room: decide(room, Role.SYSTEM))


def _joined(seat: Seat, device: DeviceId) -> Joined:
    if seat.move is not None and seat.move.device == device and not seat.move.granted:
        return Joined(Outcome.TAKEOVER_ASKED, seat.move.deadline)
    match seat.presence:
        case Presence.WAITING:
            return Joined(Outcome.WAITING)
        case Presence.ASKED:
            return Joined(Outcome.ASKED)
    return Joined(Outcome.PRESENT)
