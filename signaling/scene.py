"""What one client is shown of an act: values of the wire made from the room's view and from what is published now.

Pure. A client in the lobby is shown nothing; so nobody learns a name before she is let in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from rooms.act import MEETINGS, events_for
from rooms.ids import DeviceId, EstablishmentId, SeatId
from rooms.roles import POLICY
from rooms.views import ActView, ConsentView, DeviceKind, Path, Presence, Purpose, Role, SeatView
from signaling.messages import (
    ActChanged,
    ActState,
    AnyEvent,
    ChatLine,
    ConsentAnswer,
    ConsentState,
    PathChanged,
    PathState,
    RecordingChanged,
    RecordingStatus,
    SeatChanged,
    SeatState,
    Snapshot,
    SourceState,
    VideoCodec,
)

Outcome = Literal["present", "waiting", "asked", "takeover_asked"]
Pair = tuple[DeviceId, DeviceId]  # the two ends of a direct path; the first one offers


Establishments = Mapping[EstablishmentId, str]  # their names


@dataclass(frozen=True, slots=True)
class Media:
    """What each seat publishes, who is at the ends of a direct path, and in which codecs the relay takes pictures."""

    sources: Mapping[SeatId, tuple[SourceState, ...]] = field(default_factory=dict)
    pair: Pair | None = None
    codecs: tuple[VideoCodec, ...] = ()


def seat_of(view: ActView, seat: SeatId) -> SeatView | None:
    return next((known for known in view.seats if known.seat == seat), None)


def outcome_of(view: ActView, seat: SeatId, device: DeviceId) -> Outcome | None:
    """How far this device has come in, or None when it is not there any more."""
    known = seat_of(view, seat)
    if known is None or known.presence is Presence.REVOKED:
        return None
    if all(each.device != device for each in known.devices):
        return "takeover_asked" if known.moving_to == device else None
    match known.presence:
        case Presence.ASKED:
            return "asked"
        case Presence.PRESENT | Presence.INTERRUPTED:
            return "present"
    return "waiting"


@dataclass(frozen=True, slots=True)
class Scene:
    """An act as everybody inside sees it; what differs between people is asked for by seat and device."""

    view: ActView
    establishments: Establishments
    seats: tuple[SeatState, ...]
    recording: RecordingStatus
    media: Media

    def snapshot(self, seat: SeatId, device: DeviceId, chat: tuple[ChatLine, ...] = ()) -> Snapshot:
        """Everything for one client."""
        known = seat_of(self.view, seat)
        role = known.role if known is not None else Role.OBSERVER
        return Snapshot(
            act=self._act(role),
            seats=self.seats,
            recording=self.recording,
            path=self._path(device),
            chat=chat,
            rights=tuple(sorted(POLICY[role])),
        )

    def _act(self, role: Role) -> ActState:
        view = self.view
        return ActState(
            act=view.act,
            number=view.number,
            kind=view.kind.value,
            components=tuple(kind.value for kind in view.components),
            urgency=view.urgency.value,
            title=view.title,
            requesting=self._establishment(view.requesting),
            expert=self._establishment(view.expert),
            state=view.state,
            outcome=view.outcome,
            planned_start=view.planned_start,
            planned_minutes=view.planned_minutes,
            started_at=view.started_at,
            ended_at=view.ended_at,
            identity=view.identity,
            subject_seat=view.subject_seat,
            consents=tuple(map(_consent, view.consents)),
            events=events_for(role, view.urgency, view.state),
            missing=_missing(view),
        )

    def _establishment(self, known: EstablishmentId | None) -> str | None:
        return self.establishments.get(known, "") if known is not None else None

    def _path(self, device: DeviceId) -> PathState:
        path, pair = self.view.path, self.media.pair
        if path.path is Path.DIRECT and (pair is None or device not in pair):
            return PathState("none", path.number, path.reason)
        if path.path is not Path.DIRECT or pair is None:
            codecs = self.media.codecs if path.path is Path.RELAY else ()
            return PathState(path.path.value, path.number, path.reason, codecs=codecs)
        first, second = pair
        far = second if device == first else first
        other = next((s.seat for s in self.view.seats if any(d.device == far for d in s.devices)), None)
        return PathState("direct", path.number, path.reason, offers=device == first, other=other)


def scene(view: ActView, establishments: Establishments, media: Media, refused: bool) -> Scene:
    """`refused`: somebody said no to the last recording."""
    seats = tuple(_seat(seat, media.sources.get(seat.seat, ())) for seat in view.seats)
    return Scene(view, establishments, seats, _recording(view, refused), media)


def changes(shown: Snapshot, now: Snapshot) -> Iterator[AnyEvent]:
    """What to tell a client that was shown one snapshot, so that it sees the other."""
    before = {seat.seat: seat for seat in shown.seats}
    for seat in now.seats:
        if before.get(seat.seat) != seat:
            yield SeatChanged(seat=seat)
    if shown.act != now.act:
        yield ActChanged(act=now.act)
    if shown.recording != now.recording:
        yield RecordingChanged(recording=now.recording)
    if shown.path != now.path and not _between(shown.path, now.path):
        yield PathChanged(path=now.path)


def _between(shown: PathState, now: PathState) -> bool:
    """Whether a path has only just lost its ends: the next one, with a number of its own, is told in an instant.

    A client told of the moment between would end what still carries, and show nothing until the next path does.
    """
    return now.path == "none" and now.number == shown.number


def _seat(seat: SeatView, sources: tuple[SourceState, ...]) -> SeatState:
    return SeatState(
        seat=seat.seat,
        role=seat.role.value,
        name=seat.name,
        presence=seat.presence.value,
        since=seat.since,
        devices=sum(device.connected for device in seat.devices),
        sources=sources,
    )


def _missing(view: ActView) -> tuple[str, ...]:
    """What the guards of `start` still want."""
    if view.kind in MEETINGS:
        return () if sum(seat.presence is Presence.PRESENT for seat in view.seats) > 1 else ("second-person",)
    asked = any(consent.purpose is Purpose.ACT for consent in view.consents)
    return (() if view.identity else ("identity",)) + (() if asked else ("consent",))


def _consent(consent: ConsentView) -> ConsentState:
    value: ConsentAnswer = consent.value.value
    return ConsentState(consent.purpose.value, consent.seat, value, consent.at)


def _recording(view: ActView, refused: bool) -> RecordingStatus:
    now = view.recording
    return RecordingStatus(now.state.value, now.recording, now.asked_by, now.since, now.missing, refused)


def is_main(view: ActView, seat: SeatId, device: DeviceId) -> bool:
    """Whether a device speaks for its seat; companions carry media only."""
    known = seat_of(view, seat)
    return known is not None and any(d.device == device and d.kind is DeviceKind.MAIN for d in known.devices)
