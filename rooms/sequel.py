"""What follows by itself from the state of a room, without anybody asking: one rule after the other until all is quiet.

The service appends these facts together with those that caused them, so no journal ever shows one without the other.
Each rule returns the next facts that it calls for, or none; none of them reads a clock.
"""

from collections.abc import Callable, Iterable

from rooms import lobby
from rooms.act import BEFORE_OPEN, NOT_STARTED, State
from rooms.facts import (
    DeviceLeft,
    Fact,
    RecordingRefused,
    RecordingStarted,
    RecordingStopped,
    SeatAsked,
    SeatEntered,
)
from rooms.roles import SYSTEM
from rooms.room import Room
from rooms.views import Presence, RecordingState, Role, Urgency

OPENS_BEFORE_S = 900.0  # the waiting room is usable a quarter of an hour before the planned time
SIDE_LOST_PATIENCE_S = 10.0  # a change of network takes half of it

Facts = tuple[Fact, ...]


def _closing(room: Room, now: float) -> Facts:
    """An act that is over sends everybody home; the recording goes first."""
    if room.open or room.life.state in BEFORE_OPEN:
        return ()
    if room.recording.recording is not None:
        return (RecordingStopped(recording=room.recording.recording, reason="act-ended"),)
    return tuple(
        DeviceLeft(seat=seat.seat, device=device.device, reason="act-ended")
        for seat in room.seats.values()
        for device in (*seat.companions, *seat.mains)
    )


def _takeovers(room: Room, now: float) -> Facts:
    return tuple(fact for seat in room.seats.values() for fact in lobby.sequel(seat, now))


def _recording_answers(room: Room, now: float) -> Facts:
    """While it is asked: one no ends it, the last yes begins it."""
    recording = room.recording
    if recording.state is not RecordingState.ASKED or recording.recording is None:
        return ()
    for seat, agrees in recording.answers.items():
        if not agrees:
            return (RecordingRefused(recording=recording.recording, seat=seat),)
    return () if room.missing_answers() else (RecordingStarted(recording=recording.recording),)


def _recording_consent(room: Room, now: float) -> Facts:
    """While it runs: a word taken back ends it; whoever could be on it without having agreed is asked first."""
    if not room.recording.on or room.recording.recording is None:
        return ()
    if room.recording.withdrawn or None in room.missing_answers():
        return (RecordingStopped(recording=room.recording.recording, reason="consent-withdrawn"),)
    return tuple(SeatAsked(seat=seat) for seat in room.unheard())


def _recording_room(room: Room, now: float) -> Facts:
    """Nobody left, not even somebody whose line is lost: the recording ends."""
    staying = {Presence.PRESENT, Presence.INTERRUPTED}
    if room.recording.recording is None or any(seat.presence in staying for seat in room.seats.values()):
        return ()
    return (RecordingStopped(recording=room.recording.recording, reason="room-empty"),)


def _asked(room: Room, now: float) -> Facts:
    """Whoever waits only because of a recording enters once it is over or she has agreed."""
    return tuple(
        SeatEntered(seat=seat.seat)
        for seat in room.seats.values()
        if seat.presence is Presence.ASKED and (not room.recording.on or room.recording.agreed(seat.seat))
    )


def _opening(room: Room, now: float) -> Facts:
    planned = room.plan.planned_start
    if room.life.state is not State.SCHEDULED or planned is None or now < planned - OPENS_BEFORE_S:
        return ()
    return room.advance(Role.SYSTEM, "open", "time")


def _starting(room: Room, now: float) -> Facts:
    """An act starts by itself when both sides send to each other and it is prepared; a meeting, when two are there."""
    if room.life.state not in NOT_STARTED or not room.both_sides(media=not room.life.meeting):
        return ()
    if room.life.urgency is Urgency.SCHEDULED and room.unprepared():
        return ()
    return room.advance(Role.SYSTEM, "start")


def _line(room: Room, now: float) -> Facts:
    """A started act is interrupted when one side is away for long, and goes on when it is back."""
    lost = room.side_lost_at
    if room.life.state is State.IN_PROGRESS and lost is not None and now >= lost + SIDE_LOST_PATIENCE_S:
        return room.advance(Role.SYSTEM, "interrupt", "side-lost")
    if room.life.state is State.INTERRUPTED and room.both_sides():
        return room.advance(Role.SYSTEM, "resume", "side-back")
    return ()


RULES: tuple[Callable[[Room, float], Facts], ...] = (
    _closing,
    _takeovers,
    _recording_answers,
    _recording_room,
    _recording_consent,
    _asked,
    _opening,
    _starting,
    _line,
)


def settle(room: Room, now: float, wanted: Callable[[Fact], bool] = lambda fact: True) -> tuple[Room, Facts]:
    """Applies rule after rule until the room is quiet. `wanted` leaves out facts that cannot be kept just now."""
    facts: list[Fact] = []
    while True:
        more = _next(room, now, wanted)
        if not more:
            return room, tuple(facts)
        for fact in more:
            room = room.apply(fact, now, SYSTEM.mark)
        facts.extend(more)


def _next(room: Room, now: float, wanted: Callable[[Fact], bool]) -> Facts:
    for rule in RULES:
        facts = tuple(fact for fact in rule(room, now) if wanted(fact))
        if facts:
            return facts
    return ()


def next_deadline(room: Room) -> float | None:
    """When time alone changes something in this room next, or None."""
    return min(_deadlines(room), default=None)


def _deadlines(room: Room) -> Iterable[float]:
    for seat in room.seats.values():
        if seat.move is not None and not seat.move.granted:
            yield seat.move.deadline
    if room.side_lost_at is not None:
        yield room.side_lost_at + SIDE_LOST_PATIENCE_S
    if room.life.state is State.SCHEDULED and room.plan.planned_start is not None:
        yield room.plan.planned_start - OPENS_BEFORE_S
