"""Which right each command needs, and who carries it out. Nothing is decided here."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from rooms.ids import ActId, SeatId
from rooms.roles import Verb, may
from rooms.service import RoomService
from rooms.views import ActView, ConsentValue, IdentityResult, Purpose, Role
from signaling import messages as wire
from signaling.bridge import Bridge
from signaling.errors import Refused
from signaling.scene import is_main, seat_of
from signaling.session import Session


@dataclass(frozen=True, slots=True)
class Rule:
    """`companions`: whether a second camera of the seat may ask for it too; everything else is the person's own."""

    verb: Verb
    companions: bool = False


RULES: dict[type[wire.Command], Rule] = {
    wire.Join: Rule(Verb.JOIN, companions=True),
    wire.Resume: Rule(Verb.JOIN, companions=True),
    wire.Leave: Rule(Verb.JOIN, companions=True),
    wire.AnswerTakeover: Rule(Verb.JOIN),
    wire.Admit: Rule(Verb.ADMIT),
    wire.TurnAway: Rule(Verb.ADMIT),
    wire.Remove: Rule(Verb.REMOVE),
    wire.Invite: Rule(Verb.INVITE),
    wire.Advance: Rule(Verb.ADVANCE),
    wire.EndAct: Rule(Verb.END),
    wire.CheckIdentity: Rule(Verb.CHECK_IDENTITY),
    wire.Consent: Rule(Verb.CONSENT),
    wire.Record: Rule(Verb.RECORD),
    wire.Chat: Rule(Verb.CHAT),
    wire.Publish: Rule(Verb.PUBLISH, companions=True),
    wire.Unpublish: Rule(Verb.PUBLISH, companions=True),
    wire.Mute: Rule(Verb.PUBLISH, companions=True),
    wire.AnswerSubscribe: Rule(Verb.SUBSCRIBE),
    wire.Resubscribe: Rule(Verb.SUBSCRIBE),
    wire.Show: Rule(Verb.SUBSCRIBE),
    wire.Signal: Rule(Verb.JOIN),
    wire.Quality: Rule(Verb.SUBSCRIBE),
    wire.DirectState: Rule(Verb.JOIN),
}


@dataclass(frozen=True, slots=True)
class Desk:
    """Carries out what clients ask for. `link(act, seat, serial)`: the address that an invited person opens."""

    service: RoomService
    bridge: Bridge
    link: Callable[[ActId, SeatId, int], str]

    async def answer(self, session: Session, view: ActView, command: wire.AnyCommand) -> wire.AnyEvent:
        """The one answer to a command. Raises Refused of this house or of the rooms."""
        rule = RULES[type(command)]
        seat = seat_of(view, session.seat)
        if seat is None or not may(seat.role, rule.verb):
            raise Refused("not-allowed", rule.verb)
        if not rule.companions and not is_main(view, session.seat, session.device):
            raise Refused("not-allowed", "companion")
        if session.outcome == "waiting" and not isinstance(command, wire.Leave | wire.Consent | wire.AnswerTakeover):
            raise Refused("not-admitted")
        told = await HANDLERS[type(command)](self, session, command)
        return wire.Done(re=command.id) if told is None else told


Handler = Callable[[Desk, Session, Any], Awaitable[wire.AnyEvent | None]]


async def _leave(desk: Desk, session: Session, command: wire.Leave) -> None:
    """The session ends after its answer, and its device leaves the act with it."""


async def _answer_takeover(desk: Desk, session: Session, command: wire.AnswerTakeover) -> None:
    await desk.service.answer_takeover(session.act, session.seat, session.device, command.accept)


async def _admit(desk: Desk, session: Session, command: wire.Admit) -> None:
    await desk.service.admit(session.caller, session.act, SeatId(command.seat))


async def _turn_away(desk: Desk, session: Session, command: wire.TurnAway) -> None:
    await desk.service.turn_away(session.caller, session.act, SeatId(command.seat), command.reason)


async def _remove(desk: Desk, session: Session, command: wire.Remove) -> None:
    await desk.service.remove(session.caller, session.act, SeatId(command.seat), command.reason)


