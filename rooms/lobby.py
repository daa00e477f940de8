"""Who may come in, with which device, and how a seat moves from one device to another.

Functions decide about one seat and return facts; they change nothing. Times are seconds since the epoch.
"""

from rooms.errors import Refused
from rooms.facts import (
    DeviceInterrupted,
    DeviceJoined,
    DeviceLeft,
    DeviceMoved,
    DeviceResumed,
    Fact,
    SeatAdmitted,
    SeatRevoked,
    SeatTurnedAway,
    SeatWaiting,
    TakeoverAnswered,
    TakeoverAsked,
)
from rooms.ids import DeviceId
from rooms.seat import Seat
from rooms.views import DeviceKind, Presence

MAX_COMPANIONS = 3  # a camera of the scene, one of the detail, and a viewer
TAKEOVER_SILENCE_S = 10.0  # long enough to see the question, short enough for somebody whose phone died

Facts = tuple[Fact, ...]


def join(seat: Seat, device: DeviceId, kind: DeviceKind, label: str, entry: Fact, now: float) -> Facts:
    """A device comes to the seat. `entry` is the fact by which she would come into the room.

    Raises `Refused` "invitation-revoked", "takeover-pending", "not-admitted", "too-many-companions".
    """
    if seat.presence is Presence.REVOKED:
        raise Refused("invitation-revoked")
    if seat.find(device) is not None:
        return resume(seat, device)
    if seat.move is not None and seat.move.device == device:
        return ()
    joined = DeviceJoined(seat=seat.seat, device=device, kind=kind, label=label)
    if kind is not DeviceKind.MAIN:
        return _join_companion(seat, joined, entry)
    if seat.main is not None:
        return (_ask_takeover(seat, joined, now),)
    if seat.must_wait:
        return (joined, SeatWaiting(seat=seat.seat))
    return (joined, *_arrival(seat, entry))


def _join_companion(seat: Seat, joined: DeviceJoined, entry: Fact) -> Facts:
    if seat.must_wait:
        raise Refused("not-admitted")
    if len(seat.companions) >= MAX_COMPANIONS:
        raise Refused("too-many-companions")
    if seat.main is not None:
        return (joined,)
    return (joined, *_arrival(seat, entry))


def _arrival(seat: Seat, entry: Fact) -> Facts:
    return (entry,) if seat.presence in {Presence.INVITED, Presence.INTERRUPTED} else ()


def _ask_takeover(seat: Seat, joined: DeviceJoined, now: float) -> TakeoverAsked:
    first = seat.main
    if first is None or seat.move is not None:
        raise Refused("takeover-pending")
    silent_since = now if first.connected else first.since
    deadline = max(now, silent_since + TAKEOVER_SILENCE_S)
    return TakeoverAsked(seat=seat.seat, device=joined.device, label=joined.label, deadline=deadline)


def answer_takeover(seat: Seat, device: DeviceId, accept: bool) -> Facts:
    """The first device answers the second. Raises `Refused` "no-takeover", "not-the-first-device"."""
    if seat.move is None or seat.move.granted:
        raise Refused("no-takeover")
    if seat.main is None or seat.main.device != device:
        raise Refused("not-the-first-device")
    return (TakeoverAnswered(seat=seat.seat, device=seat.move.device, accepted=accept),)


def admit(seat: Seat, entry: Fact) -> Facts:
    """Raises `Refused` "not-waiting"."""
    if seat.presence is not Presence.WAITING:
        raise Refused("not-waiting")
    return (SeatAdmitted(seat=seat.seat), entry)


def turn_away(seat: Seat, reason: str) -> Facts:
    """Raises `Refused` "not-waiting" when she is in the room already: then remove her."""
    if seat.presence not in {Presence.WAITING, Presence.ASKED}:
        raise Refused("not-waiting")
    return (SeatTurnedAway(seat=seat.seat, reason=reason),)


def revoke(seat: Seat, reason: str) -> Facts:
    """The seat is closed for good and whoever sits there is out. Revoking twice is no error."""
    if seat.presence is Presence.REVOKED:
        return ()
    out = (DeviceLeft(seat=seat.seat, device=d.device, reason="revoked") for d in (*seat.companions, *seat.mains))
    return (*out, SeatRevoked(seat=seat.seat, reason=reason))


def leave(seat: Seat, device: DeviceId, reason: str) -> Facts:
    """The device goes for good. One that is not there leaves nothing behind: leaving twice is no error."""
    if seat.move is not None and seat.main is not None and seat.main.device == device:
        return _hand_over(seat, device)
    known = seat.find(device)
    if known is None:
        asked = seat.move is not None and seat.move.device == device
        return (DeviceLeft(seat=seat.seat, device=device, reason=reason),) if asked else ()
    left: Facts = (DeviceLeft(seat=seat.seat, device=device, reason=reason),)
    if known.kind is DeviceKind.MAIN and seat.move is None:
        # Her other cameras leave with her: nobody may stay visible who believes to be gone.
        with_her = (DeviceLeft(seat=seat.seat, device=c.device, reason="main-left") for c in seat.companions)
        return (*with_her, *left)
    return left


def _hand_over(seat: Seat, first: DeviceId) -> Facts:
    if seat.move is None:
        return ()
    moved = DeviceMoved(seat=seat.seat, before=first, after=seat.move.device)
    if seat.move.granted:
        return (moved,)
    return (TakeoverAnswered(seat=seat.seat, device=seat.move.device, accepted=True), moved)


def interrupt(seat: Seat, device: DeviceId, cause: str) -> Facts:
    """The line of a device is lost. One that only asks for the seat, or has no media yet, is simply gone."""
    if seat.move is not None and seat.move.device == device:
        return (DeviceLeft(seat=seat.seat, device=device, reason=cause),)
    known = seat.find(device)
    if known is None or not known.connected:
        return ()
    return (DeviceInterrupted(seat=seat.seat, device=device, cause=cause),)


def resume(seat: Seat, device: DeviceId) -> Facts:
    """The line is back. Raises `Refused` "unknown-device" when the seat has gone on without it."""
    known = seat.find(device)
    if known is None:
        raise Refused("unknown-device")
    return () if known.connected else (DeviceResumed(seat=seat.seat, device=device),)


def sequel(seat: Seat, now: float) -> Facts:
    """What follows by itself: silence is a yes, and the old device leaves once the new one has media.

    Where no media flows (in the lobby, or with the old line lost) there is nothing to wait for.
    """
    first, move = seat.main, seat.move
    if move is None or first is None:
        return ()
    if not move.granted:
        silent = now >= move.deadline
        return (TakeoverAnswered(seat=seat.seat, device=move.device, accepted=True, silence=True),) if silent else ()
    new = seat.find(move.device)
    if new is not None and (new.media or not first.connected or seat.presence is not Presence.PRESENT):
        return (DeviceMoved(seat=seat.seat, before=first.device, after=move.device),)
    return ()
