"""A room as others see it: the `ActView` of a `Room`, with the names that are still there."""

from collections.abc import Mapping

from rooms.facts import Held
from rooms.ids import TextId
from rooms.room import Room
from rooms.seat import Seat
from rooms.views import ActView, DeviceView, Presence, RecordingState, RecordingView, Role, SeatView

Texts = Mapping[TextId, str]


def portrait(room: Room, texts: Texts, before: tuple[Room, ActView] | None = None) -> ActView:
    """`texts`: the erasable rows of the act; a name that was erased is shown as an empty string.

    `before`: how it was last seen, with the same texts or fewer; of hundreds of seats a fact changes one.
    """
    plan, life = room.plan, room.life
    return ActView(
        act=room.act,
        number=plan.number,
        kind=plan.kind,
        components=plan.components,
        urgency=plan.urgency,
        title=_read(plan.title, texts),
        requesting=plan.requesting,
        expert=plan.expert,
        subject=plan.subject,
        subject_seat=next((s.seat for s in room.seats.values() if _sits(s, Role.PATIENT)), None),
        direct=plan.direct,
        state=life.state,
        outcome=life.outcome,
        planned_start=plan.planned_start,
        planned_minutes=plan.planned_minutes,
        started_at=life.started_at,
        ended_at=life.ended_at,
        version=room.version,
        seats=_seats(room, texts, before),
        consents=tuple(room.consents.given.values()),
        identity=room.consents.identity,
        recording=_recording(room),
        path=room.path,
    )


def _read(held: Held | None, texts: Texts) -> str:
    return texts.get(held.text, "") if held is not None else ""


def _sits(seat: Seat, role: Role) -> bool:
    return seat.role is role and seat.presence is not Presence.REVOKED


def _seats(room: Room, texts: Texts, before: tuple[Room, ActView] | None) -> tuple[SeatView, ...]:
    """Seats keep their places, new ones come last."""
    known = [] if before is None else list(zip(before[0].seats.values(), before[1].seats, strict=True))
    return tuple(
        known[place][1] if place < len(known) and known[place][0] is seat else _seat(seat, texts)
        for place, seat in enumerate(room.seats.values())
    )


def _seat(seat: Seat, texts: Texts) -> SeatView:
    devices = tuple(DeviceView(d.device, d.kind, d.label, d.connected) for d in seat.devices)
    moving_to = seat.move.device if seat.move else None
    name = _read(seat.name, texts)
    return SeatView(seat.seat, seat.role, name, seat.person, seat.presence, devices, seat.since, moving_to)


def _recording(room: Room) -> RecordingView:
    asked = room.recording
    missing = () if asked.state is RecordingState.OFF else room.missing_answers()
    return RecordingView(asked.state, asked.recording, asked.asked_by, asked.since, missing, asked.continues)