async def _invite(desk: Desk, session: Session, command: wire.Invite) -> wire.Invited:
    made = await desk.service.invite(session.caller, session.act, _role(command.role), command.name)
    return wire.Invited(re=command.id, seat=made.seat, url=desk.link(session.act, made.seat, made.serial))


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError:
        raise Refused("bad-role") from None


async def _advance(desk: Desk, session: Session, command: wire.Advance) -> None:
    await desk.service.advance(session.caller, session.act, command.event, command.reason)


async def _end(desk: Desk, session: Session, command: wire.EndAct) -> None:
    await desk.service.end(session.caller, session.act, command.reason)


async def _check_identity(desk: Desk, session: Session, command: wire.CheckIdentity) -> None:
    result = IdentityResult.CONFIRMED if command.confirmed else IdentityResult.DOUBTFUL
    await desk.service.check_identity(session.caller, session.act, command.method, result)


async def _consent(desk: Desk, session: Session, command: wire.Consent) -> None:
    purpose, value = Purpose(command.purpose), ConsentValue(command.value)
    await desk.service.consent(session.caller, session.act, purpose, value, _whose(session, command), command.how)


def _whose(session: Session, command: wire.Consent) -> SeatId | None:
    """The patient without a seat is called "patient" on the wire and None in the rooms."""
    if command.seat is None:
        return session.seat
    return None if command.seat == "patient" else SeatId(command.seat)


async def _record(desk: Desk, session: Session, command: wire.Record) -> None:
    if command.on:
        await desk.service.ask_recording(session.caller, session.act)
    else:
        await desk.service.stop_recording(session.caller, session.act, "asked")


async def _chat(desk: Desk, session: Session, command: wire.Chat) -> None:
    await desk.service.chat(session.caller, session.act, command.text)


async def _publish(desk: Desk, session: Session, command: wire.Publish) -> wire.Published:
    sdp = await desk.bridge.publish(session.act, session.device, command.sdp, command.sources)
    return wire.Published(re=command.id, sdp=sdp)


async def _unpublish(desk: Desk, session: Session, command: wire.Unpublish) -> None:
    desk.bridge.unpublish(session.act, session.device)


async def _mute(desk: Desk, session: Session, command: wire.Mute) -> None:
    desk.bridge.mute(session.act, session.device, command.source, command.muted)


async def _answer_subscribe(desk: Desk, session: Session, command: wire.AnswerSubscribe) -> None:
    desk.bridge.answer(session.act, session.device, command.number, command.sdp)


async def _resubscribe(desk: Desk, session: Session, command: wire.Resubscribe) -> None:
    desk.bridge.resubscribe(session.act, session.device, keep=command.keep)


async def _show(desk: Desk, session: Session, command: wire.Show) -> None:
    desk.bridge.show_pictures(session.act, session.device, command.pictures)


async def _signal(desk: Desk, session: Session, command: wire.Signal) -> None:
    desk.bridge.signal(session.act, session.device, command)


async def _direct_state(desk: Desk, session: Session, command: wire.DirectState) -> None:
    desk.bridge.direct_state(session.act, session.device, command.number, command.state == "connected")


async def _quality(desk: Desk, session: Session, command: wire.Quality) -> None:
    desk.bridge.signals.report(session.act, session.seat, command, time.monotonic())


HANDLERS: dict[type[wire.Command], Handler] = {
    wire.Leave: _leave,
    wire.AnswerTakeover: _answer_takeover,
    wire.Admit: _admit,
    wire.TurnAway: _turn_away,
    wire.Remove: _remove,
    wire.Invite: _invite,
    wire.Advance: _advance,
    wire.EndAct: _end,
    wire.CheckIdentity: _check_identity,
    wire.Consent: _consent,
    wire.Record: _record,
    wire.Chat: _chat,
    wire.Publish: _publish,
    wire.Unpublish: _unpublish,
    wire.Mute: _mute,
    wire.AnswerSubscribe: _answer_subscribe,
    wire.Resubscribe: _resubscribe,
    wire.Show: _show,
    wire.Signal: _signal,
    wire.Quality: _quality,
    wire.DirectState: _direct_state,
}
